//! A Deny statement in the role's own policies hits the pull.
//!
//! # What fails
//! A statement with `Effect: Deny` in one of the role's inline or attached policies matches a pull action. A Deny beats
//! every Allow, wherever that stands.
//!
//! # What the pull says
//! "… is not authorized to perform: ecr:BatchGetImage on resource: … with an explicit deny in an identity-based policy".
//!
//! # What proves it
//! The statement, quoted: it matches the action, the resource, and its conditions hold for the call, as far as the call's
//! circumstances are known (region, VPC endpoint, account, role).
//!
//! # What rules it out
//! All of the role's policies read, and no Deny among them that could match.
//!
//! # What cannot be known
//! Whether a Deny matches whose condition asks for something that exists only during the call.
//!
//! # Remedies
//! None of the Deny itself: somebody wrote it on purpose. The summary names the statement; whoever owns the policy
//! can narrow it. Adding an Allow does not help. Back to the last revision that ran, where that pulls with another role.
//!
//! # References
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>

use super::refused::{self, ALL, Way, on, role};
use crate::case::Case;
use crate::case::permission::By;
use crate::judgement::{Judgement, Subject};

const WAY: Way = Way {
    by: By::OwnDeny,
    actions: ALL,
    subject: refused::role_subject,
    refuses: |case, permission, statement| {
        let which = statement.map_or_else(|| "a Deny in its own policies".to_owned(), ToString::to_string);
        format!(
            "{which} denies role {} {}{}; no Allow can help, only whoever owns that policy",
            role(case),
            permission.action,
            on(permission)
        )
    },
    remedies: |case, _| case.roll_back_to_another_role().into_iter().collect(),
    concerned: |case, _| {
        case.puller
            .role()
            .map(|(arn, _)| arn.to_owned())
            .into_iter()
            .collect()
    },
};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    refused::judge(case, &WAY)
}
