//! Staff of Jena work at the desk of their own node; colleagues use the commands; what is private stays at home.

use harness::daemon::Daemon;
use harness::daemon::Federation;
use harness::daemon::draft;
use harness::daemon::until;
use harness::stamp::workspace;
use serde_json::Value as Json;

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    page.split(begin.as_str()).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// Logs in: the cookie, and what forms send back.
fn log_in(node: &Daemon, token: &str) -> (String, String) {
    let (status, [cookie, place], page) = node.send_form("/desk/login", "", &[("token", token)]).unwrap();
    assert_eq!((status, place.as_str()), (303, "/desk"), "{page}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let (status, desk) = node.page("/desk", &cookie).unwrap();
    assert_eq!(status, 200, "{desk}");
    (cookie, hidden(&desk, "_key"))
}

/// What an adopter writes into the form.
fn adoption<'a>(key: &'a str, turn: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("_key", key),
        ("_turn", turn),
        ("_kind", "adoption"),
        ("_langs", "de"),
        ("f.title.de", "Wir gießen jetzt auch so"),
        ("f.summary.de", "Nach zwei Wochen lief es."),
        ("f.status", "in-use"),
        ("f.since_year", "2026"),
        ("f.deployment", "on-prem"),
        ("f.population_class", "20k-50k"),
        ("f.would_do_again", "yes"),
        ("f.willing_to_advise", "true"),
        ("f.contact_point.role.de", "Amt für Digitales"),
        ("f.contact_point.mail", "digital@weimar.example"),
        ("f.area[0]", "16055"),
        ("f.content_licence", "CC0-1.0"),
        ("_whole", "1"),
    ]
}

#[test]
fn weimar_says_at_its_desk_that_it_uses_what_jena_has_and_jena_sees_it() {
    let mut federation = Federation::found(&["th", "th.jena", "th.weimar"]).unwrap();
    federation.start_all().unwrap();
    let published = federation.publish("th.jena", &draft("Bäume wässern")).unwrap();
    let record = format!("th.jena/{}", published["record"].as_str().unwrap());
    federation.until_equal().unwrap();

    let token = federation.node("th.weimar").unwrap().does(&["token", "add", "rathaus"]).unwrap();
    let token = token["token"].as_str().unwrap().to_owned();
    let weimar = federation.node("th.weimar").unwrap();
    let (cookie, key) = log_in(weimar, &token);
    let begin = [("_key", key.as_str()), ("about", &record), ("kind", "adoption")];
    let (status, [_, place], page) = weimar.send_form("/desk/drafts", &cookie, &begin).unwrap();
    assert_eq!(status, 303, "{page}");
    let (_, form) = weimar.page(&place, &cookie).unwrap();
    assert!(form.contains("Bäume wässern"), "the record is named by its title: {form}");
    let mut pairs = adoption(&key, "1");
    pairs.extend([("f.measure", record.as_str()), ("do", "save")]);
    assert_eq!(weimar.send_form(&place, &cookie, &pairs).unwrap().0, 303);

    // The node dies and comes back: who wrote logs in again and goes on.
    federation.node_mut("th.weimar").unwrap().kill().unwrap();
    federation.start("th.weimar").unwrap();
    federation.until_equal().unwrap();
    let weimar = federation.node("th.weimar").unwrap();
    assert_eq!(weimar.page(&place, &cookie).unwrap().0, 303, "sessions end with the node");
    let (cookie, key) = log_in(weimar, &token);
    let (_, form) = weimar.page(&place, &cookie).unwrap();
    assert!(form.contains("Nach zwei Wochen lief es."), "{form}");
    let publish = [("_key", key.as_str()), ("do", "publish")];
    let said = until("the desk may sign again", || {
        let (status, [_, place], page) = weimar.send_form(&place, &cookie, &publish).ok()?;
        assert!(status == 303 || page.contains("nachgefragt") || page.contains("Unterschrift"), "{page}");
        (status == 303).then_some(place)
    });
    assert!(said.unwrap().ends_with("?said=published"));

    let jena = federation.node("th.jena").unwrap();
    let joined = until("jena hears of it", || {
        let joined = jena.json(&format!("/api/v1/records/{record}/joined")).ok()?;
        (joined["adoptions"]["total"] == 1).then_some(joined)
    });
    let uses = joined.unwrap()["adoptions"].clone();
    assert_eq!(
        (&uses["by_land"]["th"], &uses["by_population_class"]["20k-50k"]),
        (&1.into(), &1.into()),
        "{uses}"
    );
    assert_eq!(uses["first"][0]["publisher"], "th.weimar");
    let (_, page) = jena.read(&format!("/records/{record}")).unwrap();
    assert!(page.contains("Wer es nutzt") && page.contains("zum Rat bereit"), "{page}");

    // What Weimar notes for itself is on its disk and nowhere else.
    let note =
        [("_key", key.as_str()), ("do", "note"), ("note", "Achtung Saalehochwasser"), ("tags", "Vorrang")];
    assert_eq!(weimar.send_form(&format!("/desk/records/{record}"), &cookie, &note).unwrap().0, 303);
    let file = weimar.folder().join(format!("overlay/notes/{}.json", record.replace('/', "_")));
    assert!(std::fs::read_to_string(file).unwrap().contains("Saalehochwasser"));
    let exported = |arguments: &[&str]| {
        let output = weimar.call(arguments).unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!exported(&["export"]).contains("Saalehochwasser"));
    assert!(exported(&["export", "--overlay"]).contains("Saalehochwasser"));
    weimar.does(&["token", "remove", "rathaus"]).unwrap();
    assert_eq!(weimar.page("/desk", &cookie).unwrap().0, 303, "a removed token ends its sessions");
    for node in &federation.nodes {
        assert!(!node.log().contains(&token) && !node.log().contains("Saalehochwasser"), "{}", node.log());
    }
}

/// The example of every kind that people write, as it is committed.
fn examples() -> Vec<(String, toml::Table)> {
    let mut examples = Vec::new();
    for entry in std::fs::read_dir(workspace().join("crates/record/tests/examples")).unwrap() {
        let path = entry.unwrap().path();
        let mut example: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        example.remove("valid_until");
        examples.push((path.file_stem().unwrap().to_string_lossy().into_owned(), example));
    }
    examples.sort_by(|(a, _), (b, _)| a.cmp(b));
    examples
}

/// Publishes, revises, shows and withdraws a record over the commands, then over the API.
fn round_trip(federation: &Federation, node: &Daemon, kind: &str, example: &toml::Table) {
    let write = |example: &toml::Table| {
        federation
            .file(&format!("{kind}.toml"), example.to_string().as_bytes())
            .unwrap()
            .display()
            .to_string()
    };
    let said = node.does(&["publish", &write(example)]).unwrap()[0].clone();
    assert_eq!(said["version"], 1, "{kind}");
    let record = format!("th/{}", said["record"].as_str().unwrap());
    let mut again = example.clone();
    again.insert("record".to_owned(), said["record"].as_str().unwrap().into());
    again.insert("summary".to_owned(), "Überarbeitet: مرحبا <script>".into());
    assert_eq!(node.does(&["publish", &write(&again)]).unwrap()[0]["version"], 2, "{kind}");
    let shown = node.does(&["show", &record]).unwrap();
    assert_eq!(shown["body"]["summary"]["de"], "Überarbeitet: مرحبا <script>", "{kind}: {shown}");
    node.does(&["retract", &record, "--reason", "outdated"]).unwrap();
    assert_eq!(node.does(&["show", &record]).unwrap()["retracted"], "outdated", "{kind}");

    let body: Json = serde_json::to_value(example).unwrap();
    let post =
        |body: &Json| node.post("/api/v1/records", "application/json", body.to_string().as_bytes()).unwrap();
    let (status, said) = post(&body);
    assert_eq!(status, 201, "{kind}: {said}");
    let mut again = body.clone();
    again["record"] = said["record"].clone();
    again["title"] = "=1+1 ÄÖÜ".into();
    let (status, said) = post(&again);
    assert_eq!((status, &said["version"]), (201, &2.into()), "{kind}: {said}");
    let (status, page) = node.read(&format!("/records/th/{}", said["record"].as_str().unwrap())).unwrap();
    assert!(status == 200 && page.contains("=1+1 ÄÖÜ"), "{kind}");
}

#[test]
fn every_kind_goes_round_over_commands_and_api() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start_all().unwrap();
    let node = federation.node("th").unwrap();
    let examples = examples();
    assert_eq!(examples.len(), 17);
    for (kind, example) in &examples {
        round_trip(&federation, node, kind, example);
        // A fresh draft of the kind is there to fill in, and the check says what is missing.
        let file = federation.root().join(format!("new-{kind}.toml")).display().to_string();
        assert_eq!(node.does(&["new", kind, &file]).unwrap()["file"], file.as_str());
        assert!(
            node.refuses(&["new", kind, &file]).unwrap().contains("is there already"),
            "nothing is overwritten"
        );
        let explained = node.refuses(&["publish", "--check", &file]).unwrap();
        assert!(explained.contains("is missing"), "{kind}: {explained}");
        let schema = node.json(&format!("/api/v1/kinds/{kind}")).unwrap();
        assert_eq!(schema["properties"]["title"]["type"], "object", "{kind}");
    }
    assert!(node.refuses(&["new", "parkbank", "-"]).unwrap().contains("measure (Measure"));
}

#[test]
fn a_check_tells_which_references_lead_nowhere_and_publishing_goes_on() {
    let mut federation = Federation::found(&["th"]).unwrap();
    federation.start_all().unwrap();
    let node = federation.node("th").unwrap();
    let gone = federation.publish("th", &draft("Weg")).unwrap()["record"].as_str().unwrap().to_owned();
    node.does(&["retract", &format!("th/{gone}")]).unwrap();
    let here = federation.publish("th", &draft("Da")).unwrap()["record"].as_str().unwrap().to_owned();
    let absent = "th.jena/01930000-0000-7000-8000-000000009015";
    let text = format!(
        "{}solutions = [\"th/{here}\", \"{absent}\"]\nrelated = [{{ type = \"based-on\", record = \"th/{gone}\" }}, \
         {{ type = \"part-of\", record = \"th/{here}\" }}]\npartners = [{{ name = \"Jena\", publisher = \"th.jena\" }}]\n",
        draft("Verweise")
    );
    let file = federation.file("links.toml", text.as_bytes()).unwrap().display().to_string();
    let checked = node.does(&["publish", "--check", &file]).unwrap();
    let mut codes: Vec<(String, String)> = Vec::new();
    for finding in checked[0]["findings"].as_array().unwrap() {
        if finding["code"] != "recommended" {
            assert_eq!(finding["grade"], "warning", "{finding}");
            let word = |field: &str| finding[field].as_str().unwrap_or_default().to_owned();
            codes.push((word("path"), word("code")));
        }
    }
    codes.sort();
    let wanted = [
        ("partners[0].publisher", "publisher-not-here"),
        ("related[0].record", "withdrawn"),
        ("solutions[0]", "wrong-kind"),
        ("solutions[1]", "not-here"),
    ];
    assert_eq!(codes, wanted.map(|(path, code)| (path.to_owned(), code.to_owned())));
    assert_eq!(node.does(&["publish", &file]).unwrap()[0]["version"], 1, "a record on its way stops nobody");
}

#[test]
fn what_a_newer_node_says_is_kept_passed_on_and_shown_plainly() {
    let mut federation = Federation::found(&["th", "th.jena", "th.weimar"]).unwrap();
    federation.start_all().unwrap();
    let tomorrow = "kind = \"weather-report\"\ntitle = \"Pegel der Ilm\"\n[levels]\ntiefurt = -12\nnote = \"<script>\"\n";
    let published = federation.publish("th.weimar", tomorrow).unwrap();
    let more = format!("{}from_tomorrow = [1, 2]\n", draft("Mit einem Feld von morgen"));
    let known = federation.publish("th.weimar", &more).unwrap();
    federation.until_equal().unwrap();
    let jena = federation.node("th.jena").unwrap();
    let (cookie, _) = log_in(jena, &jena.token().unwrap());
    for (said, words) in [(published, "tiefurt"), (known, "from_tomorrow")] {
        let record = format!("records/th.weimar/{}", said["record"].as_str().unwrap());
        let seen = jena.json(&format!("/api/v1/{record}")).unwrap();
        assert_eq!(seen["id"], said["id"], "the very same statement");
        let (status, page) = jena.read(&format!("/{record}")).unwrap();
        assert!(status == 200 && page.contains(words) && !page.contains("<script"), "{page}");
        let (status, page) = jena.page(&format!("/desk/{record}"), &cookie).unwrap();
        assert!(status == 200 && !page.contains("<script"), "{page}");
    }
}
