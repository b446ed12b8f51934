//! The words of failed tasks, as far as reading needs them: to choose what to read. What they mean is decided by
//! the core.

use diagnosis::evidence::ecs::{Service, Task};
use diagnosis::stop_reason::{StopClass, understand, understand_knowing};

/// Makes the patterns that words are read with, which takes a moment the first time.
pub(crate) fn prepare() {
    for text in [
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref a:1: not found",
        "ResourceInitializationError: unable to pull secrets or registry auth: dial tcp 192.0.2.1:443: i/o timeout",
        "User: arn:aws:iam::111122223333:role/a is not authorized to perform: ecr:BatchGetImage on resource: *",
    ] {
        understand(text);
    }
}

/// Everything a task says about why it stopped.
pub(crate) fn texts(task: &Task) -> impl Iterator<Item = &str> {
    let containers = task
        .containers
        .iter()
        .filter_map(|container| container.reason.as_deref());
    task.stopped_reason.as_deref().into_iter().chain(containers)
}

/// Whether the task stopped because an image could not be pulled, by its own words.
pub(crate) fn failed_to_pull(task: &Task) -> bool {
    task.is_stopped() && texts(task).any(|text| understand(text).class != StopClass::NotPullFailure)
}

/// Whether the words say that the tag of this reference was not found.
pub(crate) fn misses_tag(text: &str, reference: &str) -> bool {
    text.contains(reference) && understand(text).class == StopClass::TagNotFound
}

/// Whether the words leave open that the image is made for another platform.
pub(crate) fn speaks_of_platform(text: &str) -> bool {
    // An image for another architecture may be pulled and fail when it is started: then the words are no pull failure.
    understand(text).class == StopClass::PlatformMismatch || text.contains("exec format error")
}

/// What the words make one ask of the network beyond what belongs to every diagnosis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NetworkDoubts {
    /// Whether names are in question: one was not found, or led to a private address where nothing answered.
    pub(crate) names: bool,
    /// Whether somebody did not answer.
    pub(crate) silence: bool,
}

impl NetworkDoubts {
    /// Before anything was tried: what could hide a name is in question, and nobody was silent yet.
    pub(crate) const AHEAD: Self = Self {
        names: true,
        silence: false,
    };

    /// What these texts put in doubt.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut doubts = Self::default();
        for reason in texts.map(understand) {
            let silent = matches!(
                reason.class,
                StopClass::NetworkTimeoutEcrApi
                    | StopClass::NetworkTimeoutRegistry
                    | StopClass::NetworkTimeoutS3Layers
            );
            let private = reason.detail.address.is_some_and(|address| match address {
                std::net::IpAddr::V4(address) => address.is_private(),
                std::net::IpAddr::V6(address) => address.is_unique_local(),
            });
            doubts.silence |= silent;
            doubts.names |= reason.class == StopClass::DnsFailure || silent && private;
        }
        doubts
    }
}

/// What changes the words make one look for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Suspicion {
    /// Changes of permissions.
    pub(crate) permission: bool,
    /// Changes of the network.
    pub(crate) network: bool,
}

impl Suspicion {
    /// What these texts suggest. Failed pulls that do not say why suggest everything.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str>, registry_secrets: &[&str]) -> Self {
        let mut found = Self::default();
        let mut unexplained = false;
        for class in texts.map(|text| understand_knowing(text, registry_secrets).class) {
            unexplained |= class == StopClass::OtherPull;
            found.permission |= class.rule() == 2;
            found.network |= class.rule() == 5;
        }
        if unexplained && found == Self::default() {
            return Self::ANYTHING;
        }
        found
    }

    /// Nobody knows what to look for.
    pub(crate) const ANYTHING: Self = Self {
        permission: true,
        network: true,
    };
}

/// Whether the service runs what it wants to run.
pub(crate) fn is_settled(service: &Service) -> bool {
    let rolled_out = |state: &str| state == "COMPLETED";
    service.running >= service.desired
        && service
            .deployments
            .iter()
            .all(|deployment| deployment.rollout_state.as_deref().is_none_or(rolled_out))
}

/// The newest of these tasks that failed to pull; else the newest that never started.
pub(crate) fn newest_failed(tasks: &[Task]) -> Option<&Task> {
    let newest = |fits: &dyn Fn(&Task) -> bool| {
        tasks
            .iter()
            .filter(|task| fits(task))
            .max_by_key(|task| task.failed_at())
    };
    newest(&failed_to_pull).or_else(|| newest(&|task| task.stop_code.as_deref() == Some("TaskFailedToStart")))
}

/// Task definition of the newest deployment that fails, as the service tells it.
pub(crate) fn failing_deployment(service: &Service) -> Option<&str> {
    let fails = service.deployments.iter().find(|deployment| {
        let rollout = deployment.rollout_state.as_deref();
        let short_of_tasks = deployment.running < deployment.desired;
        rollout == Some("FAILED") || (deployment.failed > 0 && short_of_tasks)
    })?;
    Some(&fails.task_definition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_decide_which_changes_are_looked_for() {
        let of = |texts: &[&str]| {
            let found = Suspicion::of(texts.iter().copied(), &[]);
            (found.permission, found.network)
        };
        let timeout = "CannotPullContainerError: dial tcp 3.4.5.6:443: i/o timeout";
        let denied = "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized to \
                      perform: ecr:GetAuthorizationToken on resource: *";
        let missing = "CannotPullContainerError: failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:1: \
                       111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:1: not found";
        assert_eq!(of(&[timeout]), (false, true));
        assert_eq!(of(&[denied]), (true, false));
        assert_eq!(of(&[missing]), (false, false));
        assert_eq!(of(&[]), (false, false));
        assert_eq!(of(&["Essential container in task exited"]), (false, false));
        assert_eq!(of(&["CannotPullContainerError: something new"]), (true, true));
    }
}
