//! Task definitions that cannot be started from: deregistered, deleted, or never there.

use crate::evidence::Evidence;
use crate::evidence::ecs::Service;
use crate::evidence::short;
use crate::observed::{Absence, Fact, Present};

/// The task definition that a service is set to and that does not exist.
#[derive(Debug)]
pub struct MissingDefinition<'e> {
    /// Its ARN, as the service names it.
    pub arn: &'e str,
    /// The service.
    pub service: Present<'e, Service>,
    /// The proof that it does not exist.
    pub absence: Absence<'e>,
}

/// The task definition that the service is set to, where ECS knows none of that name.
pub fn missing_definition(evidence: &Evidence) -> Option<MissingDefinition<'_>> {
    let service = evidence.service.seen()?;
    let arn = service.value().task_definition.as_str();
    let absence = evidence
        .task_definitions
        .iter()
        .find(|item| short(&item.source.resource) == short(arn))?
        .absent()?;
    Some(MissingDefinition {
        arn,
        service,
        absence,
    })
}

/// The service event that says that a task definition is inactive.
pub fn inactive_said(evidence: &Evidence) -> Option<Fact> {
    let service = evidence.service.seen()?;
    let event = service.value().events.iter().find(|event| {
        let message = event.message.to_ascii_lowercase();
        message.contains("taskdefinition is inactive") || message.contains("task definition is inactive")
    })?;
    Some(service.fact(format!("service event: \"{}\"", event.message)))
}

/// Whether no task can be started, because the definition to start from is not there or inactive: then nothing is pulled.
pub(crate) fn cannot_start(evidence: &Evidence) -> bool {
    let inactive = || {
        evidence
            .task_definitions
            .iter()
            .filter_map(|definition| definition.value())
            .any(|definition| definition.status != "ACTIVE")
    };
    missing_definition(evidence).is_some() || (inactive() && inactive_said(evidence).is_some())
}
