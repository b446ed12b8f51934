//! The attempts to start a task, as the texts tell them.

use jiff::Timestamp;

use crate::evidence::Evidence;
use crate::evidence::ecs::{Container, Task, TaskDefinition};
use crate::observed::{Fact, Present};
use crate::stop_reason::{StopClass, StopReason, understand, understand_knowing};

/// One text that says why something did not start or stopped, and what is known around it.
#[derive(Debug, Clone)]
pub struct Attempt<'e> {
    /// The text, credentials redacted.
    pub text: String,
    /// What its words say.
    pub reason: StopReason,
    /// Container it is about.
    pub container: Option<&'e str>,
    /// Image reference it is about.
    pub image: Option<String>,
    /// The task, if the text comes from one.
    pub task: Option<&'e Task>,
    /// ARN of the task definition.
    pub definition: Option<&'e str>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// The observation that the text was read off.
    pub fact: Fact,
}

impl Attempt<'_> {
    /// Whether the text speaks of a failed pull.
    pub fn is_pull(&self) -> bool {
        self.reason.class != StopClass::NotPullFailure
    }

    /// Whether the words leave open what went wrong, so that a state at the same stage may explain them.
    pub fn is_vague(&self) -> bool {
        self.reason.detail.truncated
            || matches!(
                self.reason.class,
                StopClass::OtherPull | StopClass::AmbiguousDeniedOrMissing | StopClass::PullTimeoutLargeImage
            )
    }

    /// Whether the words tell of a proxy that the puller goes through, as Go's HTTP client and proxies write it.
    pub fn goes_through_a_proxy(&self) -> bool {
        let text = self.text.to_lowercase();
        text.contains("proxyconnect") || text.contains("proxy authentication required")
    }

    /// Whether the registry itself turned a layer down, before it named the layer store: by the path of the
    /// distribution API (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-blobs>).
    pub fn is_of_registry(&self) -> bool {
        self.text.contains("/v2/") && self.text.contains("/blobs/") && !self.text.contains("starport")
    }

    /// Whether the container is one that AWS adds to tasks, not one of the task definition's own.
    ///
    /// Names: <https://docs.aws.amazon.com/guardduty/latest/ug/gdu-assess-coverage-ecs.html> and
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html>.
    pub fn is_injected(&self) -> bool {
        self.container.is_some_and(|name| {
            name.starts_with("aws-guardduty-agent") || name.starts_with("ecs-service-connect-")
        })
    }
}

/// All attempts, newest first.
#[derive(Debug, Clone)]
pub struct Attempts<'e> {
    /// Every one, pull or not.
    pub all: Vec<Attempt<'e>>,
}

impl<'e> Attempts<'e> {
    /// Reads stopped tasks; where they tell of no failed pull, service events and log lines as well.
    pub fn new(evidence: &'e Evidence) -> Self {
        let mut all = Vec::new();
        if evidence.preflight.is_some() {
            // What others of the service's tasks met is not about the one that is to be started.
            return Self { all };
        }
        if let Some(tasks) = evidence.tasks.seen() {
            all.extend(
                tasks
                    .each()
                    .filter(|task| task.stopped_reason.is_some() || task.is_stopped())
                    .flat_map(|task| of_task(evidence, task)),
            );
        }
        if !all.iter().any(Attempt::is_pull) {
            all.extend(of_events(evidence));
            all.extend(of_logs(evidence));
        }
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.text.cmp(&b.text)));
        Self { all }
    }

    /// Failed pulls of the task's own containers, newest first.
    pub fn pulls(&self) -> impl Iterator<Item = &Attempt<'e>> {
        self.all
            .iter()
            .filter(|attempt| attempt.is_pull() && !attempt.is_injected())
    }

    /// The newest failed pull, of `image` where one is given.
    pub fn newest_pull(&self, image: Option<&str>) -> Option<&Attempt<'e>> {
        self.pulls()
            .find(|attempt| match (image, attempt.image.as_deref()) {
                (Some(wanted), Some(image)) => wanted == image,
                _ => true,
            })
    }
}

/// The texts of one stopped task: its containers', and its own unless a container's says the same.
pub(crate) fn of_task<'e>(evidence: &Evidence, task: Present<'e, Task>) -> Vec<Attempt<'e>> {
    let value = task.value();
    let definitions = evidence
        .task_definitions
        .iter()
        .filter_map(|definition| definition.value());
    let secrets: Vec<&str> = definitions
        .filter(|definition| definition.arn == value.task_definition)
        .flat_map(TaskDefinition::registry_secrets)
        .collect();
    let mut attempts: Vec<Attempt<'_>> = value
        .containers
        .iter()
        .filter_map(|container| {
            let text = container.reason.as_deref()?;
            Some(attempt(task, text, Some(container), &secrets))
        })
        .collect();
    if let Some(text) = value.stopped_reason.as_deref() {
        let own = attempt(task, text, None, &secrets);
        let told = attempts.iter().any(|other| {
            other.is_pull() == own.is_pull() && (other.reason.class == own.reason.class || own.is_vague())
        });
        if !told {
            attempts.push(own);
        }
    }
    // A container that AWS adds does not stop the task: what does is still to be told.
    if attempts
        .iter()
        .any(|attempt| attempt.is_pull() && !attempt.is_injected())
    {
        attempts.retain(Attempt::is_pull);
    }
    attempts
}

fn attempt<'e>(
    task: Present<'e, Task>,
    text: &str,
    container: Option<&'e Container>,
    registry_secrets: &[&str],
) -> Attempt<'e> {
    let value = task.value();
    let reason = understand_knowing(text, registry_secrets);
    let container = container.or_else(|| container_of(value, reason.image.as_deref()));
    let image = container
        .and_then(|container| container.image.clone())
        .or_else(|| reason.image.clone());
    let whose = container.map_or_else(
        || format!("stop reason of task {}", brief(value.id())),
        |container| {
            format!(
                "stop reason of container {} (task {})",
                container.name,
                brief(value.id())
            )
        },
    );
    Attempt {
        fact: task.fact_on(&value.arn, format!("{whose}: \"{text}\"")),
        text: text.to_owned(),
        reason,
        container: container.map(|container| container.name.as_str()),
        image,
        task: Some(value),
        definition: Some(&value.task_definition),
        at: value.failed_at(),
    }
}

/// The container that a task's own text is about: the one whose image it names, or the only one there is.
fn container_of<'t>(task: &'t Task, image: Option<&str>) -> Option<&'t Container> {
    let named = image.and_then(|image| {
        task.containers
            .iter()
            .find(|container| container.image.as_deref() == Some(image))
    });
    match task.containers.as_slice() {
        [only] => Some(only),
        _ => named,
    }
}

fn of_events(evidence: &Evidence) -> Vec<Attempt<'_>> {
    let Some(service) = evidence.service.seen() else {
        return Vec::new();
    };
    let events = &service.value().events;
    events
        .iter()
        .filter_map(|event| {
            let reason = understand(&event.message);
            (reason.class != StopClass::NotPullFailure).then(|| Attempt {
                fact: service.fact(format!("service event: \"{}\"", event.message)),
                text: event.message.clone(),
                image: reason.image.clone(),
                reason,
                container: None,
                task: None,
                definition: None,
                at: Some(event.at),
            })
        })
        .collect()
}

fn of_logs(evidence: &Evidence) -> Vec<Attempt<'_>> {
    let Some(lines) = evidence.logs.seen() else {
        return Vec::new();
    };
    lines
        .each()
        .filter_map(|line| {
            let reason = understand(&line.message);
            (reason.class != StopClass::NotPullFailure).then(|| Attempt {
                fact: line.fact(format!("log line in {}: \"{}\"", line.group, line.message)),
                text: line.message.clone(),
                image: reason.image.clone(),
                reason,
                container: None,
                task: None,
                definition: None,
                at: Some(line.at),
            })
        })
        .collect()
}

/// The first eight characters of an id, for prose.
pub(crate) fn brief(id: &str) -> String {
    match id.char_indices().nth(8) {
        Some((end, _)) => format!("{}…", id.get(..end).unwrap_or(id)),
        None => id.to_owned(),
    }
}
