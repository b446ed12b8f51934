//! The agent did not pull, and the image is not in its cache.
//!
//! # What fails
//! `ECS_IMAGE_PULL_BEHAVIOR` lets the agent of a container instance use cached images: `default` goes on with the cache
//! when a pull fails, `once` and `prefer-cached` do not pull what was pulled before. The image was cleaned up, or never was
//! there, and the container cannot be made.
//!
//! # What the pull says
//! "CannotCreateContainerError: … No such image", without a word of a pull.
//!
//! # What proves it
//! The text, on EC2 capacity. On Fargate there is no cache.
//!
//! # What rules it out
//! Fargate.
//!
//! # What cannot be known
//! The agent's setting: no API of ECS tells it. With `default`, the reason the pull failed stands in the agent's log only.
//!
//! # Remedies
//! `always` as the agent's behavior; the image pulled on the instance; the instance drained.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html>

use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let said = case.said(&[StopClass::OtherPull]).filter(|attempt| {
        let text = attempt.text.to_lowercase();
        text.contains("no such image") && !text.contains("cannotpull")
    });
    let (Some(attempt), Some(false)) = (said, case.fargate()) else {
        return Vec::new();
    };
    let image = attempt.image.as_deref().unwrap_or("the image");
    let instance = attempt.task.and_then(|task| task.container_instance.as_deref());
    let on = instance
        .map(|arn| format!(" of instance {}", crate::evidence::short(arn)))
        .unwrap_or_default();
    let there = case
        .images
        .iter()
        .find(|known| known.reference == image)
        .and_then(ImageCase::found)
        .map(|found| found.fact(format!("the registry has {image}")));
    let finding = Finding::observed(
        Stage::Manifest,
        format!("agent{on} did not pull {image} and does not have it cached"),
    )
    .facts([attempt.fact.clone()])
    .facts(there)
    .missing([Missing::unknowable(
        "ECS_IMAGE_PULL_BEHAVIOR of the agent, and why its pull failed",
        "no API of ECS tells; see /etc/ecs/ecs.config and /var/log/ecs/ecs-agent.log on the instance",
    )])
    .remedies([always()])
    .remedies(instance.map(|instance| super::agent_disconnected::drain(case, instance)));
    vec![(Subject::image(image), Judgement::Likely(finding))]
}

fn always() -> Remedy {
    manual(
        "always_pull",
        "Let the agent always pull",
        Risk::Low,
        "# in /etc/ecs/ecs.config of the container instance, then restart the agent\nECS_IMAGE_PULL_BEHAVIOR=always".to_owned(),
        None,
    )
}
