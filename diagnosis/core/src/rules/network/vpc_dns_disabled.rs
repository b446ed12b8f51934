//! The VPC has DNS support or host names switched off.
//!
//! # What fails
//! Without `enableDnsSupport` the VPC's resolver answers nobody. Without `enableDnsHostnames` endpoints' private names
//! do not count, so that names lead to public addresses.
//!
//! # What the pull says
//! "… lookup api.ecr.REGION.amazonaws.com on 10.0.0.2:53: …", or, where only host names are off, a time-out with a
//! public address.
//!
//! # What proves it
//! The VPC's attributes.
//!
//! # What rules it out
//! Both are on; a failure that proves that the host was reached.
//!
//! # What cannot be known
//! Which DNS servers answer in their place, where the VPC's DHCP options name some.
//!
//! # Remedies
//! The attribute switched on.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, DnsAttribute, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: true,
        parts: &[Part::Dns],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::VpcDnsDisabled { .. }),
        |at, path| match at {
            Break::VpcDnsDisabled { vpc, .. } => Subject::vpc(vpc),
            _ => Subject::subnet(&path.place.subnet),
        },
    );
    broken::mended(judged, |subject| enable(case, &subject.id))
}

fn enable(case: &Case<'_>, vpc: &str) -> Option<Remedy> {
    let which = case
        .reaches
        .iter()
        .flat_map(|reach| reach.path.breaks())
        .find_map(|at| match at {
            Break::VpcDnsDisabled { which, .. } => Some(*which),
            _ => None,
        })?;
    let (option, argument) = match which {
        DnsAttribute::Support => ("--enable-dns-support", "enable_dns_support"),
        DnsAttribute::Hostnames => ("--enable-dns-hostnames", "enable_dns_hostnames"),
    };
    Some(manual(
        "enable_vpc_dns",
        "Switch on the VPC's DNS",
        Risk::Medium,
        format!("aws ec2 modify-vpc-attribute --vpc-id {vpc} {option} '{{\"Value\":true}}'"),
        Some(format!(
            "resource \"aws_vpc\" \"…\" {{\n  # …\n  {argument} = true\n}}"
        )),
    ))
}
