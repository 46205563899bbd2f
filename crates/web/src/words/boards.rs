//! Sentences of the map, the calendar, the boards and the comparison.

sentences! {
    Boards;

    // The map.
    map_title: "Wer teilt was, und wo", "Who shares what, and where";
    map_lead: "Je dunkler ein Land, desto mehr Einträge von dort. Ein Klick zeigt sie als Liste. Die Tabelle sagt dasselbe in Zahlen.",
        "The darker a Land, the more records come from there. A click lists them. The table says the same in figures.";
    map_label: "Karte der Länder mit der Zahl ihrer Einträge. Die Tabelle daneben sagt dasselbe.",
        "Map of the Länder with the number of their records. The table beside it says the same.";
    map_land: "{land}: {n}", "{land}: {n}";
    map_caption: "Einträge und beteiligte Stellen je Land", "Records and taking-part bodies by Land";
    map_records: "Einträge", "Records";
    map_bodies: "Stellen", "Bodies";
    map_everywhere: "Bund und länderübergreifend", "Federal and across Länder";
    compare_checked: "Geprüft: {what}", "Checked: {what}";
    map_cover: "Kommunen dabei", "Municipalities taking part";
    map_cover_of: "{n} von {all}", "{n} of {all}";
    map_seen: "in 30 Tagen gesehen", "Seen within 30 days";
    map_seen_sum: "Von {all} Kommunen sind {n} dabei; in den letzten {days} Tagen gesehen: {seen}.",
        "{n} of {all} municipalities take part; seen within the last {days} days: {seen}.";
    map_seen_help: "Gesehen heißt: In dieser Zeit hat die Kommune einen Eintrag unterschrieben, der noch gilt, oder ihr Knoten hielt dasselbe wie dieser.",
        "Seen means: in that time the municipality signed a record that still stands, or its node held the same as this one.";
    map_points: "Punkte: Orte der Kommunen, die dabei sind.", "Dots: places of the municipalities that take part.";
    map_legend: "Farben der Karte", "Colours of the map";
    map_legend_none: "keine", "none";
    map_legend_span: "{from} bis {to}", "{from} to {to}";
    map_filter_button: "Karte zeichnen", "Draw the map";
    map_notice: "Umrisse: © GeoBasis-DE / BKG 2017 (Daten verändert)", "Outlines: © GeoBasis-DE / BKG 2017 (data changed)";

    // Dates and boards.
    events_title: "Veranstaltungen", "Events";
    events_lead: "Themenwerkstätten, Peer-Learning, Konferenzen und Fristen aus dem ganzen Netz. Was hier steht, lässt sich abonnieren.",
        "Workshops, peer learning, conferences and deadlines from the whole network. All of it can be subscribed to.";
    events_none: "Zurzeit steht kein Termin an, auf den diese Auswahl passt.", "No date matches this choice at present.";
    events_past: "Vergangenes", "Past events";
    events_list: "Als Liste", "As a list";
    events_month: "Als Monat", "As a month";
    events_month_of: "{month} {year}", "{month} {year}";
    events_previous: "Voriger Monat", "Previous month";
    events_next: "Nächster Monat", "Next month";
    events_caption: "Termine im {month} {year}", "Dates in {month} {year}";
    events_subscribe: "Kalender abonnieren (.ics)", "Subscribe to the calendar (.ics)";
    events_until: "Anmeldung bis {day}", "Registration until {day}";
    events_cancelled: "abgesagt", "cancelled";
    events_tentative: "geplant", "tentative";
    days: "Mo Di Mi Do Fr Sa So", "Mon Tue Wed Thu Fri Sat Sun";
    at_time: "{day}, {time} Uhr", "{day}, {time}";
    needs_title: "Bedarfe", "Needs";
    needs_lead: "Was Kommunen suchen, und wer mitmachen will. Ein Bedarf ist ein Zeichen an Markt und Nachbarn, keine Ausschreibung (§ 28 Abs. 2 VgV, § 20 Abs. 2 UVgO).",
        "What municipalities look for, and who wants to join. A need is a sign to market and neighbours, not a call for tenders (§ 28(2) VgV, § 20(2) UVgO).";
    needs_none: "Zurzeit steht kein Bedarf da, auf den diese Auswahl passt.", "No need matches this choice at present.";
    needs_joint: "offen für ein gemeinsames Vorgehen", "open to going together";
    needs_solved: "Gelöst oder zurückgenommen", "Solved or withdrawn";
    needs_open: "Offen", "Open";
    needs_horizon: "Zeitraum: {text}", "Time horizon: {text}";
    needs_size: "Für Kommunen mit {text}", "For municipalities of {text}";
    needs_until: "Überprüfung bis {day}", "Review by {day}";
    funding_title: "Förderung", "Funding";
    funding_lead: "Förderprogramme mit ihren Fristen, die nächste zuerst. Verbindlich ist immer die Bekanntmachung des Fördergebers.",
        "Funding programmes with their deadlines, the next one first. What the funder announced is always what counts.";
    funding_none: "Zurzeit steht kein Programm da, auf das diese Auswahl passt.", "No programme matches this choice at present.";
    funding_now: "Antrag jetzt möglich", "Open now";
    funding_later: "Kommt noch", "Still to come";
    funding_over: "Abgelaufen", "Over";
    funding_until: "Antrag bis {day}", "Open until {day}";
    funding_from: "Antrag ab {day}", "Open from {day}";
    funding_always: "Antrag jederzeit möglich", "Open at any time";
    funding_rate: "bis {n} %", "up to {n} %";
    days_left_none: "endet heute", "ends today";
    days_left_one: "noch ein Tag", "one day left";
    days_left: "noch {n} Tage", "{n} days left";
    board_filter: "Auswahl", "Choice";
    board_button: "Zeigen", "Show";
    board_feed: "Als Feed abonnieren (Atom)", "Subscribe to the feed (Atom)";
    board_table: "Als Tabelle (CSV)", "As a table (CSV)";
    board_more: "Mehr im Suchergebnis", "More in the search results";

    // Comparing.
    compare_title: "Vergleichen", "Compare";
    compare_lead: "Zwei bis fünf Lösungen nebeneinander. Zeilen, in denen sie sich unterscheiden, sind am Rand markiert und mit „verschieden“ beschriftet.",
        "Two to five solutions side by side. Rows in which they differ are marked at the edge and labelled “differs”.";
    compare_few: "Wählen Sie mindestens zwei Lösungen aus.", "Choose at least two solutions.";
    compare_few_how: "Auf der Seite jeder Lösung steht „Zum Vergleich hinzufügen“. Oder wählen Sie hier:",
        "The page of each solution has “Add to comparison”. Or choose here:";
    compare_choose: "Lösungen zur Auswahl", "Solutions to choose from";
    compare_many: "Es werden höchstens {n} nebeneinander gezeigt; die übrigen sind weggelassen.",
        "At most {n} are shown side by side; the others are left out.";
    compare_lost: "Ein Eintrag der Auswahl ist hier nicht bekannt oder wurde zurückgezogen.", "One record of the choice is not known here or was withdrawn.";
    compare_caption: "Angaben im Vergleich", "Details compared";
    compare_detail: "Angabe", "Detail";
    compare_differs: "verschieden", "differs";
    compare_button: "Nebeneinander stellen", "Put side by side";
    compare_remove_short: "Entfernen", "Remove";
    compare_add: "Weitere Lösung suchen", "Find another solution";
    compare_only: "Nur Unterschiede zeigen", "Show differences only";
    compare_all: "Alle Angaben zeigen", "Show all details";
    compare_none: "keine Angabe", "not given";
    compare_by: "Veröffentlicht von", "Published by";
    compare_version: "Fassung vom", "Version of";
}
