//! Layers: where they lie, the key that opens them, whether they are whole, and where they go.

use super::Rule;
use crate::stop_reason::class::StopClass::{CorruptedLayer, DiskFull, KmsDenied, S3LayerForbidden};
use crate::stop_reason::extract::hosts::HostKind;
use crate::stop_reason::text::patterns;

patterns! {
    NO_SPACE = r"no space left on device|thin pool has .{0,80}free data blocks|(?:not enough|insufficient) (?:free )?(?:disk )?space|disk quota exceeded|there is not enough space on the disk|disk (?:is )?full|out of disk space|no usable space|ephemeral storage .{0,60}(?:exceeded|exhausted|full)|storage (?:capacity )?(?:exceeded|exhausted)";
    KEY_REFUSED = r"customer master key|kmsaccessdenied|kms(?: ?access)? (?:is )?denied|kms ?exception|kms ?(?:key|access).{0,100}(?:denied|disabled|pending|not found|cannot|can't|not allowed|invalid|does not exist)|kms:decrypt|access to kms is not allowed|encryption key .{0,80}(?:denied|disabled|not)|kmskeydisabled|kmsinvalidstate|kms\.(?:disabled|notfound|invalidstate)";
    /// Unpacking, and verifying what was downloaded.
    VERIFY = r"verification failed|invalid tar header|unexpected commit digest|failed size validation|checksum (?:mismatch|error|does not match|did not match)|archive/tar|gzip: invalid|flate: corrupt|zlib: invalid|unexpected end of (?:file|data|stream|archive)|magic number mismatch|hash mismatch|digest .{0,100}(?:mismatch|does not match|did not match|doesn't match)|short read: expected|invalid checksum|mismatched (?:digest|checksum|size)|corrupt(?:ed)?\b|unexpected eof .{0,40}(?:tar|layer|unpack)|failed to verify layer|invalid compressed data";
    /// The daemon could not unpack, and says why. What stands behind "stderr:" may be cut off.
    UNPACK = r"failed to (?:register layer|extract layer|unpack image|apply layer|apply diff)|re-exec error|hcsshim::importlayer|error processing tar file|processtarerror|failed to extract image";
    UNPACK_SAYS_NOTHING = r"failed to register layer:?(?: applylayer exit status \d+)?(?: stdout:)?(?: stderr:)?\s?$|failed to (?:extract layer|unpack image)(?:[ :.]*)$";
    /// A 403 that S3 or a content network writes: XML, or an expired signature.
    STORE_403 = r"\b403\b.*(?:<\?xml|<error>|&lt;\?xml)|403 response body: invalid character '<'|request has expired|signaturedoesnotmatch";
    STATUS_403 = r"\b403\b|forbidden";
    /// containerd reads blobs with this; the URL that it prints is the registry's, before the redirect to the store.
    BLOB_READ = r"http ?read(?:er)? ?seeker.*/blobs/.*\b403\b|http ?read(?:er)? ?seeker.{0,80}ecr url.*\b403\b";
}

pub(super) const DISK: &[Rule] = &[
    // An application's full disk is no pull: something of the pull must be named.
    Rule {
        class: DiskFull,
        applies: |words| words.is_about_a_pull && words.matches(&NO_SPACE),
    },
];

pub(super) const KEY: &[Rule] = &[
    // Before the 403 that carries it: S3 answers for the key.
    Rule {
        class: KmsDenied,
        applies: |words| {
            words.matches(&KEY_REFUSED)
                && (words.is_about_a_pull
                    || words.has_any(&["403 response body", "failed due to a kms exception"]))
        },
    },
];

pub(super) const BROKEN: &[Rule] = &[
    // After the missing, the full disk and the wrong format, which all come to light while unpacking; and never for an answer that
    // was no layer at all ("403 response body: unexpected end of JSON input").
    Rule {
        class: CorruptedLayer,
        applies: |words| {
            !words.has("response body")
                && (words.is_about_a_pull || words.has_any(&["layer", "image"]))
                && words.matches(&VERIFY)
        },
    },
    Rule {
        class: CorruptedLayer,
        applies: |words| {
            words.matches(&UNPACK)
                && !words.matches(&UNPACK_SAYS_NOTHING)
                && !words.has_any(&["context canceled", "context deadline"])
        },
    },
    Rule {
        class: CorruptedLayer,
        applies: |words| words.has("filesystem verification failed"),
    },
];

pub(super) const FORBIDDEN: &[Rule] = &[
    Rule {
        class: S3LayerForbidden,
        applies: |words| words.matches(&STORE_403),
    },
    // With a "denied: User ..." the registry answered, and an earlier rule decided.
    Rule {
        class: S3LayerForbidden,
        applies: |words| {
            words.matches(&STATUS_403)
                && words
                    .tried
                    .as_ref()
                    .or_else(|| words.hosts.last())
                    .is_some_and(|host| host.kind == HostKind::LayerStore)
        },
    },
    Rule {
        class: S3LayerForbidden,
        applies: |words| {
            words.matches(&STATUS_403)
                && words.names(|kind| kind == HostKind::LayerStore)
                && !words.has("/manifests/")
        },
    },
    Rule {
        class: S3LayerForbidden,
        applies: |words| words.matches(&BLOB_READ) && !words.has("server message") && words.is_ecr(),
    },
];
