//! `/network`: how this node and its network are doing.

use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::cover;
use crate::pages::drawing;
use crate::pages::drawing::Dot;
use crate::pages::drawing::PEERS_DRAWN;
use crate::pages::pulse;
use crate::port::Ban;
use crate::port::Equivocation;
use crate::port::Peer;
use crate::port::Relay;
use crate::port::Status;
use crate::problem::Problem;
use crate::turnout::Turnout;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::response::Response;
use axum::response::sse::Event;
use axum::response::sse::KeepAlive;
use axum::response::sse::Sse;
use futures::stream;
use jiff::civil::Date;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

const MIB: u64 = 1024 * 1024;

struct PeerShown {
    name: String,
    address: String,
    role: &'static str,
    connected: bool,
    state: &'static str,
    agreed: String,
    lag: String,
    round_trip: String,
}

struct RelayShown {
    body: String,
    link: String,
    addresses: Vec<String>,
}

struct BucketShown {
    land: String,
    link: String,
    count: String,
    /// How many municipalities take part, of how many there are.
    cover: String,
    /// How many of them were seen lately.
    seen: String,
    fingerprint: String,
}

/// Width and height of the bars.
const PULSE_SIZE: (u64, u64) = (630, 140);
/// What of the height is left for labels.
const PULSE_LABELS: u64 = 20;
/// A day's share of the width.
const PULSE_STEP: u64 = 20;
/// How often the page looks again for somebody who keeps it open.
const LOOK: Duration = Duration::from_secs(2);
/// How long one stream lives; browsers then ask for the next.
const STREAM_MAX: Duration = Duration::from_secs(600);

/// One day's bar.
struct Bar {
    day: String,
    count: String,
    label: String,
    x: u64,
    y: u64,
    width: u64,
    height: u64,
}

#[derive(Template)]
#[template(path = "network.html")]
struct Network<'a> {
    frame: Frame<'a>,
    /// The part that keeps itself current, as HTML.
    live: String,
}

#[derive(Template)]
#[template(path = "network_live.html")]
struct Live<'a> {
    frame: &'a Frame<'a>,
    facts: Vec<(&'static str, String, bool)>,
    attested: bool,
    full: bool,
    peers_sum: String,
    drawing_text: String,
    drawing_cut: Option<String>,
    size: (i32, i32),
    dots: Vec<Dot>,
    this: String,
    peers: Vec<PeerShown>,
    bars: Vec<Bar>,
    pulse_size: (u64, u64),
    pulse_most: String,
    pulse_text: String,
    relays: Vec<RelayShown>,
    buckets: Vec<BucketShown>,
    /// How many municipalities take part, and how many of them were seen lately.
    turnout: String,
    trust_root: String,
    refused: Vec<(String, String, String)>,
    /// Publisher, link and id of the record.
    doubles: Vec<(String, String, String)>,
    bans: Vec<Ban>,
}

/// `GET /network`
pub(crate) async fn show(State(front): State<Front>, visit: Visit) -> Result<Response, Problem> {
    let frame =
        Frame::new(&visit, &front.settings.node_name, visit.words().network_title).with_script("live.js");
    let live = live(&front, &visit, &frame).await?;
    Ok(frame::scripted_page(&Network { frame, live }, visit.lang))
}

/// `GET /network/live`: the part that keeps itself current, again whenever it changes (Server-sent events).
pub(crate) async fn follow(State(front): State<Front>, visit: Visit) -> Result<Response, Problem> {
    let place = Arc::clone(&front.waiting).try_acquire_owned().map_err(|_| Problem::busy())?;
    let watch =
        Watch { front, visit, shown: String::new(), ends: Instant::now() + STREAM_MAX, _place: place };
    let events = stream::unfold(watch, async |mut watch| {
        let event = watch.next().await?;
        Some((Ok::<Event, Infallible>(event), watch))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// Somebody who keeps the page open.
struct Watch {
    front: Front,
    visit: Visit,
    shown: String,
    ends: Instant,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    /// Waits until the page looks different.
    async fn next(&mut self) -> Option<Event> {
        while Instant::now() < self.ends {
            if !self.shown.is_empty() {
                tokio::time::sleep(LOOK).await;
            }
            let frame = Frame::new(&self.visit, &self.front.settings.node_name, "");
            let now = live(&self.front, &self.visit, &frame).await.ok()?;
            if now != self.shown {
                let event = Event::default().event("network").json_data(&now).ok()?;
                self.shown = now;
                return Some(event);
            }
        }
        None
    }
}

async fn live(front: &Front, visit: &Visit, frame: &Frame<'_>) -> Result<String, Problem> {
    let status = front.port.status().await?;
    let relays = front.port.relays().await?;
    let names = front.port.called(vec![status.publisher.clone()]).await?;
    let body = match names.get(&status.publisher) {
        Some(name) => format!("{name} ({})", status.publisher),
        None => status.publisher.to_string(),
    };
    let turnout = front.turnout().await?;
    let days = pulse::days(front, (front.settings.clock)().day()).await?;
    let (w, lang) = (visit.words(), visit.lang);
    let all = day::number(status.peers.len() as u64, lang);
    let connected = status.peers.iter().filter(|peer| peer.connected).count();
    let values = [("n", day::number(connected as u64, lang)), ("all", all)];
    let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
    let cut = (status.peers.len() > PEERS_DRAWN)
        .then(|| fill(w.peers_drawing_cut, &[("n", &PEERS_DRAWN.to_string())]));
    let sum = day::number(days.iter().map(|(_, count)| count).sum(), lang);
    let live = Live {
        frame,
        facts: facts(&status, body, visit),
        attested: status.epoch.is_some(),
        full: status.storage.full,
        peers_sum: fill(w.peers_sum, &values),
        drawing_text: fill(w.peers_drawing, &values),
        drawing_cut: cut,
        size: drawing::SIZE,
        dots: drawing::dots(&status.peers, |peer| called(peer, &relays, visit)),
        this: status.publisher.to_string(),
        peers: status.peers.iter().map(|peer| peer_shown(peer, &relays, visit)).collect(),
        bars: bars(&days, visit),
        pulse_size: PULSE_SIZE,
        pulse_most: day::number(days.iter().map(|(_, count)| *count).max().unwrap_or(0), lang),
        pulse_text: fill(w.pulse_text, &[("n", &sum), ("days", &pulse::DAYS.to_string())]),
        relays: relays.iter().map(|relay| relay_shown(relay, visit)).collect(),
        buckets: buckets(&status, &turnout, visit),
        turnout: cover::sum(&turnout, visit),
        refused: refused(&status, visit),
        doubles: doubles(&status, visit),
        bans: status.bans,
        trust_root: status.trust_root,
    };
    live.render().map_err(|error| {
        tracing::error!(%error, "the network page could not be written");
        Problem::broken()
    })
}

fn bars(days: &[(Date, u64)], visit: &Visit) -> Vec<Bar> {
    /// Days from one label to the next.
    const LABELLED: usize = 7;
    let most = days.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let room = PULSE_SIZE.1 - PULSE_LABELS;
    let bar = |(at, (date, count)): (usize, &(Date, u64))| {
        let height = (count * (room - PULSE_LABELS)).div_ceil(most);
        Bar {
            day: day::day(*date, visit.lang),
            count: day::number(*count, visit.lang),
            label: if at % LABELLED == 1 { date.strftime("%d.%m.").to_string() } else { String::new() },
            x: at as u64 * PULSE_STEP,
            y: room - height,
            width: PULSE_STEP - 4,
            height,
        }
    };
    days.iter().enumerate().map(bar).collect()
}

fn doubles(status: &Status, visit: &Visit) -> Vec<(String, String, String)> {
    let shown = |double: &Equivocation| {
        let link = visit.link(&format!("/records/{}/{}", double.publisher, double.record));
        (double.publisher.to_string(), link, double.record.to_string())
    };
    status.equivocations.iter().map(shown).collect()
}

/// Label, value, and whether it is for machines more than for people.
fn facts(status: &Status, body: String, visit: &Visit) -> Vec<(&'static str, String, bool)> {
    let (w, lang) = (visit.words(), visit.lang);
    let held = match status.held {
        0 => w.network_held_none.to_owned(),
        n => fill(w.network_held_text, &[("n", &day::number(n, lang))]),
    };
    let search = match status.change.saturating_sub(status.indexed) {
        0 => w.network_search_now.to_owned(),
        n => fill(w.network_search_behind, &[("n", &day::number(n, lang))]),
    };
    let listen = match status.listen.is_empty() {
        true => w.network_listen_none.to_owned(),
        false => status.listen.join("\n"),
    };
    let mib = |bytes: u64| day::number(bytes / MIB, lang);
    let storage = [("n", mib(status.storage.bytes)), ("free", mib(status.storage.free_bytes))];
    let storage = storage.each_ref().map(|(key, value)| (*key, value.as_str()));
    let (own, own_max) = status.storage.own_records;
    let own = [("n", day::number(own, lang)), ("max", day::number(own_max, lang))];
    let own = own.each_ref().map(|(key, value)| (*key, value.as_str()));
    vec![
        (w.network_name, status.network.clone(), false),
        (w.col_body, body, false),
        (
            w.network_epoch,
            status.epoch.map_or_else(|| "–".to_owned(), |epoch| day::number(epoch, lang)),
            false,
        ),
        (w.network_role, role(&status.role, w).to_owned(), false),
        (w.network_heads, day::number(status.heads, lang), false),
        (w.network_change, day::number(status.change, lang), false),
        (w.network_search, search, false),
        (w.network_held, held, false),
        (w.network_own, fill(w.network_own_text, &own), false),
        (w.network_erased, day::number(status.erasures.len() as u64, lang), false),
        (w.network_storage, fill(w.network_storage_text, &storage), false),
        (w.network_started, day::time(status.started, lang), false),
        (w.network_program, status.program.clone(), false),
        (w.network_listen, listen, !status.listen.is_empty()),
        (w.network_peer_id, status.peer_id.clone(), true),
    ]
}

fn role(role: &str, w: &Say) -> &'static str {
    match role {
        "municipality" => w.role_municipality,
        "relay" => w.role_relay,
        _ => w.role_unknown,
    }
}

/// What people call a peer: the body that announced it, else its role and the end of its id.
fn called(peer: &Peer, relays: &[Relay], visit: &Visit) -> String {
    let w = visit.words();
    if peer.peer_id.is_empty() {
        return w.peer_unreached.to_owned();
    }
    match relays.iter().find(|relay| relay.peer_id == peer.peer_id) {
        Some(relay) => relay.display_name.clone(),
        None => fill(w.peer_called, &[("role", role(&peer.role, w)), ("end", &drawing::end(&peer.peer_id))]),
    }
}

fn peer_shown(peer: &Peer, relays: &[Relay], visit: &Visit) -> PeerShown {
    let (w, lang) = (visit.words(), visit.lang);
    PeerShown {
        name: called(peer, relays, visit),
        address: peer.address.clone(),
        role: role(&peer.role, w),
        connected: peer.connected,
        state: if peer.connected { w.peer_connected } else { w.peer_away },
        agreed: peer.agreed.map_or_else(|| w.peer_never.to_owned(), |agreed| day::time(agreed, lang)),
        lag: day::number(peer.lag, lang),
        round_trip: match peer.round_trip_ms {
            Some(ms) => fill(w.milliseconds, &[("n", &day::number(ms, lang))]),
            None => "–".to_owned(),
        },
    }
}

fn relay_shown(relay: &Relay, visit: &Visit) -> RelayShown {
    RelayShown {
        body: format!("{} ({})", relay.display_name, relay.publisher),
        link: visit.link(&format!("/publishers/{}", relay.publisher)),
        addresses: relay.addresses.clone(),
    }
}

fn buckets(status: &Status, turnout: &Turnout, visit: &Visit) -> Vec<BucketShown> {
    let shown = status.buckets.iter().map(|(label, bucket)| {
        let (cover, seen) = cover::of(turnout, label, visit);
        BucketShown {
            land: labels::land(label).to_owned(),
            link: visit.link_with("/", &[("land", label)]),
            count: day::number(bucket.count, visit.lang),
            cover,
            seen,
            fingerprint: bucket.fingerprint.clone(),
        }
    });
    shown.collect()
}

/// Reason in words, its code, and how often.
fn refused(status: &Status, visit: &Visit) -> Vec<(String, String, String)> {
    let w = visit.words();
    let words = |code: &str| match code {
        "signature" => w.refused_signature,
        "unattested-publisher" | "unattested-epoch" | "unattested-key" | "may-not-attest" => {
            w.refused_not_attested
        }
        "below-floor" => w.refused_floor,
        "not-yet-valid" | "expired" => w.refused_period,
        "future" => w.refused_future,
        "equivocation" => w.refused_equivocation,
        "stranger" => w.refused_stranger,
        attestation if attestation.starts_with("attestation-") => w.refused_attestation,
        "quota" => w.refused_quota,
        "oversize" => w.refused_oversize,
        "superseded" => w.refused_stale,
        _ => w.refused_form,
    };
    let shown = status
        .refused
        .iter()
        .map(|(code, count)| (words(code).to_owned(), code.clone(), day::number(*count, visit.lang)));
    shown.collect()
}
