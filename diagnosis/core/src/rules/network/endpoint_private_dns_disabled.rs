//! The interface endpoint has no private DNS: the standard name resolves to public addresses.
//!
//! # What fails
//! ECS asks for `api.ecr.REGION.amazonaws.com` and the registry's own name. Without private DNS these lead to the
//! internet, past the endpoint, and the subnet has no way there.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", with a public address though an endpoint exists.
//!
//! # What proves it
//! `PrivateDnsEnabled` is false on the endpoint of that service, the subnet has no way out, and no private hosted zone
//! of the VPC answers for the name.
//!
//! # What rules it out
//! Private DNS is on; a private hosted zone that leads the name to the endpoint; another way out; a failure that proves
//! that the host was reached.
//!
//! # What cannot be known
//! Private hosted zones, where they could not be read and the failure names no address: the cause is then likely, not
//! confirmed.
//!
//! # Remedies
//! Private DNS switched on, which needs both DNS attributes of the VPC.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::endpoints;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    endpoints::judge(
        case,
        &[Part::Endpoints],
        |at| matches!(at, Break::EndpointPrivateDnsDisabled { .. }),
        |subject| Some(enable(&subject.id)),
    )
}

fn enable(endpoint: &str) -> Remedy {
    let mut remedy = manual(
        "enable_private_dns",
        "Switch on the endpoint's private DNS",
        Risk::Medium,
        format!("aws ec2 modify-vpc-endpoint --vpc-endpoint-id {endpoint} --private-dns-enabled"),
        Some("resource \"aws_vpc_endpoint\" \"…\" {\n  # …\n  private_dns_enabled = true\n}".to_owned()),
    );
    remedy
        .notes
        .push("Private DNS changes what the name resolves to in the whole VPC at once.".to_owned());
    remedy
}
