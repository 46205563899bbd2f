//! Sentences of the record page, the one-page paper and the ways a record leaves the node.

sentences! {
    Reading;

    facts_title: "Auf einen Blick", "At a glance";
    part_folded: "{n} Angaben zeigen", "Show {n} details";
    contents_title: "Auf dieser Seite", "On this page";
    provenance: "Signiert von {who}, bestätigt von {attester}, Fassung {version} vom {day}.",
        "Signed by {who}, confirmed by {attester}, version {version} of {day}.";
    provenance_anchor: "Signiert von {who}, deren Schlüssel im Netzdokument steht, Fassung {version} vom {day}.",
        "Signed by {who}, whose key stands in the network document, version {version} of {day}.";
    provenance_since: "Der Schlüssel gilt seit {day}.", "The key is valid since {day}.";
    provenance_span: "Der Schlüssel gilt von {day} bis {end}.", "The key is valid from {day} to {end}.";
    numbers_title: "Kennungen und Schlüssel", "Ids and keys";
    numbers_help: "Für das Nachprüfen und für Programme.", "For verifying and for programs.";
    actions_title: "Weitergeben", "Pass on";
    action_mail: "Per E-Mail weiterleiten", "Forward by mail";
    action_paper: "Entscheidungsvorlage (eine Seite zum Drucken)", "Decision paper (one page to print)";
    action_compare: "Zum Vergleich hinzufügen", "Add to comparison";
    action_ask: "Kontaktstelle fragen", "Ask the contact";
    mail_subject: "Hinweis auf: {title}", "For your interest: {title}";
    mail_body: "{title}\n{summary}\n\nSigniert von {who}, Fassung {version} vom {day}.\n{address}\n",
        "{title}\n{summary}\n\nSigned by {who}, version {version} of {day}.\n{address}\n";
    ask_subject: "Frage zu: {title}", "Question about: {title}";
    ask_body: "Guten Tag,\n\nwir haben Ihren Eintrag „{title}“ gelesen ({address}) und haben dazu eine Frage:\n\n",
        "Hello,\n\nwe have read your record “{title}” ({address}) and have a question about it:\n\n";
    cite_title: "So zitieren Sie diesen Eintrag", "How to cite this record";
    cite: "{who}: {title}. Fassung {version} vom {day}. {address} (Kennung der Aussage {id})",
        "{who}: {title}. Version {version} of {day}. {address} (statement id {id})";
    cite_help: "Die Adresse bleibt dieselbe, wenn der Eintrag neu gefasst wird; die Kennung benennt genau diese Fassung.",
        "The address stays when the record is revised; the id names exactly this version.";
    exports_title: "Herunterladen", "Download";
    export_cose: "Unterschriebene Datei (COSE), zum Nachprüfen", "Signed file (COSE), for verifying";
    export_json: "JSON, für Programme", "JSON, for programs";
    export_jsonld: "JSON-LD mit schema.org, für Suchmaschinen", "JSON-LD with schema.org, for search engines";
    export_yml: "publiccode.yml, für Softwareverzeichnisse", "publiccode.yml, for software catalogues";
    export_ttl: "Turtle (RDF nach ADMS-AP und DCAT), für Datenkataloge", "Turtle (RDF by ADMS-AP and DCAT), for data catalogues";
    export_ics: "Kalendereintrag (.ics)", "Calendar entry (.ics)";

    // The one-page paper.
    paper_title: "Entscheidungsvorlage", "Decision paper";
    paper_of: "Entscheidungsvorlage: {title}", "Decision paper: {title}";
    paper_print: "Zum Drucken: Druckfunktion des Browsers (Strg+P). Kopf und Fuß der Seite werden nicht mitgedruckt.",
        "To print: the browser's print function (Ctrl+P). Head and foot of the page are not printed.";
    paper_back: "Zurück zum Eintrag", "Back to the record";
    paper_why: "Ausgangslage", "The situation";
    paper_how: "Vorgehen", "The approach";
    paper_result: "Ergebnis und Beleg", "Result and evidence";
    paper_effort: "Aufwand", "Effort";
    paper_risks: "Risiken und Gegenmittel", "Risks and remedies";
    paper_privacy: "Datenschutz und Sicherheit", "Privacy and security";
    paper_exit: "Ausstieg und Datenmitnahme", "Exit and data export";
    paper_fit: "Voraussetzungen", "Preconditions";
    paper_users: "Wer es nutzt", "Who uses it";
    paper_ask: "Wen man fragen kann", "Whom to ask";
    paper_source: "Quelle und Stand", "Source and date";
    paper_printed: "Abgerufen am {day} vom Knoten {node}.", "Retrieved on {day} from the node {node}.";
    paper_proposal: "Beschlussvorschlag", "Proposed decision";
    paper_date: "Ort, Datum", "Place, date";
    paper_sign: "Unterschrift", "Signature";
    paper_missing: "In der Quelle nicht angegeben.", "Not given in the source.";

    // The start page.
    near_title: "Neu aus {land}", "New from {land}";
    near_all: "Alles aus {land}", "All from {land}";
    newest_all: "Alle Einträge, die neuesten zuerst", "All records, newest first";
    due_title: "Was ansteht", "What is coming up";
    due_none: "In nächster Zeit steht nichts an.", "Nothing is coming up.";
    due_events: "Alle Veranstaltungen", "All events";
    due_funding: "Alle Förderprogramme", "All funding programmes";
    due_needs: "Alle Bedarfe", "All needs";
    needs_near: "Gesucht wird", "Wanted";
    sum_holdings: "{n} Einträge von {bodies} Stellen", "{n} records from {bodies} bodies";
    sum_map: "Auf der Karte ansehen", "See them on the map";
    feed: "Diese Suche abonnieren (Atom)", "Subscribe to this search (Atom)";
    table: "Als Tabelle (CSV)", "As a table (CSV)";
    used_one: "eine Kommune sagt: Wir nutzen es", "one municipality says: we use it";
    used_many: "{n} Kommunen sagen: Wir nutzen es", "{n} municipalities say: we use it";
    facet_size: "Größe der Kommune", "Size of the municipality";
    facet_district: "Kreis", "District";
    facet_phase: "Stand der Umsetzung", "Phase";
    facet_deployment: "Betrieb", "Operation";
    facet_lamp: "Angaben und Prüfungen", "Details and assessments";
    facet_licence: "Lizenz", "Licence";
    facet_fresh: "Aktualität", "Freshness";
    lamp_said: "{what}: Angaben vorhanden", "{what}: details given";
    lamp_tested: "{what}: geprüft oder belegt", "{what}: assessed or evidenced";
    fresh_month: "aus den letzten 30 Tagen", "from the last 30 days";
    fresh_year: "aus dem letzten Jahr", "from the last year";
    fresh_older: "älter", "older";
    fresh_overdue: "Überprüfung überfällig", "review overdue";
    corrected: "Gesucht wurde nach „{instead}“ statt „{typed}“.", "Searched for “{instead}” instead of “{typed}”.";
    corrected_only: "Nur nach „{typed}“ suchen", "Search for “{typed}” only";
    similar_title: "Ähnliche Einträge", "Similar records";
    similar_why: "gemeinsam: {words}", "in common: {words}";
    matches_need: "Was zu diesem Bedarf passt", "What answers this need";
    matches_offer: "Wer so etwas sucht", "Who is looking for this";
    matches_help: "Berechnet auf diesem Knoten nach offenen Regeln, auf jedem Knoten gleich; keine Empfehlung.",
        "Computed on this node by open rules, the same on every node; no recommendation.";
    reason_supports: "gleiche Leistung oder Norm: {words}", "same service or standard: {words}";
    reason_words: "gleiche Wörter: {words}", "same words: {words}";
    reason_fields: "gleiches Handlungsfeld: {words}", "same action field: {words}";
    reason_adopted: "bei {n} Kommunen Ihrer Größe im Einsatz ({class})", "in use at {n} municipalities of your size ({class})";
    reason_land: "gleiches Land", "same Land";
    alike_title: "Was Kommunen wie wir nutzen", "Used by municipalities like ours";
    alike_others: "Was andere Kommunen nutzen", "Used by other municipalities";
    alike_by: "bei {who}", "at {who}";
    alike_more: "{who} und {n} weiteren", "{who} and {n} more";
    col_title: "Titel", "Title";
    col_summary: "Kurzbeschreibung", "Summary";
    col_valid: "Gültig bis", "Valid until";
    col_address: "Adresse", "Address";
    feed_title: "allmende: {title}", "allmende: {title}";
    feed_new: "Neue Einträge", "New records";
    choose_compare: "Vergleichen", "Compare";
}
