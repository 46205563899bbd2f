//! What every request passes before it reaches a page: host, pace, time, headers, and errors in words.

pub(crate) mod answer;
pub(crate) mod carry;
pub(crate) mod headers;
pub(crate) mod host;
pub(crate) mod pace;
pub(crate) mod time;
