//! Where the puller is: the network interface from which an image is pulled.

use std::net::IpAddr;

use super::settings::{of_service, settings_of};
use crate::evidence::Evidence;
use crate::evidence::ecs::{AwsvpcConfiguration, ContainerInstance, Task};
use crate::evidence::short;
use crate::observed::{Fact, Missing, Observed, Present, without_repeats};

/// Where images are pulled from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The subnet's id.
    pub subnet: String,
    /// Security groups there. An empty list means the VPC's default group; `None` that they are not known.
    pub security_groups: Option<Vec<String>>,
    /// Whether it has a public IPv4 address.
    pub public_ip: PublicIp,
    /// What kind of interface it is.
    pub kind: PlaceKind,
    /// Its private address, where it is one and known.
    pub address: Option<IpAddr>,
    /// Fargate's platform version there, where it is known.
    pub platform_version: Option<String>,
    /// Ids of the tasks that failed to start there. None: a subnet that is configured.
    pub failed: Vec<String>,
    /// Ids of the target's tasks that run there.
    pub running: Vec<String>,
    /// What all that was read off.
    pub facts: Vec<Fact>,
}

/// Whether the puller has a public IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicIp {
    /// It has.
    Yes,
    /// It has not. A subnet's own setting does not count for tasks of Fargate.
    No,
    /// It is not known.
    Unknown,
}

/// What the puller's interface belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// The task itself: on Fargate.
    TaskEni,
    /// The instance: on EC2 the host pulls, for tasks with an interface of their own too.
    Instance,
}

/// Where the puller is or may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// The places, those where a task failed first.
    pub known: Vec<Place>,
    /// What kept others from being known.
    pub missing: Vec<Missing>,
}

/// Finds out where the target's images are pulled from.
pub fn places(evidence: &Evidence) -> Places {
    let mut places = Places::default();
    let tasks: Vec<Present<'_, Task>> = evidence
        .tasks
        .seen()
        .map(|tasks| tasks.each().collect())
        .unwrap_or_default();
    if let Some(missing) = evidence.tasks_missing("tasks of the target") {
        places.missing.push(missing);
    }
    let failed = tasks
        .iter()
        .filter(|task| failed_to_start(task))
        .map(|task| (*task, true));
    let running = tasks
        .iter()
        .filter(|task| task.is_running())
        .map(|task| (*task, false));
    for (task, has_failed) in failed.chain(running) {
        match place_of(evidence, task) {
            Ok(Some(place)) => places.add(place, task.id(), has_failed),
            Err(missing) if has_failed => places.missing.push(missing),
            Ok(None) | Err(_) => {}
        }
    }
    match capacity(evidence, &tasks) {
        Capacity::Fargate => add_configured(&mut places, evidence),
        Capacity::Instances => add_instances(&mut places, evidence),
        Capacity::External => places.missing.push(Missing::unknowable(
            "network of the host",
            "it is outside AWS (ECS Anywhere)",
        )),
        Capacity::Unknown if places.known.is_empty() => places.missing.push(Missing::unknowable(
            "what the tasks run on",
            "neither a task nor the service names Fargate or instances",
        )),
        Capacity::Unknown => {}
    }
    places.missing = without_repeats(std::mem::take(&mut places.missing));
    places
}

impl Places {
    fn has(&self, subnet: &str, kind: PlaceKind) -> bool {
        self.known
            .iter()
            .any(|place| place.subnet == subnet && place.kind == kind)
    }

    /// Puts tasks of the same place together.
    fn add(&mut self, place: Place, task: &str, failed: bool) {
        let same = self.known.iter_mut().find(|known| {
            known.subnet == place.subnet
                && known.kind == place.kind
                && known.security_groups == place.security_groups
                && known.public_ip == place.public_ip
                && known.platform_version == place.platform_version
        });
        let place = match same {
            Some(known) => {
                // A running task's address says nothing of one that failed.
                if known.address != place.address && (failed || known.failed.is_empty()) {
                    known.address = None;
                }
                known
            }
            None => self.known.push_mut(place),
        };
        let tasks = if failed {
            &mut place.failed
        } else {
            &mut place.running
        };
        tasks.push(task.to_owned());
    }
}

/// Whether a task ended, or is ending, before its containers ran.
pub(super) fn failed_to_start(task: &Task) -> bool {
    (task.is_stopped() || task.desired_status == "STOPPED") && task.started_at.is_none()
}

fn is_fargate(task: &Task) -> bool {
    task.launch_type.as_deref() == Some("FARGATE")
        || task
            .capacity_provider
            .as_deref()
            .is_some_and(|provider| provider.starts_with("FARGATE"))
        || (task.launch_type.is_none() && task.platform_version.is_some())
}

/// Where one task pulls from; `None` where its subnet is not known, so that the configured ones must do.
fn place_of(evidence: &Evidence, task: Present<'_, Task>) -> Result<Option<Place>, Missing> {
    let what = format!("network of task {}", task.id());
    if task.launch_type.as_deref() == Some("EXTERNAL") {
        return Err(Missing::unknowable(what, "it runs on ECS Anywhere, outside AWS"));
    }
    if !is_fargate(&task) {
        return match &task.value().container_instance {
            Some(instance) => instance_of(evidence, instance).map(Some),
            None => Err(Missing::unknowable(
                what,
                "neither Fargate nor an instance is named for it",
            )),
        };
    }
    let Some(subnet) = &task.value().subnet else {
        return Ok(None);
    };
    let settings = settings_of(evidence, task.value());
    let mut place = on_fargate(subnet, settings.as_ref().map(|settings| &settings.network));
    place.facts.extend(settings.map(|settings| settings.fact));
    place.address = task.private_ip.as_deref().and_then(|ip| ip.parse().ok());
    place.platform_version.clone_from(&task.value().platform_version);
    place
        .facts
        .push(task.fact(format!("the interface of task {} was in {subnet}", task.id())));
    Ok(Some(place))
}

fn on_fargate(subnet: &str, network: Option<&AwsvpcConfiguration>) -> Place {
    Place {
        subnet: subnet.to_owned(),
        security_groups: network.map(|network| {
            let mut groups = network.security_groups.clone();
            groups.sort_unstable();
            groups
        }),
        public_ip: match network.map(|network| network.assign_public_ip) {
            Some(true) => PublicIp::Yes,
            Some(false) => PublicIp::No,
            None => PublicIp::Unknown,
        },
        kind: PlaceKind::TaskEni,
        address: None,
        platform_version: None,
        failed: Vec::new(),
        running: Vec::new(),
        facts: Vec::new(),
    }
}

/// The network of a container instance, by its ARN.
fn instance_of(evidence: &Evidence, arn: &str) -> Result<Place, Missing> {
    let found = evidence.instances.iter().find(|instance| {
        let known = instance
            .value()
            .map_or(&instance.source.resource, |value| &value.arn);
        short(known) == short(arn)
    });
    match found {
        Some(observed) => on_instance(observed, arn),
        None => Err(Missing::unknowable(
            format!("container instance {}", short(arn)),
            "it was not looked up",
        )),
    }
}

fn on_instance(observed: &Observed<ContainerInstance>, arn: &str) -> Result<Place, Missing> {
    let Some(instance) = observed.value() else {
        let what = format!("container instance {}", short(arn));
        return Err(observed
            .missing(&what)
            .unwrap_or_else(|| Missing::unknowable(what, "ECS no longer knows it")));
    };
    let id = instance.instance_id.as_deref().unwrap_or(short(&instance.arn));
    let what = format!("network of instance {id}");
    let Some(ec2) = instance.ec2.seen() else {
        return Err(instance
            .ec2
            .missing(&what)
            .unwrap_or_else(|| Missing::unknowable(what, "EC2 no longer knows it")));
    };
    let Some(subnet) = &ec2.value().subnet else {
        return Err(Missing::unknowable(what, "EC2 names no subnet for it"));
    };
    let mut groups = ec2.security_groups.clone();
    groups.sort_unstable();
    let fact = ec2.fact(format!(
        "instance {id} is in {subnet} with security groups {} and {} public IP address",
        groups.join(", "),
        if ec2.public_ip { "a" } else { "no" }
    ));
    Ok(Place {
        subnet: subnet.clone(),
        security_groups: Some(groups),
        public_ip: if ec2.public_ip {
            PublicIp::Yes
        } else {
            PublicIp::No
        },
        kind: PlaceKind::Instance,
        address: ec2.private_ip.as_deref().and_then(|ip| ip.parse().ok()),
        platform_version: None,
        failed: Vec::new(),
        running: Vec::new(),
        facts: vec![fact],
    })
}

/// Adds the subnets in which the service's next task may come to be.
fn add_configured(places: &mut Places, evidence: &Evidence) {
    let what = "network configuration of the service";
    // What whoever asks gives in place of a service's was observed nowhere: there is no fact to cite.
    if let Some(network) = evidence
        .preflight
        .as_ref()
        .and_then(|ahead| ahead.network.as_ref())
    {
        let given = network.subnets.iter();
        places
            .known
            .extend(given.map(|subnet| on_fargate(subnet, Some(network))));
        return;
    }
    let Some(service) = evidence.service.seen() else {
        if places.known.is_empty() {
            places.missing.push(
                evidence
                    .service
                    .missing(what)
                    .unwrap_or_else(|| Missing::unknowable(what, "there is no service")),
            );
        }
        return;
    };
    let Some(settings) = of_service(service) else {
        places
            .missing
            .push(Missing::unknowable(what, "the service has none"));
        return;
    };
    for subnet in &settings.network.subnets {
        if !places.has(subnet, PlaceKind::TaskEni) {
            let mut place = on_fargate(subnet, Some(&settings.network));
            place.facts.push(settings.fact.clone());
            place
                .platform_version
                .clone_from(&service.value().platform_version);
            places.known.push(place);
        }
    }
}

/// Adds the instances that were looked up.
fn add_instances(places: &mut Places, evidence: &Evidence) {
    if evidence.instances.is_empty() && places.known.is_empty() {
        places
            .missing
            .push(Missing::unknowable("container instances", "none was looked up"));
    }
    for observed in &evidence.instances {
        match on_instance(observed, &observed.source.resource) {
            Ok(place) if places.has(&place.subnet, place.kind) => {}
            Ok(place) => places.known.push(place),
            Err(missing) => places.missing.push(missing),
        }
    }
}

enum Capacity {
    Fargate,
    Instances,
    External,
    Unknown,
}

/// What the target's tasks run on, as far as anything names it.
fn capacity(evidence: &Evidence, tasks: &[Present<'_, Task>]) -> Capacity {
    if let Some(ahead) = &evidence.preflight {
        return match ahead.launch_type.as_deref() {
            Some("FARGATE") => Capacity::Fargate,
            Some("EXTERNAL") => Capacity::External,
            Some(_) => Capacity::Instances,
            None => Capacity::Unknown,
        };
    }
    let service = evidence.service.value();
    let launch = service.and_then(|service| service.launch_type.as_deref());
    let providers = service
        .map(|service| service.capacity_providers.as_slice())
        .unwrap_or_default();
    let fargate = launch == Some("FARGATE")
        || providers.iter().any(|provider| provider.starts_with("FARGATE"))
        || tasks.iter().any(|task| is_fargate(task));
    let instances = launch == Some("EC2")
        || !providers.is_empty()
        || tasks.iter().any(|task| task.container_instance.is_some())
        || !evidence.instances.is_empty();
    let only_fargate = || {
        evidence
            .task_definitions
            .iter()
            .find_map(Observed::value)
            .is_some_and(|definition| definition.requires_compatibilities == ["FARGATE"])
    };
    if fargate || (!instances && only_fargate()) {
        Capacity::Fargate
    } else if instances {
        Capacity::Instances
    } else {
        Capacity::Unknown
    }
}
