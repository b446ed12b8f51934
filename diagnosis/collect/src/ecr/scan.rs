//! What scanning an image found.

use aws_sdk_ecr::types;
use diagnosis::Observed;
use diagnosis::evidence::image::Scan;

use super::host::EcrImage;
use super::query;
use crate::actions::ECR_DESCRIBE_IMAGE_SCAN_FINDINGS;
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::Session;
use crate::tally::Chain;

/// The counts of an image's findings; absent where it was not scanned.
pub(crate) async fn findings(
    session: &Session<'_>,
    image: &EcrImage,
    digest: &str,
    after: Chain,
) -> Observed<Scan> {
    let mut query = query(&ECR_DESCRIBE_IMAGE_SCAN_FINDINGS, image, Kind::Image, after);
    query.resource = format!("{}@{digest}", image.repository);
    session
        .read(query, async {
            let answer = session
                .ecr(&image.region)
                .describe_image_scan_findings()
                .registry_id(&image.registry)
                .repository_name(&image.repository)
                .image_id(types::ImageIdentifier::builder().image_digest(digest).build())
                .max_results(1)
                .send()
                .await?;
            let status = answer
                .image_scan_status()
                .and_then(types::ImageScanStatus::status);
            let counts = answer
                .image_scan_findings()
                .and_then(types::ImageScanFindings::finding_severity_counts);
            Ok(Scan {
                status: status.ok_or(NotSeen::Absent)?.as_str().to_owned(),
                findings: counts
                    .into_iter()
                    .flatten()
                    .filter_map(|(severity, count)| {
                        Some((severity.as_str().to_owned(), u32::try_from(*count).ok()?))
                    })
                    .collect(),
            })
        })
        .await
        .item
}
