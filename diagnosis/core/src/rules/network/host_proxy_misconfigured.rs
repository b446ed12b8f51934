//! The agent or daemon on the instance goes through a proxy that fails or lacks `NO_PROXY`.
//!
//! # What fails
//! On EC2 and ECS Anywhere the agent and the container runtime each have proxy settings of their own. The proxy
//! refuses, does not answer or wants credentials; or requests go to it that should not, where `NO_PROXY` lacks the
//! endpoint's name.
//!
//! # What the pull says
//! "… proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused", "Proxy Authentication Required".
//!
//! # What proves it
//! Nothing that AWS tells: the words say it, so that it is likely at most.
//!
//! # What rules it out
//! Fargate, which has no proxy of one's own; a failure without a proxy in its words.
//!
//! # What cannot be known
//! The settings, which are on the instance: user data, `/etc/ecs/ecs.config`, the daemon's unit.
//!
//! # Remedies
//! The proxy's address, or `NO_PROXY`, set right for both the agent and the runtime.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/http_proxy_config.html>

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    if case.fargate() == Some(true) {
        return Vec::new();
    }
    let Some(attempt) = case
        .attempts
        .pulls()
        .find(|attempt| attempt.goes_through_a_proxy())
    else {
        return Vec::new();
    };
    vec![(subject(attempt), judgement(attempt))]
}

fn subject(attempt: &Attempt<'_>) -> Subject {
    match attempt.task.and_then(|task| task.container_instance.as_deref()) {
        Some(instance) => Subject::instance(instance),
        None => Subject::task_definition(attempt.definition.unwrap_or_default()),
    }
}

fn judgement(attempt: &Attempt<'_>) -> Judgement {
    let detail = &attempt.reason.detail;
    let at = detail
        .address
        .map(|address| format!(" at {address}"))
        .unwrap_or_default();
    let to = detail
        .tried_host
        .as_deref()
        .map(|host| format!(" on the way to {host}"))
        .unwrap_or_default();
    let summary = format!("the proxy of the container instance{at} fails{to}");
    let finding = Finding::observed(detail.phase.unwrap_or(Stage::RegistryNetwork), summary)
        .facts([attempt.fact.clone()])
        .missing([Missing::unknowable(
            "proxy settings of the instance",
            "they are on the instance: /etc/ecs/ecs.config, the container runtime's unit, user data",
        )])
        .remedies([set_right()]);
    Judgement::Likely(finding)
}

fn set_right() -> Remedy {
    manual(
        "fix_proxy",
        "Set the proxy right on the instance",
        Risk::Low,
        "# /etc/ecs/ecs.config, for the agent\n\
         HTTP_PROXY=PROXY_HOST:PORT\n\
         NO_PROXY=169.254.169.254,169.254.170.2,/var/run/docker.sock,.amazonaws.com\n\
         # /etc/systemd/system/docker.service.d/http-proxy.conf, for the daemon: the same, under [Service] as Environment=\n\
         sudo systemctl daemon-reload && sudo systemctl restart docker ecs"
            .to_owned(),
        None,
    )
}
