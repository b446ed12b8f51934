//! How an image went: deleted by somebody, or by the repository's lifecycle policy.

use serde_json::Value;

use super::super::lifecycle::{LifecyclePolicy, LifecycleRule};
use super::super::timeline;
use crate::evidence::changes::Change;
use crate::evidence::ecs::Task;
use crate::evidence::image::EcrEvidence;
use crate::evidence::{Evidence, short};
use crate::names;
use crate::observed::{Fact, Missing, Present};

/// How an image or tag went.
#[derive(Debug, Clone)]
pub enum Gone<'e> {
    /// CloudTrail has the call that deleted it.
    Deleted(Present<'e, Change>),
    /// CloudTrail has the run of the lifecycle policy that took it, and perhaps the rule's words.
    Expired {
        /// The run.
        run: Present<'e, Change>,
        /// The rule, where the event names it: its priority and its description.
        rule: Option<String>,
    },
    /// The lifecycle policy has a rule that takes such an image, and the image existed or everything older is gone too.
    ByRule {
        /// The rule, in words.
        rule: String,
        /// What that rests on.
        facts: Vec<Fact>,
    },
    /// It existed; nothing that was read says how it went.
    Unrecorded {
        /// How it is known that it existed.
        existed: Fact,
    },
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    Tag(&'a str),
    Digest(&'a str),
}

impl Gone<'_> {
    /// `deleted by ana at 11:40 UTC`, where it is known how it went.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Deleted(change) => Some(format!("deleted{} at {}", by(change), names::clock(change.at))),
            Self::Expired { run, rule } => {
                let rule = rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
                Some(format!(
                    "deleted by the lifecycle policy{rule} at {}",
                    names::clock(run.at)
                ))
            }
            Self::ByRule { rule, .. } => Some(format!("taken by {rule}, of the lifecycle policy")),
            Self::Unrecorded { .. } => None,
        }
    }

    /// What that rests on.
    pub fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Deleted(change) => vec![change.fact(format!(
                "{} at {}",
                timeline::sentence(change.value()),
                names::day_and_clock(change.at)
            ))],
            Self::Expired { run, .. } => vec![run.fact(format!(
                "lifecycle policy ran at {} and lists it among what it deleted",
                names::day_and_clock(run.at)
            ))],
            Self::ByRule { facts, .. } => facts.clone(),
            Self::Unrecorded { existed } => vec![existed.clone()],
        }
    }
}

/// ` by ana`, where CloudTrail says who.
pub fn by(change: &Change) -> String {
    change
        .actor
        .as_deref()
        .map(|actor| format!(" by {actor}"))
        .unwrap_or_default()
}

/// The record of how it went: a call of somebody's, or a run of the lifecycle policy; the newest of them.
pub(super) fn recorded<'e>(
    evidence: &'e Evidence,
    ecr: &EcrEvidence,
    wanted: Wanted<'_>,
) -> Option<Gone<'e>> {
    timeline::recorded(evidence)
        .into_iter()
        .filter(|change| is_of(change, ecr))
        .find_map(|change| match change.value().name.as_str() {
            "BatchDeleteImage" if deletes(change.value(), wanted) => Some(Gone::Deleted(change)),
            "PolicyExecutionEvent" => {
                let action = expires(change.value(), wanted)?;
                Some(Gone::Expired {
                    run: change,
                    rule: rule_of(change.value(), action),
                })
            }
            _ => None,
        })
}

/// The push that gave the tag to an image.
pub(super) fn pushed<'e>(
    evidence: &'e Evidence,
    ecr: &EcrEvidence,
    tag: &str,
) -> Option<Present<'e, Change>> {
    timeline::recorded(evidence).into_iter().find(|change| {
        change.name == "PutImage"
            && is_of(change, ecr)
            && member(&change.value().request, "imageTag") == Some(tag)
    })
}

/// A rule of the lifecycle policy that takes such an image, where something says that it took this one.
pub(super) fn by_rule<'e>(ecr: &EcrEvidence, wanted: Wanted<'_>, existed: Option<&Fact>) -> Option<Gone<'e>> {
    let document = ecr.lifecycle.seen()?;
    let policy = LifecyclePolicy::parse(document.value())?;
    let (tags, what) = match wanted {
        Wanted::Tag(tag) => (vec![tag.to_owned()], format!("tag {tag}")),
        // The tag names another image: this one had lost it.
        Wanted::Digest(_) => (Vec::new(), "the image without its tag".to_owned()),
    };
    let rule = policy.rule_for(&tags).filter(|rule| rule.expires)?;
    let mut facts = vec![document.fact(format!(
        "lifecycle policy of repository {} has {rule}, and {what} fits it",
        ecr.repository_name
    ))];
    match (existed, wanted) {
        (Some(existed), _) => facts.push(existed.clone()),
        (None, Wanted::Tag(tag)) => facts.push(passed_over(ecr, rule, tag)?),
        (None, Wanted::Digest(_)) => return None,
    }
    Some(Gone::ByRule {
        rule: rule.to_string(),
        facts,
    })
}

fn passed_over(ecr: &EcrEvidence, rule: &LifecycleRule, tag: &str) -> Option<Fact> {
    let images = ecr.images.seen().filter(|images| images.complete)?;
    rule.has_passed_over(tag, &images.items).then(|| {
        images.fact(format!(
            "every tag that the rule has left is a later version than {tag}"
        ))
    })
}

/// What of the evidence could still say how it went.
pub(super) fn unread(evidence: &Evidence, ecr: &EcrEvidence, tag: &str) -> Vec<Missing> {
    let deletions = format!("deletions in repository {}", ecr.repository_name);
    let mut asked = evidence
        .changes
        .iter()
        .filter(|changes| changes.source.region == ecr.region);
    let changes = match asked.next() {
        Some(changes) => changes.incomplete(&deletions),
        None => Some(Missing::unknowable(
            deletions,
            format!("CloudTrail was not asked in {}", ecr.region),
        )),
    };
    let policy = ecr
        .lifecycle
        .missing(format!("lifecycle policy of repository {}", ecr.repository_name));
    let expires = ecr
        .lifecycle
        .value()
        .and_then(LifecyclePolicy::parse)
        .is_some_and(|policy| {
            policy
                .rule_for(&[tag.to_owned()])
                .is_some_and(|rule| rule.expires)
        });
    let images = expires
        .then(|| {
            ecr.images
                .incomplete(&format!("images of repository {}", ecr.repository_name))
        })
        .flatten();
    let tasks = evidence.tasks_missing("tasks that may have run with this tag");
    [changes, policy, images, tasks].into_iter().flatten().collect()
}

/// How it is known that the reference once named an image: a task ran from it, or its tag was pushed.
pub(super) fn existed(evidence: &Evidence, ecr: &EcrEvidence, reference: &str, tag: &str) -> Option<Fact> {
    let ran = evidence
        .tasks
        .seen()
        .into_iter()
        .flat_map(Present::each)
        .filter(|task| task.started_at.is_some() && uses(task.value(), reference))
        .max_by_key(|task| task.started_at);
    if let Some(task) = ran {
        let since = task.started_at.map(names::day_and_clock).unwrap_or_default();
        return Some(task.fact_on(
            &task.value().arn,
            format!("a task with this image ran since {since}"),
        ));
    }
    let push = pushed(evidence, ecr, tag)?;
    Some(push.fact(format!(
        "tag {tag} was pushed{} at {}",
        by(push.value()),
        names::day_and_clock(push.at)
    )))
}

fn uses(task: &Task, reference: &str) -> bool {
    task.containers
        .iter()
        .any(|container| container.image.as_deref() == Some(reference))
}

/// Whether an event is about this repository, and not about one of the same name in another registry.
fn is_of(change: &Change, ecr: &EcrEvidence) -> bool {
    if change.event_source != "ecr.amazonaws.com" {
        return false;
    }
    let said =
        member(&change.request, "repositoryName").or_else(|| member(&change.response, "repositoryName"));
    let named = match said {
        Some(name) => name == ecr.repository_name,
        None => change.resources.iter().any(|name| {
            *name == ecr.repository_name || name.ends_with(&format!(":repository/{}", ecr.repository_name))
        }),
    };
    named && member(&change.request, "registryId").is_none_or(|registry| registry == ecr.registry)
}

/// Whether `BatchDeleteImage` asked for this, or answered that it deleted it, and did not fail on it.
fn deletes(change: &Change, wanted: Wanted<'_>) -> bool {
    let listed = |value: &Value, list: &str| {
        let items = value.get(list).and_then(Value::as_array);
        items.into_iter().flatten().any(|item| match wanted {
            Wanted::Tag(tag) => member(item, "imageTag") == Some(tag),
            Wanted::Digest(digest) => member(item, "imageDigest") == Some(digest),
        })
    };
    let failed = change
        .response
        .get("failures")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|failure| failure.get("imageId"))
        .any(|id| match wanted {
            Wanted::Tag(tag) => member(id, "imageTag") == Some(tag),
            Wanted::Digest(digest) => member(id, "imageDigest") == Some(digest),
        });
    !failed && (listed(&change.request, "imageIds") || listed(&change.response, "imageIds"))
}

/// The entry of a lifecycle policy's run that took this image.
///
/// Shape: <https://repost.aws/knowledge-center/ecr-lifecycle-policy-events>.
fn expires<'c>(change: &'c Change, wanted: Wanted<'_>) -> Option<&'c Value> {
    let actions = change.response.get("lifecycleEventImageActions")?.as_array()?;
    actions.iter().find(|action| {
        let Some(image) = action.get("lifecycleEventImage") else {
            return false;
        };
        match wanted {
            Wanted::Digest(digest) => member(image, "digest") == Some(digest),
            Wanted::Tag(tag) => {
                let tags = image.get("tagList").and_then(Value::as_array);
                tags.into_iter()
                    .flatten()
                    .any(|other| other.as_str() == Some(tag))
            }
        }
    })
}

/// `rule 1: keep ten releases`.
fn rule_of(change: &Change, action: &Value) -> Option<String> {
    let priority = action.get("rulePriority")?.as_i64()?;
    let rules = change
        .response
        .get("lifecycleEventPolicy")
        .and_then(|policy| policy.get("lifecycleEventRules"))
        .and_then(Value::as_array);
    let description = rules
        .into_iter()
        .flatten()
        .find(|rule| rule.get("rulePriority").and_then(Value::as_i64) == Some(priority))
        .and_then(|rule| member(rule, "description"))
        .filter(|text| !text.is_empty());
    Some(match description {
        Some(text) => format!("rule {priority}: {}", names::at_most(text, 60)),
        None => format!("rule {priority}"),
    })
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

/// The last part of a digest's resource, `repository@sha256:…`.
pub(super) fn digest_in(resource: &str) -> &str {
    short(resource)
        .rsplit_once('@')
        .map_or(resource, |(_, digest)| digest)
}
