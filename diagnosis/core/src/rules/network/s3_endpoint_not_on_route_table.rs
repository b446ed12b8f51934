//! The S3 gateway endpoint is not associated with the task's route table.
//!
//! # What fails
//! Layers come from S3. The VPC has a gateway endpoint for it, but the subnet's route table is not among those that
//! it is on, and there is no other way out.
//!
//! # What the pull says
//! "failed to copy: httpReadSeeker: failed open: … dial tcp …:443: i/o timeout" with an address of S3, after token
//! and manifest were had.
//!
//! # What proves it
//! The endpoint's `RouteTableIds` do not hold the subnet's route table (its own, or the VPC's main one).
//!
//! # What rules it out
//! The route table among them; a route to a NAT gateway.
//!
//! # What cannot be known
//! Nothing, once endpoints and route tables may be read.
//!
//! # Remedies
//! Add the route table to the endpoint.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli = "aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-… --add-route-table-ids rtb-…";
    let remedy = manual(
        "add_route_table",
        "Add the route table to the endpoint",
        Risk::Low,
        cli.to_owned(),
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::GatewayNotOnRouteTable { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
