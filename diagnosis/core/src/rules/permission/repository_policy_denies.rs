//! A Deny in the repository's policy hits the pulling role.
//!
//! # What fails
//! The repository's own policy has a statement with `Effect: Deny` that matches the role and the pull action. It beats every
//! Allow in the role's policies.
//!
//! # What the pull says
//! "… is not authorized to perform: ecr:BatchGetImage on resource: … with an explicit deny in a resource-based policy".
//!
//! # What proves it
//! The statement, quoted: it matches the role, the action, and its conditions hold for the call as far as its circumstances
//! are known.
//!
//! # What rules it out
//! No repository policy, or one whose Deny statements cannot match.
//!
//! # What cannot be known
//! What the policy says, where it may not be read; whether a Deny matches whose condition asks for something that exists only
//! during the call, such as the organization of the caller.
//!
//! # Remedies
//! Whoever owns the repository can narrow the Deny. It stands there on purpose: no button does it.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html>

use super::refused::{self, PULL, Way, repository, role};
use crate::case::Case;
use crate::case::permission::{By, Permission};
use crate::judgement::{Judgement, Subject};
use crate::remedy::{Remedy, Risk};
use crate::rules::image::image_blocked_by_scan_or_signing::guard;
use crate::stop_reason::StopClass;

const WAY: Way = Way {
    by: By::RepositoryDeny,
    actions: PULL,
    subject: refused::image_subject,
    refuses: |case, permission, statement| {
        let name = repository(&permission.resource);
        let which = statement.map_or_else(
            || format!("a Deny in the policy of repository {name}"),
            ToString::to_string,
        );
        format!(
            "{which} denies role {} {}; no Allow can help, only the repository's owner",
            role(case),
            permission.action
        )
    },
    remedies,
    concerned: |_, permission| vec![permission.resource.clone()],
};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    // A guard that the words name is a cause of its own, and not to be told twice; without words it may be that one.
    let named = |image: &str| {
        case.newest_saying(image, &[StopClass::ScanOrQuarantine])
            .is_some()
    };
    let is_guard = |image: &str| {
        let of = case.images.iter().find(|known| known.reference == image);
        of.and_then(|known| guard(known.ecr?)).is_some()
    };
    let judged = refused::judge(case, &WAY).into_iter();
    judged
        .filter(|(subject, _)| !named(&subject.id))
        .map(|(subject, judgement)| match judgement {
            Judgement::Confirmed(finding)
                if case.attempts.newest_pull(None).is_none() && is_guard(&subject.id) =>
            {
                (subject, Judgement::Likely(finding))
            }
            judgement => (subject, judgement),
        })
        .collect()
}

fn remedies(_: &Case<'_>, permission: &Permission<'_>) -> Vec<Remedy> {
    super::repository_policy_lacks_account::edit(
        permission,
        "narrow_repository_deny",
        "Narrow the Deny in the repository's policy",
        Risk::High,
        "narrow the Deny statement",
    )
    .into_iter()
    .collect()
}
