//! What the operator decides about the pages: addresses, language, texts and limits.

use record::kind::Lang;
use record::moment::Moment;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

/// What the node tells its pages when they start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What people call this node, such as `Stadt Jena (th.jena)`; empty while it has no name.
    pub node_name: String,
    /// Where people reach this node from outside, such as `https://allmende.jena.de`, if anywhere.
    pub public_base: Option<String>,
    /// The language of a reader who asks for none.
    pub lang_default: Lang,
    /// Whether the node is bound to a loopback address. Then only [`Settings::hosts`], the host of
    /// [`Settings::public_base`], `localhost` and loopback addresses are accepted as Host, because a
    /// foreign page could otherwise read this node through a name of its own (DNS rebinding).
    pub loopback: bool,
    /// Further names this node answers to, without scheme and port, such as `wissen.rathaus.local`.
    pub hosts: Vec<String>,
    /// The texts a public body owes its readers.
    pub texts: Texts,
    /// Limits on every request.
    pub limits: Limits,
    /// The time of day; decides what is overdue.
    pub clock: fn() -> Moment,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            node_name: String::new(),
            public_base: None,
            lang_default: Lang::De,
            loopback: true,
            hosts: Vec::new(),
            texts: Texts::default(),
            limits: Limits::default(),
            clock: now,
        }
    }
}

/// Texts only the operator can write, in limited Markdown. What is missing is said to be missing.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// Who is responsible for these pages (§ 5 DDG).
    pub imprint: Option<String>,
    /// What happens with personal data (Art. 13 GDPR).
    pub privacy: Option<String>,
    /// The accessibility statement (model of Commission Implementing Decision (EU) 2018/1523).
    pub accessibility: Option<String>,
    /// Where barriers are reported: a function mailbox or an http(s) address.
    pub barrier_contact: Option<String>,
    /// More about these pages in easy-to-read German.
    pub easy: Option<String>,
    /// Where weaknesses are reported (RFC 9116): a function mailbox or an http(s) address.
    pub security_contact: Option<String>,
}

/// Limits on requests, each with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The body of one request, in bytes.
    pub body_bytes_max: usize,
    /// The time until a request must be answered, in seconds.
    pub request_seconds_max: u64,
    /// The time that `GET /api/v1/changes` may wait for news, in seconds.
    pub wait_seconds_max: u64,
    /// Connections at the same time.
    pub connections_max: usize,
    /// The time until the head of a request must have come, in seconds.
    pub head_seconds_max: u64,
    /// Requests in work at the same time.
    pub in_flight_max: usize,
    /// Requests that wait for news at the same time.
    pub waiting_max: usize,
    /// Writes that one token may make at once before its pace counts.
    pub writes_burst_max: u32,
    /// Writes that one token may make in the long run, per second.
    pub writes_per_second: u32,
    /// Wrong tokens from one address at once before its pace counts.
    pub refusals_burst_max: u32,
    /// Wrong tokens from one address in the long run, per second.
    pub refusals_per_second: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes_max: 256 * 1024,
            request_seconds_max: 30,
            wait_seconds_max: 25,
            connections_max: 1_024,
            head_seconds_max: 10,
            in_flight_max: 256,
            waiting_max: 64,
            writes_burst_max: 1_000,
            writes_per_second: 100,
            refusals_burst_max: 20,
            refusals_per_second: 1,
        }
    }
}

fn now() -> Moment {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Moment::from_seconds(0).expect("1970 is a moment").plus(seconds)
}
