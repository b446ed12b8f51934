//! The subnet has neither a way out nor the endpoints that ECR needs.
//!
//! # What fails
//! The puller is in a subnet whose route table leads nowhere outside the VPC, and no VPC endpoint serves the ECR API, the
//! registry or the layer bucket. Nothing answers.
//!
//! # What the pull says
//! "ResourceInitializationError: unable to pull secrets or registry auth: … connection issue between the task and Amazon
//! ECR … dial tcp …:443: i/o timeout", with a public address.
//!
//! # What proves it
//! The route table of the subnet (its own, or the VPC's main one where it has none) has no route for the registry's
//! addresses, by longest prefix, and the VPC has none of the endpoints.
//!
//! # What rules it out
//! A route to an internet gateway or NAT gateway; the endpoints; a failure that proves that the registry was reached.
//!
//! # What cannot be known
//! In a VPC that another account shares, its endpoints and gateways: they are invisible from here.
//!
//! # Remedies
//! A NAT gateway route, subnets that have one, or the endpoints `ecr.api`, `ecr.dkr` and S3.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/verify-connectivity.html>

use super::broken::{self, Question};
use super::lacking;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: true,
        parts: &[Part::Subnet, Part::RouteTables, Part::Endpoints],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::NoRoute { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    );
    broken::mended(judged, |_| lacking::remedies(case))
}
