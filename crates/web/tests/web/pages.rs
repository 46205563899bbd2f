//! What people read.

use crate::call::fetch;
use crate::call::over;
use crate::call::send;
use crate::call::settings;
use crate::call::site;
use crate::html;
use crate::samples;
use axum::body::Body;
use axum::http::StatusCode;
use std::time::Duration;
use std::time::Instant;
use web::settings::Settings;
use web::settings::Texts;

/// The main part of a page: the frame is the same everywhere.
fn main_of(html: &str) -> &str {
    html.split_once("<main").unwrap().1.split_once('>').unwrap().1.split_once("</main>").unwrap().0.trim()
}

/// The main part without the search form, whose choices grow with every new kind of record.
fn below_form(html: &str) -> &str {
    main_of(html).split_once("</form>").unwrap().1.trim()
}

/// Every page of the sample town.
fn all(samples: &samples::Samples) -> Vec<String> {
    let record = |publisher: &str, record| format!("/records/{publisher}/{record}");
    let mut pages = vec![
        record("th.jena", samples.trees),
        record("sh.kiel", samples.reporter),
        record("th.shk.dornburg", samples.overdue),
        record("th.jena", samples.withdrawn),
        record("sh.kiel", samples.unknown),
        record("th.shk", samples.harmful),
        format!("{}/vorlage", record("th.jena", samples.trees)),
        format!("{}/vorlage", record("th.shk", samples.harmful)),
        format!("/compare?r=sh.kiel/{}&r=th.jena/{}", samples.reporter, samples.trees),
        format!("/compare?r=sh.kiel/{}&r=th.shk/{}&r=unsinn", samples.reporter, samples.harmful),
    ];
    let fixed = [
        "/",
        "/?q=",
        "/?q=B%C3%A4ume",
        "/?q=gibtesnicht",
        "/?q=&kind=measure&land=th&field=climate&stage=2",
        "/?publisher=th.jena",
        "/?stage=neun",
        "/publishers",
        "/publishers/th.jena",
        "/publishers/th",
        "/network",
        "/verify",
        "/compare",
        "/map",
        "/map?kind=measure",
        "/events",
        "/events?view=month&month=2026-12",
        "/events?view=month&month=unsinn",
        "/needs",
        "/funding",
        "/leichte-sprache",
        "/api",
        "/sortierung",
        "/impressum",
        "/datenschutz",
        "/barrierefreiheit",
        "/lizenzen",
    ];
    pages.extend(fixed.map(str::to_owned));
    pages
}

#[tokio::test]
async fn every_page_is_well_formed_in_both_languages() {
    let (site, samples) = site();
    for path in all(&samples) {
        for lang in ["de", "en"] {
            let join = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{join}lang={lang}");
            let page = fetch(&site, &path).await;
            let gone = path.contains(&samples.withdrawn.to_string());
            let status = if gone { StatusCode::GONE } else { StatusCode::OK };
            assert_eq!(page.status, status, "{path}");
            assert!(page.header("content-type").starts_with("text/html"), "{path}");
            assert_eq!(page.header("content-language"), lang, "{path}");
            html::check(&path, &page.text());
        }
    }
}

#[tokio::test]
async fn a_long_page_folds_what_is_summed_up_and_begins_with_the_facts() {
    let (town, _) = samples::town();
    let record = town.say(
        "sh.kiel",
        20,
        "solution",
        serde_json::json!({
            "title": {"de": "Pegelkarte"}, "summary": {"de": "Alle Pegel auf einer Karte."},
            "description": {"de": "Für Feuerwehren."}, "solution_type": "saas", "development_status": "stable",
            "licence": "EUPL-1.2", "action_fields": ["safety"], "area": ["01"], "valid_until": "2027-06-30",
            "privacy": {
                "personal_data": "ordinary", "controller_role": "processor", "avv_available": "yes",
                "dpia": "not-required", "third_country_transfer": "none",
            },
            "deployment_models": ["dvc"], "contact_point": {"role": {"de": "Pegeldienst"}},
        }),
    );
    let page = fetch(&over(town, settings()), &format!("/records/sh.kiel/{record}")).await.text();
    html::check("the page", &page);
    let fold = "<details class=\"folded part-folded\"><summary>5 Angaben zeigen<span class=\"kern-sr-only\">: Datenschutz</span>";
    assert!(page.contains(fold), "{page}");
    let contents = page.split_once("aria-labelledby=\"contents\"").unwrap().1.split_once("</nav>").unwrap().0;
    assert!(contents.contains("#part-solution") && !contents.contains("#part-privacy"), "{contents}");
    let place = |text: &str| page.find(text).unwrap();
    assert!(place("id=\"glance\"") < place("id=\"contents\""), "{page}");
}

#[tokio::test]
async fn lists_say_what_is_in_another_language() {
    let (site, samples) = site();
    // The title is there in both languages, the summary in German only.
    let link = format!("<a href=\"/records/th.jena/{}", samples.trees);
    for (lang, foreign) in [("de", ""), ("en", " lang=\"de\"")] {
        let page = fetch(&site, &format!("/?q=B%C3%A4ume&lang={lang}")).await.text();
        let hit = page.split_once(&link).unwrap().1;
        assert!(!hit.split_once('>').unwrap().0.contains("lang=\""), "{lang}: {hit}");
        assert!(
            hit.contains(&format!("<p class=\"hit-summary\"{foreign}>Sensoren im Boden")),
            "{lang}: {hit}"
        );
    }
    // A title that is in German only, in a short list.
    let overdue = format!("/records/th.shk.dornburg/{}", samples.overdue);
    let page = fetch(&site, "/?lang=en").await.text();
    assert!(page.contains(&format!("<a href=\"{overdue}?lang=en\" lang=\"de\">Mitfahrbank")), "{page}");
}

#[tokio::test]
async fn the_map_says_who_takes_part_and_who_was_seen() {
    let (site, _) = site();
    for path in ["/map", "/network"] {
        let page = fetch(&site, path).await.text();
        assert!(page.contains("in den letzten 30 Tagen gesehen: "), "{path}: {page}");
        assert!(page.contains("in 30 Tagen gesehen</th>"), "{path}");
    }
}

#[tokio::test]
async fn harm_in_a_record_is_shown_as_text() {
    let (site, samples) = site();
    for path in [format!("/records/th.shk/{}", samples.harmful), "/".to_owned(), "/?q=alert".to_owned()] {
        let page = fetch(&site, &path).await.text();
        html::check(&path, &page);
        let low = page.to_lowercase();
        for bad in [
            "<script>",
            "<img src=x",
            "<svg onload",
            "<b onmouseover",
            "href=\"javascript",
            "href=\"data",
            "fremd.example/p.png\"",
        ] {
            assert!(!low.contains(bad), "{path}: {bad}");
        }
    }
    let page = fetch(&site, &format!("/records/th.shk/{}", samples.harmful)).await.text();
    assert!(page.contains("javascript:alert(document.domain) (diese Adresse wird nicht verlinkt)"));
    assert!(!page.contains("mailto:a@jena.de"));
}

#[tokio::test]
async fn what_is_typed_into_the_search_is_shown_as_text() {
    let (site, _) = site();
    let path = "/?q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&kind=%22%3E%3Cscript%3E&land=%3Cb%3E&publisher=%3Ci%3E";
    let page = fetch(&site, path).await;
    assert_eq!(page.status, StatusCode::OK);
    html::check(path, &page.text());
}

/// What nobody types may take this long on a busy machine.
const HOSTILE_MAX: Duration = Duration::from_secs(5);

#[tokio::test]
async fn what_nobody_would_type_is_answered_with_a_sentence() {
    let (site, _) = site();
    let texts = [
        "x".repeat(10_000),
        (0..1_000).map(|number| format!("wort{number}+")).collect(),
        "%28".repeat(3_000) + &"%29".repeat(3_000),
        "%28qx%2B%29%2B%24+.%2A.%2A+%5Bqx-xq%5D%7B7777%2C9999%7D%5C".to_owned(),
        "%00%01%7F%1B%5B2J%E2%80%AE".repeat(50),
    ];
    for text in texts {
        let began = Instant::now();
        let page = fetch(&site, &format!("/?q={text}")).await;
        let api = fetch(&site, &format!("/api/v1/records?q={text}")).await;
        let shown = text.get(..20).unwrap_or_default();
        assert!(began.elapsed() < HOSTILE_MAX, "{shown}: {:?}", began.elapsed());
        assert_eq!((page.status, api.status), (StatusCode::OK, StatusCode::OK), "{shown}");
        assert!(page.text().contains("Kein Eintrag gefunden"), "{shown}");
        html::check("/?q=", &page.text());
        assert_eq!(api.json()["total"], 0, "{shown}");
    }
}

#[tokio::test]
async fn a_record_says_who_signed_and_who_vouches() {
    let (site, samples) = site();
    let page = fetch(&site, &format!("/records/th.jena/{}", samples.trees)).await.text();
    for sentence in [
        "<h1 class=\"kern-heading-large\">Bäume gießen mit Sensordaten</h1>",
        "Signiert von Stadt Jena, bestätigt von Freistaat Thüringen, Fassung 1 vom 2. November 2026.",
        "Der Schlüssel gilt seit 23. September 2026.",
        "Klima, Umwelt, Wasser",
        "31. Oktober 2027",
        "Weitere Angaben",
        "wetter_am_tag",
        "Mängelmelder für Straße und Grün",
        "mailto:smartcity@jena.de",
        "<strong>nur</strong>",
    ] {
        assert!(page.contains(sentence), "{sentence}");
    }
    assert!(page.contains(&format!("/records/sh.kiel/{}", samples.reporter)));
    let english = fetch(&site, &format!("/records/th.jena/{}?lang=en", samples.trees)).await.text();
    assert!(
        english.contains(
            "Signed by Stadt Jena, confirmed by Freistaat Thüringen, version 1 of 2 November 2026."
        )
    );
    assert!(english.contains("<p class=\"lead\" lang=\"de\">Sensoren im Boden"));
}

#[tokio::test]
async fn overdue_and_withdrawn_records_say_so() {
    let (site, samples) = site();
    let overdue = fetch(&site, &format!("/records/th.shk.dornburg/{}", samples.overdue)).await.text();
    assert!(overdue.contains("Er war bis 31. März 2026 gültig. Fragen Sie bei Stadt Dornburg-Camburg nach"));
    let list = fetch(&site, "/?q=Mitfahrbank").await.text();
    assert!(list.contains("Überprüfung überfällig seit 31. März 2026"));
    let withdrawn = fetch(&site, &format!("/records/th.jena/{}", samples.withdrawn)).await.text();
    assert!(withdrawn.contains("Grund: enthielt personenbezogene Daten."));
    assert!(!withdrawn.contains("Sensoren"));
}

#[tokio::test]
async fn results_show_facets_filters_and_pages() {
    let (town, _) = samples::town();
    for number in 20..75 {
        let mut body = samples::trees("");
        body["title"] = serde_json::json!({"de": format!("Straßenbäume im Viertel {number}")});
        town.say("th.jena", number, "measure", body);
    }
    let site = over(town, settings());
    let first = fetch(&site, "/?q=Viertel").await.text();
    assert!(first.contains("55 Einträge gefunden"), "{}", main_of(&first));
    assert!(first.contains("1 bis 20 von 55"));
    assert!(fetch(&site, "/?q=Bauhof").await.text().contains("<mark>Bauhof</mark>"));
    assert!(
        first.contains("href=\"/?q=Viertel&#38;land=th\"")
            || first.contains("href=\"/?q=Viertel&amp;land=th\"")
    );
    assert!(first.contains("rel=\"next\"") && !first.contains("rel=\"prev\""));
    let last = fetch(&site, "/?q=Viertel&page=3&land=th").await.text();
    assert!(last.contains("41 bis 55 von 55") && last.contains("Seite 3 von 3"));
    assert!(last.contains("rel=\"prev\"") && !last.contains("rel=\"next\""));
    assert!(last.contains("Filter „Thüringen“ entfernen"));
    assert!(last.contains("<option value=\"th\" selected>"));
    let none = fetch(&site, "/?q=Zeppelinlandeplatz&land=sh").await.text();
    assert!(
        none.contains("Kein Eintrag gefunden") && none.contains("Filter entfernen, die Sie gesetzt haben.")
    );
}

#[tokio::test]
async fn removing_the_only_filter_leads_to_all_records() {
    let (site, _) = site();
    let page = fetch(&site, "/?land=th").await.text();
    assert!(page.contains("class=\"chip\" href=\"/?q=\""), "{}", main_of(&page));
    let all = fetch(&site, "/?q=").await.text();
    assert!(all.contains("5 Einträge gefunden"), "{}", main_of(&all));
}

#[tokio::test]
async fn the_language_is_the_readers() {
    let (site, _) = site();
    let title = "Gute Lösungen finden";
    assert!(fetch(&site, "/").await.text().contains(title));
    let headers = [("accept-language", "en-GB,en;q=0.9")];
    let english = send(&site, "GET", "/", &headers, Body::empty()).await.text();
    assert!(english.contains("Find what works") && english.contains("href=\"/?lang=de\""));
    let chosen = send(&site, "GET", "/network?lang=de", &headers, Body::empty()).await.text();
    assert!(chosen.contains("Zustand des Netzes") && chosen.contains("href=\"/publishers?lang=de\""));
    assert!(chosen.contains("href=\"/network?lang=en\""));
}

#[tokio::test]
async fn the_network_page_says_everything_in_words_and_in_a_table() {
    let (site, _) = site();
    let page = fetch(&site, "/network").await.text();
    for sentence in [
        "4 von 5 Knoten verbunden",
        "Diese Stelle ist beglaubigt und kann veröffentlichen.",
        "Die Unterschrift stimmt nicht.",
        "2 Aussagen warten auf ihre Beglaubigung oder ihren Zeitpunkt.",
        "noch nie erreicht",
        "/ip4/192.0.2.5/tcp/4480",
        "Schleswig-Holstein",
        &"5f".repeat(32),
        &"a1".repeat(32),
    ] {
        assert!(page.contains(sentence), "{sentence}");
    }
}

#[tokio::test]
async fn a_publisher_shows_its_keys_in_public() {
    let (site, _) = site();
    let page = fetch(&site, "/publishers/th.shk.dornburg").await.text();
    for sentence in
        ["Stadt Dornburg-Camburg", "16074116", "Saale-Holzland-Kreis (th.shk)", "Mitfahrbank am Markt"]
    {
        assert!(page.contains(sentence), "{sentence}");
    }
    assert!(fetch(&site, "/publishers/th").await.text().contains("Netzdokument"));
}

#[tokio::test]
async fn the_attestation_that_a_publisher_names_can_be_read() {
    let (site, _) = site();
    let page = fetch(&site, "/publishers/th.jena").await.text();
    let link = page.split("href=\"").find(|part| part.starts_with("/records/th/")).unwrap();
    let attestation = fetch(&site, link.split_once('"').unwrap().0).await;
    assert_eq!(attestation.status, StatusCode::OK);
    assert!(attestation.text().contains("Stadt Jena"));
}

#[tokio::test]
async fn the_operators_texts_stand_or_are_said_to_be_missing() {
    let (site, _) = site();
    for path in ["/impressum", "/datenschutz", "/barrierefreiheit"] {
        assert!(
            fetch(&site, path).await.text().contains("Diese Angaben hat der Betreiber noch nicht ergänzt.")
        );
    }
    let texts = Texts {
        imprint: Some("Stadt Jena, **Am Anger 15**<script>alert(1)</script>".to_owned()),
        barrier_contact: Some("barrierefrei@jena.de".to_owned()),
        ..Texts::default()
    };
    let site = over(samples::town().0, Settings { texts, ..settings() });
    let imprint = fetch(&site, "/impressum").await.text();
    assert!(imprint.contains("<strong>Am Anger 15</strong>") && !imprint.contains("<script>"));
    assert!(!imprint.contains("noch nicht ergänzt"));
    assert!(fetch(&site, "/barrierefreiheit").await.text().contains("href=\"mailto:barrierefrei@jena.de\""));
}

#[tokio::test]
async fn errors_are_pages_in_words() {
    let (site, _) = site();
    let expected = [
        ("/gibt-es-nicht", StatusCode::NOT_FOUND, "Diese Seite gibt es nicht."),
        (
            "/records/th.jena/keine-kennung",
            StatusCode::NOT_FOUND,
            "Diesen Eintrag kennt dieser Knoten nicht.",
        ),
        ("/publishers/th.nirgends", StatusCode::NOT_FOUND, "ist hier nicht beglaubigt"),
        ("/?q=kaputt!", StatusCode::INTERNAL_SERVER_ERROR, "Der Fehler liegt bei uns"),
        ("/?q=voll!", StatusCode::SERVICE_UNAVAILABLE, "the disk is full"),
    ];
    for (path, status, sentence) in expected {
        let page = fetch(&site, path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.text().contains(sentence), "{path}: {}", main_of(&page.text()));
        html::check(path, &page.text());
    }
    let method = send(&site, "POST", "/network", &[], Body::empty()).await;
    assert_eq!((method.status, method.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
}

#[tokio::test]
async fn pages_look_as_they_did() {
    let (site, _) = site();
    insta::assert_snapshot!("home", below_form(&fetch(&site, "/").await.text()));
    insta::assert_snapshot!("results", below_form(&fetch(&site, "/?q=Stra%C3%9Fe&land=sh").await.text()));
    insta::assert_snapshot!("network", main_of(&fetch(&site, "/network").await.text()));
}
