//! No way out, and no endpoint for what else the task needs before its containers start.
//!
//! # What fails
//! Beside the image, a task needs CloudWatch Logs for the `awslogs` driver, Secrets Manager or Systems Manager for its
//! secrets. In a subnet without a way out each needs an endpoint of its own: once the pull is mended, the task fails
//! there.
//!
//! # What the pull says
//! Nothing yet. Later: "ResourceInitializationError: failed to validate logger args: …", "unable to retrieve secret
//! from asm: …".
//!
//! # What proves it
//! The subnet's route table has no route that fits, and the VPC has endpoints for ECR and none for that service.
//!
//! # What rules it out
//! A way out; an endpoint of that service.
//!
//! # What cannot be known
//! Endpoints of another account that shares its VPC.
//!
//! # Remedies
//! The endpoint, with all others that the task lacks.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html>

use super::{broken, lacking};
use crate::case::Case;
use crate::judgement::{Effect, Finding, Judgement, Subject};
use crate::network::{Break, Need, Path};
use crate::observed::without_repeats;
use crate::stage::Stage;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let lacking_ones: Vec<(&Path, &Break, &str)> = case
        .network
        .paths
        .iter()
        .filter(|path| !path.need.is_of_the_pull())
        .filter_map(|path| {
            path.breaks().find_map(|at| match at {
                Break::EndpointMissing { service } => Some((path, at, service.as_str())),
                _ => None,
            })
        })
        .collect();
    let Some((first, _, _)) = lacking_ones.first() else {
        return Vec::new();
    };
    let services = without_repeats(lacking_ones.iter().map(|(_, _, service)| *service));
    let subnets = without_repeats(lacking_ones.iter().map(|(path, _, _)| path.place.subnet.as_str()));
    let summary = format!(
        "there is no way out and no endpoint for {}, which the task needs before it starts, in {}",
        services.join(", "),
        subnets.join(", ")
    );
    // Secrets are fetched before the pull, the log driver opens its stream after it.
    let stage = match first.need {
        Need::Logs { .. } => Stage::Unpack,
        _ => Stage::TokenNetwork,
    };
    let finding = Finding::observed(stage, summary)
        .effect(Effect::Next)
        .facts(lacking_ones.iter().flat_map(|(path, at, _)| path.proof_of(at)))
        .remedies(lacking::remedy(case));
    let subject = broken::whole(case, first);
    vec![(subject, Judgement::Confirmed(finding))]
}
