//! An IPv6-only subnet, and an image host without IPv6.
//!
//! # What fails
//! ECR's standard names have IPv4 addresses only. From a subnet without IPv4 they are reached by the dual-stack names,
//! or by DNS64 and NAT64.
//!
//! # What the pull says
//! "… network is unreachable", a time-out, or a name without an address.
//!
//! # What proves it
//! The subnet has no IPv4 range, the image's host is not a dual-stack one, and no route leads to a NAT gateway that
//! translates.
//!
//! # What rules it out
//! The subnet has IPv4; the image names the dual-stack host; a failure that proves that the host was reached.
//!
//! # What cannot be known
//! Whether the subnet's DNS64 is on, and whether a registry that is not ECR has IPv6.
//!
//! # Remedies
//! The dual-stack name in the task definition's image, or DNS64 with a NAT gateway.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part};
use crate::remedy::{Remedy, Risk};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let subnets = case.evidence.network.subnets.items();
    let question = Question {
        arises: subnets.iter().any(|subnet| subnet.ipv6_only),
        parts: &[Part::Subnet, Part::RouteTables, Part::Endpoints],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::Ipv6Only { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    );
    broken::mended(judged, |_| case.definition.map(|_| dual_stack(case)))
}

fn dual_stack(case: &Case<'_>) -> Remedy {
    case.revise(
        "use_dual_stack_host",
        "Name the image by ECR's dual-stack host",
        Risk::Low,
        "write the image as ACCOUNT.dkr-ecr.REGION.on.aws/REPOSITORY:TAG",
        None,
    )
}
