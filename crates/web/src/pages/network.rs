//! `/network`: how this node and its network are doing.

use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::labels;
use crate::pages::drawing;
use crate::pages::drawing::Dot;
use crate::pages::drawing::PEERS_DRAWN;
use crate::port::Ban;
use crate::port::Equivocation;
use crate::port::Peer;
use crate::port::Relay;
use crate::port::Status;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::Say;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

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
    fingerprint: String,
}

#[derive(Template)]
#[template(path = "network.html")]
struct Network<'a> {
    frame: Frame<'a>,
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
    relays: Vec<RelayShown>,
    buckets: Vec<BucketShown>,
    trust_root: String,
    refused: Vec<(String, String, String)>,
    /// Publisher, link and id of the record.
    doubles: Vec<(String, String, String)>,
    bans: Vec<Ban>,
}

/// `GET /network`
pub(crate) async fn show(State(front): State<Front>, visit: Visit) -> Result<Response, Problem> {
    let status = front.port.status().await?;
    let relays = front.port.relays().await?;
    let (w, lang) = (visit.words(), visit.lang);
    let all = day::number(status.peers.len() as u64, lang);
    let connected = status.peers.iter().filter(|peer| peer.connected).count();
    let values = [("n", day::number(connected as u64, lang)), ("all", all)];
    let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
    let cut = (status.peers.len() > PEERS_DRAWN)
        .then(|| fill(w.peers_drawing_cut, &[("n", &PEERS_DRAWN.to_string())]));
    let page = Network {
        frame: Frame::new(&visit, &front.settings.node_name, w.network_title),
        facts: facts(&status, &visit),
        attested: status.epoch.is_some(),
        full: status.storage.full,
        peers_sum: fill(w.peers_sum, &values),
        drawing_text: fill(w.peers_drawing, &values),
        drawing_cut: cut,
        size: drawing::SIZE,
        dots: drawing::dots(&status.peers),
        this: status.publisher.to_string(),
        peers: status.peers.iter().map(|peer| peer_shown(peer, &visit)).collect(),
        relays: relays.iter().map(|relay| relay_shown(relay, &visit)).collect(),
        buckets: buckets(&status, &visit),
        refused: refused(&status, &visit),
        doubles: doubles(&status, &visit),
        bans: status.bans,
        trust_root: status.trust_root,
    };
    Ok(frame::page(&page, lang))
}

fn doubles(status: &Status, visit: &Visit) -> Vec<(String, String, String)> {
    let shown = |double: &Equivocation| {
        let link = visit.link(&format!("/records/{}/{}", double.publisher, double.record));
        (double.publisher.to_string(), link, double.record.to_string())
    };
    status.equivocations.iter().map(shown).collect()
}

/// Label, value, and whether it is for machines more than for people.
fn facts(status: &Status, visit: &Visit) -> Vec<(&'static str, String, bool)> {
    let (w, lang) = (visit.words(), visit.lang);
    let held = match status.held {
        0 => w.network_held_none.to_owned(),
        n => fill(w.network_held_text, &[("n", &day::number(n, lang))]),
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
        (w.col_body, status.publisher.to_string(), false),
        (
            w.network_epoch,
            status.epoch.map_or_else(|| "–".to_owned(), |epoch| day::number(epoch, lang)),
            false,
        ),
        (w.network_role, role(&status.role, w).to_owned(), false),
        (w.network_heads, day::number(status.heads, lang), false),
        (w.network_change, day::number(status.change, lang), false),
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

fn peer_shown(peer: &Peer, visit: &Visit) -> PeerShown {
    let (w, lang) = (visit.words(), visit.lang);
    let unreached = peer.peer_id.is_empty();
    PeerShown {
        name: if unreached { w.peer_unreached.to_owned() } else { drawing::label(peer) },
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

fn buckets(status: &Status, visit: &Visit) -> Vec<BucketShown> {
    let shown = status.buckets.iter().map(|(label, bucket)| BucketShown {
        land: labels::land(label).to_owned(),
        link: visit.link_with("/", &[("land", label)]),
        count: day::number(bucket.count, visit.lang),
        fingerprint: bucket.fingerprint.clone(),
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
