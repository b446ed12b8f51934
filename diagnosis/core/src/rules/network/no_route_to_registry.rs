//! The subnet has neither a way out nor the endpoints that ECR needs.
//!
//! # What fails
//! The puller is in a subnet whose route table leads nowhere outside the VPC, and no VPC endpoint serves the ECR API, the
//! registry or the layer bucket. Nothing answers.
//!
//! # What the pull says
//! "ResourceInitializationError: unable to pull secrets or registry auth: … connection issue between the task and Amazon
//! ECR … dial tcp …:443: i/o timeout", with a public address.
//!
//! # What proves it
//! The route table of the subnet (its own, or the VPC's main one where it has none) has no route for the registry's
//! addresses, by longest prefix, and the VPC has none of the endpoints.
//!
//! # What rules it out
//! A route to an internet gateway or NAT gateway; the endpoints; a failure that proves that the registry was reached.
//!
//! # What cannot be known
//! In a VPC that another account shares, its endpoints and gateways: they are invisible from here.
//!
//! # Remedies
//! A NAT gateway route, subnets that have one, or the endpoints `ecr.api`, `ecr.dkr` and S3.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/verify-connectivity.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let judged = broken::judge(
        case,
        |at| matches!(at, Break::NoRoute { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    );
    judged
        .into_iter()
        .map(|(subject, judgement)| (subject, judgement.with_remedies([endpoints(case)])))
        .collect()
}

fn endpoints(case: &Case<'_>) -> crate::remedy::Remedy {
    let region = &case.evidence.target.region;
    let vpc = case
        .evidence
        .network
        .vpc
        .value()
        .map_or("VPC_ID", |vpc| vpc.id.as_str());
    let cli = format!(
        "aws ec2 create-vpc-endpoint --vpc-id {vpc} --vpc-endpoint-type Interface --service-name com.amazonaws.{region}.ecr.api --subnet-ids … --security-group-ids …\n\
         aws ec2 create-vpc-endpoint --vpc-id {vpc} --vpc-endpoint-type Interface --service-name com.amazonaws.{region}.ecr.dkr --subnet-ids … --security-group-ids …\n\
         aws ec2 create-vpc-endpoint --vpc-id {vpc} --vpc-endpoint-type Gateway --service-name com.amazonaws.{region}.s3 --route-table-ids …"
    );
    let terraform = format!(
        "resource \"aws_vpc_endpoint\" \"ecr\" {{\n  for_each            = toset([\"ecr.api\", \"ecr.dkr\"])\n  vpc_id              = \"{vpc}\"\n  service_name        = \"com.amazonaws.{region}.${{each.key}}\"\n  vpc_endpoint_type   = \"Interface\"\n  private_dns_enabled = true\n  # subnet_ids, security_group_ids\n}}"
    );
    let mut remedy = manual(
        "create_endpoints",
        "Create the ECR and S3 endpoints",
        Risk::Medium,
        cli,
        Some(terraform),
    );
    remedy
        .notes
        .push("Private DNS changes what the names resolve to in the whole VPC at once.".to_owned());
    remedy
}
