//! What the Slack surface promises: real HTTP, a real Redis, real workers, and a small Slack that remembers everything.

#[cfg(test)]
#[path = "surface/answers.rs"]
mod answers;
#[cfg(test)]
#[path = "support/hired.rs"]
mod hired;
#[cfg(test)]
#[path = "surface/office.rs"]
mod office;
#[cfg(test)]
#[path = "surface/once.rs"]
mod once;
#[cfg(test)]
#[path = "surface/outage.rs"]
mod outage;
#[cfg(test)]
#[path = "surface/reports.rs"]
mod reports;
#[cfg(test)]
#[path = "support/redis.rs"]
mod server;
#[cfg(test)]
#[path = "surface/slack.rs"]
#[expect(dead_code, reason = "the tests of fixes use the rest")]
mod slack;
