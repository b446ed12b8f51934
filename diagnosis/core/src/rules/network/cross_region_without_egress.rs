//! The image is in another region: endpoints do not serve it, and there is no other way out.
//!
//! # What fails
//! Interface endpoints and S3's gateway endpoint serve their own region. An image of another region's registry needs a
//! way to the internet.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", naming a host of another region.
//!
//! # What proves it
//! The image's region, the endpoints' region, and that the subnet has no other way out.
//!
//! # What rules it out
//! A NAT gateway or internet gateway that serves; the image is of the task's own region; a failure that proves that the
//! host was reached.
//!
//! # What cannot be known
//! Whether a transit gateway or peering leads to endpoints of that region.
//!
//! # Remedies
//! The image replicated into the task's region and named there, or a NAT gateway.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::images::Registry;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: away(case).is_some(),
        parts: &[Part::RouteTables, Part::Endpoints],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::CrossRegionNoEgress { .. }),
        |_, path| broken::whole(case, path),
    );
    broken::mended(judged, |_| replicate(case))
}

/// Account and region of an image that is in another region than the cluster.
fn away<'c>(case: &'c Case<'_>) -> Option<(&'c str, &'c str)> {
    let here = &case.evidence.target.region;
    case.images
        .iter()
        .find_map(|image| match &image.parsed.as_ref().ok()?.registry {
            Registry::EcrPrivate { account, region, .. } if region != here => {
                Some((account.as_str(), region.as_str()))
            }
            _ => None,
        })
}

fn replicate(case: &Case<'_>) -> Option<Remedy> {
    let (account, region) = away(case)?;
    let here = &case.evidence.target.region;
    let mut remedy = manual(
        "replicate_image",
        "Replicate the image into this region",
        Risk::Medium,
        format!(
            "aws ecr put-replication-configuration --region {region} --replication-configuration '{{\"rules\":[{{\"destinations\":[{{\"region\":\"{here}\",\"registryId\":\"{account}\"}}]}}]}}'"
        ),
        Some(format!(
            "resource \"aws_ecr_replication_configuration\" \"this\" {{\n  replication_configuration {{\n    rule {{\n      destination {{\n        region      = \"{here}\"\n        registry_id = \"{account}\"\n      }}\n    }}\n  }}\n}}"
        )),
    );
    remedy.notes.push(format!(
        "It replaces the registry's whole replication configuration, and replicates what is pushed from then on: push the image again, then name it with {here} in a new revision."
    ));
    Some(remedy)
}
