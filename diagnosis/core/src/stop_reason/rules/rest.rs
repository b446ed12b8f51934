//! What is left: refusals that do not say why, and pulls that failed without telling how.

use super::Rule;
use super::credentials::is_a_riddle;
use crate::stop_reason::class::StopClass::{AmbiguousDeniedOrMissing, OtherPull};
use crate::stop_reason::text::patterns;
use crate::stop_reason::words::Words;

patterns! {
    DENIED = r"\b(?:denied|forbidden|accessdenied|accessdeniedexception)\b|\b403\b";
    NO_IMAGE = r"no such image|unable to find image";
    /// What says on its own that a pull failed; no other word of failure is needed.
    FAILED = r"pull command failed|has been retried|failed to (?:pull|resolve)|failed to find a repo digest";
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        class: AmbiguousDeniedOrMissing,
        applies: is_a_riddle,
    },
    // A 403 with no body on a manifest: the registry refuses and does not say whom or what.
    Rule {
        class: AmbiguousDeniedOrMissing,
        applies: |words| words.is_about_a_pull && words.matches(&DENIED),
    },
    // The daemon has no such image: the pull before it failed or was skipped.
    Rule {
        class: OtherPull,
        applies: |words| words.matches(&NO_IMAGE),
    },
    Rule {
        class: OtherPull,
        applies: |words| words.is_pull_error,
    },
    // News and advice speak of pulls as well: without a word of failure it is none.
    Rule {
        class: OtherPull,
        applies: |words| is_failed_pull(words),
    },
];

fn is_failed_pull(words: &Words) -> bool {
    words.is_about_a_pull && (words.matches(&FAILED) || words.tells_a_failure())
}
