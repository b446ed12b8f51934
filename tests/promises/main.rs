//! What the product promises, proved through real HTTP, real Redis, the AWS stand-in and the Slack stand-in.

#[cfg(test)]
mod alarms;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod preflight;
#[cfg(test)]
#[expect(dead_code, reason = "the tests of the jobs room use the rest of it")]
#[path = "../../bot/tests/support/redis.rs"]
mod redis;
#[cfg(test)]
mod remedies;
#[cfg(test)]
mod slack;
#[cfg(test)]
mod stack;
