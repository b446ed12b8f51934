//! What the rules about a third-party registry's credentials share: the images, and what their failures say.

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::fate::ImageCase;
use crate::images::Registry;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::stop_reason::{StopClass, secret_trouble};

/// An image of a registry that may ask for credentials, and the newest failure in which it did.
pub(super) struct Asked<'c, 'e> {
    pub(super) image: &'c ImageCase<'e>,
    pub(super) attempt: &'c Attempt<'e>,
    /// Whether the registry says plainly that it wants other credentials; else it will not say what is wrong.
    pub(super) plainly: bool,
    /// The secret that the task definition names for it.
    pub(super) secret: Option<&'e str>,
}

impl Asked<'_, '_> {
    /// The registry's host, as the reference writes it.
    pub(super) fn host(&self) -> &str {
        self.image
            .parsed
            .as_ref()
            .map(|parsed| parsed.host.as_str())
            .unwrap_or_default()
    }

    /// As sure as the registry is plain; where it is not, `else_missing` would tell.
    pub(super) fn judged(&self, finding: Finding, else_missing: Missing) -> (Subject, Judgement) {
        let judgement = if self.plainly {
            Judgement::Likely(finding)
        } else {
            Judgement::Possible(finding.missing([else_missing]))
        };
        (Subject::image(self.image.reference), judgement)
    }
}

/// The images outside ECR whose registry refused them.
pub(super) fn refused<'c, 'e>(case: &'c Case<'e>) -> Vec<Asked<'c, 'e>> {
    case.images
        .iter()
        .filter(|image| matches!(image.registry(), Some(Registry::DockerHub | Registry::Other)))
        .filter_map(|image| {
            let attempt = case.attempts.newest_pull(Some(image.reference))?;
            // The words about reading a secret are another matter: nothing was sent to the registry yet.
            if secret_trouble(&attempt.text).is_some() {
                return None;
            }
            let plainly = match attempt.reason.class {
                StopClass::PrivateRegistryAuth => true,
                StopClass::AmbiguousDeniedOrMissing => false,
                _ => return None,
            };
            let secret = image
                .containers
                .iter()
                .find_map(|container| container.credentials_parameter.as_deref());
            Some(Asked {
                image,
                attempt,
                plainly,
                secret,
            })
        })
        .collect()
}
