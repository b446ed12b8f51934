//! Whether Redis keeps what it accepts.

use super::Finding;
use crate::jobs::{Keys, QueueLimits, Redis, ready};
use crate::settings::Settings;

const WHAT: &str = "Redis";

pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let Some(url) = &settings.redis_url else {
        return vec![Finding::not_checked(WHAT, "REDIS_URL is not set")];
    };
    let redis = match Redis::open(url) {
        Ok(redis) => redis,
        Err(error) => {
            return vec![Finding::problem(
                WHAT,
                error.to_string(),
                "for example `redis://127.0.0.1:6379`",
            )];
        }
    };
    let limits = QueueLimits {
        waiting: settings.limits.waiting_jobs,
        ..QueueLimits::default()
    };
    match ready(&redis, &Keys::default(), &limits).await {
        Err(error) => vec![Finding::problem(
            WHAT,
            error.to_string(),
            "start Redis, or set REDIS_URL to where it is",
        )],
        Ok(readiness) => {
            let version = readiness.version.as_deref().unwrap_or("of unknown version");
            let mut findings = vec![Finding::ok(WHAT, format!("answers; version {version}"))];
            findings.extend(readiness.problems.iter().map(|problem| {
                if problem.is_fatal() {
                    Finding::problem(
                        WHAT,
                        problem.to_string(),
                        "no request is accepted until this is put right",
                    )
                } else {
                    Finding::advice(WHAT, problem.to_string(), None)
                }
            }));
            findings
        }
    }
}
