//! Whether a message reports that ECS could not pull an image.

use super::pattern::patterns;
use super::reason::is_pull_failure;
use super::view::View;

patterns! {
    /// ECS, by name or by what only ECS says. Inside names too: `ECSImagePullFailed`, `prod-ecs-cannot-pull`.
    ECS = r"(?i)(?:^|[^a-z])ecs(?:[^a-z]|image|task|pull|service|cannot|deploy|container|stopped|fargate|$)|(?-i:ECS[A-Z])|elastic container service|cannot[ _-]?pull[ _-]?(?:ecr[ _-]?)?container|taskfailedtostart";
    /// What speaks of ECS unless Kubernetes is named: EKS runs on Fargate too.
    LIKELY_ECS = r"(?i)fargate|cloudwatch alarm";
    /// A failed pull, as people name alarms after it.
    PULL = r"(?i)image[ _-]?pulls?[ _-]?(?:fail|err|issue|problem|denied|time)|imagepull|image[ _-]pull|(?:fail(?:ed|s|ing|ures?)?(?:[ _-]?to)?|cannot|can'?t|unable[ _-]to|could ?n[o']t)[ _-]*pull|pulls?[ _-]?(?:image|container)?s?[ _-]?(?:fail|err)|cannot[ _-]?pull|イメージ.{0,8}(?:プル|取得).{0,8}(?:失敗|エラー|できま)";
    /// Tasks that did not start, for whatever reason: the pull is the first to look at.
    START = r"(?i)SERVICE_DEPLOYMENT_FAILED|SERVICE_TASK_START_IMPAIRED|tasks? failed to start|TaskFailedToStart|task[ _-]?start[ _-]?fail|unable to consistently start tasks";
    /// Reasons for which tasks do not start although their images were pulled.
    OTHER_REASON = r"(?i)ResourceInitializationError|CannotStartContainer|CannotCreateContainer|OutOfMemory|health check|essential container|exit(?:ed)? (?:with )?code|placement|scaling activity|user initiated|spot interruption|RESOURCE:|insufficient|EssentialContainerExited";
    /// Kubernetes pulls images as well, from ECR too.
    KUBERNETES = r"(?i)\b(?:imagepullbackoff|errimagepull|image-pull-backoff|pods?|kubernetes|kubelet|k8s|gke|eks|aks|argo ?cd|crashloopbackoff)\b";
    /// Other clouds' containers.
    OTHER_CLOUD = r"(?i)\b(?:azure|microsoft\.container|gcp|google cloud|cloud run|nomad)\b";
    /// Talk about alarms, and what is to be done about them one day: in titles, since an alarm may link to an article.
    NEWS = r"(?i)\b(?:weekly|daily|monthly|nightly|hourly) (?:[a-z]+ ){0,3}(?:summary|digest|report|recap|review)\b|\b(?:pull|merge) request\b.{0,20}\b(?:opened|closed|merged|reopened|updated|approved|by)\b|\bissue (?:opened|closed|created|assigned|reopened)\b|\b(?:opened|closed|reopened|created|updated|commented on|assigned|transitioned|moved) (?:an? |the )?(?:new )?(?:issue|bug|story|ticket|epic|sub-task|incident review|postmortem|(?:pull|merge) request)\b|\b(?:created|updated|commented on|assigned|closed|moved) (?:an?|the) (?:task|page|card)\b|\bpostmortem\b|^\W*how (?:do|can|to)\b|\bhow to (?:fix|troubleshoot|resolve|debug|solve|avoid|prevent)\b|^\W*(?:new )?blog(?: post)?:|\bscheduled maintenance\b|\brelease notes\b|\bnew blog post\b|via cloudtrail|^reminder:";
    /// Notices of the services that carry alarms.
    NOTICE = r"SubscriptionConfirmation|UnsubscribeConfirmation|AWS Health|aws\.health";
    /// An image that was built, not run.
    BUILD = r"(?i)\bfailed to solve\b|\bdocker build\b|\bbuildkit\b|\bdockerfile\b";
    REPOSITORY_METRIC = r"(?i)repository[ _-]?pull[ _-]?count";
}

/// Why a message is taken for a report, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It reports a failed pull, or tasks that did not start.
    Report,
    /// It does not, and why.
    Not(&'static str),
}

/// Judges a message by its words; `reason` is the pull failure's own text, if it carries one.
pub(super) fn judge(view: &View, reason: Option<&str>) -> Verdict {
    let text = format!("{}\n{}", view.heads.join("\n"), view.text());
    let head = view.heads.join("\n");
    if view.heads.iter().any(|head| NEWS.is_match(head))
        || NOTICE.is_match(&text)
        || view.names.iter().any(|name| is_newsagent(name))
    {
        return Verdict::Not("it speaks about alarms, or passes news on");
    }
    let is_ecs = ECS.is_match(&text);
    if KUBERNETES.is_match(&text) && !is_ecs {
        return Verdict::Not("it is about Kubernetes");
    }
    if OTHER_CLOUD.is_match(&text) && !is_ecs {
        return Verdict::Not("it is about another cloud");
    }
    let is_ecs = is_ecs || LIKELY_ECS.is_match(&text);
    if reason.is_some() && is_ecs {
        return Verdict::Report;
    }
    if BUILD.is_match(&text) {
        return Verdict::Not("an image was built, not run");
    }
    if REPOSITORY_METRIC.is_match(&text) && !PULL.is_match(&head) {
        return Verdict::Not("it counts pulls");
    }
    if is_ecs && PULL.is_match(&text) && names_a_pull(view) {
        return Verdict::Report;
    }
    if is_ecs && START.is_match(&text) {
        if view.lines.iter().any(|line| is_another_reason(line)) {
            return Verdict::Not("tasks did not start, and the reason given is no pull");
        }
        return Verdict::Report;
    }
    Verdict::Not("nothing in it names a failed pull on ECS")
}

/// "unable to pull secrets or registry auth" speaks of a pull even where only secrets failed.
fn names_a_pull(view: &View) -> bool {
    view.heads.iter().chain(&view.lines).any(|line| {
        PULL.is_match(line) && (!line.contains("secrets or registry auth") || is_pull_failure(line))
    })
}

/// A line that gives a reason why tasks stopped, which is no pull.
fn is_another_reason(line: &str) -> bool {
    OTHER_REASON.is_match(line) && !is_pull_failure(line)
}

/// Senders that report what somebody wrote.
fn is_newsagent(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "rss",
        "feed",
        "jira",
        "linear",
        "asana",
        "trello",
        "notion",
        "confluence",
    ]
    .iter()
    .any(|agent| {
        name.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == *agent)
    })
}
