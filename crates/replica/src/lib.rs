//! Which statement stands: order, trust, quota, and the one door through which statements enter.
