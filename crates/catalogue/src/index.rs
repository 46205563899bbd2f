//! The index on disk: opened, fed with changes, asked.

