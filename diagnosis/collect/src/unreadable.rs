//! When nothing at all can be read: why, in words that say what to do.

use diagnosis::evidence::Evidence;

use crate::observe::Trouble;
use crate::resolve::Resolved;
use crate::session::Session;
use crate::tally::Cost;

/// Nothing could be read at all.
#[derive(Debug, Clone, thiserror::Error)]
#[error("nothing could be read from AWS: {kind}")]
pub struct CollectError {
    /// Why.
    pub kind: Unreadable,
    /// Evidence that says so of every item: a report can be made of it.
    pub evidence: Box<Evidence>,
    /// What trying cost.
    pub cost: Cost,
}

/// Why nothing could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The credentials are missing, expired or not valid.
    #[error(
        "the AWS credentials are missing, expired or not valid ({detail}); renew them, for example with `aws sso login`"
    )]
    Credentials {
        /// What AWS or the SDK said.
        detail: String,
    },
    /// No answer came.
    #[error("AWS cannot be reached ({detail}); check the network, the proxy and AWS_ENDPOINT_URL")]
    Unreachable {
        /// What happened.
        detail: String,
    },
    /// The role to read with cannot be assumed.
    #[error("the role to read with cannot be assumed ({detail}); check its trust policy and the external id")]
    AssumeRole {
        /// What AWS said.
        detail: String,
    },
    /// The credentials may read nothing.
    #[error("{} may not call {action}; attach the read policy that `doctor` prints", principal.as_deref().unwrap_or("the caller"))]
    Denied {
        /// The IAM action that was refused first.
        action: String,
        /// Who lacks it.
        principal: Option<String>,
    },
    /// Every call failed.
    #[error("every call failed; the first said: {detail}")]
    Failed {
        /// What the first failure said.
        detail: String,
    },
}

impl From<Trouble> for Unreadable {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Credentials(detail) => Self::Credentials { detail },
            Trouble::AssumeRole(detail) => Self::AssumeRole { detail },
            Trouble::Unreachable(detail) => Self::Unreachable { detail },
            Trouble::Denied { action, principal } => Self::Denied { action, principal },
        }
    }
}

pub(crate) fn unreadable(session: &Session<'_>, resolved: &Resolved) -> Unreadable {
    let troubles = session.troubles();
    let first = |wanted: fn(&Trouble) -> bool| troubles.iter().find(|trouble| wanted(trouble)).cloned();
    let found = first(|trouble| matches!(trouble, Trouble::Credentials(_)))
        .or_else(|| first(|trouble| matches!(trouble, Trouble::AssumeRole(_))))
        .or_else(|| first(|trouble| matches!(trouble, Trouble::Unreachable(_))))
        .or_else(|| troubles.first().cloned());
    match found {
        Some(trouble) => trouble.into(),
        None => Unreadable::Failed {
            detail: resolved
                .cluster
                .missing("the cluster")
                .map_or_else(|| "no answer".to_owned(), |missing| missing.why),
        },
    }
}
