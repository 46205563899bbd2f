//! Every sentence of the desk in both languages; a sentence that lacks one language does not compile.

use crate::words;
use crate::words::sentences;
use record::kind::Lang;

sentences! {
    // Coming and going.
    login_title: "Anmelden am Schreibtisch", "Log in at the desk";
    login_lead: "Hier schreiben und veröffentlichen Beschäftigte, was Ihre Stelle zu sagen hat. Zum Lesen brauchen Sie keine Anmeldung.",
        "Here staff write and publish what your body has to say. Reading needs no login.";
    login_token: "Token", "Token";
    login_hint: "Sie haben es von der Person bekommen, die diesen Knoten betreibt. Es beginnt mit „allmende_“.",
        "You got it from whoever runs this node. It begins with “allmende_”.";
    login_button: "Anmelden", "Log in";
    login_refused: "Dieses Token gilt hier nicht. Bitte prüfen Sie, ob Sie es vollständig eingegeben haben, oder lassen Sie sich ein neues geben.",
        "This token does not count here. Please check that you entered all of it, or ask for a new one.";
    login_ended: "Ihre Anmeldung ist abgelaufen.", "Your login has ended.";
    login_carried: "Was Sie geschrieben haben, ist nicht verloren: Nach der Anmeldung wird es als Entwurf gesichert.",
        "What you wrote is not lost: it is kept as a draft as soon as you have logged in.";
    login_cookie: "Während Sie angemeldet sind, merkt sich Ihr Browser das mit einem Cookie, das nur der Schreibtisch erhält. Es endet mit der Abmeldung oder nach zwei Stunden ohne Nutzung.",
        "While you are logged in your browser remembers it with a cookie that only the desk receives. It ends when you log out, or after two hours without use.";
    logout: "Abmelden", "Log out";
    role_editor: "darf veröffentlichen", "may publish";
    role_author: "darf Entwürfe schreiben", "may write drafts";

    // The desk.
    desk_title: "Schreibtisch", "Desk";
    desk_lead: "Was Sie hier veröffentlichen, sehen alle Knoten des Netzes in wenigen Sekunden. Entwürfe, Notizen und Merklisten bleiben auf diesem Knoten.",
        "What you publish here is seen by all nodes of the network within seconds. Drafts, notes and shortlists stay on this node.";
    desk_as: "Angemeldet als", "Logged in as";
    back_to_desk: "Zum Schreibtisch", "Back to the desk";
    drafts_title: "Entwürfe", "Drafts";
    drafts_none: "Gerade ist nichts in Arbeit.", "Nothing is being written right now.";
    draft_meta: "zuletzt geändert von {who}, {when}", "last changed by {who}, {when}";
    due_title: "Bald zu überprüfen", "Due for review";
    due_lead: "Stimmt alles noch? Dann genügt ein Klick; der Eintrag gilt ein weiteres Jahr.",
        "Does all of it still hold? Then one click is enough; the record is valid for another year.";
    due_none: "Kein Eintrag läuft in den nächsten 30 Tagen ab.", "No record ends within the next 30 days.";
    due_until: "gültig bis", "valid until";
    own_title: "Einträge Ihrer Stelle", "Records of your body";
    own_caption: "Das Neueste zuerst", "Newest first";
    own_none: "Sie haben noch nichts veröffentlicht.", "You have not published anything yet.";
    own_record: "Eintrag", "Record";
    own_more: "Alle {n} Einträge durchsuchen", "Search all {n} records";
    new_title: "Neuer Eintrag", "New record";
    new_lead: "Was möchten Sie mitteilen?", "What would you like to share?";
    new_begin: "Beginnen", "Begin";

    // A form.
    form_new: "{kind}: neuer Eintrag", "{kind}: new record";
    form_revise: "{kind}: Eintrag ändern", "{kind}: revise record";
    form_short: "Das Wichtigste", "The essentials";
    form_more_of: "Mehr Angaben: {part}", "More details: {part}";
    form_chars: "Höchstens {n} Zeichen.", "At most {n} characters.";
    form_markdown: "Absätze, Listen, **fett** und [Verweise](https://…) sind möglich.",
        "Paragraphs, lists, **bold** and [links](https://…) are possible.";
    form_row: "{label}, Eintrag {n}", "{label}, item {n}";
    form_add: "Weiteren Eintrag hinzufügen", "Add another item";
    form_remove: "Entfernen", "Remove";
    form_find: "Suchen", "Search";
    form_referred: "Das ist:", "This is:";
    form_nothing: "keine Angabe", "not given";
    form_choose: "Bitte wählen", "Please choose";
    form_unknown: "Diese Angaben stammen aus einem neueren Programm. Sie bleiben unverändert erhalten.",
        "These details come from a newer program. They are kept unchanged.";
    form_languages: "In einer weiteren Sprache schreiben", "Write in another language";
    form_language: "Sprache", "Language";
    form_language_add: "Sprache hinzufügen", "Add language";
    form_publish: "Veröffentlichen", "Publish";
    form_preview: "Vorschau", "Preview";
    form_check: "Prüfen", "Check";
    form_save: "Entwurf speichern", "Save draft";
    form_discard: "Entwurf löschen", "Delete draft";
    form_overtake: "Auf der neuen Fassung weiterschreiben", "Go on from the new version";
    demand_always: "(Pflichtangabe)", "(required)";
    demand_inside: "(nötig, wenn Sie hier etwas angeben)", "(required if you fill in this part)";
    demand_when: "(je nach Ihren anderen Angaben nötig)", "(required depending on your other answers)";
    demand_recommended: "(empfohlen)", "(recommended)";
    demand_never: "(freiwillig)", "(optional)";
    yes: "Ja", "Yes";
    no: "Nein", "No";
    said_error: "Fehler:", "Error:";
    said_warning: "Hinweis:", "Note:";
    errors_title: "Bitte prüfen Sie diese Angaben", "Please check these answers";
    errors_prefix: "Fehler", "Error";
    warnings_title: "Bitte schauen Sie noch einmal hin", "Please look again";
    warnings_reason: "Warum veröffentlichen Sie es trotzdem?", "Why do you publish it all the same?";
    warnings_help: "Wenn alles so stimmt, genügt ein Satz. Er steht nur im Protokoll dieses Knotens.",
        "If all is right as it is, one sentence is enough. It stands only in the journal of this node.";
    said_saved: "Der Entwurf ist gespeichert.", "The draft is saved.";
    said_good: "Alles ist in Ordnung; Sie können so veröffentlichen.", "All is well; it can be published like this.";
    said_copied: "Jemand hat diesen Entwurf inzwischen geändert. Damit nichts verloren geht, liegt Ihre Fassung jetzt als eigener Entwurf daneben: diese hier.",
        "Somebody changed this draft meanwhile. So that nothing is lost, your version now lies beside it as a draft of its own: this one.";
    said_again: "Der Entwurf war inzwischen veröffentlicht oder gelöscht. Was Sie geschrieben haben, ist als neuer Entwurf gesichert.",
        "The draft had been published or deleted meanwhile. What you wrote is kept as a new draft.";
    said_confirm: "So kann der Eintrag nicht bestätigt werden: Es fehlen Angaben. Bitte ergänzen Sie sie und veröffentlichen Sie dann.",
        "The record cannot be confirmed like this: details are missing. Please add them, then publish.";
    said_author: "Ihr Entwurf ist gespeichert. Veröffentlichen darf jemand mit der Rolle „editor“; bitten Sie darum.",
        "Your draft is saved. Somebody with the role “editor” may publish it; please ask.";
    said_reason_long: "Die Begründung ist zu lang; erlaubt sind 500 Zeichen.", "The reason is too long; 500 characters are allowed.";
    said_unavailable: "Das geht gerade nicht: {why}. Ihr Entwurf ist gespeichert.", "Not possible right now: {why}. Your draft is saved.";
    said_discarded: "Der Entwurf ist gelöscht.", "The draft is deleted.";
    said_published: "Veröffentlicht. Andere Knoten sehen den Eintrag in wenigen Sekunden.",
        "Published. Other nodes see the record within seconds.";
    said_unchanged: "Der Eintrag war schon so veröffentlicht; es gibt nichts Neues.", "The record was published like this already; nothing is new.";
    said_withdrawn: "Der Eintrag ist zurückgezogen.", "The record is withdrawn.";
    said_confirmed: "Bestätigt. Der Eintrag gilt ein weiteres Jahr.", "Confirmed. The record is valid for another year.";
    said_noted: "Die Notiz ist gespeichert.", "The note is saved.";
    said_listed: "Die Merkliste ist gespeichert.", "The shortlist is saved.";
    said_conflict: "Der Eintrag hat sich gerade geändert. Bitte sehen Sie noch einmal hin.", "The record has just changed. Please look again.";
    preview_title: "Vorschau", "Preview";
    preview_lead: "So werden Leserinnen und Leser den Eintrag sehen. Er ist noch nicht veröffentlicht.",
        "This is how readers will see the record. It is not published yet.";
    preview_back: "Zurück zum Formular", "Back to the form";
    find_title: "Eintrag suchen", "Find a record";
    find_words: "Suchwörter", "Words";
    find_take: "Diesen übernehmen", "Take this one";

    // A record.
    record_public: "Öffentliche Seite ansehen", "See the public page";
    record_ours: "Ihr Eintrag", "Your record";
    record_theirs: "Eintrag einer anderen Stelle", "Record of another body";
    record_revise: "Ändern", "Revise";
    record_confirm: "Noch aktuell: bestätigen", "Still right: confirm";
    record_copy: "Als Vorlage verwenden", "Use as a template";
    record_claim: "Das ist unsere Lösung: Eintrag übernehmen", "This is our solution: claim the record";
    record_claim_help: "Jemand, der die Lösung anwendet, hat diesen Platzhalter angelegt. Sie veröffentlichen damit Ihren eigenen Eintrag; der Platzhalter verweist darauf, und was andere dazu gesagt haben, erscheint bei Ihnen.",
        "Somebody who uses the solution made this placeholder. You publish a record of your own; the placeholder points to it, and what others said about it appears at yours.";
    record_withdraw: "Zurückziehen", "Withdraw";
    record_withdraw_help: "Der Inhalt verschwindet auf allen Knoten, die erreichbar sind. Kopien außerhalb des Netzes lassen sich nicht zurückholen.",
        "The content disappears from all nodes that can be reached. Copies outside the network cannot be recalled.";
    record_withdraw_why: "Grund", "Reason";
    record_answers: "Dazu etwas veröffentlichen", "Publish something about it";
    record_answers_help: "Ihre Aussage erscheint auf der Seite des Eintrags, mit Ihrer Unterschrift.",
        "What you say appears on the page of the record, under your signature.";
    note_title: "Nur für Ihr Haus", "For your house only";
    note_help: "Notizen, Stichworte und Merklisten bleiben auf diesem Knoten. Sie werden nicht veröffentlicht und nicht übertragen.",
        "Notes, tags and shortlists stay on this node. They are neither published nor sent anywhere.";
    note_label: "Notiz", "Note";
    note_tags: "Stichworte", "Tags";
    note_tags_help: "Mit Kommas getrennt, zum Beispiel: Favorit, Herbst 2027", "Separated by commas, such as: favourite, autumn 2027";
    note_save: "Speichern", "Save";
    shortlists_title: "Merklisten", "Shortlists";
    shortlists_lead: "Welche Lösungen kommen in die engere Wahl, welche nicht, und warum? Merklisten bleiben auf diesem Knoten.",
        "Which solutions are in the closer choice, which are not, and why? Shortlists stay on this node.";
    lists_none: "Noch gibt es keine Merkliste.", "There is no shortlist yet.";
    list_new: "Merkliste anlegen", "Make a shortlist";
    list_name: "Name der neuen Merkliste", "Name of the new shortlist";
    list_label: "Merkliste", "Shortlist";
    list_verdict: "Engere Wahl?", "In the closer choice?";
    list_in: "in der engeren Wahl", "in the closer choice";
    list_out: "ausgeschieden", "out";
    list_reason: "Begründung", "Reason";
    list_put: "Auf die Merkliste setzen", "Put on the shortlist";
    list_count: "{n} Einträge", "{n} records";
    list_empty: "Die Liste ist leer. Setzen Sie Einträge auf deren Seite am Schreibtisch darauf.",
        "The list is empty. Put records on it from their page at the desk.";
    list_discard: "Merkliste löschen", "Delete shortlist";

    // The journal.
    journal_title: "Protokoll", "Journal";
    journal_lead: "Wer hat an diesem Knoten was getan? Das Protokoll bleibt hier; die ältesten Zeilen fallen mit der Zeit weg.",
        "Who did what at this node? The journal stays here; the oldest lines are dropped in time.";
    journal_none: "Noch ist nichts geschehen.", "Nothing has happened yet.";
    journal_all: "Ganzes Protokoll", "Whole journal";
    journal_newest: "Das Neueste zuerst", "Newest first";
    journal_when: "Wann", "When";
    journal_who: "Wer", "Who";
    journal_what: "Was", "What";
    journal_record: "Eintrag", "Record";
    journal_why: "Begründung", "Reason";
    deed_login: "hat sich angemeldet", "logged in";
    deed_published: "hat veröffentlicht", "published";
    deed_revised: "hat geändert", "revised";
    deed_withdrawn: "hat zurückgezogen", "withdrew";
    deed_confirmed: "hat bestätigt", "confirmed";
    deed_api: "hat über die Schnittstelle veröffentlicht", "published over the API";
    deed_api_withdrawn: "hat über die Schnittstelle zurückgezogen", "withdrew over the API";

    // Languages.
    lang_de: "Deutsch", "German";
    lang_en: "Englisch", "English";
    lang_ar: "Arabisch", "Arabic";
    lang_da: "Dänisch", "Danish";
    lang_dsb: "Niedersorbisch", "Lower Sorbian";
    lang_fr: "Französisch", "French";
    lang_frr: "Nordfriesisch", "North Frisian";
    lang_hsb: "Obersorbisch", "Upper Sorbian";
    lang_nds: "Niederdeutsch", "Low German";
    lang_pl: "Polnisch", "Polish";
    lang_ru: "Russisch", "Russian";
    lang_tr: "Türkisch", "Turkish";
    lang_uk: "Ukrainisch", "Ukrainian";
}

/// The sentences of a language.
pub(crate) fn say(lang: Lang) -> &'static Say {
    Say::of(lang)
}

/// Languages that can be added to a form: German and English first.
pub(crate) fn languages(d: &'static Say) -> Vec<(&'static str, String)> {
    let known = [
        ("de", d.lang_de),
        ("en", d.lang_en),
        ("ar", d.lang_ar),
        ("da", d.lang_da),
        ("dsb", d.lang_dsb),
        ("fr", d.lang_fr),
        ("frr", d.lang_frr),
        ("hsb", d.lang_hsb),
        ("nds", d.lang_nds),
        ("pl", d.lang_pl),
        ("ru", d.lang_ru),
        ("tr", d.lang_tr),
        ("uk", d.lang_uk),
    ];
    known.into_iter().map(|(tag, label)| (tag, label.to_owned())).collect()
}

/// What people call a language; an unknown tag stands for itself.
pub(crate) fn language(tag: &str, d: &'static Say) -> String {
    languages(d)
        .into_iter()
        .find(|(known, _)| *known == tag)
        .map_or_else(|| tag.to_owned(), |(_, label)| label)
}

/// A deed of the journal; an unknown code stands for itself.
pub(crate) fn deed<'a>(what: &'a str, d: &'static Say) -> &'a str {
    match what {
        "login" => d.deed_login,
        "published" => d.deed_published,
        "revised" => d.deed_revised,
        "withdrawn" => d.deed_withdrawn,
        "confirmed" => d.deed_confirmed,
        "api-published" => d.deed_api,
        "api-withdrawn" => d.deed_api_withdrawn,
        other => other,
    }
}

/// What a page says after something was done: whether it is bad, and the sentence.
pub(crate) fn said(code: &str, d: &'static Say) -> Option<(bool, &'static str)> {
    Some(match code {
        "published" => (false, d.said_published),
        "unchanged" => (false, d.said_unchanged),
        "withdrawn" => (false, d.said_withdrawn),
        "confirmed" => (false, d.said_confirmed),
        "noted" => (false, d.said_noted),
        "listed" => (false, d.said_listed),
        "conflict" => (true, d.said_conflict),
        _ => return None,
    })
}

/// A reason for withdrawing.
pub(crate) fn reason(code: &str, w: &'static words::Say) -> &'static str {
    match code {
        "outdated" => w.reason_outdated,
        "error" => w.reason_error,
        "duplicate" => w.reason_duplicate,
        "superseded" => w.reason_superseded,
        "personal-data" => w.reason_personal_data,
        "legal" => w.reason_legal,
        _ => w.reason_withdrawn,
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::words::ALL;

    #[test]
    fn every_sentence_stands_in_both_languages_and_german_has_real_umlauts() {
        for (key, de, en) in ALL {
            assert!(!de.is_empty() && !en.is_empty(), "{key}");
            assert_eq!(de.matches('{').count(), en.matches('{').count(), "{key} fills in different things");
            for wrong in ["fuer", "ueber", "koenn", "moech", "pruef", "aender", "ausser", "gross"] {
                assert!(!de.to_lowercase().contains(wrong), "{key}: {de}");
            }
        }
    }
}
