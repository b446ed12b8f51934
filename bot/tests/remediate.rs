//! What fixes promise: a real Redis, real workers, real AWS SDK calls against the AWS stand-in, and a small Slack.

#[cfg(test)]
#[path = "remediate/approval.rs"]
mod approval;
#[cfg(test)]
#[path = "remediate/aws.rs"]
mod aws;
#[cfg(test)]
#[path = "remediate/bounds.rs"]
mod bounds;
#[cfg(test)]
#[path = "remediate/crash.rs"]
mod crash;
#[cfg(test)]
#[path = "remediate/desk.rs"]
mod desk;
#[cfg(test)]
#[path = "remediate/fixes.rs"]
mod fixes;
#[cfg(test)]
#[path = "support/hired.rs"]
mod hired;
#[cfg(test)]
#[path = "remediate/remedies.rs"]
mod remedies;
#[cfg(test)]
#[path = "support/redis.rs"]
#[expect(dead_code, reason = "the tests of the queue use the rest")]
mod server;
#[cfg(test)]
#[path = "surface/slack.rs"]
#[expect(dead_code, reason = "the tests of the surface use the rest")]
mod slack;
