//! Images of a repository, whatever their status.

use aws_sdk_ecr::types;
use diagnosis::evidence::image::Image;
use diagnosis::{Listing, Observed};

use super::host::EcrImage;
use super::query;
use crate::actions::ECR_DESCRIBE_IMAGES;
use crate::convert::{maybe_text, maybe_time, text};
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Seen, Session};
use crate::tally::Chain;

/// Pages of a thousand images: AWS sends them in no order, so that the newest are known only once all are.
const PAGES: usize = 2;

/// Which image of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// By tag.
    Tag(String),
    /// By digest.
    Digest(String),
}

impl Which {
    /// The one a pull asks for: the digest wins.
    pub(crate) fn of(image: &EcrImage) -> Self {
        match (&image.digest, &image.tag) {
            (Some(digest), _) => Self::Digest(digest.clone()),
            (None, Some(tag)) => Self::Tag(tag.clone()),
            (None, None) => Self::Tag("latest".to_owned()),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Tag(text) | Self::Digest(text) => text,
        }
    }

    /// Whether this is that image.
    pub(crate) fn is(&self, image: &Image) -> bool {
        match self {
            Self::Tag(tag) => image.tags.contains(tag),
            Self::Digest(digest) => image.digest == *digest,
        }
    }
}

/// Archived images are left out unless one asks for `ANY`:
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImagesFilter.html>
fn any_status() -> types::DescribeImagesFilter {
    types::DescribeImagesFilter::builder()
        .image_status(types::ImageStatusFilter::Any)
        .build()
}

/// One image; absent where the repository does not have it (or there is no repository).
pub(crate) async fn describe(
    session: &Session<'_>,
    image: &EcrImage,
    which: &Which,
    after: Chain,
) -> Seen<Image> {
    let mut query = query(&ECR_DESCRIBE_IMAGES, image, Kind::Image, after);
    let separator = if matches!(which, Which::Tag(_)) { ':' } else { '@' };
    query.resource = format!("{}{separator}{}", image.repository, which.text());
    session
        .read(query, async {
            let id = types::ImageIdentifier::builder();
            let id = match which {
                Which::Tag(tag) => id.image_tag(tag),
                Which::Digest(digest) => id.image_digest(digest),
            };
            let answer = session
                .ecr(&image.region)
                .describe_images()
                .registry_id(&image.registry)
                .repository_name(&image.repository)
                .image_ids(id.build())
                .filter(any_status())
                .send()
                .await?;
            answer.image_details().first().map(convert).ok_or(NotSeen::Absent)
        })
        .await
}

/// The repository's images, newest push first.
pub(crate) async fn newest(
    session: &Session<'_>,
    image: &EcrImage,
    after: Chain,
) -> Observed<Listing<Image>> {
    session
        .read(
            query(&ECR_DESCRIBE_IMAGES, image, Kind::Image, after).variant("newest"),
            async {
                let mut listing = pages(PAGES, |token| async {
                    let answer = session
                        .ecr(&image.region)
                        .describe_images()
                        .registry_id(&image.registry)
                        .repository_name(&image.repository)
                        .filter(any_status())
                        .max_results(1000)
                        .set_next_token(token)
                        .send()
                        .await?;
                    let images = answer.image_details().iter().map(convert).collect();
                    Ok((images, answer.next_token))
                })
                .await?;
                listing
                    .items
                    .sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
                Ok(listing)
            },
        )
        .await
        .item
}

fn convert(image: &types::ImageDetail) -> Image {
    Image {
        digest: text(image.image_digest()),
        tags: image.image_tags().to_vec(),
        pushed_at: maybe_time(image.image_pushed_at()),
        last_pulled_at: maybe_time(image.last_recorded_pull_time()),
        archived_at: maybe_time(image.last_archived_at()),
        size_bytes: image
            .image_size_in_bytes()
            .and_then(|size| u64::try_from(size).ok()),
        // Answers from before images could be archived name no status.
        status: image
            .image_status()
            .map_or("ACTIVE", |status| status.as_str())
            .to_owned(),
        manifest_media_type: maybe_text(image.image_manifest_media_type()),
        artifact_media_type: maybe_text(image.artifact_media_type()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_size_survive() {
        let detail = types::ImageDetail::builder()
            .image_digest("sha256:1")
            .image_tags("v1")
            .image_size_in_bytes(42)
            .image_status(types::ImageStatus::Archived)
            .build();
        let image = convert(&detail);
        assert_eq!((image.status.as_str(), image.size_bytes), ("ARCHIVED", Some(42)));
        assert!(Which::Tag("v1".to_owned()).is(&image));
        assert!(!Which::Digest("v1".to_owned()).is(&image));
        assert_eq!(convert(&types::ImageDetail::builder().build()).status, "ACTIVE");
    }
}
