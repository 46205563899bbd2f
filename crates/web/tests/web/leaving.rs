//! How records leave the node: feeds, calendars, tables, linked data, signposts, and the check of signed files.

use crate::call::Answer;
use crate::call::fetch;
use crate::call::over;
use crate::call::send;
use crate::call::settings;
use crate::call::site;
use crate::samples;
use crate::town::Town;
use axum::Router;
use axum::http::StatusCode;
use record::statement::RecordId;
use serde_json::json;
use web::settings::Settings;
use web::settings::Texts;

fn workshop(title: &str, start: &str, status: &str) -> serde_json::Value {
    json!({
        "title": {"de": title},
        "summary": {"de": "Wir lernen voneinander."},
        "event_type": "theme-workshop",
        "status": status,
        "dtstart": start,
        "dtend": format!("{}T16:00", start.split('T').next().unwrap()),
        "tzid": "Europe/Berlin",
        "mode": "on-site",
        "location": "Volksbad, Jena",
        "eligibility": "all",
        "action_fields": ["climate"],
        "area": ["16"],
        "valid_until": "2027-06-30",
    })
}

fn dated() -> (Town, samples::Samples) {
    let (town, samples) = samples::town();
    town.say("th.jena", 40, "event", workshop("Werkstatt Stadtgrün", "2026-12-03T10:00", "CONFIRMED"));
    town.say("th.jena", 41, "event", workshop("Abgesagte Werkstatt", "2026-12-04T10:00", "CANCELLED"));
    town.say("sh.kiel", 42, "event", workshop("Vergangene Werkstatt", "2026-10-01T10:00", "CONFIRMED"));
    town.say(
        "th",
        43,
        "funding",
        json!({
            "title": {"de": "Richtlinie Smarte Dörfer"}, "summary": {"de": "Zuschüsse für kleine Gemeinden."},
            "funding_type": ["grant"], "status": "open", "open_until": "2026-11-20", "continuous": false,
            "action_fields": ["urban-rural"], "valid_until": "2027-06-30", "rate_max": 80,
        }),
    );
    town.say("th.shk.dornburg", 44, "need", json!({
        "title": {"de": "Wir suchen eine Ehrenamtsbörse"}, "summary": {"de": "Vereine finden keine Helfer."},
        "need_type": ["solution"], "status": "open", "open_to_joint": true, "time_horizon": "0-1",
        "action_fields": ["social"], "valid_until": "2027-06-30",
    }));
    (town, samples)
}

async fn text(site: &Router, path: &str) -> String {
    let answer = fetch(site, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.text()
}

#[tokio::test]
async fn every_search_is_a_feed() {
    let (site, samples) = site();
    let feed = fetch(&site, "/feed.atom?q=B%C3%A4ume&land=th").await;
    assert!(feed.header("content-type").starts_with("application/atom+xml"));
    let feed = feed.text();
    assert!(feed.contains(&format!("<id>urn:uuid:{}</id>", samples.trees)), "{feed}");
    assert!(feed.contains("<title>allmende: „Bäume“, Thüringen</title>"), "{feed}");
    assert!(feed.contains("href=\"http://localhost:8480/?q=B%C3%A4ume&amp;land=th\""), "{feed}");
    let harm = text(&site, "/feed.atom?q=%3C%2Ftitle%3E%3Cx%3E").await;
    assert!(!harm.contains("<x>"));
    let page = text(&site, "/?q=B%C3%A4ume&land=th").await;
    assert!(page.contains("rel=\"alternate\" type=\"application/atom+xml\""));
}

#[tokio::test]
async fn dates_stand_on_the_start_page_on_their_boards_and_in_calendars() {
    let site = over(dated().0, settings());
    let home = text(&site, "/").await;
    for sentence in [
        "Werkstatt Stadtgrün",
        "3. Dezember 2026, 10:00 Uhr",
        "Richtlinie Smarte Dörfer",
        "Wir suchen eine Ehrenamtsbörse",
    ] {
        assert!(home.contains(sentence), "{sentence}");
    }
    let coming = home.split_once("id=\"due\"").unwrap().1;
    assert!(!coming.contains("Abgesagte Werkstatt") && !coming.contains("Vergangene Werkstatt"));
    let events = text(&site, "/events").await;
    for sentence in ["abgesagt", "Vergangenes", "Volksbad, Jena", "3. Dezember 2026, 10:00 Uhr – 16:00"] {
        assert!(events.contains(sentence), "{sentence}");
    }
    let month = text(&site, "/events?view=month&month=2026-12").await;
    assert!(
        month.contains("Dezember 2026")
            && month.contains("Werkstatt Stadtgrün")
            && !month.contains("Vergangene Werkstatt")
    );
    assert!(text(&site, "/funding").await.contains("noch 18 Tage"));
    assert!(text(&site, "/needs").await.contains("offen für ein gemeinsames Vorgehen"));
    let calendar = text(&site, "/events.ics?field=climate&land=th").await;
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 2);
    assert!(
        calendar.contains("STATUS:CANCELLED")
            && calendar.contains("DTSTART;TZID=Europe/Berlin:20261203T100000")
    );
}

#[tokio::test]
async fn a_table_runs_no_formula() {
    let (town, _) = samples::town();
    let mut body = samples::trees("");
    body["title"] = json!({"de": "=cmd|' /C calc'!A0"});
    town.say("th.jena", 50, "measure", body);
    let site = over(town, settings());
    let table = fetch(&site, "/export.csv?land=th").await;
    assert!(table.header("content-disposition").contains("allmende.csv"));
    assert!(table.text().contains("\"'=cmd|"), "{}", table.text());
}

#[tokio::test]
async fn a_record_leaves_in_every_form_it_has() {
    let (site, samples) = site();
    let solution = format!("/records/sh.kiel/{}", samples.reporter);
    let linked = fetch(&site, &format!("{solution}.jsonld")).await.json();
    assert_eq!(linked["@type"], "SoftwareApplication");
    assert_eq!(linked["name"][0]["@value"], "Mängelmelder für Straße und Grün");
    assert!(text(&site, &format!("{solution}.yml")).await.contains("publiccodeYmlVersion: \"0.7\""));
    let turtle = text(&site, &format!("{solution}.ttl")).await;
    assert!(turtle.contains("a adms:Asset") && turtle.contains("\"Defect reporter\"@en"), "{turtle}");
    let measure = format!("/records/th.jena/{}", samples.trees);
    for (path, status) in [
        (format!("{measure}.yml"), StatusCode::NOT_FOUND),
        (format!("{measure}.ics"), StatusCode::NOT_FOUND),
        (format!("{measure}.exe"), StatusCode::NOT_FOUND),
        (format!("{measure}.json"), StatusCode::OK),
        (format!("/records/th.jena/{}.ttl", samples.withdrawn), StatusCode::GONE),
        (format!("/records/th.jena/{}/vorlage", samples.withdrawn), StatusCode::GONE),
        (format!("/records/th.jena/{}.cose", samples.withdrawn), StatusCode::OK),
    ] {
        assert_eq!(fetch(&site, &path).await.status, status, "{path}");
    }
    let harm = text(&site, &format!("/records/th.shk/{}.ttl", samples.harmful)).await;
    assert!(!harm.contains("<javascript"), "{harm}");
    assert!(text(&site, "/catalog.ttl").await.contains("a dcat:Catalog"));
}

#[tokio::test]
async fn programs_find_their_signposts() {
    let (site, samples) = site();
    assert!(text(&site, "/robots.txt").await.contains("Sitemap: http://localhost:8480/sitemap.xml"));
    let sitemap = text(&site, "/sitemap.xml").await;
    assert!(
        sitemap.contains(&samples.trees.to_string()) && !sitemap.contains(&samples.withdrawn.to_string())
    );
    assert_eq!(fetch(&site, "/.well-known/security.txt").await.status, StatusCode::NOT_FOUND);
    let texts = Texts { security_contact: Some("sicherheit@jena.de".to_owned()), ..Texts::default() };
    let base = Some("https://allmende.jena.de".to_owned());
    let site = over(samples::town().0, Settings { texts, public_base: base, ..settings() });
    let told = text(&site, "/.well-known/security.txt").await;
    assert!(
        told.starts_with("Contact: mailto:sicherheit@jena.de\nExpires: 2027-05-01T00:00:00Z\n"),
        "{told}"
    );
    assert!(told.contains("Canonical: https://allmende.jena.de/.well-known/security.txt"));
}

async fn verified(site: &Router, name: &str, bytes: &[u8]) -> Answer {
    let mut body =
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"a.cose\"\r\n\r\n")
            .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    send(site, "POST", "/verify", &[("content-type", "multipart/form-data; boundary=x")], body).await
}

#[tokio::test]
async fn a_signed_file_is_judged_in_words() {
    let (site, samples) = site();
    let file = fetch(&site, &format!("/records/th.jena/{}.cose", samples.trees)).await.bytes;
    let good = verified(&site, "file", &file).await.text();
    for sentence in [
        "Die Unterschrift stimmt.",
        "Unterschrieben von Stadt Jena (th.jena)",
        "die zurzeit gilt",
        "„Bäume gießen mit Sensordaten“",
    ] {
        assert!(good.contains(sentence), "{sentence}");
    }
    let digits: String = file.iter().map(|byte| format!("{byte:02X} ")).collect();
    assert!(verified(&site, "text", digits.as_bytes()).await.text().contains("Die Unterschrift stimmt."));
    let mut changed = file.clone();
    let at = changed.len() / 2;
    changed[at] ^= 1;
    let cases: [(&[u8], &str); 4] = [
        (&changed, "keine gültige unterschriebene Datei"),
        (b"kein COSE", "nicht die Form"),
        (b"", "Es kam nichts an."),
        (&[0; 70_000], "64 KiB"),
    ];
    for (bytes, sentence) in cases {
        let page = verified(&site, "file", bytes).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains(sentence), "{sentence}");
    }
}

#[tokio::test]
async fn a_comparison_marks_what_differs() {
    let (town, samples) = samples::town();
    let other = town.say("th.jena", 51, "solution", json!({
        "title": {"de": "Zweiter Melder"}, "solution_type": "saas", "licence": "AGPL-3.0-or-later",
        "development_status": "stable", "features": [{"de": "Karte"}], "area": ["16"], "valid_until": "2027-06-30",
    }));
    let site = over(town, settings());
    let chosen = format!("r=sh.kiel/{}&r=th.jena/{other}", samples.reporter);
    let page = text(&site, &format!("/compare?{chosen}")).await;
    let row =
        |label: &str| page.split("<tr").find(|row| row.contains(&format!(">{label}"))).unwrap().to_owned();
    assert!(
        row("Lizenz").contains("differs")
            && row("Lizenz").contains("EUPL-1.2")
            && row("Lizenz").contains("verschieden")
    );
    assert!(!row("Entwicklungsstand").contains("differs"));
    let only = text(&site, &format!("/compare?{chosen}&only=1")).await;
    assert!(!only.contains("Entwicklungsstand"));
    assert!(text(&site, &format!("/compare.csv?{chosen}")).await.contains("Zweiter Melder"));
    assert!(text(&site, "/compare").await.contains("mindestens zwei"));
}

#[tokio::test]
async fn what_was_chosen_stays_chosen_however_old_it_is() {
    let (town, _) = samples::town();
    let say = |number: u8| {
        let body = json!({"title": {"de": format!("Lösung {number}")}, "area": ["16"]});
        town.say("th.jena", number, "solution", body)
    };
    let said: Vec<RecordId> = (60..80).map(say).collect();
    let reference = format!("th.jena/{}", said.last().unwrap());
    let site = over(town, settings());
    assert!(!text(&site, "/compare").await.contains(&reference), "it is not among the newest");
    let page = text(&site, &format!("/compare?r={reference}")).await;
    let chosen: Vec<&str> = page.split("<input").filter(|input| input.contains(" checked>")).collect();
    assert_eq!(chosen.len(), 1);
    assert!(chosen[0].contains(&reference));
}
