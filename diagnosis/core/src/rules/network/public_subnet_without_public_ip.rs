//! The route leads to an internet gateway and the task has no public IP address.
//!
//! # What fails
//! An internet gateway passes only what has a public address. The puller is in a public subnet without one, so that its
//! packets are dropped.
//!
//! # What the pull says
//! "… connection issue between the task and Amazon ECR …", or "dial tcp …:443: i/o timeout" with a public address.
//!
//! # What proves it
//! The route for the registry's addresses leads to an internet gateway, and the service's `assignPublicIp` is `DISABLED`,
//! or the instance has no public address. The subnet's own `MapPublicIpOnLaunch` does not count for Fargate tasks.
//!
//! # What rules it out
//! A public address; a route to a NAT gateway; endpoints; a failure that proves that the registry was reached.
//!
//! # What cannot be known
//! Whether a stopped task that no service started had a public address.
//!
//! # Remedies
//! `assignPublicIp` `ENABLED`, or private subnets with a NAT gateway.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: true,
        parts: &[Part::Subnet, Part::RouteTables],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::NoPublicIp { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    );
    broken::mended(judged, |_| assign_public_ip(case))
}

fn assign_public_ip(case: &Case<'_>) -> Option<Remedy> {
    let (service, network) = (case.service()?, case.service()?.network.as_ref()?);
    let configuration = format!(
        "awsvpcConfiguration={{subnets=[{}],securityGroups=[{}],assignPublicIp=ENABLED}}",
        network.subnets.join(","),
        network.security_groups.join(",")
    );
    let cli = format!(
        "aws ecs update-service --cluster {} --service {} --network-configuration '{configuration}'",
        case.evidence.target.cluster, service.name
    );
    let terraform = format!(
        "resource \"aws_ecs_service\" \"{}\" {{\n  # …\n  network_configuration {{\n    # …\n    assign_public_ip = true\n  }}\n}}",
        service.name
    );
    let mut remedy = manual(
        "assign_public_ip",
        "Give tasks a public IP address",
        Risk::Medium,
        cli,
        Some(terraform),
    );
    remedy.notes.push(
        "Tasks can then be reached from the internet where their security groups let it in.".to_owned(),
    );
    Some(remedy)
}
