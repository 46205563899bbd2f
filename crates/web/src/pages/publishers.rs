//! `/publishers`: who takes part, and `/publishers/{name}`: one body with its keys and records.

use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::results;
use crate::pages::results::HitShown;
use crate::port::Publisher;
use crate::port::Voucher;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use askama::Template;
use axum::extract::Path;
use axum::extract::State;
use axum::response::Response;
use catalogue::query::Filters;
use catalogue::query::Query;
use record::ars::Ars;
use record::attestation::Attestation;
use record::moment::Moment;

/// Records that stand on a publisher's page.
const RECORDS: usize = 10;

struct PublisherShown {
    link: String,
    display_name: String,
    name: String,
    land: String,
    records: String,
}

#[derive(Template)]
#[template(path = "publishers.html")]
struct Publishers<'a> {
    frame: Frame<'a>,
    publishers: Vec<PublisherShown>,
}

/// `GET /publishers`
pub(crate) async fn list(State(front): State<Front>, visit: Visit) -> Result<Response, Problem> {
    let publishers = front.port.publishers().await?;
    let shown = publishers.iter().map(|publisher| PublisherShown {
        link: visit.link(&format!("/publishers/{}", publisher.name)),
        display_name: publisher.display_name.clone(),
        name: publisher.name.to_string(),
        land: labels::land(publisher.name.land()).to_owned(),
        records: day::number(publisher.records, visit.lang),
    });
    let frame = Frame::new(&visit, &front.settings.node_name, visit.words().publishers_title);
    Ok(frame::page(&Publishers { frame, publishers: shown.collect() }, visit.lang))
}

/// One row of the table of epochs.
struct EpochShown {
    epoch: u64,
    valid: String,
    /// What else there is to know, in words, where the keys sign no more.
    state: Option<&'static str>,
    attester: String,
    /// The page of the attestation itself.
    attestation: Option<String>,
    keys: Vec<String>,
}

#[derive(Template)]
#[template(path = "publisher.html")]
struct PublisherPage<'a> {
    frame: Frame<'a>,
    name: String,
    profile: Vec<(&'static str, String)>,
    epochs: Vec<EpochShown>,
    hits: Vec<HitShown>,
    all: Option<(String, String)>,
}

/// `GET /publishers/{name}`
pub(crate) async fn show(
    State(front): State<Front>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = name.parse().map_err(|_| Problem::no_publisher())?;
    let publisher = front.port.publisher(name).await?.ok_or_else(Problem::no_publisher)?;
    let query = Query {
        filters: Filters::none().with("publisher", publisher.name.as_str()),
        lang: visit.lang,
        limit: RECORDS,
        ..Query::default()
    };
    let found = front.search(query).await?;
    let names = [(publisher.name.clone(), publisher.display_name.clone())].into();
    let all = (found.total > found.hits.len() as u64).then(|| {
        let text = fill(visit.words().publisher_records_all, &[("n", &day::number(found.total, visit.lang))]);
        (visit.link_with("/", &[("publisher", publisher.name.as_str())]), text)
    });
    let now = (front.settings.clock)();
    let epochs = publisher.epochs.iter().map(|epoch| epoch_shown(epoch, publisher.floor, now, &visit));
    let page = PublisherPage {
        frame: Frame::new(&visit, &front.settings.node_name, &publisher.display_name),
        name: publisher.name.to_string(),
        profile: profile(&publisher, &visit),
        epochs: epochs.collect(),
        hits: results::hits(&found, &names, &visit, now.day()),
        all,
    };
    Ok(frame::page(&page, visit.lang))
}

fn profile(publisher: &Publisher, visit: &Visit) -> Vec<(&'static str, String)> {
    let w = visit.words();
    let mut profile = vec![
        (w.col_name, publisher.name.to_string()),
        (w.col_land, labels::land(publisher.name.land()).to_owned()),
    ];
    if let Some(latest) = publisher.epochs.last() {
        profile.push((w.publisher_org_type, labels::term("org-type", &latest.org_type, visit.lang)));
        if let Some(ars) = &latest.ars {
            profile.push((w.publisher_ars, ars.clone()));
            let ags = ars.parse::<Ars>().ok().and_then(|ars| ars.ags());
            profile.extend(ags.map(|ags| (w.publisher_ags, ags)));
        }
        profile.push((w.publisher_may_attest, if latest.may_attest { w.yes } else { w.no }.to_owned()));
    }
    if publisher.floor > 1 {
        let floor = publisher.floor.to_string();
        profile.push((w.publisher_floor, fill(w.publisher_floor_text, &[("n", &floor)])));
    }
    profile.push((w.col_records, day::number(publisher.records, visit.lang)));
    profile
}

fn epoch_shown(voucher: &Voucher, floor: u64, now: Moment, visit: &Visit) -> EpochShown {
    let (w, lang) = (visit.words(), visit.lang);
    let since = day::moment(voucher.not_before, lang);
    let valid = match voucher.not_after {
        None => fill(w.valid_since, &[("day", &since)]),
        Some(end) => fill(w.valid_span, &[("day", &since), ("end", &day::moment(end, lang))]),
    };
    let attester = match (&voucher.attester, &voucher.attester_name) {
        (None, _) => w.attester_document.to_owned(),
        (Some(name), Some(display)) => format!("{display} ({name})"),
        (Some(name), None) => name.to_string(),
    };
    // The attestation is a record of its own, whose id follows from subject and epoch.
    let attestation = voucher.attester.as_ref().map(|attester| {
        let record = Attestation::record_id(&voucher.subject, voucher.epoch);
        visit.link(&format!("/records/{attester}/{record}"))
    });
    EpochShown {
        epoch: voucher.epoch,
        valid,
        state: state(voucher, floor, now, visit),
        attester,
        attestation,
        keys: voucher.keys.iter().map(ToString::to_string).collect(),
    }
}

fn state(voucher: &Voucher, floor: u64, now: Moment, visit: &Visit) -> Option<&'static str> {
    let w = visit.words();
    match voucher.not_after {
        _ if voucher.epoch < floor => Some(w.valid_revoked),
        // An epoch of no length: after a theft it holds the place of the key that is still to be made.
        Some(end) if end == voucher.not_before => Some(w.valid_sealed),
        Some(end) if end <= now => Some(w.valid_ended),
        _ => None,
    }
}
