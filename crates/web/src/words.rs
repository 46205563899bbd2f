//! Every sentence of the pages in both languages; a sentence that lacks one language does not compile.

use record::kind::Lang;

macro_rules! sentences {
    // A room that names its sentences no other way calls them Say.
    ($key:ident: $($rest:tt)*) => {
        crate::words::sentences! { Say; $key: $($rest)* }
    };
    ($name:ident; $($key:ident: $de:literal, $en:literal;)*) => {
        /// The sentences of one language, by name. `{..}` stands for what is filled in.
        #[derive(Debug)]
        pub(crate) struct $name { $(pub(crate) $key: &'static str,)* }

        static DE: $name = $name { $($key: $de,)* };
        static EN: $name = $name { $($key: $en,)* };

        impl $name {
            /// The sentences of a language.
            pub(crate) fn of(lang: record::kind::Lang) -> &'static $name {
                match lang {
                    record::kind::Lang::De => &DE,
                    record::kind::Lang::En => &EN,
                }
            }
        }

        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str, &str)] = &[$((stringify!($key), $de, $en),)*];
    };
}

pub(crate) use sentences;

pub(crate) mod boards;
pub(crate) mod reading;
pub(crate) mod texts;

/// The sentences of the frame, the search and the network, in one language.
pub(crate) fn say(lang: Lang) -> &'static Say {
    Say::of(lang)
}

/// Fills values into a sentence: `fill("{n} Treffer", &[("n", "3")])`. Values are taken as they are;
/// a brace within them fills nothing.
pub(crate) fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        match behind.split_once('}') {
            Some((key, after)) => {
                out.push_str(values.iter().find(|(name, _)| *name == key).map_or("", |(_, value)| value));
                rest = after;
            }
            None => rest = behind,
        }
    }
    out.push_str(rest);
    out
}

sentences! {
    Say;

    // The frame around every page.
    skip: "Zum Inhalt springen", "Skip to content";
    brand_claim: "Wissen teilen zwischen Kommunen", "Municipalities share what they know";
    nav_label: "Hauptnavigation", "Main navigation";
    nav_search: "Suchen", "Search";
    nav_map: "Karte", "Map";
    nav_events: "Veranstaltungen", "Events";
    nav_needs: "Bedarfe", "Needs";
    nav_funding: "Förderung", "Funding";
    nav_publishers: "Dabei", "Taking part";
    nav_network: "Netz", "Network";
    nav_verify: "Nachprüfen", "Verify";
    lang_switch: "English", "Deutsch";
    footer_label: "Über diese Seiten", "About these pages";
    footer_sorting: "Wie wird sortiert?", "How are results ordered?";
    footer_api: "Schnittstelle (API)", "API";
    footer_licences: "Lizenzen", "Licences";
    footer_imprint: "Impressum", "Imprint";
    footer_privacy: "Datenschutz", "Privacy";
    footer_accessibility: "Barrierefreiheit", "Accessibility";
    footer_easy: "Leichte Sprache", "Easy-to-read German";
    footer_desk: "Schreibtisch (für Mitarbeitende)", "Desk (for staff)";
    footer_barrier: "Barriere melden", "Report a barrier";
    footer_node: "Diese Seiten kommen vom Knoten {name}.", "These pages come from the node {name}.";
    footer_clean: "Wer liest, bekommt keine Cookies. Von Dritten wird nichts geladen.",
        "Readers get no cookies. Nothing is loaded from third parties.";

    // Searching.
    home_title: "Gute Lösungen finden, eigene Erfahrungen teilen", "Find what works, share what you learned";
    home_lead: "Praxisbeispiele, Lösungen, Leitfäden und Bedarfe aus Städten, Gemeinden und Kreisen. Jeder Eintrag ist von der Stelle unterschrieben, die ihn veröffentlicht hat.",
        "Practice examples, solutions, guides and needs from cities, towns and districts. Every record is signed by the body that published it.";
    search_label: "Was suchen Sie?", "What are you looking for?";
    search_hint: "Zum Beispiel: Mängelmelder, Baumbewässerung, Terminvergabe", "For example: Mängelmelder, Baumbewässerung, Terminvergabe";
    search_button: "Suchen", "Search";
    search_options: "Suche eingrenzen", "Narrow the search";
    stages_title: "Vier Stufen auf dem Weg zur smarten Kommune", "Four stages towards a smart municipality";
    stages_lead: "Wo stehen Sie gerade? Jede Stufe zeigt die Einträge, die dort weiterhelfen.",
        "Where are you now? Each stage shows the records that help there.";
    stage: "Stufe {n}", "Stage {n}";
    stage_1: "Voneinander lernen", "Learning from each other";
    stage_1_text: "Wissen gemeinsam aufbauen: Austausch, Leitfäden und erprobte Vorbilder.",
        "Building knowledge together: exchange, guides and proven examples.";
    stage_2: "Passendes finden", "Finding what fits";
    stage_2_text: "Leichter Zugang zu fertigen Lösungen wie auf einem Marktplatz, mit Prüfungen und Erfahrungen.",
        "Easy access to ready solutions as on a marketplace, with assessments and experience.";
    stage_3: "Ein festes digitales Fundament", "A firm digital foundation";
    stage_3_text: "Daten, Standards und Infrastruktur, die Dienste dauerhaft tragen.",
        "Data, standards and infrastructure that carry services for good.";
    stage_4: "Gut leben, überall mitmachen", "Living well, taking part everywhere";
    stage_4_text: "Gleichwertige Lebensverhältnisse und Beteiligung, die nahe bei den Menschen ist.",
        "Equal living conditions and participation that is close to people.";
    fields_title: "Handlungsfelder", "Action fields";
    newest_title: "Neu dabei", "Newest records";
    newest_none: "Hier ist noch kein Eintrag angekommen. Sobald eine Kommune etwas veröffentlicht, steht es an dieser Stelle.",
        "No record has arrived here yet. As soon as a municipality publishes something, it stands here.";
    results_title: "Suchergebnisse", "Search results";
    results_title_for: "Suchergebnisse für „{q}“", "Search results for “{q}”";
    results_none: "Kein Eintrag gefunden", "No record found";
    results_one: "Ein Eintrag gefunden", "One record found";
    results_many: "{n} Einträge gefunden", "{n} records found";
    results_part: "{from} bis {to} von {n}", "{from} to {to} of {n}";
    results_order_best: "Sortiert nach Übereinstimmung.", "Ordered by how well they match.";
    results_order_newest: "Sortiert nach Datum, das Neueste zuerst.", "Ordered by date, newest first.";
    results_help_title: "Das können Sie versuchen", "What you can try";
    results_help_fewer: "Weniger oder allgemeinere Wörter eingeben, zum Beispiel nur „Bürgerservice“.",
        "Enter fewer or more general words, such as only “Bürgerservice”.";
    results_help_filters: "Filter entfernen, die Sie gesetzt haben.", "Remove filters that you have set.";
    results_help_spelling: "Die Schreibweise prüfen. Umlaute dürfen Sie auch als ae, oe und ue schreiben.",
        "Check the spelling. Umlauts may be written as ae, oe and ue.";
    results_help_fields: "Über ein Handlungsfeld der Startseite einsteigen.", "Start from an action field on the home page.";
    filters_set: "Gesetzte Filter", "Filters in use";
    filter_remove: "Filter „{name}“ entfernen", "Remove filter “{name}”";
    filters_remove_all: "Alle Filter entfernen", "Remove all filters";
    facet_kind: "Art", "Kind";
    facet_action_field: "Handlungsfeld", "Action field";
    facet_land: "Land", "Land";
    facet_publisher: "Veröffentlicht von", "Published by";
    facet_stage: "Stufe", "Stage";
    facet_count_one: "ein Eintrag", "one record";
    facet_count_many: "{n} Einträge", "{n} records";
    all: "Alle", "All";
    pages_label: "Seiten der Ergebnisliste", "Pages of the results";
    page_previous: "Vorige Seite", "Previous page";
    page_next: "Nächste Seite", "Next page";
    page_of: "Seite {n} von {all}", "Page {n} of {all}";
    hit_published: "veröffentlicht von {who} am {day}", "published by {who} on {day}";
    hit_overdue: "Überprüfung überfällig seit {day}", "Review overdue since {day}";

    // A record.
    record_untitled: "Ohne Titel", "Untitled";
    record_kind_unknown: "Art „{kind}“ (diesem Knoten nicht bekannt)", "Kind “{kind}” (not known to this node)";
    record_more: "Weitere Angaben", "Further details";
    record_more_help: "Diese Felder kennt dieser Knoten nicht; sie stehen hier so, wie sie unterschrieben wurden.",
        "This node does not know these fields; they stand here as they were signed.";
    record_overdue: "Dieser Eintrag wurde nicht rechtzeitig überprüft.", "This record was not reviewed in time.";
    record_overdue_text: "Er war bis {day} gültig. Fragen Sie bei {who} nach, bevor Sie sich darauf stützen.",
        "It was valid until {day}. Ask {who} before you rely on it.";
    record_retracted: "Dieser Eintrag wurde zurückgezogen.", "This record was withdrawn.";
    record_retracted_text: "{who} hat ihn am {day} zurückgezogen. Grund: {reason}. Der frühere Inhalt wird hier nicht mehr gezeigt.",
        "{who} withdrew it on {day}. Reason: {reason}. Its former content is no longer shown here.";
    record_retracted_title: "Zurückgezogener Eintrag", "Withdrawn record";
    reason_withdrawn: "zurückgezogen, ohne nähere Angabe", "withdrawn, no further reason given";
    reason_outdated: "nicht mehr aktuell", "out of date";
    reason_error: "enthielt Fehler", "contained errors";
    reason_duplicate: "doppelt veröffentlicht", "published twice";
    reason_personal_data: "enthielt personenbezogene Daten", "contained personal data";
    reason_superseded: "durch einen anderen Eintrag ersetzt", "replaced by another record";
    reason_legal: "aus rechtlichen Gründen", "for legal reasons";
    trust_title: "Herkunft und Echtheit", "Origin and authenticity";
    trust_checked: "Dieser Knoten hat Unterschrift und Beglaubigung selbst geprüft.",
        "This node has checked the signature and the attestation itself.";
    trust_how: "So prüfen Sie es selbst nach", "How to verify it yourself";
    fact_version: "Version", "Version";
    fact_version_text: "{version} (Schlüsselepoche {epoch})", "{version} (key epoch {epoch})";
    fact_issued: "Unterschrieben", "Signed";
    fact_record: "Kennung des Eintrags", "Record id";
    fact_statement: "Kennung der Aussage (SHA-256)", "Statement id (SHA-256)";
    fact_key: "Öffentlicher Schlüssel (Ed25519)", "Public key (Ed25519)";
    show: "anzeigen", "show";
    record_desk: "Für Beschäftigte: am Schreibtisch öffnen", "For staff: open at the desk";

    // What others say about a record.
    joined_claimed: "Der Eigentümer hat diesen Eintrag übernommen", "The owner has claimed this record";
    joined_notices: "Hinweise anderer", "Notices by others";
    joined_notices_help: "Andere Stellen haben zu diesem Eintrag etwas anzumerken. Jeder Hinweis ist von der Stelle unterschrieben, die ihn gibt.",
        "Other bodies have something to say about this record. Each notice is signed by the body that gives it.";
    lamps_title: "Was geprüft ist und was nicht", "What was checked and what was not";
    lamps_help: "Drei Fragen, die vor jeder Einführung stehen. Es gibt absichtlich keine Gesamtnote: Lesen Sie, wer was nach welchem Katalog geprüft hat.",
        "Three questions that come before every introduction. There is no total score on purpose: read who checked what by which catalogue.";
    lamp_own: "selbst erklärt", "self-declared";
    lamp_unchecked: "Noch von niemandem geprüft.", "Not checked by anybody yet.";
    lamp_checked_by: "geprüft von {who}, {day}", "checked by {who}, {day}";
    lamp_own_by: "selbst erklärt von {who}, {day}", "self-declared by {who}, {day}";
    light_met: "erfüllt", "met";
    light_partly: "teilweise erfüllt", "partly met";
    light_not_met: "nicht erfüllt", "not met";
    light_unknown: "nicht bekannt", "not known";
    joined_assessment_show: "Die Prüfung im Einzelnen zeigen", "Show the assessment in detail";
    joined_assessments_show: "{n} Prüfungen nebeneinander zeigen", "Show {n} assessments side by side";
    joined_assessments: "Prüfungen im Vergleich", "Assessments side by side";
    joined_assessments_help: "Verschiedene Prüfungen stehen nebeneinander, auch wenn sie sich widersprechen.",
        "Different assessments stand side by side, also where they contradict each other.";
    assessment_checked: "geprüft", "checked";
    assessment_past: "(gilt nicht mehr)", "(no longer valid)";
    assessment_role: "Rolle", "Role";
    assessment_interest: "Eigenes Interesse", "Interest of its own";
    assessment_method: "Wie geprüft wurde", "Method";
    assessment_day: "Geprüft am", "Assessed on";
    assessment_until: "Gültig bis", "Valid until";
    assessment_version: "Geprüfte Fassung", "Version assessed";
    assessment_overall: "Ergebnis", "Result";
    assessment_criteria: "Katalog", "Catalogue";
    assessment_edition: "{title}, Fassung {n}", "{title}, edition {n}";
    assessment_criteria_missing: "liegt hier nicht vor; die Ergebnisse lassen sich keinem Bereich zuordnen",
        "is not here; the results cannot be sorted";
    assessment_question: "Frage", "Question";
    assessment_whole: "Im Einzelnen", "In detail";
    count_yes: "{n} ja", "{n} yes";
    count_partial: "{n} teilweise", "{n} partly";
    count_no: "{n} nein", "{n} no";
    count_unknown: "{n} nicht bekannt", "{n} not known";
    joined_uses: "Wer es nutzt", "Who uses it";
    uses_alike: "im Einsatz oder im Pilotbetrieb bei {n} Kommunen Ihrer Größe ({class})",
        "in use or in a pilot at {n} municipalities of your size ({class})";
    uses_alike_one: "im Einsatz oder im Pilotbetrieb bei einer Kommune Ihrer Größe ({class})",
        "in use or in a pilot at one municipality of your size ({class})";
    uses_advise: "{n} zum Rat bereit", "{n} willing to advise";
    uses_adviser: "zum Rat bereit", "willing to advise";
    uses_by_class: "Im Einsatz oder im Pilotbetrieb, nach Größe", "In use or in a pilot, by size";
    uses_by_land: "Im Einsatz oder im Pilotbetrieb, nach Land", "In use or in a pilot, by Land";
    uses_caption: "Nachnutzungen, von den Nutzenden selbst unterschrieben", "Adoptions, signed by the adopters themselves";
    uses_status: "Stand", "Status";
    uses_since: "Seit", "Since";
    uses_class: "Größe", "Size";
    uses_again: "Wieder so?", "Again?";
    uses_experience: "Erfahrung", "Experience";
    joined_others: "Worin der Eintrag noch vorkommt", "Where else the record appears";
    joined_more: "und {n} weitere", "and {n} more";

    yes: "Ja", "Yes";
    no: "Nein", "No";
    nothing: "keine Angabe", "not given";
    bytes_shown: "{n} Byte: {hex}", "{n} bytes: {hex}";
    link_unsafe: "(diese Adresse wird nicht verlinkt)", "(this address is not linked)";

    // Publishers.
    publishers_title: "Wer ist dabei", "Who takes part";
    publishers_lead: "Alle Stellen, deren Schlüssel beglaubigt sind. Nur was sie unterschreiben, wird angenommen.",
        "All bodies whose keys are attested. Only what they sign is accepted.";
    publishers_caption: "Beglaubigte Stellen, nach Namen geordnet", "Attested bodies, ordered by name";
    publishers_none: "Noch ist keine Stelle beglaubigt.", "No body is attested yet.";
    col_body: "Stelle", "Body";
    col_name: "Name im Netz", "Name in the network";
    col_land: "Land", "Land";
    col_records: "Einträge", "Records";
    publisher_profile: "Angaben", "Profile";
    publisher_org_type: "Art der Stelle", "Sort of body";
    publisher_ars: "Amtlicher Regionalschlüssel", "Regional key (ARS)";
    publisher_ags: "Amtlicher Gemeindeschlüssel", "Municipality key (AGS)";
    publisher_may_attest: "Darf andere beglaubigen", "May attest others";
    publisher_floor: "Niedrigste gültige Epoche", "Lowest valid epoch";
    publisher_floor_text: "{n}: Was in früheren Epochen unterschrieben wurde, zählt nicht mehr.",
        "{n}: what was signed in earlier epochs counts no more.";
    epochs_title: "Schlüssel und Beglaubigungen", "Keys and attestations";
    epochs_lead: "Jeder Schlüssel, der für diese Stelle unterschreiben darf oder durfte, steht hier öffentlich.",
        "Every key that may or might sign for this body stands here in public.";
    epochs_caption: "Epochen, die älteste zuerst", "Epochs, oldest first";
    col_epoch: "Epoche", "Epoch";
    col_valid: "Gültig", "Valid";
    col_attester: "Beglaubigt durch", "Attested by";
    col_keys: "Öffentliche Schlüssel", "Public keys";
    valid_since: "seit {day}", "since {day}";
    valid_span: "{day} bis {end}", "{day} to {end}";
    valid_revoked: "aufgegeben: zählt nicht mehr", "given up: counts no more";
    valid_sealed: "versiegelt: niemand hält diesen Schlüssel", "sealed: nobody holds this key";
    valid_ended: "beendet: das Gesagte bleibt, Neues zählt nicht", "ended: what was said stays, nothing new counts";
    attester_document: "Netzdokument", "network document";
    attester_statement: "Beglaubigung ansehen", "see attestation";
    publisher_records: "Einträge dieser Stelle", "Records of this body";
    publisher_records_none: "Diese Stelle hat noch nichts veröffentlicht.", "This body has not published anything yet.";
    publisher_records_all: "Alle {n} Einträge durchsuchen", "Search all {n} records";

    // The network.
    network_title: "Zustand des Netzes", "State of the network";
    network_lead: "Was dieser Knoten gerade weiß, mit wem er verbunden ist und ob alle dasselbe haben.",
        "What this node knows now, whom it is connected to, and whether all hold the same.";
    network_live: "Mit JavaScript hält sich diese Seite selbst aktuell; ohne laden Sie sie neu.",
        "With JavaScript this page keeps itself current; without it, reload it.";
    pulse_title: "Unterschriebenes je Tag", "Statements signed each day";
    pulse_text: "{n} Aussagen in den letzten {days} Tagen.", "{n} statements in the last {days} days.";
    pulse_drawing: "Säulen: je Tag eine, der heutige Tag rechts. Die Tabelle darunter sagt dasselbe.", "Bars: one for each day, today at the right. The table below says the same.";
    pulse_table: "Zahlen als Tabelle", "Figures as a table";
    col_day: "Tag", "Day";
    network_this: "Dieser Knoten", "This node";
    network_name: "Netz", "Network";
    relays_title: "Verteiler (Relays)", "Relays";
    relays_lead: "Diese Knoten haben unterschrieben bekannt gegeben, wo sie zu erreichen sind. Fällt einer aus, finden andere über sie weiter ins Netz.",
        "These nodes have announced and signed where they are reached. If one fails, others find their way into the network through them.";
    relays_none: "Noch hat kein Verteiler bekannt gegeben, wo er zu erreichen ist.", "No relay has announced yet where it is reached.";
    relays_caption: "Verteiler und ihre Adressen, die des eigenen Landes zuerst", "Relays and their addresses, those of the own Land first";
    col_addresses: "Adressen", "Addresses";
    network_epoch: "Schlüsselepoche, in der er unterschreibt", "Key epoch it signs in";
    network_role: "Rolle", "Role";
    network_program: "Programmversion", "Program version";
    network_peer_id: "Kennung im Netz (Peer-ID)", "Id in the network (peer id)";
    network_listen: "Erreichbar unter", "Reachable at";
    network_listen_none: "Nimmt keine Verbindungen an, baut sie nur selbst auf.", "Accepts no connections, only makes its own.";
    network_heads: "Gültige Aussagen", "Standing statements";
    network_change: "Letzte Änderung Nr.", "Latest change no.";
    network_search: "Suche", "Search";
    network_search_now: "Auf dem neuesten Stand.", "Up to date.";
    network_search_behind: "Noch nicht in der Suche: {n} Änderungen. Sie kommen von selbst hinzu.",
        "Not in the search yet: {n} changes. They are added by themselves.";
    network_held: "Zurückgestellt", "Held back";
    network_held_text: "{n} Aussagen warten auf ihre Beglaubigung oder ihren Zeitpunkt.",
        "{n} statements wait for their attestation or their hour.";
    network_held_none: "Keine Aussage wartet.", "No statement waits.";
    network_started: "Läuft seit", "Running since";
    network_storage: "Datenbank", "Database";
    network_storage_text: "{n} MiB, auf dem Datenträger sind {free} MiB frei", "{n} MiB, {free} MiB are free on the disk";
    network_own: "Eigene Einträge", "Own records";
    network_own_text: "{n} von höchstens {max}", "{n} of at most {max}";
    network_erased: "Hier gelöscht", "Erased here";
    network_full: "Der Datenträger ist voll: Neues wird nicht angenommen. Lesen und Suchen gehen weiter.",
        "The disk is full: nothing new is taken. Reading and searching go on.";
    network_attested_yes: "Diese Stelle ist beglaubigt und kann veröffentlichen.", "This body is attested and can publish.";
    network_attested_no: "Diese Stelle ist noch nicht beglaubigt. Lesen und Suchen gehen schon; veröffentlichen kann sie erst danach.",
        "This body is not attested yet. Reading and searching work; publishing comes after that.";
    network_trust_root: "Fingerabdruck der Beglaubigungen", "Fingerprint of the attestations";
    role_municipality: "Kommune", "Municipality";
    role_relay: "Verteiler (Relay)", "Relay";
    role_unknown: "Knoten", "Node";
    peers_title: "Verbindungen", "Connections";
    peers_none: "Zurzeit ist kein anderer Knoten bekannt. Lesen und Suchen gehen trotzdem.",
        "No other node is known at present. Reading and searching work all the same.";
    peers_caption: "Andere Knoten, die dieser Knoten kennt", "Other nodes known to this node";
    peers_sum: "{n} von {all} Knoten verbunden", "{n} of {all} nodes connected";
    peers_drawing: "Zeichnung: dieser Knoten in der Mitte, um ihn {all} andere Knoten, davon {n} verbunden. Die Tabelle darunter sagt dasselbe.",
        "Drawing: this node in the middle, around it {all} other nodes, {n} of them connected. The table below says the same.";
    peers_legend: "Kreis: Kommune oder unbekannt. Quadrat: Verteiler. Gestrichelt: nicht verbunden.",
        "Circle: municipality or unknown. Square: relay. Dashed: not connected.";
    peers_drawing_cut: "Gezeichnet sind die ersten {n}.", "The first {n} are drawn.";
    col_peer: "Knoten", "Node";
    col_role: "Rolle", "Role";
    col_state: "Zustand", "State";
    col_agreed: "Zuletzt gleicher Stand", "Last equal";
    col_lag: "Fehlten beim letzten Abgleich", "Missing at last talk";
    col_round_trip: "Laufzeit", "Round trip";
    peer_connected: "verbunden", "connected";
    peer_away: "nicht verbunden", "not connected";
    peer_never: "noch nie", "never yet";
    peer_called: "{role} …{end}", "{role} …{end}";
    col_address: "Adresse", "Address";
    peer_unreached: "noch nie erreicht", "never reached";
    milliseconds: "{n} ms", "{n} ms";
    buckets_title: "Bestand nach Ländern", "Holdings by Land";
    buckets_caption: "Anzahl und Fingerabdruck je Land. Zwei Knoten mit gleichem Fingerabdruck haben denselben Bestand.",
        "Count and fingerprint by Land. Two nodes with equal fingerprints hold the same.";
    buckets_none: "Noch ist nichts da.", "Nothing is here yet.";
    col_count: "Anzahl", "Count";
    col_fingerprint: "Fingerabdruck", "Fingerprint";
    refused_title: "Abgelehntes", "Refused";
    refused_lead: "Was seit dem Start nicht angenommen wurde, und warum.", "What was not accepted since the start, and why.";
    refused_none: "Seit dem Start wurde nichts abgelehnt.", "Nothing was refused since the start.";
    refused_caption: "Gründe und Anzahl", "Reasons and counts";
    col_record: "Eintrag", "Record";
    doubles_title: "Doppelte Unterschriften", "Double signatures";
    doubles_lead: "Diese Stellen haben zwei verschiedene Aussagen mit derselben Fassung unterschrieben. Überall gilt dieselbe der beiden. Bitte fragen Sie die Stelle, ob ihr Schlüssel an zwei Orten liegt oder in falsche Hände geraten ist.",
        "These bodies signed two different statements with the same version. Everywhere the same one stands. Please ask the body whether its key lies in two places or has fallen into wrong hands.";
    doubles_caption: "Einträge mit doppelter Unterschrift seit dem Start", "Records signed twice since the start";
    bans_title: "Gesperrte Knoten", "Banned nodes";
    bans_lead: "Mit diesen Knoten spricht dieser Knoten nicht. „allmende peers pardon“ hebt eine Sperre auf.",
        "This node does not talk to these. `allmende peers pardon` lifts a ban.";
    bans_caption: "Gesperrte Knoten und Gründe", "Banned nodes and reasons";
    col_reason: "Grund", "Reason";
    refused_signature: "Die Unterschrift stimmt nicht.", "The signature does not hold.";
    refused_not_attested: "Der Schlüssel ist nicht beglaubigt.", "The key is not attested.";
    refused_floor: "Der Schlüssel wurde widerrufen (Epoche unter der Grenze).", "The key was revoked (epoch below the floor).";
    refused_period: "Außerhalb der Gültigkeit des Schlüssels unterschrieben.", "Signed outside the validity of the key.";
    refused_quota: "Die Stelle hat ihre Höchstzahl an Einträgen erreicht.", "The body has reached its quota of records.";
    refused_oversize: "Die Aussage ist zu groß.", "The statement is too large.";
    refused_form: "Die Form der Aussage ist falsch.", "The form of the statement is wrong.";
    refused_future: "Mit einem Zeitpunkt unterschrieben, der noch kommt; wartet bis dahin.", "Signed at a moment still to come; waits until then.";
    refused_attestation: "Als Beglaubigung gemeint, aber keine gültige.", "Meant as an attestation, but not a valid one.";
    refused_equivocation: "Dieselbe Stelle hat zweimal dieselbe Version unterschrieben; eine gilt.", "The same body signed the same version twice; one of them stands.";
    refused_stranger: "Ein Nachbar gehört zu einem anderen Netz und wurde abgewiesen.", "A peer belongs to another network and was turned away.";
    refused_stale: "Eine neuere Version war schon da.", "A newer version was already here.";

    // The API page.
    api_title: "Schnittstelle für Programme", "Interface for programs";
    api_lead: "Alles, was diese Seiten zeigen, können auch Programme lesen. Lesen ist frei; Schreiben braucht ein Zugangskennwort (Token), das der Betreiber mit „allmende token add NAME“ anlegt.",
        "Programs can read everything that these pages show. Reading is free; writing needs a token, which the operator creates with “allmende token add NAME”.";
    api_document: "Die vollständige Beschreibung im Format OpenAPI 3.1", "The full description as OpenAPI 3.1";
    api_parameters: "Parameter", "Parameters";
    api_parameters_of: "Parameter von {what}", "Parameters of {what}";
    api_answers: "Antworten", "Answers";
    api_answers_of: "Antworten von {what}", "Answers of {what}";
    api_name: "Name", "Name";
    api_where: "Ort", "In";
    api_meaning: "Bedeutung", "Meaning";
    api_status: "Status", "Status";
    api_token: "Braucht ein Token.", "Needs a token.";
    api_problems: "Fehlermeldungen", "Problems";
    api_problems_text: "Jeder Fehler kommt als application/problem+json (RFC 9457) mit type, title, status, detail, code und, bei Entwürfen, findings.",
        "Every error is application/problem+json (RFC 9457) with type, title, status, detail, code and, for drafts, findings.";
    api_problems_caption: "Kennungen in code und type", "Codes in code and type";
    api_code: "Kennung", "Code";
    api_english: "Die Beschreibungen sind englisch, weil sie Teil des OpenAPI-Dokuments sind.", "";

    // What goes wrong.
    trouble_home: "Zur Suche", "To the search";
    trouble_code: "Kennung des Fehlers: {code}", "Problem code: {code}";
}

#[cfg(test)]
mod tests {
    use crate::words::boards;
    use crate::words::fill;
    use crate::words::reading;
    use crate::words::texts;

    /// All sentences of all rooms.
    fn all() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
        super::ALL.iter().chain(boards::ALL).chain(reading::ALL).chain(texts::ALL)
    }

    fn places(sentence: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            sentence.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(key, _)| key)).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn both_languages_say_the_same_things() {
        for (key, de, en) in all() {
            assert!(!de.is_empty(), "{key} says nothing in German");
            assert!(!en.is_empty() || *key == "api_english", "{key} says nothing in English");
            if *key != "api_english" {
                assert_eq!(places(de), places(en), "{key} fills in different things");
            }
        }
    }

    #[test]
    fn german_has_real_umlauts() {
        for (key, de, _) in all() {
            for wrong in ["fuer", "ueber", "koenn", "moech", "pruef", "aender", "ausser", "gross"] {
                assert!(!de.to_lowercase().contains(wrong), "{key}: {de}");
            }
        }
    }

    #[test]
    fn values_are_filled_in_once() {
        assert_eq!(fill("{n} von {all}", &[("n", "{all}"), ("all", "7")]), "{all} von 7");
        assert_eq!(fill("vorher {fehlt} nachher {", &[]), "vorher  nachher ");
    }
}
