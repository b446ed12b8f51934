//! The words of failed tasks, as far as reading needs them: to choose what to read. What they mean is decided by
//! the core.

use diagnosis::evidence::ecs::{Service, Task};

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
    const SIGNS: &[&str] = &[
        "cannotpull",
        "imagepull",
        "registry auth",
        "pull image",
        "pull access denied",
        "failed to resolve ref",
        "image manifest",
    ];
    task.is_stopped() && texts(task).any(|text| says(text, SIGNS))
}

/// Whether the words leave open that the image is made for another platform.
pub(crate) fn speaks_of_platform(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "platform",
        "exec format error",
        "no matching manifest",
        "architecture",
    ];
    says(text, SIGNS)
}

/// Whether the words are about a connection that could not be made.
pub(crate) fn speaks_of_network(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "timeout",
        "timed out",
        "deadline exceeded",
        "no such host",
        "lookup ",
        "connection",
        "dial tcp",
        "x509",
        "tls:",
    ];
    says(text, SIGNS)
}

/// Whether the words are about a permission.
pub(crate) fn speaks_of_permission(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "denied",
        "not authorized",
        "forbidden",
        "403",
        "unauthorized",
        "assume",
    ];
    says(text, SIGNS)
}

fn says(text: &str, signs: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    signs.iter().any(|sign| text.contains(sign))
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
