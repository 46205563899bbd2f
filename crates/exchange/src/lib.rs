//! Foreign formats in and out, as pure functions: drafts, publiccode.yml.
