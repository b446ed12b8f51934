//! The rules that give a text its class: an ordered table, the first that applies decides.
//!
//! The order is the knowledge. What is certainly no pull goes first, since it shares every word with pulls; then what names itself
//! (a policy, a missing manifest, a full disk); then what only the network could not do; then what is merely some failed pull.

mod credentials;
mod layers;
mod limits;
mod network;
mod not_pull;
mod permission;
mod reference;
mod rest;

use super::class::StopClass;
use super::words::Words;

/// One rule: the class that a text has where `applies` holds and no earlier rule did.
pub(super) struct Rule {
    /// The class it gives.
    pub(super) class: StopClass,
    /// True where the text has that class.
    pub(super) applies: fn(&Words) -> bool,
}

/// Every rule, family by family, in the order in which they decide.
const ORDER: &[&[Rule]] = &[
    not_pull::RULES,
    permission::ROLE,
    reference::UNREADABLE,
    layers::DISK,
    layers::KEY,
    reference::POLICY,
    permission::REFUSED,
    limits::RULES,
    credentials::SECRETS,
    reference::PLATFORM,
    reference::FORMAT,
    reference::MISSING,
    network::NAMES_AND_TRUST,
    credentials::TOKENS,
    layers::BROKEN,
    layers::FORBIDDEN,
    network::SERVER_ERRORS,
    network::CONNECTIONS,
    credentials::REGISTRIES,
    rest::RULES,
];

/// The class of a text.
pub(super) fn class(words: &Words) -> StopClass {
    ORDER
        .iter()
        .flat_map(|family| family.iter())
        .find(|rule| (rule.applies)(words))
        .map_or(StopClass::NotPullFailure, |rule| rule.class)
}
