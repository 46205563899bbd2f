//! The forms that single texts must have: dates, addresses, licences, keys.
