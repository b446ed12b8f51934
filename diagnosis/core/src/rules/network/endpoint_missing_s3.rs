//! No way out, and no S3 endpoint: layers cannot be fetched.
//!
//! # What fails
//! A subnet without a way out needs an endpoint each for the ECR API, the registry and S3. Some of them are there; the
//! one for S3, whose bucket holds the layers, is not.
//!
//! # What the pull says
//! "CannotPullContainerError: ref pull has been retried N time(s): failed to copy: httpReadSeeker: failed open: failed
//! to do request: Get "https://prod-REGION-starport-layer-bucket.s3.REGION.amazonaws.com/…": dial tcp …:443: i/o
//! timeout": token and manifest were had.
//!
//! # What proves it
//! The subnet's route table has no route that fits, the VPC has endpoints for ECR, and none of them is for `s3`.
//!
//! # What rules it out
//! A NAT gateway or internet gateway that serves; an endpoint of this service in any zone of the VPC; a failure that
//! proves that this host was reached. Images of other registries do without it.
//!
//! # What cannot be known
//! Endpoints of another account that shares its VPC: they are invisible from here.
//!
//! # Remedies
//! The endpoint, with all others that the task lacks: `logs` for `awslogs`, `secretsmanager` for secrets. For S3 a
//! gateway endpoint costs nothing.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::lacking;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Need;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    lacking::endpoint(case, |need| matches!(need, Need::LayerStore { .. }))
}
