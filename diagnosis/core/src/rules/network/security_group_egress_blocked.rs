//! The task's security groups let no TCP 443 out to the registry, its endpoint or S3's prefix list.
//!
//! # What fails
//! Security groups are asked about the destination's address before routing. A rule for the VPC's range lets the
//! endpoints be reached and blocks layers: a gateway endpoint keeps S3's public addresses.
//!
//! # What the pull says
//! "dial tcp …:443: i/o timeout": a security group drops without an answer.
//!
//! # What proves it
//! None of the groups' egress rules, all of them united, covers TCP 443 to the destination.
//!
//! # What rules it out
//! A rule that covers it, by range, prefix list or referenced group.
//!
//! # What cannot be known
//! What a rule for a customer-managed prefix list covers.
//!
//! # Remedies
//! Allow TCP 443 to the endpoint's group, or to S3's prefix list.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli = "aws ec2 authorize-security-group-egress --group-id sg-… --ip-permissions IpProtocol=tcp,FromPort=443,ToPort=443,PrefixListIds=[{PrefixListId=pl-…}]";
    let remedy = manual("allow_egress", "Let TCP 443 out", Risk::Low, cli.to_owned(), None);
    broken::judge(
        case,
        |at| matches!(at, Break::EgressBlocked { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
