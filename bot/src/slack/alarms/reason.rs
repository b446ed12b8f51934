//! The pull failure's own words inside a message.

use diagnosis::stop_reason::{StopClass, understand};
use regex::Regex;

use super::pattern::patterns;
use super::view::View;

patterns! {
    /// An agent's error name and what it says; the rest of the line belongs to it.
    NAMED_ERROR = r"(?is)(?:^|[^A-Za-z0-9./_-])((?:cannot ?pull ?(?:image ?manifest|ecr ?container|container ?auth|container)(?: ?error)?|resourceinitializationerror|dockertimeouterror)\s*:\s*\S+\s.*)$";
    /// A label that announces a reason, for texts without an error's name.
    LABELLED = r"(?is)(?:stopped|stop|failure|container)?[ _-]?(?:reason|error)(?: message)?[^\S\n]*[:=\t][^\S\n]*(.+)$|^>\s*(.+)$";
}

/// The fullest text of a failed pull: senders repeat it, and cut it in titles.
pub(super) fn reason(view: &View) -> Option<String> {
    let named = view.lines.iter().filter_map(|line| capture(&NAMED_ERROR, line));
    longest(named.filter(|text| is_pull_failure(text)))
        .or_else(|| {
            longest(
                view.lines
                    .iter()
                    .filter_map(|line| capture(&LABELLED, line))
                    .filter(|text| is_telling(text)),
            )
        })
        .map(str::to_owned)
}

/// True where the text is the failure of a pull.
pub(super) fn is_pull_failure(text: &str) -> bool {
    understand(text).class != StopClass::NotPullFailure
}

/// A reason without an error's name has to say what went wrong: "image pull failures" is an alarm's name.
fn is_telling(text: &str) -> bool {
    !matches!(
        understand(text).class,
        StopClass::NotPullFailure | StopClass::OtherPull
    ) && !text.contains("Threshold Crossed")
}

fn capture<'l>(pattern: &Regex, line: &'l str) -> Option<&'l str> {
    let found = pattern.captures(line)?;
    found
        .iter()
        .skip(1)
        .flatten()
        .next()
        .map(|text| text.as_str().trim())
}

/// The longest; of equals the first.
fn longest<'t>(texts: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    texts.fold(None, |best: Option<&str>, text| match best {
        Some(kept) if kept.len() >= text.len() => Some(kept),
        _ => Some(text),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{View, reason};

    #[test]
    fn the_failure_is_found_in_any_sentence() {
        for (text, expected) in [
            (
                "Stop reason: CannotPullContainerError: context canceled",
                Some("CannotPullContainerError: context canceled"),
            ),
            (
                "Deployment failed. Error: CannotPullContainerError: pull access denied for a/b",
                Some("CannotPullContainerError: pull access denied for a/b"),
            ),
            (
                "reason: pull access denied for a/b, repository does not exist",
                Some("pull access denied for a/b, repository does not exist"),
            ),
            ("CannotPullContainerError in the last 5 minutes", None),
            ("Reason: Threshold Crossed: 1 datapoint was greater", None),
            (
                "stoppedReason: ResourceInitializationError: failed to validate logger args: signal: killed",
                None,
            ),
        ] {
            assert_eq!(
                reason(&View::new(&json!({ "text": text }))).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
