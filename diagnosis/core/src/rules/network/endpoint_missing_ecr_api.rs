//! No way out, and no ecr.api endpoint.
//!
//! # What fails
//! A subnet without a way out needs an endpoint each for the ECR API, the registry and S3. Some of them are there; the
//! one for the ECR API, which hands out tokens, is not.
//!
//! # What the pull says
//! "ResourceInitializationError: unable to pull secrets or registry auth: … Post
//! "https://api.ecr.REGION.amazonaws.com/": dial tcp …:443: i/o timeout", with a public address.
//!
//! # What proves it
//! The subnet's route table has no route that fits, the VPC has endpoints for ECR, and none of them is for `ecr.api`.
//!
//! # What rules it out
//! A NAT gateway or internet gateway that serves; an endpoint of this service in any zone of the VPC; a failure that
//! proves that this host was reached. Fargate's platform version 1.3.0 and earlier does without it: the token is
//! fetched over an interface of Fargate's own.
//!
//! # What cannot be known
//! Endpoints of another account that shares its VPC: they are invisible from here.
//!
//! # Remedies
//! The endpoint, with all others that the task lacks: `logs` for `awslogs`, `secretsmanager` for secrets.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-version-migration.html>

use super::lacking;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Need;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    lacking::endpoint(case, |need| matches!(need, Need::EcrApi { .. }))
}
