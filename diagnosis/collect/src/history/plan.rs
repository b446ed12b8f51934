//! What to ask CloudTrail: the questions that the rest of the evidence raises.

use std::collections::BTreeSet;

use diagnosis::evidence::Evidence;
use diagnosis::evidence::ecs::{Task, TaskDefinition};
use diagnosis::evidence::image::Image;
use diagnosis::evidence::network::{RouteTarget, VpcEndpoint};
use diagnosis::{Observed, Window};
use jiff::SignedDuration;

use super::{HistoryRequest, Lookup};
use crate::failure::{Suspicion, is_settled, misses_tag, texts};
/// Questions that are put at most: at two a second, more would take too long.
const MOST_LOOKUPS: usize = 6;
/// How far back to ask at least. A longer span takes no more calls, and is there where nothing nearer explains the failure.
const REACH: SignedDuration = SignedDuration::from_hours(48);

/// Which questions the evidence raises, where `left` calls may still be made: those beyond are not put, the least telling
/// first.
pub(crate) fn plan(
    evidence: &Evidence,
    iam_region: &str,
    window: Window,
    fresh: bool,
    left: u32,
) -> HistoryRequest {
    let mut plan = Plan {
        lookups: Vec::new(),
        about: BTreeSet::new(),
    };
    let region = evidence.target.region.as_str();
    let failed = evidence
        .tasks
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice());
    let definition = evidence.task_definitions.first().and_then(Observed::value);
    let stopped = failed.iter().filter(|task| task.is_stopped());
    let said: Vec<&str> = stopped.flat_map(texts).collect();
    // AWS may have forgotten the tasks: then nothing narrows the question, unless the service is well.
    let silent = said.is_empty() && !evidence.service.value().is_some_and(is_settled);
    let Suspicion { permission, network } = if silent {
        Suspicion::ANYTHING
    } else {
        let secrets = definition
            .map(TaskDefinition::registry_secrets)
            .unwrap_or_default();
        Suspicion::of(said.iter().copied(), &secrets)
    };

    // What became of an image decides a cause; of a deployment, all but its author is known without CloudTrail.
    image_questions(&mut plan, evidence, failed, &said);
    plan.about.extend(evidence.target.service.clone());
    if evidence.target.service.is_some() {
        plan.named(region, "UpdateService");
    } else if let Some(task) = failed.first() {
        // Security groups of a task of no service are in the call that started it, and nowhere else.
        plan.about.insert(task.id().to_owned());
        plan.named(region, "RunTask");
    }
    if let Some(definition) = definition {
        plan.about.insert(definition.family.clone());
    }
    if permission {
        permission_questions(&mut plan, evidence, iam_region);
    }
    if network {
        network_questions(&mut plan, evidence, region);
    }
    // What nothing points at comes last.
    for role in &evidence.roles {
        plan.touched(iam_region, role.name());
    }
    let mut lookups = plan.lookups;
    let left = usize::try_from(left).unwrap_or(MOST_LOOKUPS);
    let unasked = lookups.split_off(MOST_LOOKUPS.min(left).min(lookups.len()));
    let spare = left.saturating_sub(lookups.len());
    HistoryRequest {
        region: region.to_owned(),
        account: evidence.target.account.clone(),
        window: reaching(window),
        fresh,
        lookups: lookups.into_iter().collect(),
        unasked: unasked.into_iter().collect(),
        spare,
        about: plan.about,
    }
}

/// Deletions and pushes of what is not there, or was not.
fn image_questions(plan: &mut Plan, evidence: &Evidence, failed: &[Task], said: &[&str]) {
    for image in &evidence.images {
        let Some(ecr) = &image.ecr else { continue };
        plan.about.insert(ecr.repository_name.clone());
        let (partition, name) = (&evidence.target.partition, &ecr.repository_name);
        plan.about.insert(format!(
            "arn:{partition}:ecr:{}:{}:repository/{name}",
            ecr.region, ecr.registry
        ));
        let pinned_gone = ecr.pinned.iter().any(|pinned| pinned.absent().is_some());
        let part_gone = ecr.children.iter().any(|child| child.absent().is_some());
        let moved = ecr
            .image
            .value()
            .is_some_and(|now| is_moved(now, failed, &image.reference));
        // What a cache would fetch was never there to be deleted.
        let cached = ecr
            .cache_rules
            .items()
            .iter()
            .any(|rule| rule.serves(&ecr.repository_name));
        if ecr.repository.absent().is_some() {
            plan.named(&ecr.region, "DeleteRepository");
        } else if !cached && (ecr.image.absent().is_some() || pinned_gone || part_gone || moved) {
            if ecr.image.absent().is_some() || pinned_gone || part_gone {
                plan.named(&ecr.region, "BatchDeleteImage");
                plan.named(&ecr.region, "PolicyExecutionEvent");
            }
            if moved || pinned_gone {
                // The tag was moved: by whom.
                plan.named(&ecr.region, "PutImage");
            }
        } else if ecr.image.value().is_some() && said.iter().any(|text| misses_tag(text, &image.reference)) {
            // It is there now: since when.
            plan.named(&ecr.region, "PutImage");
        }
    }
}

/// The roles, their policies and the repositories'.
fn permission_questions(plan: &mut Plan, evidence: &Evidence, iam_region: &str) {
    for role in &evidence.roles {
        plan.touched(iam_region, role.name());
    }
    for ecr in evidence.images.iter().filter_map(|image| image.ecr.as_ref()) {
        plan.named(&ecr.region, "SetRepositoryPolicy");
    }
    let own = |arn: &&String| !arn.contains(":iam::aws:");
    let attached = evidence
        .roles
        .iter()
        .filter_map(|role| role.attached_arns.value());
    for arn in attached.flat_map(|listing| listing.items.iter().filter(own)) {
        plan.touched(iam_region, arn);
    }
}

/// Whether a task has another image under this reference than the one that it names now.
fn is_moved(now: &Image, tasks: &[Task], reference: &str) -> bool {
    tasks
        .iter()
        .flat_map(|task| &task.containers)
        .filter(|container| container.image.as_deref() == Some(reference))
        .any(|container| {
            container
                .image_digest
                .as_ref()
                .is_some_and(|digest| *digest != now.digest)
        })
}

/// The window, or one that ends with it and reaches further back.
fn reaching(window: Window) -> Window {
    let from = window.to.checked_sub(REACH).unwrap_or(window.from);
    Window {
        from: from.min(window.from),
        ..window
    }
}

/// Route tables, groups and gateways of the puller, and endpoints that may have been deleted.
fn network_questions(plan: &mut Plan, evidence: &Evidence, region: &str) {
    let network = &evidence.network;
    let Some(subnets) = network.subnets.value() else {
        return;
    };
    plan.about
        .extend(subnets.items.iter().map(|subnet| subnet.id.clone()));
    plan.about
        .extend(subnets.items.first().map(|subnet| subnet.vpc.clone()));
    let tables = network
        .route_tables
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice());
    let used = tables.iter().filter(|table| {
        table.main
            || subnets
                .items
                .iter()
                .any(|subnet| table.subnets.contains(&subnet.id))
    });
    for table in used {
        plan.touched(region, &table.id);
        for route in &table.routes {
            if let RouteTarget::NatGateway(id) = &route.target {
                plan.about.insert(id.clone());
            }
        }
    }
    let groups = evidence
        .service
        .value()
        .and_then(|service| service.network.as_ref());
    for group in groups.map_or(&[][..], |network| network.security_groups.as_slice()) {
        plan.touched(region, group);
    }
    let endpoints = network
        .endpoints
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice());
    // `com.amazonaws.REGION.ecr.api`, `….ecr.dkr`, `….s3`
    let of_pulls = |endpoint: &&VpcEndpoint| {
        endpoint
            .service
            .split('.')
            .any(|part| matches!(part, "ecr" | "ecr-fips" | "s3"))
    };
    let of_pulls: Vec<&VpcEndpoint> = endpoints.iter().filter(of_pulls).collect();
    for endpoint in &of_pulls {
        plan.about.insert(endpoint.id.clone());
        plan.about.extend(endpoint.security_groups.iter().cloned());
    }
    if !of_pulls.is_empty() {
        plan.named(region, "ModifyVpcEndpoint");
    }
}

struct Plan {
    lookups: Vec<Lookup>,
    about: BTreeSet<String>,
}

impl Plan {
    fn named(&mut self, region: &str, event: &str) {
        self.add(region, event, true);
    }

    fn touched(&mut self, region: &str, resource: &str) {
        self.about.insert(resource.to_owned());
        self.add(region, resource, false);
    }

    fn add(&mut self, region: &str, value: &str, by_name: bool) {
        let question = Lookup {
            region: region.to_owned(),
            value: value.to_owned(),
            by_name,
        };
        if !self.lookups.contains(&question) {
            self.lookups.push(question);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_days_are_asked_about_at_least() {
        let hours = |from: i64, to: i64| Window {
            from: jiff::Timestamp::from_second(from * 3600).unwrap(),
            to: jiff::Timestamp::from_second(to * 3600).unwrap(),
        };
        assert_eq!(reaching(hours(76, 100)), hours(52, 100));
        assert_eq!(reaching(hours(10, 100)), hours(10, 100));
    }
}
