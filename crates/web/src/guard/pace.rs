//! How fast somebody may act: a bucket of permits for each name that fills up again with time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// Names whose pace is remembered at the same time. Beyond it the fullest buckets are forgotten, which
/// costs nothing: a full bucket is what a new name gets.
const NAMES_MAX: usize = 4_096;

/// Buckets by name.
#[derive(Debug)]
pub(crate) struct Pace {
    burst: f64,
    per_second: f64,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    permits: f64,
    seen: Instant,
}

impl Pace {
    pub(crate) fn new(burst: u32, per_second: u32) -> Pace {
        Pace {
            burst: f64::from(burst.max(1)),
            per_second: f64::from(per_second.max(1)),
            buckets: Mutex::default(),
        }
    }

    /// Takes one permit, or says how long to wait for the next.
    pub(crate) fn take(&self, name: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= NAMES_MAX && !buckets.contains_key(name) {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.burst);
            if buckets.len() >= NAMES_MAX {
                return Err(Duration::from_secs(1));
            }
        }
        let fresh = Bucket { permits: self.burst, seen: now };
        let bucket = buckets.entry(name.to_owned()).or_insert(fresh);
        bucket.permits = self.filled(*bucket, now);
        bucket.seen = now;
        if bucket.permits >= 1.0 {
            bucket.permits -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - bucket.permits) / self.per_second))
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.seen).as_secs_f64();
        (bucket.permits + passed * self.per_second).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use crate::guard::pace::NAMES_MAX;
    use crate::guard::pace::Pace;
    use std::time::Duration;
    use std::time::Instant;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (pace, start) = (Pace::new(2, 1), Instant::now());
        assert!(pace.take("a", start).is_ok());
        assert!(pace.take("a", start).is_ok());
        assert_eq!(pace.take("a", start), Err(Duration::from_secs(1)));
        assert!(pace.take("b", start).is_ok());
        assert!(pace.take("a", start + Duration::from_secs(1)).is_ok());
        assert!(pace.take("a", start + Duration::from_secs(1)).is_err());
    }

    #[test]
    fn names_are_bounded_and_forgotten_when_idle() {
        let (pace, start) = (Pace::new(1, 1), Instant::now());
        for n in 0..NAMES_MAX {
            assert!(pace.take(&n.to_string(), start).is_ok());
        }
        assert!(pace.take("one more", start).is_err());
        assert!(pace.take("one more", start + Duration::from_secs(2)).is_ok());
    }
}
