//! The output of `classify`: one object for one message.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{StopClass, understand};
use crate::Stage;

/// What `classify` prints for one message. Every field is present, null where the text does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Classified {
    /// What went wrong, by the words alone.
    pub class: StopClass,
    /// The image reference as it stands in the text.
    pub image: Option<String>,
    /// The host that the text names as the registry.
    pub registry_host: Option<String>,
    /// What else the text gives away.
    pub detail: ClassifiedDetail,
}

/// The part of [`super::Detail`] that `classify` promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClassifiedDetail {
    /// The stage at which the text shows the failure.
    pub phase: Option<Stage>,
    /// Who was refused.
    pub principal: Option<String>,
    /// The action that was refused.
    pub action: Option<String>,
    /// What it was refused on.
    pub resource: Option<String>,
    /// The address that was dialled.
    pub address: Option<IpAddr>,
    /// True where the end of the text is missing.
    pub truncated: bool,
}

/// Classifies one message; blank and broken ones as well.
pub fn classify_line(line: &str) -> Classified {
    let understood = understand(line);
    let detail = understood.detail;
    Classified {
        class: understood.class,
        image: understood.image,
        registry_host: understood.registry_host,
        detail: ClassifiedDetail {
            phase: detail.phase,
            principal: detail.principal,
            action: detail.action,
            resource: detail.resource,
            address: detail.address,
            truncated: detail.truncated,
        },
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_json_snapshot;

    use super::classify_line;

    #[test]
    fn every_field_is_present() {
        assert_json_snapshot!(classify_line(""), @r#"
        {
          "class": "not_pull_failure",
          "image": null,
          "registry_host": null,
          "detail": {
            "phase": null,
            "principal": null,
            "action": null,
            "resource": null,
            "address": null,
            "truncated": false
          }
        }
        "#);
    }
}
