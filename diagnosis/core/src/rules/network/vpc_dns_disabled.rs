//! The VPC has DNS support or host names switched off.
//!
//! # What fails
//! Without DNS support nothing in the VPC resolves names by Amazon's resolver; without DNS host names the
//! endpoints' private names do not count.
//!
//! # What the pull says
//! "lookup … i/o timeout" or "no such host"; without host names a time-out with a public address.
//!
//! # What proves it
//! `enableDnsSupport` or `enableDnsHostnames` of the VPC is false.
//!
//! # What rules it out
//! Both attributes on.
//!
//! # What cannot be known
//! Whether the VPC's own DNS servers answer instead.
//!
//! # Remedies
//! Switch the attribute on.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli = "aws ec2 modify-vpc-attribute --vpc-id … --enable-dns-support\naws ec2 modify-vpc-attribute --vpc-id … --enable-dns-hostnames";
    let remedy = manual(
        "enable_vpc_dns",
        "Switch the VPC's DNS on",
        Risk::Medium,
        cli.to_owned(),
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::VpcDnsDisabled { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
