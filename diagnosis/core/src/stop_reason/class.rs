//! The classes of a failure's words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares [`StopClass`] from one table: variant, code, playbook rule, meaning.
macro_rules! classes {
    ($($variant:ident $code:literal $rule:literal $says:literal)*) => {
        /// What the words of a stopped reason, container reason, service event or log line say went wrong.
        ///
        /// A class is about the words only; the cause is decided from evidence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum StopClass {
            $(#[doc = $says] #[serde(rename = $code)] $variant,)*
        }

        impl StopClass {
            /// Every class, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code, as `classify` prints it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Number of the playbook's diagnosis rule that the class leads into first; 0 where there is none.
            pub const fn rule(self) -> u8 {
                match self { $(Self::$variant => $rule,)* }
            }

            /// What the class says, in one sentence.
            pub const fn says(self) -> &'static str {
                match self { $(Self::$variant => $says,)* }
            }
        }
    };
}

classes! {
    AccessDeniedIdentity "access_denied_identity" 2
        "AWS refused a pull action of the role, for want of an identity-based policy or without giving a reason"
    AccessDeniedResourcePolicy "access_denied_resource_policy" 2
        "AWS refused a pull action and names a policy that is not the identity's own"
    AuthToken "auth_token" 2
        "there was no valid ECR authorization token"
    AssumeRole "assume_role" 2
        "ECS could not assume the execution or task role"
    RepositoryNotFound "repository_not_found" 3
        "the repository does not exist in that registry"
    TagNotFound "tag_not_found" 3
        "the repository answered and has no such tag"
    DigestNotFound "digest_not_found" 3
        "the repository answered and has no such digest"
    InvalidReference "invalid_reference" 4
        "the image reference cannot be parsed"
    PlatformMismatch "platform_mismatch" 4
        "the image has no manifest for the task's platform"
    NetworkTimeoutEcrApi "network_timeout_ecr_api" 5
        "the ECR API did not answer"
    NetworkTimeoutRegistry "network_timeout_registry" 5
        "the registry host did not answer"
    NetworkTimeoutS3Layers "network_timeout_s3_layers" 5
        "the layer store did not answer"
    DnsFailure "dns_failure" 5
        "a host name could not be resolved"
    TlsFailure "tls_failure" 5
        "the TLS connection could not be trusted or agreed on"
    ConnectionRefusedOrReset "connection_refused_or_reset" 5
        "the connection to the registry was refused or broken off"
    RateLimitedDockerhub "rate_limited_dockerhub" 8
        "a public registry's pull rate limit was reached"
    ThrottledEcr "throttled_ecr" 8
        "ECR throttled the request"
    PrivateRegistryAuth "private_registry_auth" 2
        "a registry other than ECR wants credentials, or refused them, or the secret that holds them could not be read"
    DiskFull "disk_full" 7
        "the disk was full while pulling or unpacking"
    KmsDenied "kms_denied" 2
        "the encryption key could not be used"
    S3LayerForbidden "s3_layer_forbidden" 2
        "the layer store answered 403"
    PullThroughCache "pull_through_cache" 3
        "ECR could not fetch through a pull-through cache rule"
    RegistryUnavailable5xx "registry_unavailable_5xx" 8
        "the registry answered with a server error"
    CorruptedLayer "corrupted_layer" 3
        "a layer or manifest did not verify, or could not be unpacked"
    PullTimeoutLargeImage "pull_timeout_large_image" 7
        "the pull ran out of time, and no host is blamed"
    ManifestUnsupported "manifest_unsupported" 4
        "the puller does not support the manifest's media type or schema version"
    ScanOrQuarantine "scan_or_quarantine" 3
        "the pull was refused because of scanning, signing or admission policy"
    AmbiguousDeniedOrMissing "ambiguous_denied_or_missing" 2
        "the registry will not say whether the repository is missing or denied"
    OtherPull "other_pull" 1
        "an image pull failed, and the words do not tell why"
    NotPullFailure "not_pull_failure" 0
        "this is not the failure of an image pull"
}

#[cfg(test)]
mod tests {
    use super::StopClass;

    #[test]
    fn codes_are_what_serde_writes() {
        assert_eq!(StopClass::ALL.len(), 30);
        for &class in StopClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.code());
            assert!(!class.says().is_empty() && class.rule() <= 8);
        }
    }
}
