//! A registry-level policy or account setting of ECR refuses the pull.
//!
//! # What fails
//! A private registry has a policy of its own beside those of its repositories. In its second version (scope `V2`, the
//! default of newer registries) it counts for every action of ECR: a Deny in it hits pulls from every repository.
//!
//! # What the pull says
//! "… with an explicit deny in a resource-based policy": the words of a repository's policy.
//!
//! # What proves it
//! The registry's policy is of scope `V2`, and a Deny statement of it, quoted, matches the role and the action.
//!
//! # What rules it out
//! No registry policy; one of scope `V1`, which is about replication and pull-through caches only; no Deny that matches.
//!
//! # What cannot be known
//! The registry policy of another account.
//!
//! # Remedies
//! Whoever owns the registry can narrow the Deny.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-account-settings.html>

use super::refused::{self, PULL, Way, on, role};
use crate::case::Case;
use crate::case::permission::{By, Permission};
use crate::images::Registry;
use crate::judgement::{Judgement, Subject, SubjectKind};
use crate::remedy::{Remedy, Risk, manual};

const WAY: Way = Way {
    by: By::Registry,
    actions: PULL,
    subject: |case, permission| {
        let image = case
            .images
            .iter()
            .find(|image| image.reference == permission.image)?;
        let host = &image.parsed.as_ref().ok()?.host;
        matches!(image.registry(), Some(Registry::EcrPrivate { .. }))
            .then(|| Subject::new(SubjectKind::Registry, host))
    },
    refuses: |case, permission, statement| {
        let which = statement.map_or_else(
            || "a Deny in the registry's policy".to_owned(),
            ToString::to_string,
        );
        format!(
            "{which} denies role {} {}{}; no Allow can help, only the registry's owner",
            role(case),
            permission.action,
            on(permission)
        )
    },
    remedies,
    concerned: |_, _| Vec::new(),
};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    refused::judge(case, &WAY)
}

fn remedies(_: &Case<'_>, permission: &Permission<'_>) -> Vec<Remedy> {
    let region = permission.resource.split(':').nth(3).unwrap_or_default();
    let cli = format!(
        "aws ecr get-registry-policy --region {region} --query policyText --output text > policy.json\n\
         # narrow the Deny statement\n\
         aws ecr put-registry-policy --region {region} --policy-text file://policy.json"
    );
    let terraform = "resource \"aws_ecr_registry_policy\" \"…\" {\n  # narrow the Deny statement\n  policy = jsonencode({ … })\n}";
    vec![manual(
        "narrow_registry_deny",
        "Narrow the Deny in the registry's policy",
        Risk::High,
        cli,
        Some(terraform.to_owned()),
    )]
}
