//! How records are found: a full-text index derived from the store's change feed.
