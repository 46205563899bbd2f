//! Who runs it: commands, configuration, keys and the one loop that owns replica and store.
