//! Whether Redis keeps what it accepts.

use super::{Check, Finding};
use crate::jobs::{JobsError, Keys, Problem, QueueLimits, Readiness, Redis, ready};
use crate::settings::Settings;

const CHECK: Check = Check::Redis;

pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let Some(url) = &settings.redis_url else {
        return vec![Finding::not_checked(CHECK, "REDIS_URL is not set, or not usable")];
    };
    let limits = QueueLimits {
        waiting: settings.limits.waiting_jobs,
        ..QueueLimits::default()
    };
    let answer = match Redis::open(url) {
        Ok(redis) => ready(&redis, &Keys::default(), &limits).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(readiness) => findings(&readiness),
        Err(error) => vec![unusable(&error)],
    }
}

fn unusable(error: &JobsError) -> Finding {
    let fix = match error {
        JobsError::RedisUnavailable { .. } => {
            "start Redis, or set REDIS_URL to where it is, for example `redis://127.0.0.1:6379`; where it asks for a \
             password, `redis://:PASSWORD@HOST:6379`"
        }
        JobsError::Address { .. } => "for example `redis://127.0.0.1:6379`, or `rediss://HOST:6380` for TLS",
        JobsError::OutOfMemory { .. } => "raise `maxmemory`",
        _ => "let the user of REDIS_URL use streams, scripts and INFO",
    };
    Finding::problem(CHECK, error.to_string(), fix)
}

fn findings(readiness: &Readiness) -> Vec<Finding> {
    let Readiness {
        version,
        eviction,
        append_only,
        append_fsync,
        ..
    } = readiness;
    let told = [
        ("version", version.clone()),
        ("maxmemory-policy", eviction.clone()),
        (
            "appendonly",
            append_only.map(|on| if on { "yes" } else { "no" }.to_owned()),
        ),
        ("appendfsync", append_fsync.clone()),
    ];
    let (known, silent): (Vec<_>, Vec<_>) = told.into_iter().partition(|(_, value)| value.is_some());
    let known: Vec<String> = known
        .into_iter()
        .map(|(name, value)| format!("{name} {}", value.unwrap_or_default()))
        .collect();
    let mut findings = Vec::new();
    if !readiness.problems.iter().any(Problem::is_fatal) {
        let said = if known.is_empty() {
            String::new()
        } else {
            format!(": {}", known.join(", "))
        };
        findings.push(Finding::ok(CHECK, format!("answers and takes jobs{said}")));
    }
    findings.extend(readiness.problems.iter().map(|problem| {
        if problem.is_fatal() {
            Finding::problem(CHECK, problem.to_string(), remedy(problem))
        } else {
            Finding::advice(CHECK, problem.to_string(), remedy(problem))
        }
    }));
    if !silent.is_empty() {
        let names: Vec<&str> = silent.into_iter().map(|(name, _)| name).collect();
        findings.push(
            Finding::not_checked(CHECK, format!("Redis does not tell {}", names.join(", ")))
                .fix("look at the service's own settings: `maxmemory-policy noeviction`, `appendonly yes`"),
        );
    }
    findings
}

fn remedy(problem: &Problem) -> &'static str {
    match problem {
        Problem::TooOld { .. } => "run Redis 7.0 or later",
        Problem::MayEvictJobs { .. } => {
            "set `maxmemory-policy noeviction`; no request is accepted until then"
        }
        Problem::Full { .. } => {
            "run more workers (`serve --role worker`), or raise `waiting_jobs` under [limits] of the settings file"
        }
        Problem::NotDurable => "set `appendonly yes`, or use a service that keeps what it accepts",
        Problem::MayLoseTheNewest { .. } => {
            "`appendfsync always` waits for the disk on every accepted request, which costs milliseconds; `everysec` is \
             faster and may lose the newest second"
        }
        Problem::NoGroup => "start `serve`; before its first start this is as it should be",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::jobs::Depth;

    fn readiness(problems: Vec<Problem>) -> Readiness {
        Readiness {
            version: Some("7.0.15".to_owned()),
            eviction: Some("noeviction".to_owned()),
            append_only: Some(true),
            append_fsync: Some("always".to_owned()),
            depth: Depth::default(),
            problems,
        }
    }

    #[test]
    fn what_redis_tells_is_said_and_what_it_does_not_is_not_known() {
        let of = |readiness: &Readiness| -> Vec<(Status, String)> {
            findings(readiness)
                .into_iter()
                .map(|finding| (finding.status, finding.detail))
                .collect()
        };
        let all = "answers and takes jobs: version 7.0.15, maxmemory-policy noeviction, appendonly yes, appendfsync always";
        assert_eq!(of(&readiness(Vec::new())), [(Status::Ok, all.to_owned())]);
        let silent = Readiness {
            eviction: None,
            append_fsync: None,
            ..readiness(Vec::new())
        };
        assert_eq!(
            of(&silent),
            [
                (
                    Status::Ok,
                    "answers and takes jobs: version 7.0.15, appendonly yes".to_owned()
                ),
                (
                    Status::NotChecked,
                    "Redis does not tell maxmemory-policy, appendfsync".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn only_what_keeps_requests_out_is_a_problem() {
        let policy = || "allkeys-lru".to_owned();
        for (problem, expected) in [
            (
                Problem::TooOld {
                    version: "6.2".to_owned(),
                },
                vec![Status::Problem],
            ),
            (Problem::MayEvictJobs { policy: policy() }, vec![Status::Problem]),
            (Problem::Full { waiting: 3, limit: 3 }, vec![Status::Problem]),
            (Problem::NotDurable, vec![Status::Ok, Status::Advice]),
            (
                Problem::MayLoseTheNewest {
                    policy: "everysec".to_owned(),
                },
                vec![Status::Ok, Status::Advice],
            ),
            (Problem::NoGroup, vec![Status::Ok, Status::Advice]),
        ] {
            let found = findings(&readiness(vec![problem]));
            assert!(
                found
                    .iter()
                    .all(|finding| finding.status == Status::Ok || finding.fix.is_some())
            );
            assert_eq!(
                found.iter().map(|finding| finding.status).collect::<Vec<_>>(),
                expected
            );
        }
    }

    #[test]
    fn an_error_says_what_to_do_and_no_password() {
        let error = Redis::open(&"http://ana:hunter2@example.org".to_owned().into()).unwrap_err();
        assert!(!format!("{:?}", unusable(&error)).contains("hunter2"));
        let down = JobsError::RedisUnavailable {
            address: "10.0.0.9:6379".to_owned(),
            doing: "asking Redis about itself",
            reason: "connection refused".to_owned(),
        };
        let finding = unusable(&down);
        assert_eq!(finding.status, Status::Problem);
        assert!(finding.detail.contains("10.0.0.9:6379") && finding.fix.unwrap().contains("REDIS_URL"));
    }
}
