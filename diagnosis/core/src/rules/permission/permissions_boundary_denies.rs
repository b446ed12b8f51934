//! The role's permissions boundary does not allow a pull action its policies allow.
//!
//! # What fails
//! A permissions boundary is the most that a role may do, whatever its policies allow. The role's boundary does not allow a
//! pull action, or denies it.
//!
//! # What the pull says
//! "… because no permissions boundary allows the ecr:BatchGetImage action", or "… with an explicit deny in a permissions
//! boundary".
//!
//! # What proves it
//! The boundary's document, read: no statement of it allows the action on the resource, or one denies it.
//!
//! # What rules it out
//! A role without a boundary; a boundary that allows the action.
//!
//! # What cannot be known
//! What the boundary says, where it may not be read, and whether its conditions hold where they hang on the call.
//!
//! # Remedies
//! Only the boundary's owner can help: by allowing the actions in it, or by giving the role another boundary. An Allow in the
//! role's own policies does not help, and is not offered. Back to the last revision that ran, where that pulls with another
//! role.
//!
//! # References
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>

use super::refused::{self, ALL, Way, role, task};
use crate::case::Case;
use crate::case::permission::{By, Permission};
use crate::evidence::short;
use crate::judgement::{Judgement, Subject};
use crate::remedy::{Remedy, Risk, manual};

const WAY: Way = Way {
    by: By::Boundary,
    actions: ALL,
    subject: refused::role_subject,
    refuses: |case, permission, _| {
        let boundary = boundary(case).map(|arn| format!(" {}", short(arn)));
        format!(
            "permissions boundary{} does not let role {} {}; only its owner can change that, an Allow in the role's own policies would not help",
            boundary.unwrap_or_default(),
            role(case),
            task(permission)
        )
    },
    remedies,
    concerned: |case, _| boundary(case).map(str::to_owned).into_iter().collect(),
};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    refused::judge(case, &WAY)
}

fn boundary<'c>(case: &'c Case<'_>) -> Option<&'c str> {
    case.puller.role()?.1?.role.value()?.boundary_arn.as_deref()
}

fn remedies(case: &Case<'_>, permission: &Permission<'_>) -> Vec<Remedy> {
    let Some(boundary) = boundary(case) else {
        return Vec::new();
    };
    let cli = format!(
        "aws iam get-policy-version --policy-arn {boundary} --version-id \"$(aws iam get-policy --policy-arn {boundary} --query Policy.DefaultVersionId --output text)\" --query PolicyVersion.Document > boundary.json\n\
         # allow {} on {} in it\n\
         aws iam create-policy-version --policy-arn {boundary} --policy-document file://boundary.json --set-as-default",
        permission.action, permission.resource
    );
    let mut remedy = manual(
        "widen_boundary",
        "Ask the boundary's owner to allow the pull",
        Risk::High,
        cli,
        None,
    );
    remedy
        .notes
        .push("The boundary limits every role that has it: whoever owns it decides.".to_owned());
    case.roll_back_to_another_role()
        .into_iter()
        .chain([remedy])
        .collect()
}
