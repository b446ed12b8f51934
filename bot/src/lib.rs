//! The bot: Slack surface, jobs, remediation and the command line.
