//! Measures how many short talks a second one relay serves, both ends on this machine over loopback TCP.
//!
//! `cargo run --release -p allmende-network --example talks -- [MUNICIPALITIES] [SECONDS]` prints a line for
//! talks of one small frame each way, every talk a stream of its own, and one for the same frames in long
//! talks that carry one exchange after the other. The CPU time is that of both ends together.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use network::carrier::Network;
use network::carrier::start;
use network::event::Event;
use network::event::Events;
use network::identity::PeerKey;
use network::peer::PeerName;
use network::settings::Role;
use network::settings::Settings;
use network::talk::Talk;

/// The bytes of a frame, as many as two nodes need to find that they hold equal heads.
const FRAME_BYTES: usize = 64;
/// What a frame begins with: whether it is the last question of its talk.
const MORE: u8 = 1;
const LAST: u8 = 0;
/// Clock ticks a second in /proc/self/stat, which Linux fixes at 100.
const TICKS_PER_SECOND: f64 = 100.0;

type Anything<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Anything<()> {
    let mut arguments = std::env::args().skip(1);
    let municipalities = arguments.next().map_or(Ok(32), |text| text.parse::<u8>())?;
    let seconds = arguments.next().map_or(Ok(5), |text| text.parse::<u64>())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(municipalities, Duration::from_secs(seconds)))
}

async fn measure(municipalities: u8, time: Duration) -> Anything<()> {
    let mut settings = Settings::new("talks", Role::Relay);
    settings.listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let (relay, events) = start(settings, PeerKey::from_seed([0; 32])).await?;
    let address = relay.listen().into_iter().next().ok_or("the relay listens nowhere")?;
    tokio::spawn(serve(events));
    let mut guests = Vec::new();
    for seed in 1..=municipalities {
        let mut settings = Settings::new("talks", Role::Municipality);
        settings.peers = vec![address.clone()];
        let (guest, mut events) = start(settings, PeerKey::from_seed([seed; 32])).await?;
        while let Some(event) = events.next().await {
            if matches!(event, Event::Connected { .. }) {
                break;
            }
        }
        guests.push((guest, events));
    }
    println!("{municipalities} municipalities, {} seconds each, both ends in one process:", time.as_secs());
    for (name, exchanges_max) in [("one exchange a talk", 1), ("long talks", u64::MAX)] {
        run(name, &guests, relay.peer_id(), exchanges_max, time).await?;
    }
    Ok(())
}

/// Answers every frame, and ends a talk after the last one, so that its seat is free for the next.
async fn serve(mut events: Events) {
    while let Some(event) = events.next().await {
        if let Event::Talk { mut talk, .. } = event {
            tokio::spawn(async move {
                while let Ok(Some(frame)) = talk.receive().await {
                    if talk.send(&frame).await.is_err() || frame.first() == Some(&LAST) {
                        break;
                    }
                }
                let _ = talk.close().await;
            });
        }
    }
}

async fn run(
    name: &str,
    guests: &[(Network, Events)],
    relay: PeerName,
    exchanges_max: u64,
    time: Duration,
) -> Anything<()> {
    let (begin, cpu) = (Instant::now(), cpu_seconds()?);
    let count = Arc::new(AtomicU64::new(0));
    let mut asking = Vec::new();
    for (guest, _) in guests {
        let (guest, count) = (guest.clone(), count.clone());
        asking.push(tokio::spawn(async move {
            while begin.elapsed() < time {
                let mut talk = guest.open(relay).await?;
                for number in 1..=exchanges_max {
                    let last = number == exchanges_max || begin.elapsed() >= time;
                    exchange(&mut talk, if last { LAST } else { MORE }).await?;
                    count.fetch_add(1, Ordering::Relaxed);
                    if last {
                        break;
                    }
                }
                if talk.receive().await?.is_some() {
                    return Err("the relay goes on talking".into());
                }
                talk.close().await?;
            }
            Anything::Ok(())
        }));
    }
    for asking in asking {
        asking.await??;
    }
    let (count, spent) = (count.load(Ordering::Relaxed) as f64, cpu_seconds()? - cpu);
    println!(
        "{name:>20}: {:>6.0} a second, {:>4.0} microseconds of CPU each, {:.2} cores busy",
        count / begin.elapsed().as_secs_f64(),
        spent * 1e6 / count,
        spent / begin.elapsed().as_secs_f64(),
    );
    Ok(())
}

async fn exchange(talk: &mut Talk, mark: u8) -> Anything<()> {
    let frame = [mark; FRAME_BYTES];
    talk.send(&frame).await?;
    match talk.receive().await? {
        Some(answer) if answer == frame => Ok(()),
        Some(_) => Err("the relay answered something else".into()),
        None => Err("the relay had no seat left".into()),
    }
}

/// CPU time of this process so far, user and system.
fn cpu_seconds() -> Anything<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = text.rsplit(") ").next().ok_or("no process name")?;
    let ticks = after_name.split(' ').skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS_PER_SECOND)
}
