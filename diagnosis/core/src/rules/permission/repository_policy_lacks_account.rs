//! The repository belongs to another account and its policy does not let this one pull.
//!
//! # What fails
//! Across accounts both sides must allow: the role's own policies, and the repository's policy for this account or role.
//! The repository's policy does not.
//!
//! # What the pull says
//! "… is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:…:OTHER:repository/… because no
//! resource-based policy allows the ecr:BatchGetImage action", or a bare 403. ECR says the same of a repository that does
//! not exist in the other account.
//!
//! # What proves it
//! The image's registry is another account than the role's, and the repository's policy, read, has no statement that allows
//! the action for the role, its account, its organization or everybody; or there is no policy.
//!
//! # What rules it out
//! A repository in the role's own account, where the role's policies suffice; a policy that allows the action.
//!
//! # What cannot be known
//! The other account's policy, unless it lets the bot read it. Then the text makes it likely, and the owner can tell.
//!
//! # Remedies
//! The repository's owner adds a statement for this account; it is given ready to paste.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>

use serde_json::json;

use super::principals;
use super::refused::{self, PULL, Way, repository, role};
use crate::case::Case;
use crate::case::permission::{By, Permission};
use crate::judgement::{Judgement, Subject};
use crate::remedy::{Remedy, Risk, manual};

const WAY: Way = Way {
    by: By::RepositorySilence,
    actions: PULL,
    subject: |case, permission| {
        let missing = case
            .images
            .iter()
            .any(|image| image.reference == permission.image && image.is_without_repository());
        // What does not exist has no policy to lack anything.
        (!missing).then(|| Subject::image(permission.image))
    },
    refuses: |case, permission, _| {
        let forgotten = forgotten(case, permission)
            .map(|id| {
                format!("; its policy names {id}, which is what AWS makes of a role or user that was deleted")
            })
            .unwrap_or_default();
        format!(
            "repository {} of account {} does not let role {} of account {} pull from it ({}); its owner must allow it{forgotten}",
            repository(&permission.resource),
            owner(permission),
            role(case),
            account(case),
            permission.action
        )
    },
    remedies,
    concerned: |_, permission| vec![permission.resource.clone()],
};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    refused::judge(case, &WAY)
}

/// The id in place of an ARN that a policy keeps of a principal that was deleted; a new one of the same name is another.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>
fn forgotten<'c>(case: &'c Case<'_>, permission: &Permission<'_>) -> Option<&'c str> {
    let image = case
        .images
        .iter()
        .find(|image| image.reference == permission.image)?;
    principals::of_kind(image.ecr?.policy.value()?, "AWS")
        .find(|principal| principal.starts_with("AROA") || principal.starts_with("AIDA"))
}

fn owner<'p>(permission: &'p Permission<'_>) -> &'p str {
    permission.resource.split(':').nth(4).unwrap_or_default()
}

fn account<'c>(case: &'c Case<'_>) -> &'c str {
    let role = case.puller.role().map(|(arn, _)| arn);
    role.and_then(|arn| arn.split(':').nth(4)).unwrap_or_default()
}

fn remedies(case: &Case<'_>, permission: &Permission<'_>) -> Vec<Remedy> {
    let principal = case.puller.role().map(|(arn, _)| arn).unwrap_or_default();
    let statement = json!({
        "Sid": "PullFromOtherAccount", "Effect": "Allow", "Principal": { "AWS": principal }, "Action": PULL,
    });
    edit(
        permission,
        "allow_account",
        "Ask the repository's owner to allow the pull",
        Risk::Low,
        &format!(
            "add the statement {statement}; where there is no policy yet, to {{\"Version\":\"2012-10-17\",\"Statement\":[]}}"
        ),
    )
    .into_iter()
    .collect()
}

/// A change of the repository's policy by its owner.
pub(super) fn edit(
    permission: &Permission<'_>,
    id: &str,
    title: &str,
    risk: Risk,
    what: &str,
) -> Option<Remedy> {
    let mut parts = permission.resource.split(':');
    let (region, owner) = (parts.nth(3)?, parts.next()?);
    let name = repository(&permission.resource);
    let cli = format!(
        "# in account {owner}\n\
         aws ecr get-repository-policy --region {region} --repository-name {name} --query policyText --output text > policy.json\n\
         # {what}\n\
         aws ecr set-repository-policy --region {region} --repository-name {name} --policy-text file://policy.json"
    );
    let terraform = format!(
        "resource \"aws_ecr_repository_policy\" \"…\" {{\n  repository = \"{name}\"\n  # {what}\n  policy = jsonencode({{ … }})\n}}"
    );
    Some(manual(id, title, risk, cli, Some(terraform)))
}
