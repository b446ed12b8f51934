//! What shares the words of a failed pull and is none.

use super::Rule;
use crate::stop_reason::class::StopClass::NotPullFailure;
use crate::stop_reason::text::patterns;
use crate::stop_reason::words::Words;

patterns! {
    /// A push in words. A repository may be called `push-service`: the word alone is nothing.
    PUSHING = r"(?:docker |image |buildx? |kaniko |jib )push\b|\bpush refers to|(?:error|failed|failing|unable|while|when|trying|cannot|can't) (?:to )?push|\bpushing (?:image|docker|manifest|layer|to|the|blob|[a-z0-9./-]+\.(?:com|io|dev)/)|failed to upload|uploading (?:image|layer|blob)|/blobs/uploads|from put request|put \x22?https?://|writing blob|writing manifest|tag invalid|repository is immutable|already exists in the .{0,80}repository";
    /// ECR actions that only a push, or somebody looking at a registry, uses.
    PUSH_ACTION = r"initiatelayerupload|uploadlayerpart|completelayerupload|ecr(?:-public)?:putimage|operation: ?putimage|the putimage operation";
    /// The agent's own connections to ECS, and the metadata endpoints.
    CONTROL_PLANE = r"websocket|connecting to (?:acs|tcs)|\bacs\b.{0,40}connect|poll endpoint|telemetry endpoint|//ecs-[at]-\d+\.|//ecs\.[a-z0-9-]+\.amazonaws|registering (?:as a )?container instance|169\.254\.170\.2|submittaskstatechange|submitcontainerstatechange|task metadata";
    /// A container that was pulled and would not be made or started.
    AFTER_THE_PULL = r"\bcannot ?(?:start|create|stop|inspect|describe|remove|list|update)[a-z]*(?: ?container)?(?: ?error)?:|cannot(?:start|create|stop|inspect|describe|remove)(?:container|volume)error|oci runtime create failed|container_linux\.go|executable file not found|exec format error|could not transition to (?:created|running|started|stopped|inspecting)|essential container in task exited|outofmemory|died due to oom|scaling activity|health ?checks? ?(?:failed|$|\.)|failed (?:container|elb) health checks";
    /// An image that the daemon does not have: the agent went on after a pull that failed or was skipped.
    NO_IMAGE = r"no such image|unable to find image|no image found";
    /// Secrets, parameters and files that are read before a container starts.
    OTHER_SECRETS = r"secrets? from (?:asm|ssm|aws secrets|aws systems|secrets manager|systems manager|parameter store)|pull (?:the )?secrets? from|retrieve (?:the )?secrets? (?:from|with)|secret data from|parameter store|ssm:getparameters|staging label|environment files?|env files?|specified secret value|invalid ssm parameters|fetch(?:ing)? secrets?\b|secretsmanager:getsecretvalue|secret value";
    /// Logs, volumes and storage that are prepared before a container starts.
    OTHER_RESOURCES = r"logging driver|logger args|log group|log stream|log driver|cloudwatch|\befs\b|mount\.nfs|fsx|cannotcreatevolume|ebs volume|ephemeralstorage|firelens|network interface provisioning|timeout waiting for (?:network|ephemeral)|\beni\b";
}

pub(super) const RULES: &[Rule] = &[
    // A stop text that is empty, or holds no word.
    Rule {
        class: NotPullFailure,
        applies: |words| !words.text.plain.contains(|c: char| c.is_alphanumeric()),
    },
    // Pushes are refused and time out in the words of pulls. ECS never pushes: where the agent names a pull, it is a pull.
    Rule {
        class: NotPullFailure,
        applies: |words| !words.is_pull_error && (words.matches(&PUSH_ACTION) || words.matches(&PUSHING)),
    },
    // Any other action that AWS refuses: listing, describing and tagging are no pulls, whatever the resource.
    Rule {
        class: NotPullFailure,
        applies: is_another_action,
    },
    // The agent talks to ECS over the same network, with the same DNS and TLS errors.
    Rule {
        class: NotPullFailure,
        applies: |words| !words.is_pull_error && words.matches(&CONTROL_PLANE),
    },
    // "unable to pull secrets or registry auth" heads both: what follows decides, and the registry's secret is a pull's.
    Rule {
        class: NotPullFailure,
        applies: |words| {
            !words.is_pull_error && words.matches(&OTHER_SECRETS) && !reads_registry_secret(words)
        },
    },
    Rule {
        class: NotPullFailure,
        applies: |words| {
            !words.is_pull_error
                && words.matches(&OTHER_RESOURCES)
                && !words.has_any(&["registry auth from", "ecr registry auth"])
        },
    },
    // A container that could be started was pulled. "No such image" was not.
    Rule {
        class: NotPullFailure,
        applies: |words| !words.is_pull_error && words.matches(&AFTER_THE_PULL) && !words.matches(&NO_IMAGE),
    },
    // Docker warns of emulation and goes on.
    Rule {
        class: NotPullFailure,
        applies: |words| words.has("platform") && words.has("does not match the detected"),
    },
    // The service as a whole, not one pull.
    Rule {
        class: NotPullFailure,
        applies: |words| !words.is_pull_error && words.has("ecs can no longer maintain your service"),
    },
];

/// An action was refused, and a pull does not use it.
fn is_another_action(words: &Words) -> bool {
    let Some(action) = words.action() else {
        return false;
    };
    if words.is_refused_pull_action() || words.is_pull_error {
        return false;
    }
    match action.as_str() {
        // Used on behalf of a pull: the role, the registry's secret, keys, layers, and a cache rule's new repository.
        "sts:assumerole" => false,
        "secretsmanager:getsecretvalue" => !reads_registry_secret(words),
        "kms:decrypt" | "s3:getobject" => !words.is_about_a_pull,
        "ecr:createrepository" => !words.has_any(&["pull through", "pull-through", "upstream"]),
        _ => true,
    }
}

/// The secret in question holds a registry's credentials.
fn reads_registry_secret(words: &Words) -> bool {
    let says_so = words.has_any(&[
        "registry auth from",
        "asm fetching",
        "registry credentials",
        "repositorycredentials",
        "upstream registry",
        "pull through cache",
        "pull-through cache",
    ]);
    words.names_registry_secret || says_so
}
