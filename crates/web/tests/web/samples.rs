//! Records to look at: ordinary ones, and ones that mean harm.

use crate::town::Town;
use record::statement::RecordId;
use record::statement::Said;
use serde_json::json;

/// The ids of the sample records.
pub(crate) struct Samples {
    /// A full practice example of th.jena.
    pub(crate) trees: RecordId,
    /// A solution of sh.kiel.
    pub(crate) reporter: RecordId,
    /// Overdue, of th.shk.dornburg.
    pub(crate) overdue: RecordId,
    /// Withdrawn, of th.jena.
    pub(crate) withdrawn: RecordId,
    /// Of a kind nobody knows, of sh.kiel.
    pub(crate) unknown: RecordId,
    /// Means harm, of th.shk.
    pub(crate) harmful: RecordId,
}

/// A town with the sample records, in a fixed order.
pub(crate) fn town() -> (Town, Samples) {
    let town = Town::new();
    let reporter = town.say("sh.kiel", 9, "solution", reporter());
    let samples = Samples {
        trees: town.say("th.jena", 1, "measure", trees(&format!("sh.kiel/{reporter}"))),
        reporter,
        overdue: town.say("th.shk.dornburg", 3, "measure", overdue()),
        withdrawn: town.say("th.jena", 4, "measure", trees("")),
        unknown: town.say(
            "sh.kiel",
            5,
            "weather-report",
            json!({
                "title": {"de": "Pegelstände der Förde"}, "stations": ["Holtenau", "Schilksee"],
                "levels": {"holtenau": -12, "open": true},
            }),
        ),
        harmful: town.say("th.shk", 6, "measure", harmful()),
    };
    let gone = Said::Retracted("personal-data".parse().unwrap());
    town.keep(town.sealed("th.jena", samples.withdrawn, "measure", 2, crate::town::NOW, gone)).unwrap();
    (town, samples)
}

/// The draft of a practice example that can be published.
pub(crate) fn trees(solution: &str) -> serde_json::Value {
    let mut body = json!({
        "title": {"de": "Bäume gießen mit Sensordaten", "en": "Watering trees with sensor data"},
        "summary": {"de": "Sensoren im Boden melden, welche Straßenbäume Wasser brauchen."},
        "description": {"de": "## Ziel\n\nWir gießen **nur**, wo es nötig ist:\n\n- Sensoren messen die Bodenfeuchte\n- das Amt plant die Touren\n\nMehr auf [jena.de](https://www.jena.de)."},
        "measure_type": ["data", "infrastructure"],
        "phase": "permanent",
        "challenge": {"de": "Heiße Sommer, wenig Personal, junge Bäume vertrocknen."},
        "approach": {"de": "40 Sensoren über LoRaWAN, Auswertung in der Datenplattform."},
        "results": {"de": "Ein Drittel weniger Fahrten."},
        "steps": [{"de": "Standorte auswählen"}, {"de": "Sensoren setzen"}, {"de": "Touren umstellen"}],
        "lessons": {"de": "Früher mit dem Bauhof sprechen."},
        "evidence_level": "measured",
        "indicators": [{"name": {"de": "Fahrten je Woche"}, "before": "30", "after": "20"}],
        "risks": [{"type": "privacy", "text": {"de": "Keine: Es werden nur Bodenwerte gemessen."}}],
        "privacy": {"personal_data": "none"},
        "effort": {"fte_band": "under-0.2", "months": 6, "one_off_band": "25k-100k", "yearly_band": "under-5k"},
        "operations": {"operator": "self", "model": {"de": "Eigenbetrieb"}},
        "action_fields": ["climate", "data-infrastructure"],
        "keywords": ["LoRaWAN", "Stadtgrün"],
        "stage": [2, 3],
        "area": ["16053"],
        "contact_point": {"role": {"de": "Stabsstelle Smart City"}, "mail": "smartcity@jena.de", "url": "https://www.jena.de"},
        "same_as": ["https://example.org/baeume"],
        "valid_until": "2027-10-31",
        "content_licence": "CC0-1.0",
        "wetter_am_tag": "sonnig",
    });
    if !solution.is_empty() {
        body["solutions"] = json!([solution]);
    }
    body
}

fn reporter() -> serde_json::Value {
    json!({
        "title": {"de": "Mängelmelder für Straße und Grün", "en": "Defect reporter"},
        "summary": {"de": "Bürgerinnen und Bürger melden Schäden mit Foto und Ort."},
        "solution_type": "saas",
        "features": [{"de": "Meldung mit Foto"}, {"de": "Rückmeldung an Meldende"}],
        "licence": "EUPL-1.2",
        "url": "https://example.org/maengelmelder.git",
        "development_status": "stable",
        "action_fields": ["administration", "participation"],
        "stage": [2],
        "area": ["01"],
        "valid_until": "2027-06-30",
        "content_licence": "CC0-1.0",
    })
}

fn overdue() -> serde_json::Value {
    json!({
        "title": {"de": "Mitfahrbank am Markt"},
        "summary": {"de": "Bänke mit Zielschildern bringen Dörfer in die Stadt."},
        "measure_type": ["place"],
        "phase": "pilot",
        "action_fields": ["mobility", "urban-rural"],
        "stage": [1],
        "area": ["16074"],
        "valid_until": "2026-03-31",
    })
}

fn harmful() -> serde_json::Value {
    json!({
        "title": {"de": "<script>alert('Titel')</script> \"><img src=x onerror=alert(1)>"},
        "summary": {"de": "<b onmouseover=alert(1)>Kurz</b>"},
        "description": {"de": "<script>alert(1)</script> [Klick](javascript:alert(1)) ![Bild](https://fremd.example/p.png) <style>*{}</style>"},
        "evidence_url": "javascript:alert(document.domain)",
        "same_as": ["javascript:alert(1)", "data:text/html,<script>1</script>"],
        "contact_point": {"mail": "a@jena.de?bcc=b@fremd.example", "url": "java\tscript:alert(1)"},
        "\"><script>alert('Feld')</script>": "</dd><script>alert('Wert')</script>",
        "action_fields": ["\"><svg onload=alert(1)>"],
        "valid_until": "\"><script>",
        "area": ["16"],
    })
}
