//! The desk over plain form posts: every kind written, revised, withdrawn; nothing lost, nothing forged.

use crate::browser::Browser;
use crate::browser::form;
use crate::call::fetch;
use crate::call::over;
use crate::call::send;
use crate::call::settings;
use crate::html;
use crate::samples;
use crate::town::NOW;
use crate::town::TOKEN;
use crate::town::Town;
use axum::http::StatusCode;
use exchange::draft::Draft;
use exchange::draft::Form;
use record::kind;
use record::kind::Field;
use record::kind::Kind;
use record::kind::Sort;
use record::moment::Moment;
use record::value::Map;
use record::value::Value;
use serde_json::json;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use web::port::Editor;
use web::port::Role;
use web::settings::Settings;

/// Texts that mean harm, or only look strange.
const HOSTILE: &str = "<script>alert(1)</script>\"'&amp; =cmd|'/C calc'!A0 ![x](javascript:alert(1)) \u{202e}مرحبا שלום Ünïcödé";

fn written() -> Vec<&'static Kind> {
    kind::kinds().iter().filter(|kind| !kind.protocol).collect()
}

/// The example of a kind, valid on the day of these tests.
fn example(kind: &Kind) -> Map {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../record/tests/examples");
    let text = std::fs::read_to_string(path.join(format!("{}.toml", kind.name))).unwrap();
    let mut body = kind::normalise(kind, Draft::read(&text, Form::Toml).unwrap().body);
    for field in ["assessed_on", "reconfirmed"] {
        if body.contains_key(field) {
            body.insert(field.to_owned(), "2026-10-01".into());
        }
    }
    body.insert("valid_until".to_owned(), "2027-10-01".into());
    body
}

/// The same body with hostile words in every free text.
fn hostile(fields: &[Field], body: &Map) -> Map {
    let mut body = body.clone();
    for field in fields {
        let Some(value) = body.get_mut(&field.name) else { continue };
        let items = match value {
            Value::List(items) => items.as_mut_slice(),
            one => std::slice::from_mut(one),
        };
        for item in items {
            match (&field.sort, item) {
                (Sort::Text { max_chars, .. }, item) => *item = Value::from(harm(*max_chars)),
                (Sort::Texts { max_chars, .. }, Value::Map(map)) => {
                    map.insert("de".to_owned(), harm(*max_chars).into());
                    map.insert("ar".to_owned(), "مرحبا \u{202e}بالعالم".into());
                }
                (Sort::Group { fields }, Value::Map(map)) => *map = hostile(fields, map),
                _ => {}
            }
        }
    }
    body
}

/// As long as the field allows, 10,000 characters at most.
fn harm(max_chars: usize) -> String {
    let text: String = HOSTILE.chars().cycle().take(max_chars.min(10_000)).collect();
    text.trim().to_owned()
}

fn site() -> axum::Router {
    over(samples::town().0, settings())
}

async fn body_of(browser: &Browser, place: &str) -> (serde_json::Value, Map) {
    let path = place.split('?').next().unwrap().replace("/desk/records/", "/api/v1/records/");
    let json = browser.get(&path).await.json();
    let body = json["body"].as_object().map(|body| record::json::to_map(body.clone()).unwrap());
    (json, body.unwrap_or_default())
}

/// Writes a record, reads it, revises it and withdraws it, all by forms.
async fn round_trip(browser: &mut Browser, kind: &Kind, body: &Map) {
    let name = &kind.name;
    let (mut draft, path) = browser.begin(&[("kind", name)]).await;
    draft.fill(body);
    draft.set("_langs", "de,en,ar");
    // What is saved stands in the form as it was typed.
    let (page, _) = browser.follow(&draft, ("do", "save")).await;
    let saved = form(&page, &path);
    for (field, value) in draft.pairs.iter().filter(|(field, _)| field.starts_with("f.")) {
        let is_there = saved.pairs.iter().any(|(known, held)| known == field && held == value);
        // A list that is ticked stands under its name alone, one that is written row by row.
        let base = field.split('[').next().unwrap();
        let other_form = draft.pairs.iter().any(|(known, _)| known == base) && field.contains('[')
            || draft.pairs.iter().any(|(known, _)| known.starts_with(&format!("{field}[")));
        assert!(is_there || other_form, "{name}: {field} = {value:?} is lost");
    }
    browser.page(&format!("{path}/preview")).await;
    let mut saved = saved;
    saved.set("reason", "So gewollt.");
    let (_, place) = browser.follow(&saved, ("do", "publish")).await;
    assert!(place.ends_with("?said=published"), "{name}: {place}");
    let (json, held) = body_of(browser, &place).await;
    assert_eq!((json["version"].as_u64(), &held), (Some(1), body), "{name}");
    let record = place.split('?').next().unwrap().strip_prefix("/desk").unwrap().to_owned();
    browser.page(&record).await;
    browser.page(&format!("{record}?lang=en")).await;

    let about = record.strip_prefix("/records/").unwrap();
    let (mut again, _) = browser.begin(&[("about", about), ("wish", "revise")]).await;
    again.set("f.summary.de", "Überarbeitet: jetzt noch besser.");
    again.set("reason", "So gewollt.");
    let (_, place) = browser.follow(&again, ("do", "publish")).await;
    let (json, held) = body_of(browser, &place).await;
    let mut wanted = body.clone();
    let Some(Value::Map(summary)) = wanted.get_mut("summary") else { panic!("{name} has no summary") };
    summary.insert("de".to_owned(), "Überarbeitet: jetzt noch besser.".into());
    assert_eq!((json["version"].as_u64(), held), (Some(2), wanted), "{name}");

    let desk = format!("/desk{record}");
    let mut actions = form(&browser.page(&desk).await, &desk);
    actions.set("reason", "outdated");
    let (_, place) = browser.follow(&actions, ("do", "retract")).await;
    let (json, _) = body_of(browser, &place).await;
    assert_eq!(json["retracted"], "outdated", "{name}");
    assert!(!browser.page(&record).await.contains("Überarbeitet"), "{name} is still shown");
}

#[tokio::test]
async fn every_kind_is_written_revised_and_withdrawn_by_forms() {
    let mut browser = Browser::logged_in(site(), TOKEN).await;
    assert_eq!(written().len(), 17);
    let long: String = "Grüße aus Jena, مرحبا. ".chars().cycle().take(10_000).collect();
    for kind in written() {
        let mut body = example(kind);
        let spoken = Map::from([("de".to_owned(), Value::from(long.trim()))]);
        body.insert("description".to_owned(), Value::Map(spoken));
        round_trip(&mut browser, kind, &body).await;
    }
    let deeds = browser.page("/desk/journal").await;
    for words in ["hat veröffentlicht", "hat geändert", "hat zurückgezogen", "probe"] {
        assert!(deeds.contains(words), "{words}");
    }
}

#[tokio::test]
async fn hostile_and_long_words_stay_words_in_every_kind() {
    let mut browser = Browser::logged_in(site(), TOKEN).await;
    for kind in written() {
        let body = kind::normalise(kind, hostile(&kind.fields, &example(kind)));
        round_trip(&mut browser, kind, &body).await;
    }
}

#[tokio::test]
async fn an_empty_form_is_answered_with_a_summary_that_leads_to_the_fields() {
    let mut browser = Browser::logged_in(site(), TOKEN).await;
    for kind in written() {
        let (mut draft, path) = browser.begin(&[("kind", &kind.name)]).await;
        draft.pairs.retain(|(name, _)| !name.starts_with("f."));
        let answer = browser.press(&draft, ("do", "publish")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", kind.name);
        let page = answer.text();
        html::check(&path, &page);
        let summary = page.split_once("id=\"errors\"").unwrap().1.split_once("</div>").unwrap().0;
        let targets: Vec<&str> =
            summary.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(targets.len() >= 3, "{}: {targets:?}", kind.name);
        for target in targets {
            assert!(
                page.contains(&format!("id=\"{target}\"")) && target != "content",
                "{}: {target}",
                kind.name
            );
        }
        assert!(browser.get("/api/v1/records?publisher=th.jena").await.json()["total"].as_u64() < Some(5));
    }
}

#[tokio::test]
async fn rows_are_added_and_removed_by_buttons_and_lead_back_to_their_list() {
    let mut browser = Browser::logged_in(site(), TOKEN).await;
    let (mut draft, path) = browser.begin(&[("kind", "measure")]).await;
    draft.set("f.steps[0].de", "Standorte auswählen");
    draft.set("f.effort.months", "etwa sechs");
    let (page, place) = browser.follow(&draft, ("do", "add:steps")).await;
    assert!(place.ends_with("#f-steps"), "{place}");
    let mut draft = form(&page, &path);
    assert_eq!((draft.value("f.steps[0].de"), draft.value("f.steps[1].de")), ("Standorte auswählen", ""));
    assert_eq!(draft.value("f.effort.months"), "etwa sechs", "what does not fit is kept");
    draft.set("f.steps[1].de", "Sensoren setzen");
    let (page, _) = browser.follow(&draft, ("do", "add:related")).await;
    let draft = form(&page, &path);
    assert!(draft.pairs.iter().any(|(name, _)| name == "f.related[0].record"));
    let (page, _) = browser.follow(&draft, ("do", "remove:steps[0]")).await;
    assert_eq!(form(&page, &path).value("f.steps[0].de"), "Sensoren setzen");
    let (page, _) = browser.follow(&form(&page, &path), ("do", "check")).await;
    assert!(
        page.contains("Aufwand: Dauer bis zum Betrieb in Monaten")
            && page.contains("href=\"#f-effort-months\""),
        "{page}"
    );
    // Another language is asked for everywhere, once.
    let mut draft = form(&page, &path);
    draft.set("_lang", "ar");
    let (page, _) = browser.follow(&draft, ("do", "speak")).await;
    assert!(page.contains("id=\"f-title-ar\"") && page.contains("Arabisch"));
}

#[tokio::test]
async fn a_record_is_found_without_knowing_its_id() {
    let mut browser = Browser::logged_in(site(), TOKEN).await;
    let (draft, path) = browser.begin(&[("kind", "adoption")]).await;
    let (page, place) = browser.follow(&draft, ("do", "find:solution")).await;
    assert!(place.contains("/find?path=solution") && page.contains("Mängelmelder für Straße und Grün"));
    let choice = form(&page, &path);
    let target = page.split("name=\"value\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut choice = choice;
    choice.set("value", &target);
    let answer = browser
        .post(&path, &choice.pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>())
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = browser.page(&path).await;
    assert_eq!(form(&page, &path).value("f.solution"), target);
    assert!(page.contains("Mängelmelder für Straße und Grün"), "its title is shown");
}

#[tokio::test]
async fn an_adoption_asks_for_little_and_warnings_ask_why() {
    let (town, samples) = samples::town();
    let mut browser = Browser::logged_in(over(town, settings()), TOKEN).await;
    let about = format!("sh.kiel/{}", samples.reporter);
    assert!(browser.page(&format!("/desk/records/{about}")).await.contains("Nachnutzung"));
    let (mut draft, path) = browser.begin(&[("about", &about), ("kind", "adoption")]).await;
    let page = browser.page(&path).await;
    let front = page.split_once("<details").unwrap().0;
    let asked =
        front.matches("<legend").count() + front.matches("<label class=\"kern-label\" for=\"f-").count();
    assert!(page.contains("Das Wichtigste") && asked < 45, "{asked} questions and choices at once");
    assert_eq!(draft.value("f.solution"), about);
    assert_eq!(draft.value("f.title.de"), "Nachnutzung: Mängelmelder für Straße und Grün");
    for (name, value) in [
        ("f.summary.de", "Läuft seit zwei Jahren gut; fragen Sie Frau Muster."),
        ("f.status", "in-use"),
        ("f.since_year", "2024"),
        ("f.deployment", "public-it-provider"),
        ("f.would_do_again", "yes"),
        ("f.willing_to_advise", "false"),
        ("f.area[0]", "16053"),
    ] {
        draft.set(name, value);
    }
    let answer = browser.press(&draft, ("do", "publish")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "a person is named: somebody has to say why");
    html::check(&path, &answer.text());
    assert!(answer.text().contains("Frau Muster") && answer.text().contains("id=\"reason\""));
    let mut draft = form(&answer.text(), &path);
    draft.set("reason", "Frau Muster ist die Ampel.");
    let (_, place) = browser.follow(&draft, ("do", "publish")).await;
    assert!(browser.page("/desk/journal").await.contains("Frau Muster ist die Ampel."));
    // The adoption stands on the page of the solution, signed by its adopter.
    let page = browser.page(&format!("/records/{about}")).await;
    assert!(page.contains("Wer es nutzt") && page.contains("1 im Einsatz"), "{page}");
    let joined = browser.get(&format!("/api/v1/records/{about}/joined")).await.json();
    assert_eq!(joined["adoptions"]["by_status"], json!({"in-use": 1}));
    assert_eq!(joined["adoptions"]["by_land"], json!({"th": 1}));
    assert!(browser.page(place.split('?').next().unwrap()).await.contains("Noch aktuell"));
}

#[tokio::test]
async fn what_is_overdue_is_confirmed_with_one_click() {
    let town = Town::new();
    let mut body = samples::trees("");
    body["valid_until"] = json!("2026-10-01");
    let record = town.say("th.jena", 1, "measure", body);
    let mut browser = Browser::logged_in(over(town, settings()), TOKEN).await;
    let place = format!("/desk/records/th.jena/{record}");
    let page = browser.page("/desk").await;
    assert!(page.contains("Bäume gießen") && page.contains("badge-bad"));
    let (page, _) = browser.follow(&form(&page, &place), ("do", "confirm")).await;
    assert!(page.contains("gilt ein weiteres Jahr"));
    let (json, body) = body_of(&browser, &place).await;
    assert_eq!((json["version"].as_u64(), body["valid_until"].as_text()), (Some(2), Some("2027-11-02")));
    assert!(body.contains_key("wetter_am_tag"), "what nobody here knows is kept");
}

#[tokio::test]
async fn a_stub_is_claimed_by_its_owner_and_what_was_said_about_it_moves_along() {
    let town = Town::new();
    let mut stub = record::json::from_map(&example(kind::kind("solution").unwrap()));
    stub.insert("entry_status".to_owned(), json!("stub"));
    let stub = town.say("sh.kiel", 1, "solution", stub.into());
    let about = format!("sh.kiel/{stub}");
    town.say(
        "th.shk",
        2,
        "adoption",
        json!({"title": {"de": "Wir auch"}, "solution": about, "status": "in-use", "population_class": "5k-10k"}),
    );
    let mut browser = Browser::logged_in(over(town, settings()), TOKEN).await;
    assert!(browser.page(&format!("/desk/records/{about}")).await.contains("Eintrag übernehmen"));
    let (mut draft, _) = browser.begin(&[("about", &about), ("wish", "claim")]).await;
    assert_eq!(draft.value("f.entry_status"), "claimed");
    draft.set("f.area[0]", "16053");
    draft.set("f.content_licence", "CC0-1.0");
    let (_, place) = browser.follow(&draft, ("do", "publish")).await;
    let ours = place.split('?').next().unwrap().replace("/desk/", "/");
    assert!(
        browser.page(&ours).await.contains("5.000 bis 10.000 Einwohner"),
        "the adoption of the stub is seen"
    );
    let page = browser.page(&format!("/records/{about}")).await;
    assert!(page.contains("Der Eigentümer hat diesen Eintrag übernommen") && page.contains(&ours), "{page}");
}

#[tokio::test]
async fn notes_and_shortlists_stay_with_staff() {
    let (town, samples) = samples::town();
    let mut browser = Browser::logged_in(over(town, settings()), TOKEN).await;
    let about = format!("/records/sh.kiel/{}", samples.reporter);
    let desk = format!("/desk{about}");
    let key = browser.key().await;
    let list = browser.post("/desk/shortlists", &[("_key", &key), ("name", "Meldeportal 2027")]).await;
    let list = list.header("location").to_owned();
    let title = list.rsplit('/').next().unwrap().to_owned();
    let note =
        [("_key", key.as_str()), ("do", "note"), ("note", "Teuer <b>aber</b> gut"), ("tags", "Favorit, IT")];
    assert_eq!(browser.post(&desk, &note).await.status, StatusCode::SEE_OTHER);
    let put =
        [("_key", key.as_str()), ("do", "list"), ("list", &title), ("stays", "no"), ("reason", "zu teuer")];
    assert_eq!(browser.post(&desk, &put).await.status, StatusCode::SEE_OTHER);
    let page = browser.page(&desk).await;
    assert!(
        page.contains("Teuer &#60;b&#62;aber")
            && page.contains("Favorit, IT")
            && page.contains("ausgeschieden")
    );
    let page = browser.page(&list).await;
    assert!(page.contains("zu teuer") && page.contains("Mängelmelder für Straße und Grün"));
    let mut entries = form(&page, &list);
    entries.set("reason-0", "doch bezahlbar");
    entries.set("stays-0", "yes");
    assert!(browser.follow(&entries, ("do", "save")).await.0.contains("doch bezahlbar"));
    // Readers see none of it, wherever they look.
    for path in [about.as_str(), &format!("{about}.json"), "/api/v1/changes?since=0", "/?q=bezahlbar"] {
        let seen = fetch(&browser.site, path).await.text();
        assert!(
            !seen.contains("Teuer") && !seen.contains("Favorit") && !seen.contains("doch bezahlbar"),
            "{path}"
        );
    }
}

/// The time that the sessions of one test see.
static HOUR: AtomicU64 = AtomicU64::new(0);

fn moving() -> Moment {
    Moment::from_seconds(NOW + 3_600 * HOUR.load(Ordering::Relaxed)).unwrap()
}

#[tokio::test]
async fn what_was_typed_outlives_the_session() {
    let site = over(samples::town().0, Settings { clock: moving, ..settings() });
    let mut browser = Browser::logged_in(site, TOKEN).await;
    let (mut draft, path) = browser.begin(&[("kind", "guide")]).await;
    draft.set("f.title.de", "Drei Stunden \"Arbeit\" <nicht> verlieren");
    HOUR.store(3, Ordering::Relaxed);
    let answer = browser.press(&draft, ("do", "publish")).await;
    assert_eq!(answer.status, StatusCode::OK);
    html::check(&path, &answer.text());
    assert!(answer.text().contains("nicht verloren"));
    let mut login = form(&answer.text(), "/desk/login");
    login.set("token", "falsch");
    let refused = browser.press(&login, ("x", "")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut login = form(&refused.text(), "/desk/login");
    assert_eq!(
        login.value("f.title.de"),
        "Drei Stunden \"Arbeit\" <nicht> verlieren",
        "also after a wrong token"
    );
    login.set("token", TOKEN);
    let (page, place) = browser.follow(&login, ("x", "")).await;
    assert_eq!(form(&page, &path).value("f.title.de"), "Drei Stunden \"Arbeit\" <nicht> verlieren");
    assert!(place.contains("said=saved"));

    // Two people in one draft: the slower one gets a draft of its own.
    let mut first = form(&browser.page(&path).await, &path);
    let mut second = first.clone();
    first.set("f.title.de", "Die erste Fassung");
    second.set("f.title.de", "Die zweite Fassung");
    browser.follow(&first, ("do", "save")).await;
    let (page, place) = browser.follow(&second, ("do", "publish")).await;
    assert!(
        page.contains("Die zweite Fassung") && place.contains("said=copied") && !place.starts_with(&path)
    );
    assert!(browser.page(&path).await.contains("Die erste Fassung"));
    // Sent once more after it was thrown away: kept as a new one, never published twice.
    let last = form(&browser.page(&path).await, &path);
    browser.follow(&last, ("do", "discard")).await;
    let (page, place) = browser.follow(&last, ("do", "publish")).await;
    assert!(page.contains("Die erste Fassung") && place.contains("said=again"));
}

#[tokio::test]
async fn nobody_writes_without_a_token_that_counts() {
    let (town, samples) = samples::town();
    let own = format!("/desk/records/th.jena/{}", samples.trees);
    let editor = |name: &str, role| Editor { name: name.to_owned(), role };
    town.tokens.lock().unwrap().insert("author-token".to_owned(), editor("praktikum", Role::Author));
    town.tokens.lock().unwrap().insert("removed-token".to_owned(), editor("alt", Role::Editor));
    let town = std::sync::Arc::new(town);
    let site = web::router::router(town.clone(), settings());

    let mut stranger = Browser::new(site.clone());
    for path in ["/desk", "/desk/new", "/desk/journal", "/desk/shortlists", own.as_str()] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with("/desk/login?next=%2Fdesk"), "{path}");
    }
    for path in ["/desk/drafts", "/desk/shortlists", own.as_str()] {
        let answer = stranger.post(path, &[("kind", "guide"), ("do", "retract"), ("name", "x")]).await;
        assert!(answer.header("location").starts_with("/desk/login"), "{path}: {}", answer.status);
    }
    assert_eq!(stranger.post("/desk/login", &[("token", "geraten")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stranger.post("/desk/login", &[("token", "")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stranger.cookie, "");

    let mut browser = Browser::logged_in(site.clone(), "removed-token").await;
    let (draft, path) = browser.begin(&[("kind", "guide")]).await;
    town.tokens.lock().unwrap().remove("removed-token");
    assert_eq!(browser.get("/desk").await.status, StatusCode::SEE_OTHER);
    assert!(browser.press(&draft, ("do", "publish")).await.text().contains("id=\"token\""));

    // A foreign page knows neither the key of the form nor is it let in at all.
    let browser = Browser::logged_in(site.clone(), TOKEN).await;
    let mut forged = Browser { site: site.clone(), cookie: browser.cookie.clone() };
    assert_eq!(forged.post(&own, &[("do", "retract"), ("_key", "00")]).await.status, StatusCode::FORBIDDEN);
    assert!(forged.post(&path, &[("do", "publish")]).await.text().contains("id=\"token\""));
    let key = browser.key().await;
    let headers = [
        ("cookie", browser.cookie.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "cross-site"),
    ];
    for path in ["/desk/drafts", own.as_str(), &path, "/desk/login", "/desk/logout"] {
        let answer = send(&site, "POST", path, &headers, format!("_key={key}&do=retract&kind=guide")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }

    let mut author = Browser::logged_in(site.clone(), "author-token").await;
    let (draft, _) = author.begin(&[("kind", "guide")]).await;
    let answer = author.press(&draft, ("do", "publish")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("Ihr Entwurf ist gespeichert"));
    let key = author.key().await;
    for deed in ["retract", "confirm"] {
        assert_eq!(author.post(&own, &[("_key", &key), ("do", deed)]).await.status, StatusCode::FORBIDDEN);
    }
    let headers = [("authorization", "Bearer author-token"), ("content-type", "application/json")];
    let api = send(&site, "POST", "/api/v1/records", &headers, "{}").await;
    assert_eq!((api.status, api.json()["code"].as_str()), (StatusCode::FORBIDDEN, Some("role")));

    let logout = form(&author.page("/desk").await, "/desk/logout");
    author.press(&logout, ("x", "")).await;
    assert_eq!(author.get("/desk").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_cookie_is_for_the_desk_alone() {
    let site = site();
    let answer = Browser::new(site.clone()).post("/desk/login", &[("token", TOKEN)]).await;
    let cookie = answer.header("set-cookie");
    for part in ["Path=/desk;", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(TOKEN) && !answer.header("location").contains(TOKEN));
    assert_eq!(answer.header("cache-control"), "no-store");
    // Over plain HTTP browsers only send Origin, and only where pages do not forbid it.
    assert_eq!(fetch(&site, "/desk/login").await.header("referrer-policy"), "same-origin");
    let enter = async |origin: &str| {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin)];
        send(&site, "POST", "/desk/login", &headers, format!("token={TOKEN}")).await
    };
    assert_eq!(enter("http://localhost:8480").await.status, StatusCode::SEE_OTHER);
    assert_eq!(enter("http://evil.example").await.status, StatusCode::FORBIDDEN);
    assert_eq!(enter("null").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_kind_that_is_added_is_in_the_form_the_page_the_schema_the_facets_and_the_check() {
    let bench = include_str!("parkbank.toml");
    kind::add("parkbank.toml", bench)
        .expect("each test is a process of its own, and this is the first look at kinds");
    assert!(kind::add("andere.toml", bench).is_err(), "a kind is added once");
    let site = site();
    let mut browser = Browser::logged_in(site.clone(), TOKEN).await;
    assert!(browser.page("/desk/new").await.contains("Eine Bank, auf der man sitzen kann."));
    let (mut draft, path) = browser.begin(&[("kind", "parkbank")]).await;
    let page = browser.page(&path).await;
    assert!(page.contains("Holzart") && page.contains("Lärche"));
    for (name, value) in [
        ("f.title.de", "Bank am Paradies"),
        ("f.summary.de", "Mit Blick auf die Saale."),
        ("f.action_fields", "culture-tourism"),
        ("f.area[0]", "16053"),
    ] {
        draft.set(name, value);
    }
    let refused = browser.press(&draft, ("do", "publish")).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text().contains("„Holzart“ fehlt"));
    let mut draft = form(&refused.text(), &path);
    draft.set("f.wood", "larch");
    let (_, place) = browser.follow(&draft, ("do", "publish")).await;
    let record = place.split('?').next().unwrap().replace("/desk/", "/");
    let page = browser.page(&record).await;
    assert!(page.contains("Parkbank") && page.contains("Holzart") && page.contains("Lärche"));
    let schema = fetch(&site, "/api/v1/kinds/parkbank").await.json();
    assert_eq!(schema["properties"]["wood"]["enum"], json!(["oak", "larch"]));
    let found = fetch(&site, "/api/v1/records?kind=parkbank").await.json();
    assert_eq!(
        (found["total"].as_u64(), found["hits"][0]["title"].as_str()),
        (Some(1), Some("Bank am Paradies"))
    );
    assert!(fetch(&site, "/").await.text().contains("Park"), "{found}");
    assert!(found["facets"].to_string().contains("parkbank"), "{found}");
}
