//! Foreign formats in and out, as pure functions: drafts, publiccode.yml.

pub mod draft;
pub mod publiccode;
pub mod template;
pub mod yaml;
