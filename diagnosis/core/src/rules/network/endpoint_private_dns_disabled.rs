//! The interface endpoint has no private DNS: the standard name resolves to public addresses.
//!
//! # What fails
//! The endpoint exists, but its private DNS is off. ECR's standard names resolve to public addresses, and the
//! subnet has no way out to them.
//!
//! # What the pull says
//! "dial tcp …:443: i/o timeout" with a public address, although endpoints exist.
//!
//! # What proves it
//! `PrivateDnsEnabled` is false on the endpoint, and no route leads out. A public address in the failure's text
//! says the same.
//!
//! # What rules it out
//! Private DNS on; a private address in the failure's text; a route out.
//!
//! # What cannot be known
//! Whether a private hosted zone stands in for it: hosted zones are not read.
//!
//! # Remedies
//! Switch private DNS on; the VPC's DNS support and DNS host names must be on.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli = "aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-… --private-dns-enabled";
    let remedy = manual(
        "enable_private_dns",
        "Switch the endpoint's private DNS on",
        Risk::Medium,
        cli.to_owned(),
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::EndpointPrivateDnsDisabled { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
