//! What the rules about keys share: the keys that the pull needs, and what they are for.

use crate::case::Case;
use crate::case::key::KeyState;
use crate::case::secret::short_name;
use crate::judgement::Effect;
use crate::observed::Fact;
use crate::stage::Stage;
use crate::stop_reason::{StopClass, secret_trouble};

/// A key that the pull needs.
pub(super) struct Use<'c, 'e> {
    /// The key, as the repository or secret names it.
    pub(super) name: &'c str,
    /// What became of it.
    pub(super) state: &'c KeyState<'e>,
    /// What it encrypts, for a sentence.
    pub(super) what: String,
    /// That it does.
    pub(super) encrypts: Option<Fact>,
    /// The image that needs it; any, for a secret.
    image: Option<&'c str>,
    /// The stage at which it is needed.
    pub(super) stage: Stage,
    /// The text that speaks of a key.
    pub(super) said: Option<Fact>,
}

impl Use<'_, '_> {
    /// How a key that cannot be used relates to the failure.
    pub(super) fn effect(&self, case: &Case<'_>) -> Effect {
        let says: &[StopClass] = if self.said.is_some() {
            &[
                StopClass::KmsDenied,
                StopClass::PrivateRegistryAuth,
                StopClass::S3LayerForbidden,
            ]
        } else {
            &[]
        };
        case.effect(self.image, self.stage, says)
    }
}

/// Every key that the pull needs: those of secrets first.
pub(super) fn uses<'c, 'e>(case: &'c Case<'e>) -> Vec<Use<'c, 'e>> {
    let of_secrets = case.secrets.iter().filter_map(|secret| {
        let (name, state) = secret.key.as_ref()?;
        Some(Use {
            name,
            state,
            what: format!("secret {}", short_name(secret.parameter)),
            encrypts: None,
            image: None,
            stage: Stage::Token,
            said: said(case, true),
        })
    });
    let of_repositories = case.repository_keys.iter().map(|key| Use {
        name: key.name,
        state: &key.state,
        what: format!(
            "repository {}",
            crate::case::key::repository_name(&key.repository)
        ),
        encrypts: Some(key.repository.fact(format!(
            "repository {} is encrypted with key {}",
            crate::case::key::repository_name(&key.repository),
            crate::evidence::short(key.name)
        ))),
        image: Some(key.image),
        stage: stage(case, key.image),
        said: said(case, false),
    });
    of_secrets.chain(of_repositories).collect()
}

/// The text that speaks of a key: a secret's, or a repository's.
fn said(case: &Case<'_>, of_secret: bool) -> Option<Fact> {
    let attempt = case.attempts.pulls().find(|attempt| {
        let class = attempt.reason.class;
        let secret = secret_trouble(&attempt.text).is_some();
        class == StopClass::KmsDenied && secret == of_secret
    })?;
    Some(attempt.fact.clone())
}

/// Where the key of a repository bites: manifests and layers are both encrypted with it, and the text may tell.
fn stage(case: &Case<'_>, image: &str) -> Stage {
    match case.reached(Some(image)) {
        Some((_, stage @ (Stage::Manifest | Stage::Layers))) => stage,
        _ => Stage::Manifest,
    }
}
