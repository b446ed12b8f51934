//! What a pull that has not been tried takes, each thing with what came of looking: a preflight's ground.
//!
//! A cause says what is broken. That nothing is broken can be said only of what was looked at: here stands everything that
//! has to be looked at before a pull may be promised, and what is missing of it.
//!
//! What no call of ours reads is no requirement: resource control policies of the organization, settings of an instance's
//! agent, the value of a secret, the state of AWS itself.

mod images;
mod network;
mod permissions;

use crate::case::Case;
use crate::catalogue::Cause;
use crate::evidence::preflight::Preflight;
use crate::judgement::Subject;
use crate::observed::{Missing, without_repeats};

/// One thing that the pull takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement {
    /// The cause that it would be, were it not met.
    pub(super) cause: Cause,
    /// What it is about.
    pub(super) subject: Subject,
    /// Whether it is met.
    pub(super) state: State,
}

/// Whether something that the pull takes is in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It was looked at, and is.
    Met,
    /// It was looked at, and is not.
    Broken,
    /// It could not be told.
    Open(Vec<Missing>),
}

impl State {
    /// Open, whatever kept it from being told: `otherwise` where no observation says.
    fn open(missing: impl IntoIterator<Item = Missing>, otherwise: impl FnOnce() -> Missing) -> Self {
        let mut missing = without_repeats(missing);
        if missing.is_empty() {
            missing.push(otherwise());
        }
        Self::Open(missing)
    }

    /// Met, unless something is missing.
    fn unless(missing: impl IntoIterator<Item = Missing>) -> Self {
        let missing = without_repeats(missing);
        if missing.is_empty() {
            Self::Met
        } else {
            Self::Open(missing)
        }
    }
}

/// Everything that the pull of a task from the target's definition takes, in the order in which it is met.
pub(super) fn requirements(case: &Case<'_>, ahead: &Preflight) -> Vec<Requirement> {
    let Some(definition) = case.definition else {
        let asked = case.evidence.task_definitions.first();
        let missing = asked.and_then(|asked| asked.missing("the task definition"));
        return vec![Requirement {
            cause: Cause::TaskDefinitionNotFound,
            subject: Subject::task_definition(&case.evidence.target.asked),
            state: State::open(missing, || {
                Missing::unknowable("the task definition", "it was not looked at")
            }),
        }];
    };
    let mut all = vec![Requirement {
        cause: Cause::TaskDefinitionInactive,
        subject: Subject::task_definition(&definition.value().arn),
        state: if definition.status == "ACTIVE" {
            State::Met
        } else {
            State::Broken
        },
    }];
    // A service that was found shows that its cluster exists.
    let cluster = case
        .evidence
        .cluster
        .missing("the cluster")
        .filter(|_| case.service().is_none());
    all.extend(cluster.map(|missing| Requirement {
        cause: Cause::TaskDefinitionNotFound,
        subject: Subject::task_definition(&definition.value().arn),
        state: State::Open(vec![missing]),
    }));
    all.extend(permissions::role(case));
    all.extend(images::images(case, ahead));
    all.extend(permissions::permissions(case, ahead));
    all.extend(network::network(case, ahead));
    all
}
