//! A FIPS image host, and only the plain ECR endpoints.
//!
//! # What fails
//! ECR's FIPS hosts have endpoint services of their own. Without a way out, the plain `ecr.api` and `ecr.dkr` endpoints
//! do not serve them.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", naming a host `dkr.ecr-fips`.
//!
//! # What proves it
//! The image's host is a FIPS one, the VPC has the plain endpoint and none for the FIPS service, and the subnet has no
//! other way out.
//!
//! # What rules it out
//! The FIPS endpoint; another way out; a plain image host; a failure that proves that the host was reached.
//!
//! # What cannot be known
//! Whether the token is asked for at the API's FIPS host too: that is a setting of the account or agent.
//!
//! # Remedies
//! The FIPS endpoint, or the plain host in the image.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::lacking;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Need};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let is_fips = |need: &Need| {
        matches!(
            need,
            Need::EcrApi { fips: true, .. } | Need::Registry { fips: true, .. }
        )
    };
    lacking::judge(case, is_fips, |at, _| {
        matches!(at, Break::FipsEndpointMissing { .. })
    })
}
