//! A service or resource control policy denies the pull.
//!
//! # What fails
//! The organization that the account belongs to limits what anybody in it may do. One of its service control policies
//! denies a pull action, or a level of it does not allow it; or a resource control policy of the repository's account
//! refuses the role.
//!
//! # What the pull says
//! "… with an explicit deny in a service control policy", "… because no service control policy allows …", "… with an
//! explicit deny in a resource control policy".
//!
//! # What proves it
//! The policies themselves, where they may be read (from the management account or a delegated one). The text alone, which
//! AWS writes, makes it likely.
//!
//! # What rules it out
//! An account that is in no organization; policies, all of them read, that allow the action.
//!
//! # What cannot be known
//! From a member account, usually everything: the organization's policies are not shown there. Resource control policies
//! are not read at all. IAM's own simulation tells whether the organization allows an action; it is wrong where conditions
//! ask for what it was not given, and proves nothing.
//!
//! # Remedies
//! None from here. The organization's administrators can help: the summary says what to ask for.
//!
//! # References
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>,
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>

use super::refused::{self, ALL, Way, role, task};
use crate::case::Case;
use crate::case::permission::{By, Permission};
use crate::judgement::{Finding, Judgement, Subject};

const WAY: Way = Way {
    by: By::Organization,
    actions: ALL,
    subject: refused::role_subject,
    refuses: |case, permission, statement| {
        let which = statement.map_or_else(
            || "the organization's policies do".to_owned(),
            |statement| format!("{statement} does"),
        );
        format!(
            "{which} not let role {} {}; only the organization's administrators can change that",
            role(case),
            task(permission)
        )
    },
    remedies: |_, _| Vec::new(),
    concerned: |_, _| Vec::new(),
};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    refused::judge(case, &WAY)
        .into_iter()
        .map(|(subject, judgement)| match (judgement, simulated(case)) {
            (Judgement::Unknown { missing }, Some(finding)) => {
                (subject, Judgement::Possible(finding.missing(missing)))
            }
            // What refuses is known: nobody needs to look further.
            (Judgement::Unknown { .. }, None) if is_explained(case) => (subject, Judgement::NotApplicable),
            (judgement, _) => (subject, judgement),
        })
        .collect()
}

/// Whether everything that the failure may be about is refused by something else, certainly or by AWS's own words.
fn is_explained(case: &Case<'_>) -> bool {
    let each = case.permissions.each.iter();
    let mut suspected = each
        .filter(|permission| refused::is_suspected(case, permission))
        .peekable();
    let is_refused_otherwise = |permission: &Permission<'_>| {
        let said = permission.said.as_ref().and_then(|said| said.by);
        permission.refused_by().is_some() || said.is_some_and(|by| by != By::Organization)
    };
    suspected.peek().is_some() && suspected.all(is_refused_otherwise)
}

/// What IAM's simulation says of the organization, where nothing that was read refuses: a witness, not a proof.
fn simulated(case: &Case<'_>) -> Option<Finding> {
    let seen = case.evidence.simulation.seen()?;
    let refused = seen
        .answers
        .iter()
        .find(|answer| answer.allowed_by_organization == Some(false))?;
    let permission: &Permission<'_> = case.permissions.of(&refused.action).next()?;
    let summary = format!(
        "the organization's policies may not let role {} {}, says IAM's simulation; its administrators can tell",
        role(case),
        task(permission)
    );
    Some(
        Finding::observed(permission.stage, summary).facts([seen.fact(format!(
            "simulation of {}: {}, not allowed by the organization",
            refused.action, refused.decision
        ))]),
    )
}
