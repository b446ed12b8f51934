//! The task's security groups let no TCP 443 out to the registry, the endpoint or S3.
//!
//! # What fails
//! A security group is asked for the packet's destination before any route is. All groups of the puller together must
//! let TCP 443 out to each host: to the endpoint's addresses or group, and to S3's public ranges even where a gateway
//! endpoint serves. "443 to the VPC's range" lets token and manifest through and stops layers.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", with the address of whatever the groups stop.
//!
//! # What proves it
//! The egress rules of all groups, destination by destination: ranges, referenced groups, prefix lists.
//!
//! # What rules it out
//! A rule that lets TCP 443 out there; a failure that proves that the host was reached.
//!
//! # What cannot be known
//! The groups of a task that no service started, unless CloudTrail has its `RunTask`.
//!
//! # Remedies
//! A rule that lets TCP 443 out to that destination.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::judgement::{Judgement, Subject, SubjectKind};
use crate::network::{Break, Need, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: true,
        parts: &[Part::SecurityGroups],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::EgressBlocked { .. }),
        |at, path| match at {
            Break::EgressBlocked { groups, .. } => {
                Subject::new(SubjectKind::SecurityGroup, groups.join(", "))
            }
            _ => Subject::subnet(&path.place.subnet),
        },
    );
    broken::mended(judged, |_| allow_egress(case))
}

/// Lets the first group out to where it is stopped.
fn allow_egress(case: &Case<'_>) -> Option<Remedy> {
    let (group, port, path) = case.reaches.iter().find_map(|reach| {
        reach.path.breaks().find_map(|at| match at {
            Break::EgressBlocked { groups, port, .. } => Some((groups.first()?, *port, &reach.path)),
            _ => None,
        })
    })?;
    let network = &case.evidence.network;
    let list = network.prefix_lists.items().iter().find(|list| {
        list.name.rsplit('.').next() == Some("s3") && matches!(path.need, Need::LayerStore { .. })
    });
    let (peer, argument) = match list {
        Some(list) => (
            format!("PrefixListIds=[{{PrefixListId={}}}]", list.id),
            format!("prefix_list_id    = \"{}\"", list.id),
        ),
        None if broken::has_only_v6(case, &path.place.subnet) => (
            "Ipv6Ranges=[{CidrIpv6=::/0}]".to_owned(),
            "cidr_ipv6         = \"::/0\"".to_owned(),
        ),
        None => (
            "IpRanges=[{CidrIp=0.0.0.0/0}]".to_owned(),
            "cidr_ipv4         = \"0.0.0.0/0\"".to_owned(),
        ),
    };
    Some(manual(
        "allow_egress",
        &format!("Let TCP {port} out of {group}"),
        Risk::Low,
        format!(
            "aws ec2 authorize-security-group-egress --group-id {group} --ip-permissions 'IpProtocol=tcp,FromPort={port},ToPort={port},{peer}'"
        ),
        Some(format!(
            "resource \"aws_vpc_security_group_egress_rule\" \"pull\" {{\n  security_group_id = \"{group}\"\n  ip_protocol       = \"tcp\"\n  from_port         = {port}\n  to_port           = {port}\n  {argument}\n}}"
        )),
    ))
}
