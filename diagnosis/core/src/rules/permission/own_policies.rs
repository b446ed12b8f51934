//! What the rules share that are about the silence of the role's own policies.

use super::refused::{self, ALL, Way, role, task};
use crate::access::DecidedBy;
use crate::case::Case;
use crate::case::permission::{By, GET_MANIFEST, Permission};
use crate::case::puller::Puller;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, grant_pull};
use crate::stage::Stage;
use crate::stop_reason::DenyingPolicy;

/// Judges whether nothing in the pulling role's own policies allows one of `actions`. An instance's role has a cause of
/// its own.
pub(super) fn judge(
    case: &Case<'_>,
    actions: &'static [&'static str],
    of_instance: bool,
) -> Vec<(Subject, Judgement)> {
    if let Puller::Unknown(missing) = &case.puller {
        return of_words(case, actions, of_instance, missing)
            .into_iter()
            .collect();
    }
    let Some((arn, _)) = case.puller.role() else {
        return Vec::new();
    };
    if matches!(case.puller, Puller::InstanceRole { .. }) != of_instance {
        return Vec::new();
    }
    if case.permissions.each.is_empty() {
        let judgement = match case.permissions.missing.as_slice() {
            [] => Judgement::NotApplicable,
            missing => Judgement::Unknown {
                missing: missing.to_vec(),
            },
        };
        return vec![(Subject::role(arn), judgement)];
    }
    let way = Way {
        by: By::OwnSilence,
        actions,
        subject: refused::role_subject,
        refuses,
        remedies,
        concerned: |case, _| {
            case.puller
                .role()
                .map(|(arn, _)| arn.to_owned())
                .into_iter()
                .collect()
        },
    };
    refused::judge(case, &way)
}

/// What only the words tell: the role that they name was refused, and who pulls could not be read. The session of an
/// instance's role is named by the instance's id
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html>).
fn of_words(
    case: &Case<'_>,
    actions: &[&str],
    of_instance: bool,
    missing: &[Missing],
) -> Option<(Subject, Judgement)> {
    let attempt = case.attempts.newest_pull(None)?;
    let detail = &attempt.reason.detail;
    let action = detail
        .action
        .as_deref()
        .filter(|action| actions.contains(action))?;
    let silent = detail
        .denied_by
        .is_none_or(|denied| denied.policy == DenyingPolicy::Identity && !denied.explicit);
    let (_, session) = detail.principal.as_deref()?.split_once(":assumed-role/")?;
    let (role, session) = session.split_once('/')?;
    if !silent || session.starts_with("i-") != of_instance {
        return None;
    }
    let finding = Finding::observed(
        detail.phase.unwrap_or(Stage::Token),
        format!("role {role} is not allowed {action}, says the failure"),
    )
    .facts([attempt.fact.clone()])
    .missing(missing.iter().cloned());
    Some((Subject::role(role), Judgement::Likely(finding)))
}

fn refuses(case: &Case<'_>, permission: &Permission<'_>, _: Option<&DecidedBy>) -> String {
    let others: Vec<&str> = permission
        .refusals
        .iter()
        .filter(|(by, _)| *by != By::OwnSilence)
        .map(|(by, _)| by.layer().words())
        .collect();
    let but = if others.is_empty() {
        String::new()
    } else {
        format!(
            "; an Allow in its policies would not help alone: {} refuses too",
            others.join(" and ")
        )
    };
    let unmet = refused::unmet(permission, By::OwnSilence.layer());
    let only = unmet.map(|unmet| format!(": {unmet}")).unwrap_or_default();
    format!("role {} may not {}{only}{but}", role(case), task(permission))
}

/// What the role lacks for this pull, unless another layer refuses it as well: then it would not help.
fn remedies(case: &Case<'_>, refused: &Permission<'_>) -> Vec<Remedy> {
    let Some((_, Some(role))) = case.puller.role() else {
        return Vec::new();
    };
    let repository = repository_of(case, refused);
    let of_pull = case
        .permissions
        .each
        .iter()
        .filter(|permission| permission.resource == "*" || permission.resource == repository);
    // To be allowed what does not exist helps nobody: its name is what to correct.
    let exists = case.images.iter().all(|image| {
        !image.is_without_repository()
            || image.repository_arn(&case.evidence.target.partition).as_ref() != Some(&repository)
    });
    let lacking: Vec<&Permission<'_>> = of_pull
        .filter(|permission| permission.resource == "*" || exists)
        .filter(|permission| permission.refusals.iter().any(|(by, _)| *by == By::OwnSilence))
        .collect();
    let others = lacking.iter().any(|permission| {
        let said = permission.said.as_ref().and_then(|said| said.by);
        permission.refusals.len() > 1 || said.is_some_and(|by| by != By::OwnSilence)
    });
    if others {
        return case.roll_back_to_another_role().into_iter().collect();
    }
    let actions: Vec<&str> = ALL
        .iter()
        .copied()
        .filter(|action| lacking.iter().any(|permission| permission.action == *action))
        .collect();
    let mut remedy = grant_pull(role, &actions, &repository);
    if let Some(remedy) = &mut remedy
        && let Some(unmet) = lacking
            .iter()
            .find_map(|permission| refused::unmet(permission, By::OwnSilence.layer()))
    {
        remedy.notes.push(format!(
            "Allows it without the condition that stands in the role's policies now: {unmet}."
        ));
    }
    remedy
        .into_iter()
        .chain(case.roll_back_to_another_role())
        .collect()
}

/// The repository that the refused action, or the first image, is about.
fn repository_of(case: &Case<'_>, refused: &Permission<'_>) -> String {
    if refused.resource != "*" {
        return refused.resource.clone();
    }
    case.permissions
        .of(GET_MANIFEST)
        .next()
        .map(|permission| permission.resource.clone())
        .unwrap_or_default()
}
