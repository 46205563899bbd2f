//! How records are read and edited: pages for people, an API for programs.
