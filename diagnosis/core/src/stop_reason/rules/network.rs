//! Names, trust, servers and connections.

use super::Rule;
use crate::stop_reason::class::StopClass::{
    ConnectionRefusedOrReset, DnsFailure, NetworkTimeoutEcrApi, NetworkTimeoutRegistry,
    NetworkTimeoutS3Layers, PullTimeoutLargeImage, RegistryUnavailable5xx, TlsFailure,
};
use crate::stop_reason::extract::address::address;
use crate::stop_reason::extract::hosts::HostKind;
use crate::stop_reason::text::patterns;
use crate::stop_reason::words::Words;

patterns! {
    DNS = r"no such host|server misbehaving|temporary failure in name resolution|could not resolve|name or service not known|nodename nor servname|getaddrinfo|name resolution|no answer from dns|dial tcp:? lookup|lookup \S+(?: on \S+)?: (?:.{0,160}(?:timeout|refused|deadline|no such|misbehaving|unreachable|not permitted|canceled))|the requested name is valid, but no data|nxdomain|servfail";
    TLS = r"x509:|tls: |certificate signed by unknown|certificate has expired|certificate is (?:not )?valid|certificate verify failed|certificate_verify_failed|handshake failure|remote error: tls|http response to https client|does not look like a tls handshake|ssl certificate|ssl_error|schannel|unknown authority|self[- ]signed certificate|unable to get local issuer|bad certificate|certificate required";
    REFUSED = r"connection refused|actively refused|connection reset|reset by peer|forcibly closed|broken pipe|closed network connection|connection (?:was )?aborted|connection closed|server sent goaway|stream error|http2: |server closed idle connection|connection was closed|econnreset|econnrefused|proxyconnect";
    EOF = r"\beof\b";
    /// No answer: time-outs, and routes that lead nowhere.
    SILENCE = r"i/o timeout|request canceled while waiting|client\.timeout|tls handshake timeout|connection timed out|operation timed out|timeout exceeded|timeout awaiting|dial(?:ing)? .{0,60}time ?out|no route to host|network is unreachable|host is unreachable|did not properly respond|connection issue between|connect timeout|connecttimeout|read timeout|net/http: timeout|connection attempt failed|failed to connect to|timed out (?:while )?(?:connecting|waiting for connection)|unreachable host";
    DEADLINE = r"context deadline exceeded|deadlineexceeded|deadline exceeded|context deadli";
    /// Advice that the agent gives for time-outs only.
    ADVICE = r"check your (?:task )?network configuration";
    /// What is being asked, where nothing follows any more: `Get "https://HOST/...` and the end, or the first letters of "dial".
    OPEN_REQUEST = r#"(?:get|head|post) "?https?://[^\s"]*"?(?::? ?dial?(?: tcp)?[^a-z]*)?$"#;
    STATUS_5XX = r"(?:unexpected|received|response|status|server|responded|returned|failed).*\b5\d\d (?:internal server error|bad gateway|service unavailable|gateway time-?out|server error)|(?:unexpected http status|unexpected status(?: code)?(?: from [a-z]+ request to \S+?)?|status(?: ?code)?[=:]?) ?:? ?5\d\d\b|bad gateway|service unavailable|gateway time-?out|\b5\d\d server error|(?:status code|unexpected status).*: 5\d\d\b|internal server error|service_unavailable|server is currently unavailable|<code>(?:internalerror|slowdown|serviceunavailable)";
    ECR_AUTH = r"ecr registry auth|registry auth from amazon ecr|registry auth(?:entication)? from ecr|ecr: getauthorizationtoken|getauthorizationtoken|cannotpullecrcontainer";
    /// Blobs are being read; with an address of S3 in the text that is who did not answer.
    COPYING = r"failed to copy|http ?read(?:er)? ?seeker|image config(?:uration)?|download(?:ing)? (?:layer|blob)|download failed";
    SEND_FAILED = r"request ?error: send request failed|request send failed|failed to do request";
}

pub(super) const NAMES_AND_TRUST: &[Rule] = &[
    // Before time-outs: a lookup that times out is a name that was not resolved.
    Rule {
        class: DnsFailure,
        applies: |words| words.is_about_a_pull && words.matches(&DNS),
    },
    // A TLS handshake that times out is silence, not distrust.
    Rule {
        class: TlsFailure,
        applies: |words| words.is_about_a_pull && words.matches(&TLS) && !words.has("tls handshake timeout"),
    },
];

pub(super) const SERVER_ERRORS: &[Rule] = &[
    // "API error (500)" is Docker's own number for any failed pull, not the registry's.
    Rule {
        class: RegistryUnavailable5xx,
        applies: |words| words.is_about_a_pull && words.matches(&STATUS_5XX),
    },
];

pub(super) const CONNECTIONS: &[Rule] = &[
    Rule {
        class: ConnectionRefusedOrReset,
        applies: |words| words.is_about_a_pull && words.matches(&REFUSED),
    },
    // Before the registry: S3's host, or its address behind a host that the agent wrote over it.
    Rule {
        class: NetworkTimeoutS3Layers,
        applies: |words| is_silent(words) && is_layer_store(words),
    },
    Rule {
        class: NetworkTimeoutEcrApi,
        applies: |words| is_silent(words) && is_ecr_api(words),
    },
    // "context deadline exceeded" blames nobody unless a host was being asked.
    Rule {
        class: NetworkTimeoutRegistry,
        applies: |words| is_silent(words),
    },
    Rule {
        class: PullTimeoutLargeImage,
        applies: |words| words.is_about_a_pull && words.matches(&DEADLINE),
    },
    // An end without a reason: after time-outs, whose texts can hold the letters.
    Rule {
        class: ConnectionRefusedOrReset,
        applies: |words| words.is_about_a_pull && words.matches(&EOF) && !words.has("response body"),
    },
];

/// Somebody was asked and did not answer.
fn is_silent(words: &Words) -> bool {
    words.is_about_a_pull
        && (words.matches(&SILENCE)
            || words.matches(&ADVICE) && !words.has("signal: killed")
            || words.matches(&OPEN_REQUEST)
            || words.matches(&DEADLINE) && words.tried.as_ref().is_some_and(|host| host.kind.is_in_a_pull())
            || words.matches(&SEND_FAILED) && (words.matches(&ECR_AUTH) || words.has("redacted ecr url")))
}

fn is_layer_store(words: &Words) -> bool {
    let is_store = words
        .tried
        .as_ref()
        .is_some_and(|host| host.kind == HostKind::LayerStore);
    is_store
        || words.has_any(&["starport-layer-bucket", "redacted ecr url"])
        || words.matches(&COPYING) && address(&words.text).is_some_and(|address| is_s3(&address))
}

fn is_ecr_api(words: &Words) -> bool {
    match &words.tried {
        Some(host) if host.kind != HostKind::Unrelated => host.kind == HostKind::EcrApi,
        _ => words.matches(&ECR_AUTH) || words.names(|kind| kind == HostKind::EcrApi),
    }
}

/// Address ranges of S3, rounded up to whole second octets where AWS owns them for S3 alone:
/// <https://ip-ranges.amazonaws.com/ip-ranges.json>, service `S3`.
fn is_s3(address: &std::net::IpAddr) -> bool {
    let std::net::IpAddr::V4(address) = address else {
        return false;
    };
    matches!(
        address.octets(),
        [52, 92 | 216..=219, ..] | [3, 5, ..] | [16, 12 | 15 | 182, ..] | [54, 231, ..] | [18, 34, ..]
    )
}
