//! Foreign formats in and out, as pure functions: drafts, publiccode.yml, feeds, calendars, tables, linked data.

pub mod atom;
pub mod calendar;
pub mod draft;
pub mod linked;
pub mod publiccode;
pub mod table;
pub mod template;
pub mod turtle;
pub mod xml;
pub mod yaml;
