//! What the jobs room promises, against a real Redis.

#[cfg(test)]
#[path = "jobs/bench.rs"]
mod bench;
#[cfg(test)]
#[path = "jobs/keeping.rs"]
mod keeping;
#[cfg(test)]
#[path = "jobs/lease.rs"]
mod lease;
#[cfg(test)]
#[path = "jobs/outage.rs"]
mod outage;
#[cfg(test)]
#[path = "jobs/queue.rs"]
mod queue;
#[cfg(test)]
#[path = "support/redis.rs"]
mod server;
#[cfg(test)]
#[path = "jobs/worker.rs"]
mod worker;
