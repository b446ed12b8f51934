//! The evidence, put together from what was read.

use diagnosis::evidence::access::{KeyEvidence, Organization, SecretEvidence};
use diagnosis::evidence::ecs::{ContainerInstance, TaskDefinition};
use diagnosis::evidence::image::{ImageEvidence, PullCount};
use diagnosis::evidence::logs::{HealthEvent, LogLine};
use diagnosis::evidence::network::NetworkEvidence;
use diagnosis::evidence::role::RoleEvidence;
use diagnosis::evidence::{EVIDENCE_VERSION, Evidence};
use diagnosis::{Listing, Observed};
use jiff::Timestamp;

use crate::actions::{
    CLOUDTRAIL_LOOKUP_EVENTS, HEALTH_DESCRIBE_EVENTS, IAM_SIMULATE_PRINCIPAL_POLICY, LOGS_FILTER_LOG_EVENTS,
    ORGANIZATIONS_LIST_POLICIES_FOR_TARGET,
};
use crate::ec2::network;
use crate::resolve::Resolved;
use crate::session::{Seen, Session};

/// The evidence of a diagnosis that ends with looking for its target.
pub(crate) fn nothing_more(
    session: &Session<'_>,
    observed_at: Timestamp,
    resolved: Resolved,
    why: &str,
) -> Evidence {
    // A preflight is about the definition: what came of looking for it is all there is to tell.
    let asked = resolved
        .definition
        .iter()
        .filter(|_| resolved.preflight.is_some());
    let task_definitions = asked.map(|definition| definition.item.clone()).collect();
    assemble(
        session,
        observed_at,
        resolved,
        Parts {
            network: network::unread(session, why),
            logs: session.skipped(&LOGS_FILTER_LOG_EVENTS, "", why),
            instances: Vec::new(),
            task_definitions,
            images: Vec::new(),
            roles: Vec::new(),
            secrets: Vec::new(),
            keys: Vec::new(),
            organization: session.skipped(&ORGANIZATIONS_LIST_POLICIES_FOR_TARGET, "", why),
            pull_counts: Vec::new(),
            health: session.skipped(&HEALTH_DESCRIBE_EVENTS, "", why),
        },
    )
}

/// What was read beside the target and its tasks.
pub(crate) struct Parts {
    pub(crate) instances: Vec<Seen<ContainerInstance>>,
    pub(crate) task_definitions: Vec<Observed<TaskDefinition>>,
    pub(crate) images: Vec<ImageEvidence>,
    pub(crate) roles: Vec<RoleEvidence>,
    pub(crate) secrets: Vec<SecretEvidence>,
    pub(crate) keys: Vec<KeyEvidence>,
    pub(crate) organization: Observed<Organization>,
    pub(crate) network: NetworkEvidence,
    pub(crate) logs: Observed<Listing<LogLine>>,
    pub(crate) pull_counts: Vec<Observed<PullCount>>,
    pub(crate) health: Observed<Listing<HealthEvent>>,
}

/// The evidence, made of what was read.
pub(crate) fn assemble(
    session: &Session<'_>,
    observed_at: Timestamp,
    resolved: Resolved,
    parts: Parts,
) -> Evidence {
    let Resolved {
        mut target,
        cluster,
        cluster_names,
        service_names,
        service,
        tasks,
        siblings,
        preflight,
        ..
    } = resolved;
    if let Some(definition) = parts.task_definitions.first().and_then(Observed::value) {
        target.task_definition = Some(definition.name());
    }
    if let Some(account) = session.known_account() {
        target.account = Some(account.to_owned());
    }
    Evidence {
        version: EVIDENCE_VERSION,
        observed_at,
        target,
        cluster,
        cluster_names,
        service_names,
        service: service.item,
        tasks: tasks.item,
        siblings,
        instances: parts
            .instances
            .into_iter()
            .map(|instance| instance.item)
            .collect(),
        task_definitions: parts.task_definitions,
        images: parts.images,
        roles: parts.roles,
        secrets: parts.secrets,
        keys: parts.keys,
        organization: parts.organization,
        simulation: session.skipped(&IAM_SIMULATE_PRINCIPAL_POLICY, "", "nothing is to be simulated"),
        network: parts.network,
        changes: vec![session.skipped(
            &CLOUDTRAIL_LOOKUP_EVENTS,
            "",
            match &preflight {
                Some(_) => "changes are looked for only where a pull would fail",
                None => "still being read",
            },
        )],
        logs: parts.logs,
        pull_counts: parts.pull_counts,
        health: parts.health,
        preflight,
    }
}
