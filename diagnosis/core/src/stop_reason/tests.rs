//! What the rules promise for texts in general, and one text for each of them.

use proptest::prelude::*;

use super::StopClass::{self, *};
use super::{redact, understand};
use crate::Stage;

/// Texts as programs write them, one for each thing that a rule tells apart.
const TEXTS: &[(&str, StopClass, Option<Stage>)] = &[
    // Refusals.
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart:v7: pulling from host 111122223333.dkr.ecr.eu-west-1.amazonaws.com failed with status code [manifests v7]: 403 Forbidden",
        AmbiguousDeniedOrMissing,
        Some(Stage::Manifest),
    ),
    (
        "pull access denied for 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart, repository does not exist or may require 'docker login': denied: User: arn:aws:sts::111122223333:assumed-role/shop-exec/1 is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart because no permissions boundary allows the ecr:BatchGetImage action",
        AccessDeniedResourcePolicy,
        Some(Stage::Manifest),
    ),
    (
        "denied: User: arn:aws:sts::111122223333:assumed-role/shop-exec/1 is not authorized to perform: ecr:GetDownloadUrlForLayer on resource: arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart with an explicit deny in a service control policy",
        AccessDeniedResourcePolicy,
        Some(Stage::Layers),
    ),
    (
        "denied: User: arn:aws:sts::111122223333:assumed-role/shop-exec/1 is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart with an explicit deny in an identity-based policy",
        AccessDeniedIdentity,
        Some(Stage::Manifest),
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/shop-exec/1 is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action",
        AuthToken,
        Some(Stage::Token),
    ),
    (
        "(service shop) failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::111122223333:role/shop-exec' that was provided for this task.)",
        AssumeRole,
        Some(Stage::Role),
    ),
    (
        "Head \"https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/shop/manifests/1\": no basic auth credentials",
        AuthToken,
        Some(Stage::Token),
    ),
    (
        "Head \"https://registry.shop.example/v2/cart/manifests/1\": no basic auth credentials",
        PrivateRegistryAuth,
        Some(Stage::Token),
    ),
    (
        "CannotPullContainerError: Error response from daemon: Get \"https://quay.io/v2/shop/cart/manifests/1\": unauthorized: access to the requested resource is not authorized",
        PrivateRegistryAuth,
        Some(Stage::Token),
    ),
    (
        "error parsing HTTP 403 response body: unexpected end of JSON input: \"\" while pulling image shop/cart:1",
        AmbiguousDeniedOrMissing,
        Some(Stage::Manifest),
    ),
    // Missing and unreadable.
    (
        "CannotPullContainerError: failed to resolve ref ghcr.io/shop/cart:v7: ghcr.io/shop/cart:v7: not found",
        TagNotFound,
        Some(Stage::Manifest),
    ),
    (
        "The image with imageId {imageDigest:'null', imageTag:'v7'} does not exist within the repository with name 'shop' in the registry with id '111122223333'",
        TagNotFound,
        Some(Stage::Manifest),
    ),
    (
        "Error: initializing source docker://quay.io/shop/cart:v7: reading manifest v7 in quay.io/shop/cart: manifest unknown",
        TagNotFound,
        Some(Stage::Manifest),
    ),
    (
        "manifest for shop/cart@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef not found: manifest unknown",
        DigestNotFound,
        Some(Stage::Manifest),
    ),
    (
        "RepositoryNotFoundException: The repository with name 'shop' does not exist in the registry with id '111122223333'",
        RepositoryNotFound,
        Some(Stage::Manifest),
    ),
    (
        "CannotPullContainerError: invalid reference format: repository name must be lowercase",
        InvalidReference,
        Some(Stage::Role),
    ),
    (
        "Error response from daemon: image with reference shop/cart:1 was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64",
        PlatformMismatch,
        Some(Stage::Manifest),
    ),
    (
        "no matching manifest for windows/amd64 10.0.17763 in the manifest list entries",
        PlatformMismatch,
        Some(Stage::Manifest),
    ),
    (
        "CannotPullContainerError: media type \"application/vnd.docker.distribution.manifest.v1+prettyjws\" is no longer supported since containerd v2.1",
        ManifestUnsupported,
        Some(Stage::Manifest),
    ),
    (
        "encountered remote \"application/vnd.cncf.helm.config.v1+json\"(unknown) when fetching",
        ManifestUnsupported,
        Some(Stage::Manifest),
    ),
    (
        "denied: Artifact is quarantined by policy, pull of image shop/cart:1 blocked",
        ScanOrQuarantine,
        Some(Stage::Manifest),
    ),
    (
        "UnableToGetUpstreamImageException: The image or images were unable to be pulled using the pull through cache rule.",
        PullThroughCache,
        Some(Stage::Manifest),
    ),
    // The network.
    (
        "failed to do request: Head \"https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/shop/manifests/1\": dial tcp 10.0.3.4:443: i/o timeout",
        NetworkTimeoutRegistry,
        Some(Stage::RegistryNetwork),
    ),
    (
        "Post \"https://api.ecr.eu-west-1.amazonaws.com/\": dial tcp 10.0.3.4:443: connect: no route to host",
        NetworkTimeoutEcrApi,
        Some(Stage::TokenNetwork),
    ),
    (
        "failed to copy: httpReadSeeker: failed open: failed to do request: Get 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1: dial tcp 3.5.72.9:443: i/o timeout",
        NetworkTimeoutS3Layers,
        Some(Stage::LayerNetwork),
    ),
    // Cut before the text says whether the host answered.
    (
        "ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do req",
        OtherPull,
        Some(Stage::LayerNetwork),
    ),
    (
        "pull image manifest has been retried 5 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1: failed to",
        OtherPull,
        Some(Stage::RegistryNetwork),
    ),
    (
        "failed to copy: httpReadSeeker: failed open: unexpected status code",
        OtherPull,
        Some(Stage::Layers),
    ),
    (
        "Get \"https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/\": dial tcp: lookup 111122223333.dkr.ecr.eu-west-1.amazonaws.com on 10.0.0.2:53: read udp 10.0.1.7:4002->10.0.0.2:53: i/o timeout",
        DnsFailure,
        Some(Stage::RegistryNetwork),
    ),
    (
        "Get \"https://registry-1.docker.io/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
        TlsFailure,
        Some(Stage::RegistryNetwork),
    ),
    (
        "Get \"https://registry-1.docker.io/v2/\": net/http: TLS handshake timeout",
        NetworkTimeoutRegistry,
        Some(Stage::RegistryNetwork),
    ),
    (
        "Get \"https://registry-1.docker.io/v2/\": proxyconnect tcp: dial tcp 10.9.9.9:3128: connect: connection refused",
        ConnectionRefusedOrReset,
        Some(Stage::RegistryNetwork),
    ),
    (
        "Get https://registry.shop.example:5000/v2/: dial tcp 10.9.9.9:5000: connectex: No connection could be made because the target machine actively refused it.",
        ConnectionRefusedOrReset,
        Some(Stage::RegistryNetwork),
    ),
    (
        "CannotPullContainerError: context deadline exceeded",
        PullTimeoutLargeImage,
        None,
    ),
    (
        "DockerTimeoutError: Could not transition to pulled; timed out after waiting 2h0m0s",
        PullTimeoutLargeImage,
        None,
    ),
    // Limits and servers.
    (
        "toomanyrequests: You have reached your pull rate limit.",
        RateLimitedDockerhub,
        Some(Stage::Manifest),
    ),
    (
        "unexpected status code https://quay.io/v2/shop/manifests/1: 429 Too Many Requests",
        RateLimitedDockerhub,
        Some(Stage::Manifest),
    ),
    (
        "CannotPullECRContainerError: ThrottlingException: Rate exceeded",
        ThrottledEcr,
        Some(Stage::Token),
    ),
    (
        "unexpected status from HEAD request to https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/shop/manifests/1: 503 Service Unavailable",
        RegistryUnavailable5xx,
        Some(Stage::Manifest),
    ),
    (
        "CannotPullContainerError: API error (500): Get https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/: net/http: request canceled while waiting for connection",
        NetworkTimeoutRegistry,
        Some(Stage::RegistryNetwork),
    ),
    // Layers.
    (
        "CannotPullContainerError: failed to extract layer sha256:00: write /var/lib/x: no space left on device",
        DiskFull,
        Some(Stage::Unpack),
    ),
    (
        "failed to register layer: re-exec error: exit status 1: output: hcsshim::ImportLayer failed in Win32: There is not enough space on the disk.",
        DiskFull,
        Some(Stage::Unpack),
    ),
    (
        "failed to register layer: re-exec error: exit status 1: output: ProcessBaseLayer: The system cannot find the path specified.",
        CorruptedLayer,
        Some(Stage::Unpack),
    ),
    (
        "failed to pull and unpack image \"shop/cart:1\": unexpected commit digest sha256:00, expected sha256:01: failed precondition",
        CorruptedLayer,
        Some(Stage::Layers),
    ),
    (
        "httpReadSeeker: failed open: unexpected status code https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/shop/blobs/sha256:00: 403 Forbidden",
        S3LayerForbidden,
        Some(Stage::Layers),
    ),
    (
        "error pulling image configuration: Get https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/x: 403 Forbidden",
        S3LayerForbidden,
        Some(Stage::Layers),
    ),
    (
        "KmsException: The operation failed due to a KMS exception: the KMS key is disabled, image shop/cart:1",
        KmsDenied,
        None,
    ),
    // Some pull.
    ("CannotPullContainerError: API error", OtherPull, None),
    (
        "CannotCreateContainerError: Error response from daemon: No such image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart:v7",
        OtherPull,
        None,
    ),
    // No pull.
    (
        "(service shop-CannotPullContainerError-demo) has started 1 tasks: (task 0a1b).",
        NotPullFailure,
        None,
    ),
    ("(service shop) has reached a steady state.", NotPullFailure, None),
    (
        "Pulling image 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart:v7 complete",
        NotPullFailure,
        None,
    ),
    (
        "denied: User: arn:aws:iam::111122223333:user/ci is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-west-1:111122223333:repository/shop",
        NotPullFailure,
        None,
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/shop-exec/1 is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:111122223333:secret:db",
        NotPullFailure,
        None,
    ),
    ("Essential container in task exited", NotPullFailure, None),
    (
        "(service shop) was unable to place a task because no container instance met all of its requirements.",
        NotPullFailure,
        None,
    ),
    ("", NotPullFailure, None),
];

#[test]
fn digits_of_an_account_are_no_status() {
    for (text, class, stage) in TEXTS {
        for account in [
            "210000004404",
            "404240150029",
            "401403429500",
            "100000000401",
            "503000000403",
        ] {
            let reason = understand(&text.replace("111122223333", account));
            assert_eq!(
                (reason.class, reason.detail.phase),
                (*class, *stage),
                "{account}: {text}"
            );
        }
    }
}

#[test]
fn every_kind_of_text_has_its_class_and_stage() {
    for (text, class, phase) in TEXTS {
        let found = understand(text);
        assert_eq!((found.class, found.detail.phase), (*class, *phase), "{text}");
    }
}

#[test]
fn surface_does_not_change_the_class() {
    for (text, class, _) in TEXTS.iter().filter(|(text, ..)| !text.is_empty()) {
        for variant in [
            text.replace(": ", ":\n"),
            text.replace(' ', "  "),
            text.replace('\'', "\u{2019}").replace('"', "\u{201d}"),
            text.replace('"', "\\\""),
            format!("STOPPED ({text})"),
            format!("停止理由：{text}"),
            format!("\u{1b}[31m{text}\u{1b}[0m"),
        ] {
            assert_eq!(understand(&variant).class, *class, "{variant}");
        }
    }
}

const PRESIGNED: &str = "https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/aa-bb/cc?X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAEXAMPLEEXAMPLE%2F20240101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=00ff";

#[test]
fn redaction_keeps_what_is_understood() {
    for tail in [
        "dial tcp 52.218.3.4:443: i/o timeout",
        "403 Forbidden",
        "EOF",
        "x509: certificate signed by unknown authority",
    ] {
        let text = format!(
            "CannotPullContainerError: error pulling image configuration: Get \"{PRESIGNED}\": {tail}"
        );
        let redacted = redact(&text);
        assert!(
            !redacted.contains("IQoJ") && !redacted.contains("00ff") && !redacted.contains("ASIA"),
            "{redacted}"
        );
        assert_eq!(understand(&redacted), understand(&text));
    }
}

/// Pieces that make texts look like failures.
fn failure_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(
            TEXTS
                .iter()
                .map(|(text, ..)| (*text).to_owned())
                .collect::<Vec<_>>()
        ),
        Just(PRESIGNED.to_owned()),
        "X-Amz-Security-Token(=|%3D|: ?\")[A-Za-z0-9%+/]{1,40}",
        "(Bearer|basic) [A-Za-z0-9=]{6,30}",
        "(AKIA|ASIA)[A-Z0-9]{16}",
        "https?://[a-z]{1,5}:[a-z]{1,5}@[a-z.]{1,9}/",
        "\"(auth|password)\": ?\"[a-zA-Z0-9]{1,9}\"",
        "[ -~]{0,30}",
        any::<String>(),
    ];
    (
        proptest::collection::vec(piece, 0..5),
        proptest::sample::select(vec!["", " ", "\n", "&", "?", "=", "@"]),
    )
        .prop_map(|(pieces, glue)| pieces.join(glue))
}

proptest! {
    #[test]
    fn any_text_is_answered_without_secrets(text in failure_like()) {
        let found = understand(&text);
        let printed = serde_json::to_string(&found).unwrap();
        prop_assert!(!printed.contains("IQoJb3JpZ2luX2Vj"));
        prop_assert_eq!(found.class == NotPullFailure, found.class.rule() == 0);
    }

    #[test]
    fn a_second_redaction_changes_nothing(text in failure_like()) {
        let once = redact(&text);
        prop_assert_eq!(redact(&once), once);
    }

    #[test]
    fn no_security_token_survives(
        before in "[ -~]{0,40}",
        token in "[A-Za-z0-9/+]{6,60}",
        after in "[ -~]{0,40}",
    ) {
        let redacted = redact(&format!("{before} https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Security-Token={token}&{after}"));
        prop_assert!(!redacted.contains(&format!("X-Amz-Security-Token={token}")), "{}", redacted);
    }

    #[test]
    fn nothing_hidden_survives(text in any::<String>()) {
        prop_assert!(!redact(&text).chars().any(super::text::is_hidden));
    }
}
