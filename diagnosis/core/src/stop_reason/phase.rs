//! How far the pull got, as far as its words tell.

use super::class::StopClass;
use super::extract::hosts::HostKind;
use super::text::patterns;
use super::words::Words;
use crate::Stage;

patterns! {
    LAYER_WORDS = r"/blobs/|getdownloadurlforlayer|failed to copy|image configuration|download failed|getimageblob|downloading (?:layer|blob)|error pulling image conf";
    MANIFEST_WORDS = r"/manifests/|\[manifests |failed to resolve|image manifest|batchgetimage|manifest";
    /// The end of a text that was cut before it says whether the host answered.
    CUT_AT_REQUEST = r"failed to do re[^:]*$|(?:failed to copy|failed open|failed to resolve \w+ \S+):?(?: f[a-z ]*| h[a-z ]*)?[ .]*$";
    UNPACK_WORDS = r"failed to register layer|failed to extract|failed to unpack|applylayer|tar header|error processing tar|snapshotter|thin pool|importlayer|re-exec error";
}

/// The stage at which the text shows the failure; `None` where it does not tell.
///
/// What was reached rules out what comes before, so the earlier of two possible stages is given. A registry's complaint about
/// credentials stands for the token: it shows nothing about how the token was asked for.
pub(super) fn phase(class: StopClass, words: &Words) -> Option<Stage> {
    match class {
        StopClass::NotPullFailure => None,
        StopClass::AssumeRole | StopClass::InvalidReference => Some(Stage::Role),
        StopClass::AuthToken | StopClass::PrivateRegistryAuth => Some(Stage::Token),
        StopClass::NetworkTimeoutEcrApi => Some(Stage::TokenNetwork),
        StopClass::NetworkTimeoutRegistry => Some(registry_stage(words)),
        StopClass::NetworkTimeoutS3Layers => Some(Stage::LayerNetwork),
        StopClass::DnsFailure | StopClass::TlsFailure | StopClass::ConnectionRefusedOrReset => {
            connection_stage(words)
        }
        StopClass::DigestNotFound if words.has_any(&["blob", "layers could not"]) => Some(Stage::Layers),
        StopClass::RepositoryNotFound
        | StopClass::TagNotFound
        | StopClass::DigestNotFound
        | StopClass::PlatformMismatch
        | StopClass::PullThroughCache
        | StopClass::ScanOrQuarantine => Some(Stage::Manifest),
        StopClass::ThrottledEcr if words.has_any(&["getauthorizationtoken", "cannotpullecrcontainer"]) => {
            Some(Stage::Token)
        }
        StopClass::AccessDeniedIdentity
        | StopClass::AccessDeniedResourcePolicy
        | StopClass::AmbiguousDeniedOrMissing
        | StopClass::ManifestUnsupported
        | StopClass::RateLimitedDockerhub
        | StopClass::ThrottledEcr => answered(words).or(Some(Stage::Manifest)),
        StopClass::DiskFull | StopClass::CorruptedLayer if words.matches(&UNPACK_WORDS) => {
            Some(Stage::Unpack)
        }
        StopClass::KmsDenied if !words.has("403 response body") => answered(words),
        StopClass::S3LayerForbidden
        | StopClass::DiskFull
        | StopClass::CorruptedLayer
        | StopClass::KmsDenied => Some(Stage::Layers),
        StopClass::RegistryUnavailable5xx | StopClass::PullTimeoutLargeImage | StopClass::OtherPull => {
            answered(words)
        }
    }
}

/// The stage that the text names by what was being read.
fn answered(words: &Words) -> Option<Stage> {
    if words.matches(&UNPACK_WORDS) {
        return Some(Stage::Unpack);
    }
    // containerd copies manifests too: the path tells, before the words.
    if words.has("/manifests/") {
        return Some(Stage::Manifest);
    }
    let is_cut = words.matches(&CUT_AT_REQUEST);
    if words.matches(&LAYER_WORDS) {
        return Some(if is_cut {
            Stage::LayerNetwork
        } else {
            Stage::Layers
        });
    }
    words.matches(&MANIFEST_WORDS).then_some(if is_cut {
        Stage::RegistryNetwork
    } else {
        Stage::Manifest
    })
}

/// A registry that did not answer: at the manifest, unless blobs were being fetched from it.
fn registry_stage(words: &Words) -> Stage {
    let reads_blobs = words.has("/blobs/") || (words.has("failed to copy") && !words.has("/manifests/"));
    if reads_blobs {
        Stage::LayerNetwork
    } else {
        Stage::RegistryNetwork
    }
}

/// A connection that failed: the stage of the host it went to.
fn connection_stage(words: &Words) -> Option<Stage> {
    let kind = words.tried.as_ref().map(|host| host.kind);
    match kind {
        Some(HostKind::EcrApi) => Some(Stage::TokenNetwork),
        Some(HostKind::LayerStore) => Some(Stage::LayerNetwork),
        Some(HostKind::Unrelated) | None => {
            if words.has("ecr registry auth") {
                Some(Stage::TokenNetwork)
            } else {
                words.matches(&LAYER_WORDS).then_some(Stage::LayerNetwork)
            }
        }
        Some(_) => Some(registry_stage(words)),
    }
}
