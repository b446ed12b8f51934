//! The bot: Slack surface, jobs, remediation and the command line.

pub mod cli;
pub mod conversation;
pub mod diagnoser;
pub mod doctor;
pub mod jobs;
pub mod reader;
pub mod remediate;
pub mod serve;
pub mod settings;
pub mod slack;
pub mod terminal;
pub mod work;
