//! A VPC endpoint's policy for ECR does not allow the pull.
//!
//! # What fails
//! The pull goes through an interface endpoint for `ecr.api` or `ecr.dkr`, and that endpoint has a policy of its own, which
//! does not allow the action for this role and repository. AWS's own sample policy allows the two pull actions only: on
//! `ecr.api` it takes the token away.
//!
//! # What the pull says
//! "… because no VPC endpoint policy allows the ecr:GetAuthorizationToken action", or "… with an explicit deny in a VPC
//! endpoint policy". The words are cut off at times: then they look like the role's own fault.
//!
//! # What proves it
//! The endpoint takes the name over in the puller's VPC (private DNS, the VPC's own DNS), and its policy document, evaluated
//! for the role, the action and the repository, does not allow it. The token is asked for at `ecr.api`, manifests and layers
//! at `ecr.dkr`.
//!
//! # What rules it out
//! No endpoint on the way; an endpoint whose policy allows the action.
//!
//! # What cannot be known
//! Through which endpoint the call went, where the VPC is another account's or uses its own DNS servers.
//!
//! # Remedies
//! The missing statement in the endpoint's policy. The whole VPC uses that endpoint, so that its owner decides. An Allow in
//! the role's own policies does not help.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>,
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>

use serde_json::json;

use super::refused::{self, ALL, Way, role, task};
use crate::case::Case;
use crate::case::permission::{By, Permission};
use crate::judgement::{Judgement, Subject, SubjectKind};
use crate::network::Gate;
use crate::remedy::{Remedy, Risk, manual};

const WAY: Way = Way {
    by: By::Endpoint,
    actions: ALL,
    subject: |case, permission| match &permission.gate {
        Gate::Endpoint(endpoint) | Gate::Unclear(Some(endpoint), _) => {
            Some(Subject::new(SubjectKind::Endpoint, &endpoint.id))
        }
        Gate::None(_) | Gate::Unclear(None, _) => refused::role_subject(case, permission),
    },
    refuses: |case, permission, _| {
        let endpoint = match &permission.gate {
            Gate::Endpoint(endpoint) | Gate::Unclear(Some(endpoint), _) => {
                format!("VPC endpoint {} ({})", endpoint.id, endpoint.service)
            }
            Gate::None(_) | Gate::Unclear(None, _) => "a VPC endpoint".to_owned(),
        };
        format!(
            "the policy of {endpoint} does not let role {} {}; an Allow in the role's own policies would not help",
            role(case),
            task(permission)
        )
    },
    remedies,
    concerned: |_, permission| {
        let endpoint = permission.gate.endpoint();
        endpoint.map(|endpoint| endpoint.id.clone()).into_iter().collect()
    },
};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    refused::judge(case, &WAY)
}

fn remedies(case: &Case<'_>, permission: &Permission<'_>) -> Vec<Remedy> {
    let Some(endpoint) = permission.gate.endpoint() else {
        return Vec::new();
    };
    let principal = case.puller.role().map(|(arn, _)| arn).unwrap_or_default();
    let statement = json!({
        "Effect": "Allow", "Principal": { "AWS": principal }, "Action": permission.action,
        "Resource": permission.resource,
    });
    vec![edit(&endpoint.id, &statement)]
}

/// A statement more in an endpoint's policy.
pub(super) fn edit(endpoint: &str, statement: &serde_json::Value) -> Remedy {
    let cli = format!(
        "aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {endpoint} --query 'VpcEndpoints[0].PolicyDocument' --output text > policy.json\n\
         # add the statement {statement}\n\
         aws ec2 modify-vpc-endpoint --vpc-endpoint-id {endpoint} --policy-document file://policy.json"
    );
    let terraform = format!(
        "resource \"aws_vpc_endpoint\" \"…\" {{\n  # …\n  policy = jsonencode({{\n    Statement = [\n      # …\n      {statement},\n    ]\n  }})\n}}"
    );
    let mut remedy = manual(
        "allow_in_endpoint_policy",
        "Allow the pull in the endpoint's policy",
        Risk::Medium,
        cli,
        Some(terraform),
    );
    remedy
        .notes
        .push("Everything in the VPC uses this endpoint: whoever owns it decides.".to_owned());
    remedy
}
