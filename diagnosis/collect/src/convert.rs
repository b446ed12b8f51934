//! From the SDK's optional fields to values.

use aws_smithy_types::DateTime;
use ipnet::IpNet;
use jiff::Timestamp;

/// The SDK's point in time.
pub(crate) fn time(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

/// The SDK's point in time, where there is one.
pub(crate) fn maybe_time(at: Option<&DateTime>) -> Option<Timestamp> {
    at.and_then(time)
}

/// Our point in time, for the SDK.
pub(crate) fn sdk_time(at: Timestamp) -> DateTime {
    DateTime::from_secs_and_nanos(at.as_second(), u32::try_from(at.subsec_nanosecond()).unwrap_or(0))
}

/// A text, empty where there is none.
pub(crate) fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// A text, where there is one that says anything.
pub(crate) fn maybe_text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A count; AWS sends none below zero.
pub(crate) fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// A port; `None` where a rule is about all of them (AWS says -1 or nothing).
pub(crate) fn port(number: Option<i32>) -> Option<u16> {
    number.and_then(|number| u16::try_from(number).ok())
}

/// Ranges, those left out that cannot be read.
pub(crate) fn ranges<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<IpNet> {
    texts.into_iter().filter_map(|text| text.parse().ok()).collect()
}

/// A policy document as IAM sends it: URL-encoded JSON.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
pub(crate) fn document(text: &str) -> Result<serde_json::Value, String> {
    let decoded = percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map_err(|error| format!("the policy document is not UTF-8: {error}"))?;
    // Some answers are not encoded; a `%` in them need not be an escape.
    serde_json::from_str(&decoded)
        .or_else(|_| serde_json::from_str(text))
        .map_err(|error| format!("the policy document is not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_encoded_or_plain() {
        let wanted = serde_json::json!({"Resource": "arn:aws:s3:::a%b/*"});
        assert_eq!(
            document("%7B%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aa%25b%2F%2A%22%7D"),
            Ok(wanted.clone())
        );
        assert_eq!(document(r#"{"Resource":"arn:aws:s3:::a%b/*"}"#), Ok(wanted));
        assert!(document("nothing").is_err());
    }

    #[test]
    fn times_keep_their_fraction_both_ways() {
        let at: Timestamp = "2026-03-04T05:06:07.089Z".parse().unwrap();
        assert_eq!(time(&sdk_time(at)), Some(at));
    }

    #[test]
    fn no_port_means_all_ports() {
        assert_eq!(port(Some(-1)), None);
        assert_eq!(port(None), None);
        assert_eq!(port(Some(443)), Some(443));
    }
}
