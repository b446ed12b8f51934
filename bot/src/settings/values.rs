//! What single values look like.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// How long evidence is kept, by kind; a kind that is not named keeps its own default.
pub type Ttls = BTreeMap<String, Duration>;

/// A positive span of time: `90s`, `24h`, `7d`, `1h 30m`.
pub fn duration(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(duration)
        .ok()
        .filter(|duration| !duration.is_zero())
}

/// Whether this is a Slack id of one of these kinds (`C`: channel, `G`: group, `D`: direct message, `U`/`W`: user, `S`: user group).
pub fn is_slack_id(text: &str, kinds: &[char]) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| kinds.contains(&first))
        && (3..=30).contains(&text.len())
        && characters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// Twelve digits.
pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account in a role's ARN, `arn:PARTITION:iam::ACCOUNT:role/…`; `None` where this is no such ARN.
pub(super) fn account_of(role_arn: &str) -> Option<&str> {
    let mut parts = role_arn.splitn(6, ':');
    let known = parts.next()? == "arn"
        && parts.next()?.starts_with("aws")
        && parts.next()? == "iam"
        && parts.next()?.is_empty();
    let account = parts.next()?;
    let role = parts.next()?.strip_prefix("role/")?;
    (known && is_account_id(account) && !role.is_empty()).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("24h", Some(86_400)),
            ("7d", Some(604_800)),
            ("1h 30m", Some(5_400)),
            ("0s", None),
            ("-1h", None),
            ("soon", None),
            ("", None),
            ("1mo", None),
        ] {
            assert_eq!(duration(text), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn role_arns() {
        assert_eq!(
            account_of("arn:aws:iam::111122223333:role/path/reader"),
            Some("111122223333")
        );
        assert_eq!(
            account_of("arn:aws-us-gov:iam::111122223333:role/reader"),
            Some("111122223333")
        );
        for wrong in [
            "",
            "reader",
            "arn:aws:iam::111122223333:user/ana",
            "arn:aws:iam::1111:role/reader",
            "arn:aws:iam::111122223333:role/",
        ] {
            assert_eq!(account_of(wrong), None, "{wrong}");
        }
    }
}
