//! The image does not exist in the third-party registry, or is private: the registry will not say which.
//!
//! # What fails
//! A registry other than ECR answers that there is no such image. Most give the same answer for an image that exists and
//! is private, when it is asked for without credentials.
//!
//! # What the pull says
//! "pull access denied, repository does not exist or may require authorization", "manifest unknown", "not found".
//!
//! # What proves it
//! The text: the registry's own answer.
//!
//! # What rules it out
//! A failure that comes before or after that answer.
//!
//! # What cannot be known
//! Whether the image is missing or private. With credentials in the task definition it may be these that are not enough.
//!
//! # Remedies
//! Back to the last revision that ran; the right name or tag; `repositoryCredentials` where the image is private; a copy
//! in ECR.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html>

use super::each;
use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::images::Registry;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::rules::permission::registry_credentials_missing::add_credentials;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[
    StopClass::TagNotFound,
    StopClass::DigestNotFound,
    StopClass::RepositoryNotFound,
    StopClass::AmbiguousDeniedOrMissing,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let Ok(parsed) = &image.parsed else {
        return Judgement::NotApplicable;
    };
    if matches!(parsed.registry, Registry::EcrPrivate { .. }) {
        return Judgement::NotApplicable;
    }
    let Some(attempt) = case.newest_saying(image.reference, SAYS) else {
        return Judgement::NotApplicable;
    };
    // Docker counts a 403 without a body among these: there, something between may have refused as well.
    let credentials = image
        .containers
        .iter()
        .find_map(|container| container.credentials_parameter.as_deref());
    let closed = attempt.reason.class == StopClass::AmbiguousDeniedOrMissing;
    let summary = match (closed, credentials) {
        (true, None) => format!(
            "{} does not exist at {}, or is private and is pulled without credentials",
            image.reference, parsed.host
        ),
        (true, Some(_)) => format!(
            "{} does not exist at {}, or the credentials do not open it",
            image.reference, parsed.host
        ),
        (false, _) => format!(
            "{} does not exist at {}, says the registry",
            image.reference, parsed.host
        ),
    };
    let without = case
        .definition
        .filter(|_| credentials.is_none())
        .map(|definition| {
            definition.fact(format!(
                "{} pulls {} without repositoryCredentials",
                definition.name(),
                image.reference
            ))
        });
    Judgement::Likely(
        Finding::observed(Stage::Manifest, summary)
            .facts([attempt.fact.clone()])
            .facts(without)
            .missing([Missing::unknowable(
                format!("whether {} is missing or private", image.reference),
                format!("{} gives the same answer for both", parsed.host),
            )])
            .remedies(case.roll_back())
            .remedies((closed && credentials.is_none()).then(|| add_credentials(case))),
    )
}
