//! The endpoint exists and is not available.
//!
//! # What fails
//! An endpoint that is pending, waits for acceptance, was rejected, failed, expired or is being deleted answers nobody.
//! Subnets or zones it is not in do not matter: one address of it in the VPC serves all.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout".
//!
//! # What proves it
//! The endpoint's state.
//!
//! # What rules it out
//! It is `available`; a failure that proves that the host was reached.
//!
//! # What cannot be known
//! Whether its name still leads to it in that state.
//!
//! # Remedies
//! Wait while it is `pending`; else accept it, or delete it and make it again.
//!
//! # References
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::endpoints;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    endpoints::judge(
        case,
        &[Part::Endpoints],
        |at| matches!(at, Break::EndpointUnavailable { .. }),
        |subject| Some(look(&subject.id)),
    )
}

fn look(endpoint: &str) -> Remedy {
    manual(
        "wait_for_endpoint",
        "Wait for the endpoint, or make it again",
        Risk::Low,
        format!(
            "aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {endpoint} --query 'VpcEndpoints[].[State,LastError]'\n\
             # pending: wait. pendingAcceptance: its service's owner accepts it. failed, rejected, deleting: make it again"
        ),
        None,
    )
}
