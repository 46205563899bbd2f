//! Kinds of records as data.
