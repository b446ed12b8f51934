//! No way out, and no endpoint for the ECR API.
//!
//! # What fails
//! The subnet has no route out of the VPC. Other endpoints that ECR needs are there, the one for the ECR API
//! (`ecr.api`) is not: no token can be had.
//!
//! # What the pull says
//! "… connection issue between the task and Amazon ECR …", or a time-out of `api.ecr` with a public address.
//!
//! # What proves it
//! No route for the addresses, by longest prefix, and no `com.amazonaws.REGION.ecr.api` endpoint among the VPC's
//! endpoints, all of them read.
//!
//! # What rules it out
//! The endpoint, available; a route to a NAT gateway or, with a public address, to an internet gateway.
//!
//! # What cannot be known
//! In a VPC that another account shares, its endpoints: they are invisible from here.
//!
//! # Remedies
//! Create the endpoint `ecr.api`. With private DNS its name changes what it resolves to in the whole VPC at once.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let region = &case.evidence.target.region;
    let cli = format!(
        "aws ec2 create-vpc-endpoint --vpc-id … --vpc-endpoint-type Interface --service-name com.amazonaws.{region}.ecr.api --subnet-ids … --security-group-ids …"
    );
    let remedy = manual(
        "create_endpoint_ecr_api",
        "Create the ecr.api endpoint",
        Risk::Medium,
        cli,
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::EndpointMissing { service } if broken::is_of(service, "ecr.api")),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
