//! The country in one process, small: everyone hears what a town says once, and who comes late catches up.

use harness::rehearsal::Plan;
use harness::rehearsal::RELAYS;
use harness::rehearsal::Rehearsal;
use std::time::Duration;

const TOWNS: usize = 40;
const NODES: u64 = (RELAYS + TOWNS) as u64;
const STATEMENTS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_towns_say_once_reaches_all_and_who_comes_late_fetches_it() {
    let second = Duration::from_secs(1);
    let plan = Plan { towns: TOWNS, period: 60 * second, patience: 60 * second };
    let mut rehearsal = Rehearsal::open("rehearsal-small", plan).await.unwrap();
    rehearsal.connected().await.unwrap();
    let attested = rehearsal.attested().await.unwrap();
    assert_eq!(attested.reached(), attested.wanted());
    assert_eq!(rehearsal.counters().heard(), 0, "attestations were there before anybody listened");

    let others = NODES - 1;
    let fetched = rehearsal.heads(0) * others;
    assert_eq!(rehearsal.came(fetched).await.unwrap(), fetched, "each attestation lay at one relay");
    let spread = rehearsal.publish(3, 2).await.unwrap();
    assert_eq!((spread.reached(), spread.wanted() as u64), (spread.wanted(), STATEMENTS * NODES));
    let all = rehearsal.heads(0) * others;
    assert_eq!(all - fetched, STATEMENTS * others);
    let came = rehearsal.came(all).await.unwrap();
    assert_eq!(came, all, "each came to each node by one way, but to its own town");
    assert_eq!(rehearsal.fingerprints(), 1);

    rehearsal.join("th").await.unwrap();
    rehearsal.until_equal().await.unwrap();
    let late = all + rehearsal.heads(0);
    assert_eq!(rehearsal.came(late).await.unwrap(), late, "the late one took each once, the others nothing");
}
