//! The Slack surface.

pub mod alarms;
