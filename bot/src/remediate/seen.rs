//! Whether a change helped: a task that started because of it pulls and runs, or fails.

use std::time::Duration;

use aws_sdk_ecs::types::Service;
use diagnosis::remedy::Action;
use jiff::Timestamp;

/// A permission takes seconds to reach every place that checks it: failures right after are no proof.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
const PROPAGATION: Duration = Duration::from_secs(15);
/// Our clock and AWS's differ by no more than this.
const CLOCKS: Duration = Duration::from_secs(5);

/// What the tasks that the change started do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// None has started, or none is through yet.
    Nothing {
        /// Number of those that are starting.
        starting: usize,
    },
    /// None will start.
    NoneWanted,
    /// Some run.
    Running {
        /// When the first one ran.
        since: Timestamp,
        /// Tasks running.
        running: i32,
        /// Tasks wanted.
        desired: i32,
    },
    /// One failed; why, for a person.
    Failed(String),
}

/// Which tasks tell whether a change helped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Whichever start after it.
    Later,
    /// Those of this revision that start after it.
    Revision(String),
    /// Those of the deployment that took the place of this one.
    After(String),
}

impl Wanted {
    pub(super) fn of(action: &Action) -> Self {
        match action {
            Action::GrantPull { .. } => Self::Later,
            Action::RollBack { to, .. } => Self::Revision(to.clone()),
            Action::ForceNewDeployment { deployment, .. } => Self::After(deployment.clone()),
        }
    }
}

/// A task, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) created: Option<Timestamp>,
    pub(super) started: Option<Timestamp>,
    pub(super) running: bool,
    pub(super) stopped: bool,
    pub(super) definition: String,
    pub(super) started_by: String,
    /// Why it failed; `None` where it did not, or was stopped by somebody.
    pub(super) failure: Option<String>,
}

/// The service's primary deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Primary {
    pub(super) id: String,
    pub(super) definition: String,
    pub(super) running: i32,
    pub(super) desired: i32,
    pub(super) completed: bool,
}

/// What the tasks tell of a change that was made at `after`.
pub(super) fn judge(
    wanted: &Wanted,
    after: Timestamp,
    service: &Service,
    primary: &Primary,
    tasks: &[Task],
) -> Seen {
    let earliest = after.checked_sub(CLOCKS).unwrap_or(after);
    let later = |task: &Task| task.created.is_some_and(|at| at >= earliest);
    let is_ours = |task: &&Task| match wanted {
        Wanted::Later => later(task),
        Wanted::Revision(arn) => &task.definition == arn && later(task),
        Wanted::After(old) => &primary.id != old && task.started_by == primary.id,
    };
    let (running, desired) = match wanted {
        Wanted::Later => (service.running_count(), service.desired_count()),
        Wanted::Revision(_) | Wanted::After(_) => (primary.running, primary.desired),
    };
    let since = tasks
        .iter()
        .filter(is_ours)
        .filter(|task| task.running)
        .filter_map(|task| task.started)
        .min();
    if let Some(since) = since {
        return Seen::Running {
            since,
            running,
            desired,
        };
    }
    if service.desired_count() == 0 {
        return Seen::NoneWanted;
    }
    if let Wanted::Revision(arn) = wanted
        && &primary.definition == arn
        && primary.completed
        && primary.running >= primary.desired
    {
        // Its tasks had never gone: none had to start.
        return Seen::Running {
            since: after,
            running,
            desired,
        };
    }
    let settled = match wanted {
        Wanted::Later => after.checked_add(PROPAGATION).unwrap_or(after),
        Wanted::Revision(_) | Wanted::After(_) => earliest,
    };
    let failed = tasks
        .iter()
        .filter(is_ours)
        .filter(|task| task.created.is_some_and(|at| at >= settled))
        .filter_map(|task| Some((task.created, task.failure.as_deref()?)))
        .max_by_key(|(created, _)| *created);
    if let Some((_, why)) = failed {
        return Seen::Failed(why.to_owned());
    }
    let starting = tasks.iter().filter(is_ours).filter(|task| !task.stopped).count();
    Seen::Nothing { starting }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::new(1_767_225_600 + second, 0).unwrap()
    }

    fn service(running: i32, desired: i32) -> Service {
        Service::builder()
            .running_count(running)
            .desired_count(desired)
            .build()
    }

    fn on(id: &str, definition: &str, running: i32, completed: bool) -> Primary {
        Primary {
            id: id.to_owned(),
            definition: definition.to_owned(),
            running,
            desired: 2,
            completed,
        }
    }

    fn runs(created: i64, definition: &str, by: &str) -> Task {
        Task {
            created: Some(second(created)),
            started: Some(second(created + 4)),
            running: true,
            definition: definition.to_owned(),
            started_by: by.to_owned(),
            ..Task::default()
        }
    }

    fn starts(created: i64, definition: &str, by: &str) -> Task {
        Task {
            started: None,
            running: false,
            ..runs(created, definition, by)
        }
    }

    fn fails(created: i64, definition: &str, by: &str) -> Task {
        Task {
            stopped: true,
            failure: Some("not found".to_owned()),
            ..starts(created, definition, by)
        }
    }

    #[test]
    fn only_tasks_of_the_change_tell() {
        let later = Wanted::Later;
        let back = Wanted::Revision("f:1".to_owned());
        let again = Wanted::After("d1".to_owned());
        let running = |since: i64, running: i32| Seen::Running {
            since: second(since),
            running,
            desired: 2,
        };
        let nothing = |starting: usize| Seen::Nothing { starting };
        let failed = || Seen::Failed("not found".to_owned());
        for (name, wanted, primary, tasks, seen) in [
            (
                "no task yet",
                &later,
                on("d1", "f:2", 0, false),
                vec![],
                nothing(0),
            ),
            (
                "old tasks run",
                &later,
                on("d1", "f:2", 1, false),
                vec![runs(-60, "f:2", "d1")],
                nothing(0),
            ),
            (
                "a new one starts",
                &later,
                on("d1", "f:2", 1, false),
                vec![starts(3, "f:2", "d1")],
                nothing(1),
            ),
            (
                "a new one runs",
                &later,
                on("d1", "f:2", 1, false),
                vec![runs(3, "f:2", "d1")],
                running(7, 1),
            ),
            (
                "the clocks differ",
                &later,
                on("d1", "f:2", 1, false),
                vec![runs(-3, "f:2", "d1")],
                running(1, 1),
            ),
            (
                "too early for a permission",
                &later,
                on("d1", "f:2", 0, false),
                vec![fails(3, "f:2", "d1")],
                nothing(0),
            ),
            (
                "fails once it had to be there",
                &later,
                on("d1", "f:2", 0, false),
                vec![fails(20, "f:2", "d1")],
                failed(),
            ),
            (
                "one runs and another failed",
                &later,
                on("d1", "f:2", 1, false),
                vec![fails(20, "f:2", "d1"), runs(25, "f:2", "d1")],
                running(29, 1),
            ),
            (
                "the revision that fails goes on failing",
                &back,
                on("d2", "f:1", 0, false),
                vec![fails(1, "f:2", "d1")],
                nothing(0),
            ),
            (
                "the old revision starts",
                &back,
                on("d2", "f:1", 1, false),
                vec![fails(1, "f:2", "d1"), runs(2, "f:1", "d2")],
                running(6, 1),
            ),
            (
                "the old revision had never gone",
                &back,
                on("d0", "f:1", 2, true),
                vec![runs(-600, "f:1", "d0")],
                running(0, 2),
            ),
            (
                "not all of it",
                &back,
                on("d0", "f:1", 1, true),
                vec![runs(-600, "f:1", "d0")],
                nothing(0),
            ),
            (
                "the old revision fails too",
                &back,
                on("d2", "f:1", 0, false),
                vec![fails(2, "f:1", "d2")],
                failed(),
            ),
            (
                "still the old deployment",
                &again,
                on("d1", "f:2", 1, false),
                vec![runs(3, "f:2", "d1")],
                nothing(0),
            ),
            (
                "the new deployment",
                &again,
                on("d2", "f:2", 1, false),
                vec![fails(1, "f:2", "d1"), runs(3, "f:2", "d2")],
                running(7, 1),
            ),
            (
                "the new deployment fails",
                &again,
                on("d2", "f:2", 0, false),
                vec![fails(3, "f:2", "d2")],
                failed(),
            ),
        ] {
            let service = service(primary.running, 2);
            assert_eq!(
                judge(wanted, second(0), &service, &primary, &tasks),
                seen,
                "{name}"
            );
        }
        let scaled_in = judge(&later, second(0), &service(0, 0), &on("d1", "f:2", 0, true), &[]);
        assert_eq!(scaled_in, Seen::NoneWanted);
    }
}
