//! Sentences of the pages that explain: verifying, ordering, and what a public body owes its readers.

sentences! {
    Texts;

    // Verifying.
    verify_title: "Nachprüfen, ob ein Eintrag echt ist", "Verify that a record is genuine";
    verify_lead: "Jeder Eintrag trägt eine elektronische Unterschrift (Ed25519, COSE). Sie können sie ohne diesen Knoten und ohne Verbindung zum Netz prüfen.",
        "Every record carries a digital signature (Ed25519, COSE). You can verify it without this node and without the network.";
    verify_step_1: "Öffnen Sie den Eintrag und laden Sie ihn als unterschriebene Datei (COSE) herunter.",
        "Open the record and download it as signed file (COSE).";
    verify_step_2: "Prüfen Sie die Datei auf Ihrem eigenen Rechner mit diesem Befehl:",
        "Verify the file on your own computer with this command:";
    verify_step_3: "Vergleichen Sie die Kennung der Aussage mit der, die auf der Seite des Eintrags steht, oder mit einer, die Sie früher notiert haben.",
        "Compare the statement id with the one on the record's page, or with one you noted earlier.";
    verify_here_title: "Hier prüfen", "Verify here";
    verify_here: "Laden Sie eine unterschriebene Datei (Endung .cose) hoch oder fügen Sie ihren Inhalt als Text ein. Geprüft wird auf diesem Knoten; nichts wird gespeichert.",
        "Upload a signed file (ending in .cose) or paste its content as text. It is checked on this node; nothing is stored.";
    verify_file: "Unterschriebene Datei (.cose)", "Signed file (.cose)";
    verify_text: "Oder der Inhalt als Text (Base64 oder Hexadezimalziffern)", "Or its content as text (Base64 or hexadecimal digits)";
    verify_button: "Prüfen", "Verify";
    verify_good: "Die Unterschrift stimmt.", "The signature holds.";
    verify_good_attested: "Unterschrieben von {who} ({name}) am {day}. Der Schlüssel wird bestätigt durch {attester}.",
        "Signed by {who} ({name}) on {day}. The key is confirmed by {attester}.";
    verify_good_unattested: "Unterschrieben im Namen von {name} am {day}. Diesem Knoten ist keine Beglaubigung für diesen Schlüssel bekannt: Verlassen Sie sich nicht darauf, dass die Datei von dieser Stelle kommt.",
        "Signed in the name of {name} on {day}. This node knows no attestation for this key: do not rely on the file coming from that body.";
    verify_bad: "Das ist keine gültige unterschriebene Datei dieses Netzes.", "This is no validly signed file of this network.";
    verify_bad_why: "Grund: {why}", "Reason: {why}";
    verify_bad_unknown: "Die Datei hat nicht die Form einer unterschriebenen Aussage.", "The file does not have the form of a signed statement.";
    verify_bad_signature: "Die Unterschrift passt nicht zum Inhalt. Die Datei wurde verändert, oder sie gehört zu einem anderen Netz.",
        "The signature does not match the content. The file was changed, or it belongs to another network.";
    verify_bad_size: "Die Datei ist größer als eine unterschriebene Aussage sein darf (64 KiB).",
        "The file is larger than a signed statement may be (64 KiB).";
    verify_bad_empty: "Es kam nichts an. Bitte wählen Sie eine Datei oder fügen Sie einen Text ein.",
        "Nothing arrived. Please choose a file or paste a text.";
    verify_standing: "Das ist die Fassung, die zurzeit gilt.", "This is the version that stands now.";
    verify_replaced: "Es gilt inzwischen eine andere Fassung.", "Another version stands by now.";
    verify_gone: "Dieser Eintrag wurde inzwischen zurückgezogen.", "This record has been withdrawn meanwhile.";
    verify_elsewhere: "Diesen Eintrag hält dieser Knoten nicht.", "This node does not hold this record.";
    verify_open: "Eintrag öffnen", "Open the record";
    verify_browser_title: "Zusätzlich in Ihrem Browser", "Also in your browser";
    verify_browser: "Ihr Browser kann die Unterschrift selbst nachrechnen (WebCrypto, Ed25519), ohne die Datei zu senden. So müssen Sie diesem Knoten nicht vertrauen.",
        "Your browser can check the signature itself (WebCrypto, Ed25519) without sending the file. So you need not trust this node.";
    verify_browser_button: "Im Browser prüfen", "Verify in the browser";
    verify_browser_good: "Ihr Browser bestätigt: Die Unterschrift stimmt. Schlüssel: {key}", "Your browser confirms: the signature holds. Key: {key}";
    verify_browser_bad: "Ihr Browser sagt: Die Unterschrift stimmt nicht.", "Your browser says: the signature does not hold.";
    verify_browser_form: "Ihr Browser sagt: Das ist keine unterschriebene Aussage.", "Your browser says: this is no signed statement.";
    verify_browser_old: "Ihr Browser kann Ed25519 noch nicht. Die Prüfung auf diesem Knoten und der Befehl weiter unten gehen trotzdem.",
        "Your browser does not know Ed25519 yet. Checking on this node and the command below work all the same.";
    verify_own_machine: "Auf dem eigenen Rechner", "On your own computer";
    verify_what_title: "Was die Prüfung sagt", "What the check says";
    verify_what: "Sie sagt, wer unterschrieben hat und dass seitdem nichts verändert wurde. Ob der Inhalt stimmt, sagt sie nicht: Dafür gibt es Prüfungen und Hinweise anderer Stellen.",
        "It says who signed and that nothing was changed since. It does not say that the content is right: that is what assessments and notices of other bodies are for.";
    verify_own_title: "Mit eigenen Werkzeugen", "With your own tools";
    verify_own: "Das Format ist offen beschrieben: eine COSE_Sign1-Nachricht (RFC 9052) mit deterministischem CBOR (RFC 8949). Der Name des Netzes gehört zur Unterschrift.",
        "The format is described openly: a COSE_Sign1 message (RFC 9052) with deterministic CBOR (RFC 8949). The network's name is part of the signature.";
    verify_network: "Der Name dieses Netzes lautet {name}.", "The name of this network is {name}.";

    // Plain texts.
    sorting_title: "Wie wird sortiert?", "How are results ordered?";
    sorting_lead: "Die Reihenfolge lässt sich nicht kaufen. Sie entsteht auf jedem Knoten nach denselben Regeln.",
        "The order is not for sale. Every node makes it by the same rules.";
    sorting_1: "Zuerst zählt, wie gut ein Eintrag zu Ihren Wörtern passt, am besten mit allen davon. Wortformen, Umlaute und zusammengesetzte Wörter werden erkannt; wo nur manche Teile eines zusammengesetzten Wortes stehen, zählt es weniger. Ein Wort mit gleicher Bedeutung zählt sieben Zehntel, eines aus dem Feld, für das Ihres steht (Pflegeheim zu Senioren), die Hälfte.",
        "First counts how well a record matches your words, best with all of them. Word forms, umlauts and compound words are recognised; where only some parts of a compound are found, it counts less. A word of the same meaning counts seven tenths, one from the field that yours stands for (nursing home for the elderly) half.";
    sorting_title_word: "Besteht der Titel genau aus Ihren Wörtern, zählt der Eintrag zweieinhalbmal so viel. Steht mehr im Titel oder fehlt eines Ihrer Wörter darin, wird der Zuschlag rasch kleiner.",
        "Where the title is just what you typed, the record counts two and a half times. Where the title says more, or lacks some of your words, the gain shrinks quickly.";
    sorting_typing: "Ein Wort, das kein Eintrag hat und das nach einem Tippfehler aussieht, wird durch das ersetzt, was wohl gemeint war; das steht dann über den Treffern, und Sie können es zurücknehmen.",
        "A word that no record has and that looks like a typing error is replaced by what was probably meant; this is said above the results, and you can undo it.";
    sorting_2: "Unter den 50 besten zählen Belege ein wenig mit: Jede gemessene oder geprüfte Wirkung, jede Nachnutzung und jede Prüfung bringt 2 Prozent, höchstens 10. Das Alter macht bis zu 5 Prozent aus, von heute bis vor zwei Jahren.",
        "Among the best 50 evidence counts a little: each measured or evaluated effect, each adoption and each assessment adds 2 per cent, at most 10. Age makes up to 5 per cent, from today to two years ago.";
    sorting_tie: "Bleibt es gleich, steht der neuere Eintrag vorn. Danach entscheidet der Name der Stelle.",
        "If it is still equal, the newer record comes first. After that the name of the body decides.";
    sorting_3: "Ohne Suchwörter stehen die neuesten Einträge oben.", "Without words, the newest records come first.";
    sorting_4: "Es gibt keine bezahlten Plätze, keine Sterne und keine Auswertung dessen, was Sie lesen.",
        "There are no paid places, no stars, and nobody evaluates what you read.";
    sorting_5: "Überfällige Einträge bleiben an ihrer Stelle und werden als überfällig gekennzeichnet.",
        "Overdue records keep their place and are marked as overdue.";
    imprint_title: "Impressum", "Imprint";
    privacy_title: "Datenschutz", "Privacy";
    privacy_facts_title: "Was diese Seiten von sich aus tun", "What these pages do by themselves";
    privacy_fact_1: "Wer liest, bekommt keine Cookies. Nur wer sich am Schreibtisch anmeldet, bekommt eines: Es hält die Anmeldung, wird nur an den Schreibtisch geschickt und verschwindet mit dem Abmelden oder dem Schließen des Browsers. JavaScript wird nicht gebraucht; drei kleine eigene Skripte machen die Suche, die Netzseite und das Nachprüfen bequemer.",
        "Readers get no cookies. Only who logs in at the desk gets one: it keeps the login, is sent to the desk alone and goes with logging out or closing the browser. JavaScript is not needed; three small scripts of our own make searching, the network page and verifying more comfortable.";
    privacy_fact_2: "Die Seiten laden nichts von fremden Servern nach, auch keine Schriften.",
        "The pages load nothing from other servers, not even fonts.";
    privacy_fact_3: "Suchwörter werden nicht protokolliert und nicht an andere Knoten gegeben.",
        "Search terms are neither logged nor passed to other nodes.";
    accessibility_title: "Barrierefreiheit", "Accessibility";
    accessibility_facts_title: "Wie diese Seiten gebaut sind", "How these pages are built";
    accessibility_fact_1: "Sie lassen sich vollständig mit der Tastatur bedienen und haben eine Sprungmarke zum Inhalt.",
        "They can be used by keyboard alone and have a link that skips to the content.";
    accessibility_fact_2: "Zeichnungen haben immer eine Tabelle mit demselben Inhalt daneben.",
        "Drawings always have a table with the same content beside them.";
    accessibility_fact_3: "Texte aus anderen Stellen zeigen wir, wie sie veröffentlicht wurden; für ihre Verständlichkeit ist die jeweilige Stelle verantwortlich.",
        "Texts of other bodies are shown as published; how understandable they are is up to those bodies.";
    barrier_title: "Barriere melden", "Report a barrier";
    barrier_mail: "Bitte schreiben Sie an {contact}. Nennen Sie die Seite und was nicht ging.",
        "Please write to {contact}. Name the page and what did not work.";
    barrier_web: "Bitte nutzen Sie dieses Formular: ", "Please use this form: ";
    barrier_missing: "Der Betreiber hat noch keine Kontaktstelle für Barrieren angegeben.",
        "The operator has not named a contact for barriers yet.";
    privacy_default: "Diese Seiten lassen sich lesen, ohne dass Sie etwas über sich angeben. Beim Aufruf überträgt Ihr Browser technisch notwendige Angaben (Adresse Ihres Anschlusses, gewünschte Seite). Das Programm speichert davon nichts; es schreibt weder Zugriffe noch Suchwörter in sein Protokoll.",
        "You can read these pages without saying anything about yourself. Your browser transmits what is technically needed (the address of your connection, the page you want). The program stores none of it; it writes neither visits nor search terms to its log.";
    accessibility_default: "Diese Seiten wurden mit dem Ziel gebaut, die Anforderungen der BITV 2.0 und der EN 301 549 zu erfüllen. Ob diese Installation sie erfüllt, sagt der Betreiber in seiner Erklärung; das Programm kann das nicht für ihn behaupten.",
        "These pages were built to meet the requirements of BITV 2.0 and EN 301 549. Whether this installation meets them is for the operator to say in its statement; the program cannot claim it.";
    accessibility_fact_4: "Sie folgen der Einstellung Ihres Geräts für helle und dunkle Farben, erzwungene Farben und weniger Bewegung.",
        "They follow your device's settings for light and dark, forced colours and less motion.";
    accessibility_fact_5: "Sie lassen sich auf 400 % vergrößern, ohne dass Sie seitwärts rollen müssen; nur breite Tabellen rollen in sich.",
        "They can be enlarged to 400 % without scrolling sideways; only wide tables scroll within themselves.";
    easy_title: "Leichte Sprache", "Easy-to-read German";
    easy_foreign: "Diese Seite gibt es nur auf Deutsch.", "This page exists in German only.";
    easy_operator: "Mehr in Leichter Sprache", "More in easy-to-read German";
    operator_missing: "Diese Angaben hat der Betreiber noch nicht ergänzt.", "The operator has not added this information yet.";
    operator_missing_how: "Betreiber tragen den Text in der Konfigurationsdatei des Knotens ein.",
        "Operators put the text into the node's configuration file.";
    operator_title: "Angaben des Betreibers", "The operator's statement";
    licences_title: "Lizenzen", "Licences";
    licences_program: "Das Programm allmende steht unter der European Union Public Licence (EUPL) 1.2.",
        "The program allmende is licensed under the European Union Public Licence (EUPL) 1.2.";
    licences_kern: "Das Aussehen folgt dem KERN Designsystem (@kern-ux/native 2.7.2, EUPL 1.2).",
        "The look follows the KERN design system (@kern-ux/native 2.7.2, EUPL 1.2).";
    licences_records: "Für die Einträge gilt die Lizenz, die im jeweiligen Eintrag steht.",
        "Records are under the licence that stands in each of them.";
    licences_lands: "Die Umrisse der Länder: © GeoBasis-DE / BKG 2017 (Daten verändert), Nutzungsbestimmungen GeoNutzV.",
        "The outlines of the Länder: © GeoBasis-DE / BKG 2017 (data changed), terms of use GeoNutzV.";
    licences_font: "Die Schrift Fira Sans steht unter der SIL Open Font License 1.1:",
        "The typeface Fira Sans is licensed under the SIL Open Font License 1.1:";
}
