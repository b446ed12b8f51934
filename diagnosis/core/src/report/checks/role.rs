//! Step 3: who pulls, whether ECS may assume it, and what it may do.

use super::super::CauseReport;
use super::Found;
use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::case::permission::By;
use crate::case::puller::Puller;
use crate::case::role::{ECS_TASKS, RoleState};
use crate::catalogue::{Cause, Family};
use crate::evidence::short;
use crate::observed::{Missing, Outcome, without_repeats};

/// Whether a cause is about the role, rather than about what the repository's side lets in.
pub(super) fn is_of_role(cause: Cause) -> bool {
    cause.family() == Family::Permission
        && !matches!(
            cause,
            Cause::KmsKeyUnusable
                | Cause::RepositoryPolicyDenies
                | Cause::RepositoryPolicyLacksAccount
                | Cause::RegistrySettingsDeny
        )
}

/// Whether the repository's side refuses: that is no lack of the role's.
fn is_of_repository(by: By) -> bool {
    matches!(by, By::RepositoryDeny | By::RepositorySilence | By::Registry)
}

/// The repositories that the failure is not about: their policies were not asked for.
fn not_looked_at(case: &Case<'_>) -> Vec<String> {
    let partition = &case.evidence.target.partition;
    let left_out = |image: &&ImageCase<'_>| {
        let policy = image.ecr.map(|ecr| &ecr.policy.outcome);
        matches!(policy, Some(Outcome::NotCollected { .. }))
    };
    let left_out = case.images.iter().filter(left_out);
    without_repeats(left_out.filter_map(|image| image.repository_arn(partition)))
}

pub(super) fn role(case: &Case<'_>, causes: &[CauseReport]) -> Found {
    if let Some(cause) = causes.iter().find(|cause| is_of_role(cause.cause)) {
        return Found::problem(cause.summary.clone());
    }
    match &case.puller {
        Puller::Unknown(missing) => Found::unknown(missing),
        Puller::NoExecutionRole { fact } | Puller::NoInstanceProfile { fact, .. } => {
            Found::nothing(fact.statement())
        }
        Puller::ExecutionRole { .. } | Puller::InstanceRole { .. }
            if !case.permissions.missing.is_empty() =>
        {
            Found::unknown(&case.permissions.missing)
        }
        Puller::ExecutionRole { arn, .. } | Puller::InstanceRole { arn, .. } => {
            let aside = not_looked_at(case);
            let is_aside = |resource: &str| aside.iter().any(|arn| arn == resource);
            let open: Vec<&str> = case
                .permissions
                .each
                .iter()
                .filter(|permission| !is_aside(&permission.resource))
                .filter(|permission| permission.decision.effect != crate::access::Effect::Allowed)
                .filter(|permission| !permission.refused_by().is_some_and(is_of_repository))
                .map(|permission| permission.action)
                .collect();
            let name = short(arn);
            let doubts: Vec<Missing> = case
                .permissions
                .each
                .iter()
                .filter_map(|permission| permission.doubt(case.evidence))
                .collect();
            if case.images.iter().all(|image| image.parsed.is_err()) {
                Found::nothing("no image reference can be read, so that no permission is known to be needed")
            } else if case.permissions.each.is_empty() {
                Found::nothing(format!("{name} needs no ECR permission for these images"))
            } else if !doubts.is_empty() {
                Found::unknown(&doubts)
            } else if open.is_empty() {
                let trusted = match case.execution_role.as_ref().map(|role| &role.state) {
                    Some(RoleState::Trusts(_)) => format!(", and trusts {ECS_TASKS}"),
                    _ => String::new(),
                };
                let others = match aside.len() {
                    0 => String::new(),
                    1 => "; 1 more repository was not looked at".to_owned(),
                    more => format!("; {more} more repositories were not looked at"),
                };
                Found::ok(format!(
                    "{name} may get a token, read manifests and layers{trusted}{others}"
                ))
            } else {
                Found::unknown(&[Missing::unknowable(
                    format!("whether {name} may {}", without_repeats(open).join(", ")),
                    "it hangs on conditions or policies that cannot be told now",
                )])
            }
        }
    }
}
