//! Patterns that are part of the program.

use regex::Regex;

/// Compiles a constant pattern. `\b` is a boundary between ASCII words: Japanese text runs into English words without a space.
#[expect(
    clippy::expect_used,
    reason = "patterns are constants; the tests of this room compile every one"
)]
pub(super) fn pattern(source: &'static str) -> Regex {
    Regex::new(&source.replace(r"\b", r"(?-u:\b)")).expect("a constant pattern")
}

/// Declares patterns that are compiled once, on first use.
macro_rules! patterns {
    ($($(#[$doc:meta])* $name:ident = $source:expr;)*) => {
        $(
            $(#[$doc])*
            static $name: std::sync::LazyLock<regex::Regex> =
                std::sync::LazyLock::new(|| $crate::slack::alarms::pattern::pattern($source));
        )*
    };
}
pub(super) use patterns;
