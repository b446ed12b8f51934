//! No way out, and no endpoint for S3.
//!
//! # What fails
//! The subnet has no route out of the VPC. Other endpoints that ECR needs are there, the one for S3 (`s3`) is not:
//! token and manifest are had, layers time out.
//!
//! # What the pull says
//! "failed to copy: httpReadSeeker: failed open: … dial tcp …:443: i/o timeout" with an address of S3.
//!
//! # What proves it
//! No route for the addresses, by longest prefix, and no `com.amazonaws.REGION.s3` endpoint among the VPC's
//! endpoints, all of them read.
//!
//! # What rules it out
//! The endpoint, available; a route to a NAT gateway or, with a public address, to an internet gateway.
//!
//! # What cannot be known
//! In a VPC that another account shares, its endpoints: they are invisible from here.
//!
//! # Remedies
//! Create the endpoint `s3`. A gateway endpoint must be on the subnet's route table.
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
        "aws ec2 create-vpc-endpoint --vpc-id … --vpc-endpoint-type Gateway --service-name com.amazonaws.{region}.s3 --route-table-ids …"
    );
    let remedy = manual(
        "create_endpoint_s3",
        "Create the s3 endpoint",
        Risk::Medium,
        cli,
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::EndpointMissing { service } if broken::is_of(service, "s3")),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
