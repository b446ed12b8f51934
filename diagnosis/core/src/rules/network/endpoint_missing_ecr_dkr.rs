//! No way out, and no ecr.dkr endpoint.
//!
//! # What fails
//! A subnet without a way out needs an endpoint each for the ECR API, the registry and S3. Some of them are there; the
//! one for the registry, which hands out manifests, is not.
//!
//! # What the pull says
//! "CannotPullContainerError: … failed to resolve ref …: failed to do request: Head
//! "https://ACCOUNT.dkr.ecr.REGION.amazonaws.com/v2/…": dial tcp …:443: i/o timeout".
//!
//! # What proves it
//! The subnet's route table has no route that fits, the VPC has endpoints for ECR, and none of them is for `ecr.dkr`.
//!
//! # What rules it out
//! A NAT gateway or internet gateway that serves; an endpoint of this service in any zone of the VPC; a failure that
//! proves that this host was reached.
//!
//! # What cannot be known
//! Endpoints of another account that shares its VPC: they are invisible from here.
//!
//! # Remedies
//! The endpoint, with all others that the task lacks: `logs` for `awslogs`, `secretsmanager` for secrets.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::lacking;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Need;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    lacking::endpoint(case, |need| matches!(need, Need::Registry { .. }))
}
