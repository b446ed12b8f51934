//! First pull through a cache rule without `ecr:CreateRepository` or `ecr:BatchImportUpstreamImage`.
//!
//! # What fails
//! A pull-through cache rule serves the repository, and the image is not in it yet. The pull itself has to make the
//! repository and to import the image, with the rights of the role that pulls. AmazonECSTaskExecutionRolePolicy has
//! neither.
//!
//! # What the pull says
//! "name unknown: The repository with name '…' does not exist in the registry" without the first, "manifest unknown:
//! Requested image not found" without the second: as if it were not there.
//!
//! # What proves it
//! A rule that serves the name, and the role's policies together with those of registry and repository.
//!
//! # What rules it out
//! Both actions are allowed; the image is in the repository already.
//!
//! # What cannot be known
//! Whether it is allowed, where a policy may not be read.
//!
//! # Remedies
//! Both actions granted to the role for repositories under the prefix. Making the repository by hand only moves the error.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html>

use crate::access::Effect as Access;
use crate::case::Case;
use crate::case::fate::{Fate, ImageCase};
use crate::case::permission::{CREATE_REPOSITORY, IMPORT_IMAGE, Permission};
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk, manual};
use crate::rules::image;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[
    StopClass::RepositoryNotFound,
    StopClass::TagNotFound,
    StopClass::PullThroughCache,
    StopClass::AmbiguousDeniedOrMissing,
    StopClass::AccessDeniedIdentity,
    StopClass::AccessDeniedResourcePolicy,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    image::each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Some(rule)) = (image.ecr, image.cache_rule()) else {
        return Judgement::NotApplicable;
    };
    let Fate::NotCached { absence, .. } = &image.fate else {
        return match image.found() {
            Some(there) => Judgement::RuledOut {
                why: format!("{} is cached already", image.reference),
                facts: vec![there.fact(format!("repository {} has the image", ecr.repository_name))],
            },
            None => Judgement::NotApplicable,
        };
    };
    let asked: Vec<&Permission<'_>> = case
        .permissions
        .import
        .iter()
        .filter(|permission| permission.image == image.reference)
        .collect();
    let role = case
        .puller
        .role()
        .map_or("the role that pulls", |(arn, _)| short(arn));
    let refused: Vec<&Permission<'_>> = asked
        .iter()
        .copied()
        .filter(|permission| {
            matches!(
                permission.decision.effect,
                Access::ImplicitDeny | Access::ExplicitDeny
            )
        })
        .collect();
    let served = rule.fact(format!(
        "pull-through cache rule {} fetches {} from {}",
        rule.prefix, ecr.repository_name, rule.upstream_url
    ));
    if refused.is_empty() {
        let open = asked
            .iter()
            .filter(|permission| permission.decision.effect != Access::Allowed)
            .count();
        if open > 0 || asked.is_empty() {
            let mut missing = case.permissions.missing.clone();
            missing.extend(
                ecr.registry_policy
                    .missing(format!("policy of registry {}", ecr.registry)),
            );
            if missing.is_empty() {
                missing.push(Missing::unknowable(
                    format!("whether {role} may {CREATE_REPOSITORY} and {IMPORT_IMAGE}"),
                    "it hangs on conditions that cannot be told now",
                ));
            }
            return Judgement::Unknown { missing };
        }
        return Judgement::RuledOut {
            why: format!("{role} may make the repository and import the image"),
            facts: case.permissions.facts.iter().cloned().chain([served]).collect(),
        };
    }
    let actions: Vec<&str> = refused.iter().map(|permission| permission.action).collect();
    let explicit = refused
        .iter()
        .any(|permission| permission.decision.effect == Access::ExplicitDeny);
    let how = if explicit { "is denied" } else { "lacks" };
    let said = case.newest_saying(image.reference, SAYS);
    Judgement::Confirmed(
        Finding::observed(
            Stage::Manifest,
            format!(
                "{role} {how} {}, which the first pull through cache rule {} needs for {}",
                actions.join(" and "),
                rule.prefix,
                ecr.repository_name
            ),
        )
        .effect(case.effect(Some(image.reference), Stage::Manifest, SAYS))
        .facts(said.map(|attempt| attempt.fact.clone()))
        .facts([
            served,
            absence.fact(format!("{} is not cached yet", image.reference)),
        ])
        .facts(case.permissions.facts.iter().cloned())
        .facts(case.puller.fact().cloned())
        // An Allow does not help against a Deny.
        .remedies((!explicit).then(|| grant(case, role, &rule.prefix, &ecr.region, &ecr.registry)))
        .remedies(case.roll_back()),
    )
}

/// Both actions on every repository under the prefix: the next image's repository is to be made, too.
fn grant(case: &Case<'_>, role: &str, prefix: &str, region: &str, registry: &str) -> Remedy {
    let partition = &case.evidence.target.partition;
    let under = if prefix == "ROOT" {
        "*".to_owned()
    } else {
        format!("{}/*", prefix.trim_end_matches('/'))
    };
    let document = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": [CREATE_REPOSITORY, IMPORT_IMAGE],
        "Resource": format!("arn:{partition}:ecr:{region}:{registry}:repository/{under}"),
    }] });
    manual(
        "grant_cache_import",
        "Let the role import through the cache",
        Risk::Low,
        format!(
            "aws iam put-role-policy --role-name {role} --policy-name ecr-pull-through-cache --policy-document '{document}'"
        ),
        Some(format!(
            "resource \"aws_iam_role_policy\" \"ecr_pull_through_cache\" {{\n  name   = \"ecr-pull-through-cache\"\n  role   = \"{role}\"\n  policy = jsonencode({})\n}}",
            serde_json::to_string_pretty(&document).unwrap_or_default()
        )),
    )
}
