//! The S3 endpoint's policy does not allow s3:GetObject on the region's layer bucket.
//!
//! # What fails
//! ECR keeps layers in a bucket of its own and hands out signed addresses for them. Where the puller's route or DNS leads S3
//! through a VPC endpoint, that endpoint's policy must let the bucket be read. Token and manifest work, layers get 403.
//!
//! # What the pull says
//! "CannotPullContainerError: ref pull has been retried … failed to copy: httpReadSeeker: failed open: unexpected status code
//! https://prod-…-starport-layer-bucket.s3.…: 403 Forbidden".
//!
//! # What proves it
//! The endpoint that the layers come through (a gateway endpoint on the subnet's route table, or an interface endpoint that
//! takes the name over), and its policy document, which does not allow `s3:GetObject` on the bucket. The address is signed by
//! AWS, not by the role: a condition on one's own account or organization is never met.
//!
//! # What rules it out
//! No S3 endpoint on the way; one with the default policy, or one that allows the bucket for everybody.
//!
//! # What cannot be known
//! Whether a condition that names other accounts or organizations means AWS's own; through which endpoint the layers come, in
//! a VPC that another account owns.
//!
//! # Remedies
//! A statement for the bucket in the endpoint's policy. The role's permissions do not matter here.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms>

use serde_json::json;

use super::endpoint_policy_denies_ecr::edit;
use crate::access::Decision;
use crate::case::Case;
use crate::case::layers::{LayerStore, StoreAccess};
use crate::case::timeline;
use crate::evidence::network::VpcEndpoint;
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::observed::{Fact, Present};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::S3LayerForbidden];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    case.layer_stores
        .iter()
        .filter_map(|store| of_store(case, store))
        .collect()
}

fn of_store(case: &Case<'_>, store: &LayerStore<'_>) -> Option<(Subject, Judgement)> {
    let said = case.said(SAYS).map(|attempt| attempt.fact.clone());
    let of_endpoint = |endpoint: &VpcEndpoint| Subject::new(SubjectKind::Endpoint, &endpoint.id);
    Some(match &store.access {
        StoreAccess::Refused {
            endpoint,
            decision,
            certain,
            fact,
        } => {
            let finding = finding(case, store, *endpoint, decision, fact, said.clone());
            let judgement = if *certain || said.is_some() {
                Judgement::Confirmed(finding)
            } else {
                Judgement::Likely(finding)
            };
            (of_endpoint(endpoint), judgement)
        }
        StoreAccess::Open(facts) => {
            let subject = Subject::new(SubjectKind::Registry, format!("layers in {}", store.region));
            // Only where layers are in question is it worth saying.
            said.as_ref()?;
            (
                subject,
                Judgement::RuledOut {
                    why: format!(
                        "no endpoint policy keeps layers in {} from being read",
                        store.region
                    ),
                    facts: facts.clone(),
                },
            )
        }
        StoreAccess::Unknown(endpoint, missing) => {
            let subject = endpoint.as_ref().map_or_else(
                || Subject::new(SubjectKind::Registry, format!("layers in {}", store.region)),
                |endpoint| of_endpoint(endpoint),
            );
            let judgement = match said {
                Some(fact) => Judgement::Possible(
                    Finding::observed(
                        Stage::Layers,
                        format!("an S3 endpoint's policy may not allow {}", store.resource),
                    )
                    .facts([fact])
                    .missing(missing.iter().cloned()),
                ),
                None => Judgement::Unknown {
                    missing: missing.clone(),
                },
            };
            (subject, judgement)
        }
    })
}

fn finding(
    case: &Case<'_>,
    store: &LayerStore<'_>,
    endpoint: Present<'_, VpcEndpoint>,
    decision: &Decision,
    policy: &Fact,
    said: Option<Fact>,
) -> Finding {
    let why = match (&decision.decided_by, decision.unmet.first()) {
        (Some(statement), _) => format!("{statement} denies it"),
        (None, Some(unmet)) => format!(
            "it asks for {} {}, and layers are signed by AWS itself",
            unmet.key,
            unmet.wanted.join(" or ")
        ),
        (None, None) => "nothing in it does".to_owned(),
    };
    let summary = format!(
        "the policy of S3 endpoint {} does not allow s3:GetObject on {}: {why}; the role's permissions do not matter there",
        endpoint.id, store.resource
    );
    let statement = json!({
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": store.resource,
    });
    let suspect = timeline::suspect(case, &[&endpoint.id]);
    Finding::observed(Stage::Layers, summary)
        .effect(case.effect(None, Stage::Layers, SAYS))
        .facts(said)
        .facts([policy.clone()])
        .facts(suspect.map(|change| change.fact(timeline::sentence(change.value()))))
        .remedies([edit(&endpoint.id, &statement)])
}
