//! Everything that rules and phases ask of a text, read once.

use super::extract::denial::{Denial, denial};
use super::extract::hosts::{Host, HostKind, hosts, tried};
use super::extract::image::{Image, image};
use super::extract::truncation::is_truncated;
use super::text::{Text, patterns};

patterns! {
    /// The agent's own names for a failed pull. Not inside another word: people name services after their errors.
    PULL_ERROR = r"(?:^|[^a-z0-9_./-])cannot ?pull ?(?:image ?manifest|ecr ?container|container ?auth|container)(?: ?error)?(?:[^a-z0-9_-]|$)|(?:^|[^a-z0-9_./-])(?:errimagepull|imagepullbackoff)(?:[^a-z0-9_-]|$)";
    /// Phrases that only stand in the report of a pull, or of a part of one.
    PULL_WORDS = r"\b(?:(?:fail(?:ed|s|ing|ure)?|unable|error|trouble|problem|can'?t|cannot|could not|couldn't|try(?:ing)?|tried) (?:to |while |when |in )?(?:docker )?pull(?:ing)?\b|pull(?:ing)? (?:the |an? |docker |container |private |ecr )*images?|pulling (?:repository|from)|(?:image|repository) \S+/\S+:\S|pulls? (?:fail|access denied|command failed|rate limit)|pull is failing|ref pull|image pull|pull after error|docker(?:-| )pull|(?:inspect|pull) image|image manifest|image config(?:uration)?|failed to resolve (?:ref|reference|source metadata|image)|error parsing http \d{3} response body|received unexpected http status|extraction snapshot|http ?read(?:er)? ?seeker|failed to register layer|failed to (?:extract|unpack|download|fetch) (?:image|layer|manifest|blob)|failed to (?:copy|authorize|fetch anonymous token|fetch oauth token)|registry auth|manifest (?:for|unknown)|manifest_unknown|name_unknown|name unknown|filesystem (?:layer )?verification|getimageblob|repo digest|registry credentials|error from registry|container image|toomanyrequests|basic auth credentials|authorization token|docker image|the image|unable to find image|image not found|layers could not be found|ecr credentials|engine ecr|dockergoclient|insufficient_scope|asm fetching|trying to reuse blob|copying (?:system )?image|initializing (?:image )?source|reading (?:manifest|blob|config)|unknown blob|blob unknown|from-registry)\b";
    /// A registry's URL or name even where its host was blacked out: the API's paths, ECR's domain.
    REGISTRY_MARKS = r#"(?:get|head) "?https?://\S*/v[12](?:/"?:? |/\S+/(?:manifests|blobs)/|/_ping)|\.dkr[.-]ecr[.-]|/v2/\S+/(?:manifests|blobs)/"#;
    /// Words of failure. Without one a text about a pull is news or advice.
    FAILURE = r"fail|error|can'?t|cannot|could not|couldn't|unable|cancel|retried|denied|panic|unexpected|not found|timed out|timeout|refused|unauthori[sz]ed|forbidden|no such|exceeded|invalid|backoff|issue";
}

/// A text with what it names.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) text: Text,
    pub(super) denial: Denial,
    pub(super) image: Option<Image>,
    pub(super) hosts: Vec<Host>,
    pub(super) tried: Option<Host>,
    pub(super) truncated: bool,
    /// The agent itself calls this a failed pull: nothing else in the text can make it something else.
    pub(super) is_pull_error: bool,
    /// Something in the text belongs to a pull: its phrases, a registry, a pull action.
    pub(super) is_about_a_pull: bool,
    /// The secret that it names is known to hold a registry's credentials: the words alone do not tell it from others.
    pub(super) names_registry_secret: bool,
}

/// The IAM actions that a pull uses: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/security-iam-awsmanpol.html>.
/// `BatchImportUpstreamImage` and `CreateRepository` are used by a pull through a cache rule.
const PULL_ACTIONS: [&str; 7] = [
    "ecr:getauthorizationtoken",
    "ecr:batchgetimage",
    "ecr:getdownloadurlforlayer",
    "ecr:batchchecklayeravailability",
    "ecr:batchimportupstreamimage",
    "ecr-public:getauthorizationtoken",
    "sts:getservicebearertoken",
];

impl Words {
    pub(super) fn new(written: &str) -> Self {
        let text = Text::new(written);
        let denial = denial(&text);
        let image = image(&text);
        let hosts = hosts(&text);
        let tried = tried(&text);
        let truncated = is_truncated(&text);
        let is_pull_error = PULL_ERROR.is_match(&text.lower);
        let mut words = Self {
            text,
            denial,
            image,
            hosts,
            tried,
            truncated,
            is_pull_error,
            is_about_a_pull: is_pull_error,
            names_registry_secret: false,
        };
        words.is_about_a_pull = is_pull_error
            || words.text.matches(&PULL_WORDS)
            || words.text.matches(&REGISTRY_MARKS)
            || words.is_refused_pull_action()
            || words.hosts.iter().any(|host| host.kind.is_in_a_pull());
        words
    }

    pub(super) fn has(&self, words: &str) -> bool {
        self.text.has(words)
    }

    pub(super) fn has_any(&self, choices: &[&str]) -> bool {
        self.text.has_any(choices)
    }

    pub(super) fn matches(&self, pattern: &regex::Regex) -> bool {
        self.text.matches(pattern)
    }

    /// The refused action, in lower case.
    pub(super) fn action(&self) -> Option<String> {
        self.denial.action.as_deref().map(str::to_ascii_lowercase)
    }

    /// True where the action that AWS refused is one that a pull uses.
    pub(super) fn is_refused_pull_action(&self) -> bool {
        self.action()
            .is_some_and(|action| PULL_ACTIONS.contains(&action.as_str()))
    }

    /// True where the text speaks of a failure at all.
    pub(super) fn tells_a_failure(&self) -> bool {
        self.text.matches(&FAILURE)
    }

    /// True where a host of this kind is named.
    pub(super) fn names(&self, test: fn(HostKind) -> bool) -> bool {
        self.hosts.iter().any(|host| test(host.kind))
    }

    /// The host of the image reference.
    pub(super) fn image_host(&self) -> Option<&str> {
        self.image.as_ref()?.host.as_deref()
    }

    /// True where the registry in question is a private ECR one, by host or by the name people give it.
    pub(super) fn is_ecr(&self) -> bool {
        self.names(|kind| matches!(kind, HostKind::EcrRegistry | HostKind::EcrApi))
            || self.has_any(&[
                ".dkr.ecr.",
                ".dkr-ecr.",
                " ecr ",
                "amazon ecr",
                "ecr registry",
                "ecrcontainer",
            ])
    }

    /// True where a registry other than Amazon's is named, and none of Amazon's.
    pub(super) fn is_other_registry(&self) -> bool {
        !self.is_ecr()
            && !self.has("public.ecr.aws")
            && (self.names(|kind| {
                matches!(
                    kind,
                    HostKind::DockerHub | HostKind::OtherRegistry | HostKind::DockerHubToken
                )
            }) || self.image_host().is_some())
    }
}
