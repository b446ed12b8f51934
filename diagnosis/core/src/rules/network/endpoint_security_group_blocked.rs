//! The endpoint's security groups let no TCP 443 in from the task.
//!
//! # What fails
//! Private DNS sends the pull to the endpoint, even where a NAT gateway would serve, and the endpoint's groups drop
//! it. A VPC's default group lets in only itself.
//!
//! # What the pull says
//! "dial tcp …:443: i/o timeout" with a private address of the VPC.
//!
//! # What proves it
//! None of the endpoint's ingress rules covers TCP 443 from the task's address or groups.
//!
//! # What rules it out
//! A rule that covers it; a public address in the failure's text.
//!
//! # What cannot be known
//! The address of a task that has stopped, where only a part of its subnet is let in.
//!
//! # Remedies
//! Allow TCP 443 from the task's security group.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli = "aws ec2 authorize-security-group-ingress --group-id sg-… --protocol tcp --port 443 --source-group sg-…";
    let remedy = manual(
        "allow_ingress",
        "Let the tasks into the endpoint",
        Risk::Low,
        cli.to_owned(),
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::EndpointIngressBlocked { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
