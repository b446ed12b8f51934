//! Understands the words of a failure: a stopped reason, a container's reason, a service event, a line of a log.
//!
//! AWS advises not to depend on exact strings
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-tasks-error-messages-updates.html>), so the rules look for
//! what carries meaning in one normalised spelling of the text, and say [`StopClass::OtherPull`] where the words do not tell.

mod class;
mod classify;
mod extract;
mod phase;
mod redact;
mod rules;
mod secret;
mod text;
mod words;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use class::StopClass;
pub use classify::{Classified, ClassifiedDetail, classify_line};
pub use extract::denial::{DeniedBy, DenyingPolicy};
pub use redact::redact;
pub use secret::{OwnCredentials, SecretTrouble, own_credentials, secret_trouble};

use crate::Stage;
use extract::address::address;
use extract::hosts::registry_host;
use words::Words;

/// What a failure text says, as far as it says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StopReason {
    /// What went wrong, by the words alone.
    pub class: StopClass,
    /// The image reference as it stands in the text.
    pub image: Option<String>,
    /// The host that the text names as the registry, with its port if one is given. Layer stores are no registries.
    pub registry_host: Option<String>,
    /// What else the text gives away.
    pub detail: Detail,
}

/// What a failure text gives away beside its class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Detail {
    /// The stage at which the text shows the failure. It was reached, so what comes before it worked for that task.
    pub phase: Option<Stage>,
    /// Who was refused, as AWS writes it: the ARN of a role session or user, or a service's name.
    pub principal: Option<String>,
    /// The action that was refused, as in `ecr:BatchGetImage`.
    pub action: Option<String>,
    /// What the action was refused on: an ARN, or `*`.
    pub resource: Option<String>,
    /// The address that was dialled; for a name that could not be resolved, the name server's.
    pub address: Option<IpAddr>,
    /// True where the end of the text is missing.
    pub truncated: bool,
    /// The policy that the text says refused.
    pub denied_by: Option<DeniedBy>,
    /// The host that was being talked to, or looked up, when the pull failed; it may be a layer store or the ECR API.
    pub tried_host: Option<String>,
}

/// Reads a failure text. Any input has an answer; text that is no failed pull has the class [`StopClass::NotPullFailure`].
///
/// Every string in the answer is free of credentials, see [`redact`].
pub fn understand(text: &str) -> StopReason {
    understand_knowing(text, &[])
}

/// Reads a failure text, knowing which secrets hold registries' credentials: `credentialsParameter`s, ARNs or names. ECS fetches
/// them and the application's in the same words, and only the secret's name tells which it was.
pub fn understand_knowing(text: &str, registry_secrets: &[&str]) -> StopReason {
    // The length is taken before redaction: agents cut at fixed lengths.
    let mut words = Words::new(&redact(text));
    words.truncated |= extract::truncation::is_truncated(&text::Text::new(text));
    if secret::names_one_of(&words.text, words.denial.resource.as_deref(), registry_secrets) {
        words.names_registry_secret = true;
        words.is_about_a_pull = true;
    }
    let class = rules::class(&words);
    let phase = phase::phase(class, &words);
    let is_pull = class != StopClass::NotPullFailure;
    let registry_host = registry_host(&words.hosts, words.image_host().filter(|_| is_pull));
    let address = address(&words.text);
    let Words {
        denial,
        image,
        tried,
        truncated,
        ..
    } = words;
    StopReason {
        class,
        image: image.filter(|_| is_pull).map(|image| image.written),
        registry_host,
        detail: Detail {
            phase,
            principal: denial.principal,
            action: denial.action,
            resource: denial.resource,
            address,
            truncated,
            denied_by: denial.denied_by,
            tried_host: tried.map(|host| host.name),
        },
    }
}
