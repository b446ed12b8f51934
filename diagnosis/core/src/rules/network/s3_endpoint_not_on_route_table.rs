//! The S3 gateway endpoint is not associated with the task's route table.
//!
//! # What fails
//! A gateway endpoint serves the subnets on whose route tables it is. The puller's subnet uses another table and has no
//! other way out: token and manifest are had, layers are not.
//!
//! # What the pull says
//! "… failed to copy: httpReadSeeker: failed open: failed to do request: Get
//! "https://prod-REGION-starport-layer-bucket.s3.REGION.amazonaws.com/…": dial tcp …:443: i/o timeout".
//!
//! # What proves it
//! The endpoint's route tables, and the one that the subnet uses: its own, or the VPC's main table.
//!
//! # What rules it out
//! The endpoint is on that table; another way out; a failure that proves that layers were read.
//!
//! # What cannot be known
//! In a VPC that another account shares, its endpoints.
//!
//! # Remedies
//! The endpoint put on the subnet's route table.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part, Path};
use crate::observed::without_repeats;
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let endpoints = case.evidence.network.endpoints.items();
    let question = Question {
        arises: endpoints
            .iter()
            .any(|endpoint| endpoint.kind == "Gateway" && endpoint.service.rsplit('.').next() == Some("s3")),
        parts: &[Part::RouteTables, Part::Endpoints],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::GatewayNotOnRouteTable { .. }),
        |at, path| match at {
            Break::GatewayNotOnRouteTable { endpoint, .. } => Subject::endpoint(endpoint),
            _ => Subject::subnet(&path.place.subnet),
        },
    );
    broken::mended(judged, |subject| [add_to_tables(case, &subject.id)])
}

fn add_to_tables(case: &Case<'_>, endpoint: &str) -> Remedy {
    let lacks = |path: &Path| {
        path.breaks().find_map(|at| match at {
            Break::GatewayNotOnRouteTable {
                endpoint: id,
                route_table,
            } if id == endpoint => Some(route_table.clone()),
            _ => None,
        })
    };
    let tables = without_repeats(case.reaches.iter().filter_map(|reach| lacks(&reach.path)));
    let resources: Vec<String> = tables
        .iter()
        .map(|table| {
            format!(
                "resource \"aws_vpc_endpoint_route_table_association\" \"s3_{}\" {{\n  vpc_endpoint_id = \"{endpoint}\"\n  route_table_id  = \"{table}\"\n}}",
                table.replace('-', "_")
            )
        })
        .collect();
    let mut remedy = manual(
        "add_endpoint_to_route_table",
        "Put the S3 endpoint on the route table",
        Risk::Low,
        format!(
            "aws ec2 modify-vpc-endpoint --vpc-endpoint-id {endpoint} --add-route-table-ids {}",
            tables.join(" ")
        ),
        Some(resources.join("\n\n")),
    );
    remedy
        .notes
        .push("Connections to S3 that are open in these subnets are interrupted for a moment.".to_owned());
    remedy
}
