//! The reference and the manifest behind it: unreadable, refused by policy, missing, for another platform, in another format.

use super::Rule;
use super::credentials::is_a_riddle;
use crate::stop_reason::class::StopClass::{
    DigestNotFound, InvalidReference, ManifestUnsupported, PlatformMismatch, PullThroughCache,
    RepositoryNotFound, ScanOrQuarantine, TagNotFound,
};
use crate::stop_reason::text::patterns;
use crate::stop_reason::words::Words;

patterns! {
    BAD_REFERENCE = r"invalid reference format|normalize image reference|must be lowercase|(?:container\.image|repository) .{0,20}should not be null or empty|(?:invalid|could not parse|couldn't parse|failed to parse|unable to parse|error parsing|unrecognized) (?:the )?(?:container )?(?:image|docker image|image reference|reference|repository|tag|checksum digest)(?: name| reference| format| uri| url|:| \x22|$)|invalid(?:image)? ?name|invalidimagename|invalid checksum digest|unsupported digest algorithm|invalid digest|unrecognized image format|invalid character .{0,10} in host name|invalid port .{0,80} after host|first path segment in url cannot contain colon";
    /// Scanners, signatures, quarantines, admission.
    SCAN_POLICY = r"project_policy_violation|due to configured policy|prevent images? with|vulnerab.{0,120}(?:cannot be pulled|denied|blocked|forbidden|not allowed|prevent|policy)|security scan policy|(?:denied|blocked|rejected|forbidden) (?:by|due to|because of) .{0,60}(?:polic(?:y|ies)|scan|vulnerab|quarantine|security)|quarantin|is not signed|not been signed|signature (?:verification|validation) failed|no signatures? found|no matching signatures|signature (?:was )?required|content trust|does not have trust data|trust data for|policy verification failed|image .{0,80}not (?:yet )?been scanned|xray.{0,60}(?:block|polic)|download blocking policy|admission webhook .{0,80} denied";
    CACHE = r"pull[ -]through[ -]cache|upstream ?(?:registry|image|layer)|unabletogetupstream|upstreamregistry|unabletoaccesssecret|unabletodecryptsecret|pullthroughcacherule";
    OTHER_PLATFORM = r"no matching manifest for|no match(?:ing)? (?:for )?(?:platform|current platform)|no match for (?:current )?platform|descriptor matching platform|not match the specified platform|does not provide the specified platform|cannot be used on this platform|no image found in (?:manifest list|image index)|choosing (?:an )?image (?:instance )?from (?:the )?manifest list|operating system does not match the host|platform .{0,60}not (?:supported|found|available)|unsupported (?:os|architecture|platform)|manifest .{0,60}(?:for|matching) (?:the )?(?:platform|architecture)|incompatible (?:cpu )?architecture|operating system is not supported";
    OTHER_FORMAT = r"unsupported (?:docker v2s\d )?(?:media ?type|manifest|schema|image format|compression)|media ?type .{0,120}(?:not supported|unsupported|no longer supported|deprecated|unrecognized|is invalid)|unknown media ?type|unexpected media ?type|invalid media ?type|reference for unknown type|mismatched image rootfs|layers and diffids don'?t match|rootfs and manifest layers|schema ?(?:version)? ?1\b|schemaversion|schema version|docker image format v1|manifest v2,? schema 1|encountered remote .{0,120}when fetching|helm.{0,40}(?:when fetching|config\.v1)|invalid rootfs in image config|not (?:a )?(?:valid )?container image|(?:application/vnd\S+ )(?:is )?(?:not supported|unsupported)|mediatype in manifest should be|unsupported_manifest|missing signature key|attestation manifest|manifest (?:type )?(?:is )?not supported";
    REPOSITORY = r"name unknown|name_unknown|repositorynotfound|does not exist in the registry|repository \S+ not found|repository not found|repository name not known|repo(?:sitory)? does not exist|unknown repository|project \S+ not found|not_found: (?:project|artifact \S+ not found)|no such repository";
    MANIFEST = r"manifest unknown|manifest_unknown|manifest for .*not found|manifest .*: not found|manifest(?:s)? not found|manifest .{0,40}does not exist|imagenotfoundexception|image with imageid|requested image not found|image not found|images? \S+ not found|image .*does not exist|tag .{0,150}(?:not found|does not exist|was deleted)|no such manifest|no such image: .{0,20}:.{0,20}manifest|failed to find (?:image|tag)|image (?:has been )?archived|image_not_found";
    /// containerd: the reference, and again the reference, "not found".
    RESOLVED_TO_NOTHING = r"(?:failed to resolve|failed to solve: \S+: \S+|failed to pull|failed to find|error pulling|cannot ?pull|failed to get|manifests?|retried).*(?::| )\s?not found\)?\.?(?:[\x22'\s]|$)";
    /// A plain 404 for a manifest.
    STATUS_404 = r"(?:manifests? .*|/manifests/\S* ?.{0,80}|status(?: code)?[ :=]{0,3}.*|unexpected http status: )\b404\b|\b404 not found";
    BLOB = r"unknown blob|blob unknown|blob_unknown|layersnotfound|layers could not be found|layer .{0,80}(?:not found|does not exist)|blob .{0,100}not found|config .{0,40}not found";
    DIGEST = r"@sha256(?::|\b)|manifests/sha256:|\[manifests sha256|imagedigest:? ?['\x22]?sha256:|manifest sha256:|digest .{0,100}not found|manifest for sha256|@<?digest|@sha512:";
    API_404 = r"cannot ?pull ?container ?(?:error)?.{0,4}api error \(404\)\.?$";
}

pub(super) const UNREADABLE: &[Rule] = &[Rule {
    class: InvalidReference,
    applies: |words| words.matches(&BAD_REFERENCE),
}];

pub(super) const POLICY: &[Rule] = &[
    // Before refusals: a policy that blocks vulnerable images says "denied" too.
    Rule {
        class: ScanOrQuarantine,
        applies: |words| words.matches(&SCAN_POLICY) && words.denial.action.is_none(),
    },
    // A repository that is missing under a cache's prefix is missing; a refused action is a refusal.
    Rule {
        class: PullThroughCache,
        applies: |words| {
            words.matches(&CACHE) && !words.matches(&REPOSITORY) && words.denial.denied_by.is_none()
        },
    },
];

pub(super) const PLATFORM: &[Rule] = &[
    // Before "not found", in which these end.
    Rule {
        class: PlatformMismatch,
        applies: |words| words.matches(&OTHER_PLATFORM),
    },
];

pub(super) const FORMAT: &[Rule] = &[
    // Before unpacking: containerd finds mismatched layers only then.
    Rule {
        class: ManifestUnsupported,
        applies: |words| words.matches(&OTHER_FORMAT),
    },
];

pub(super) const MISSING: &[Rule] = &[
    // "repository does not exist or may require 'docker login'" does not say that it is missing.
    Rule {
        class: RepositoryNotFound,
        applies: |words| words.matches(&REPOSITORY) && !is_a_riddle(words) && !words.has("manifest unknown"),
    },
    // Docker's old agent answer, cut before the name.
    Rule {
        class: RepositoryNotFound,
        applies: |words| words.matches(&API_404),
    },
    Rule {
        class: DigestNotFound,
        applies: |words| words.is_about_a_pull && words.matches(&BLOB),
    },
    Rule {
        class: DigestNotFound,
        applies: |words| is_missing_manifest(words) && asks_by_digest(words),
    },
    Rule {
        class: TagNotFound,
        applies: is_missing_manifest,
    },
];

/// The repository answered, and has no such manifest. A host that is not found is not a manifest that is not found.
fn is_missing_manifest(words: &Words) -> bool {
    if is_a_riddle(words)
        || words.has_any(&[
            "no such host",
            "executable file not found",
            "credentials: not found",
            "credentials not found",
        ])
    {
        return false;
    }
    words.matches(&MANIFEST)
        || ((words.is_about_a_pull || words.image.is_some())
            && (words.matches(&RESOLVED_TO_NOTHING) || words.matches(&STATUS_404)))
}

fn asks_by_digest(words: &Words) -> bool {
    words.image.as_ref().is_some_and(|image| image.by_digest) || words.matches(&DIGEST)
}
