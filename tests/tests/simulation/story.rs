//! What happened, line by line in virtual time, for who has to understand a failing seed.

/// The log of one run; nothing is written where nobody will read it.
#[derive(Debug, Default)]
pub(crate) struct Story {
    told: bool,
    lines: Vec<String>,
}

impl Story {
    pub(crate) fn new(told: bool) -> Story {
        Story { told, lines: Vec::new() }
    }

    /// Adds a line at a virtual time in milliseconds.
    pub(crate) fn tell(&mut self, now: u64, line: impl FnOnce() -> String) {
        if self.told {
            let (minutes, seconds, rest) = (now / 60_000, now / 1_000 % 60, now % 1_000);
            self.lines.push(format!("{minutes:3}:{seconds:02}.{rest:03}  {}", line()));
        }
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }
}
