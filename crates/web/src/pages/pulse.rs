//! How many statements were signed on each of the last days, counted along the change feed.

use crate::front::Front;
use crate::port::Change;
use crate::problem::Problem;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::time::Duration;

/// Days that are shown.
pub(crate) const DAYS: i64 = 30;
/// Changes that are looked at when counting begins; older ones are left out.
const CHANGES_MAX: u64 = 20_000;
/// Changes of one look.
const BATCH: usize = 1_000;

/// Counts what is new, and says how many statements were signed on each day up to `today`, oldest first.
pub(crate) async fn days(front: &Front, today: Date) -> Result<Vec<(Date, u64)>, Problem> {
    loop {
        let counted = front.pulse.counted();
        let since = match counted.begun {
            true => counted.upto,
            false => front.newest().await?.saturating_sub(CHANGES_MAX),
        };
        let news = front.port.changes(since, BATCH, Duration::ZERO).await?;
        let mut days: BTreeMap<Date, u64> = BTreeMap::new();
        let mut upto = since;
        for change in &news.changes {
            match change {
                Change::Stands(kept) => {
                    upto = upto.max(kept.change);
                    *days.entry(kept.statement.content().issued.day()).or_default() += 1;
                }
                Change::Gone { change, .. } => upto = upto.max(*change),
            }
        }
        front.pulse.add(since, upto, &days);
        if news.changes.len() < BATCH {
            break;
        }
    }
    let counted = front.pulse.counted().days;
    let first = today.saturating_sub((DAYS - 1).days());
    let days = (0..DAYS).map(|after| first.saturating_add(after.days()));
    Ok(days.map(|day| (day, counted.get(&day).copied().unwrap_or(0))).collect())
}
