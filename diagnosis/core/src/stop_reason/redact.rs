//! Takes credentials out of failure texts before they go to Slack, a log, Redis or a report.
//!
//! A layer that cannot be downloaded puts a presigned S3 URL into the stopped reason; its query is a credential:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::borrow::Cow;

use regex::{Captures, Regex};

use super::text::{patterns, strip_hidden};

/// What stands where a credential stood.
const REDACTED: &str = "REDACTED";

/// More passes than any text needs, so that none can keep the loop going.
const PASSES: usize = 16;

patterns! {
    /// The query of a URL. Its front may be missing: agents cut it or write something else over it.
    URL_QUERY = r#"\?([^\s"'`<>|\\)]+)"#;
    /// A query argument that is a credential, or part of a signature. `%3D` is `=` in a URL inside a URL.
    SECRET_ARGUMENT = r#"(?i)((?:\b|_|%26)(?:x-amz-(?:security-token|signature|credential|algorithm|date|expires|signedheaders|user-agent)|(?:x-goog-)?signature|awsaccesskeyid|key-pair-id|x-goog-credential|access_token|refresh_token|id_token|auth_token|client_secret|api_key|token|sig|verify|password|passwd|pwd|secret|aws_secret_access_key|aws_session_token|secret_?access_?key|session_?token|x-registry-auth)["']?\s?(?:=|%3d|:\s?["'])\s?["']?)([^\s"'`<>&,;)]+)"#;
    /// Scheme and credentials of an `Authorization` header; the closure decides, words follow "basic" too.
    AUTHORIZATION = r"(?i)\b(bearer|basic)(\s+)([A-Za-z0-9._~+/=-]{8,})";
    /// User information in a URL.
    USER_INFO = r#"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/"'@]+@"#;
    /// Fields of Docker's `config.json` and of the secret that holds registry credentials.
    DOCKER_FIELD = r#"(?i)(\\?["'](?:auth|identitytoken|registrytoken|password|secret)\\?["']\s?:\s?\\?["'])([^"'\\\s]+)"#;
    /// Password on a command line.
    COMMAND_LINE = r"(?i)(\s--password[ =])([^\s]+)";
    /// Identifiers of access keys: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
    ACCESS_KEY = r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}";
    /// JSON web tokens: registries hand them out for pulls.
    WEB_TOKEN = r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*";
    /// Personal tokens of registries and of Slack, by their published prefixes.
    PREFIXED_TOKEN = r"\b(?:gh[pousr]_|github_pat_|glpat-|gldt-|dckr_pat_|dckr_oat_|xox[abeprs]-|xapp-)[A-Za-z0-9_-]{8,}";
    /// What marks a query as a signed one even where it was cut off early.
    SIGNED_QUERY = r"(?i)x-amz-|x-goog-|signature|awsaccesskeyid|key-pair-id|(?:^|&)(?:sig|token|access_token|verify|password|auth)=";
}

/// Takes credentials out of a text, and characters that are not meant to be seen.
///
/// Removed: the query of presigned and signed URLs, bearer and basic credentials, access key ids, user information in URLs, Docker
/// credentials, web tokens; control characters, terminal colours and bidirectional controls. Line breaks become spaces. A second
/// pass changes nothing.
pub fn redact(text: &str) -> String {
    let mut text = strip_hidden(text);
    // What one replacement leaves can be the front of another credential. Each pass leaves less; two or three are the rule.
    for _ in 0..PASSES {
        let next = pass(&text);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// Every replacement, once.
fn pass(text: &str) -> String {
    let mut text = replace(&URL_QUERY, text, |found| {
        let query = group(found, 1);
        let kept = if SIGNED_QUERY.is_match(query) {
            REDACTED
        } else {
            query
        };
        format!("?{kept}")
    });
    text = replace(&USER_INFO, &text, |found| {
        format!("{}{REDACTED}@", group(found, 1))
    });
    text = replace(&AUTHORIZATION, &text, |found| {
        let value = group(found, 3);
        let kept = if is_credential(value) { REDACTED } else { value };
        format!("{}{}{kept}", group(found, 1), group(found, 2))
    });
    for secret in [&SECRET_ARGUMENT, &DOCKER_FIELD, &COMMAND_LINE] {
        text = replace(secret, &text, |found| format!("{}{REDACTED}", group(found, 1)));
    }
    for secret in [&WEB_TOKEN, &PREFIXED_TOKEN, &ACCESS_KEY] {
        text = replace(secret, &text, |_| REDACTED.to_owned());
    }
    text
}

/// "basic authentication" and "bearer realm" are words, not credentials: those hold digits, padding or mixed case.
fn is_credential(value: &str) -> bool {
    let has = |test: fn(&char) -> bool| value.chars().any(|c| test(&c));
    has(char::is_ascii_digit)
        || value.ends_with('=')
        || (has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase))
}

fn replace(pattern: &Regex, text: &str, with: impl Fn(&Captures<'_>) -> String) -> String {
    match pattern.replace_all(text, with) {
        Cow::Borrowed(_) => text.to_owned(),
        Cow::Owned(changed) => changed,
    }
}

fn group<'t>(found: &Captures<'t>, index: usize) -> &'t str {
    found.get(index).map_or("", |part| part.as_str())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::redact;

    #[test]
    fn presigned_urls_keep_host_and_path_only() {
        let text = "Get \"https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/ab-cd/ef?X-Amz-Security-Token=IQoJb3JpZ2luX2Vj&X-Amz-Signature=0a1b\": dial tcp 52.218.1.2:443: i/o timeout";
        assert_snapshot!(redact(text), @r#"Get "https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/ab-cd/ef?REDACTED": dial tcp 52.218.1.2:443: i/o timeout"#);
    }

    #[test]
    fn loose_arguments_of_a_wrapped_url() {
        assert_snapshot!(redact("https://bucket.s3.amazonaws.com/x?X-Amz-Algorithm=AWS4\n&X-Amz-Security-Token=IQoJb3&X-Amz-Credential=ASIAQWERTYUIOPASDFGH%2F2024"),
            @"https://bucket.s3.amazonaws.com/x?REDACTED &X-Amz-Security-Token=REDACTED&X-Amz-Credential=REDACTED");
    }

    #[test]
    fn other_credentials() {
        assert_snapshot!(redact("Authorization: Bearer abcDEF123456.x"), @"Authorization: Bearer REDACTED");
        assert_snapshot!(redact("Authorization: Basic QVdTOmV5SnB=="), @"Authorization: Basic REDACTED");
        assert_snapshot!(redact("proxy http://svc:hunter2@proxy.corp:3128 refused"), @"proxy http://REDACTED@proxy.corp:3128 refused");
        assert_snapshot!(redact(r#"{"auths":{"r.corp":{"auth":"dTpw"}}}"#), @r#"{"auths":{"r.corp":{"auth":"REDACTED"}}}"#);
        assert_snapshot!(redact("key AKIAABCDEFGHIJKLMNOP"), @"key REDACTED");
        assert_snapshot!(redact("https://cdn.example/blob?verify=170-Gbr%2B&x=1"), @"https://cdn.example/blob?REDACTED");
    }

    #[test]
    fn words_that_only_sound_like_credentials_stay() {
        for text in [
            "no basic auth credentials",
            "basic authentication is required",
            "Get https://auth.docker.io/token?scope=repository%3Aa%2Fb%3Apull&service=registry.docker.io: EOF",
            "Your authorization token has expired. Reauthenticate and try again.",
            "ecr:GetAuthorizationToken on resource: *",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
