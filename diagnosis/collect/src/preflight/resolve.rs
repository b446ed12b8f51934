//! From the words of the question to the definition, the service whose network counts, and what the task would run on.

use diagnosis::evidence::ecs::{Cluster, Service, TaskDefinition};
use diagnosis::evidence::preflight::Preflight;
use diagnosis::{Listing, Observed, Target, TargetKind};

use super::PreflightAsk;
use crate::actions;
use crate::ecs::{clusters, instances, services, task_definitions};
use crate::neighbours::family_of;
use crate::resolve::{Resolved, account_in};
use crate::session::{Seen, Session};
use crate::tally::Chain;

/// Services of a cluster among which the one that runs the family is looked for.
const MOST_SERVICES: usize = 50;

/// Why no task is looked at.
const NOT_STARTED: &str = "nothing has been started yet";

pub(super) async fn resolve(session: &Session<'_>, ask: &PreflightAsk) -> Resolved {
    let name = ask.cluster.as_str();
    let definition = ask.definition();
    let (cluster, definition, (service, found_service)) = tokio::join!(
        clusters::describe(session, name),
        task_definitions::describe(session, &definition, Chain::START),
        service(session, ask),
    );
    let chain = cluster.chain.max(definition.chain).max(service.chain);
    let launch_type = launch_type(ask, service.value(), definition.value());
    let target = target(session, ask, &cluster, &service, &definition);
    let found = target.kind != TargetKind::NotFound;
    let instances_pull = matches!(launch_type.as_deref(), Some("EC2" | "MANAGED_INSTANCES"));
    let (container_instances, (newest, families), (cluster_names, service_names)) = tokio::join!(
        async {
            if found && instances_pull {
                instances::active(session, name, chain).await.item
            } else {
                let why = "no container instance would pull";
                session.skipped(&actions::ECS_LIST_CONTAINER_INSTANCES, name, why)
            }
        },
        near(session, ask, &definition, chain),
        suggestions(session, ask, &cluster, &service, chain),
    );
    Resolved {
        target,
        cluster: cluster.item,
        cluster_names,
        service_names,
        tasks: Seen {
            item: session.skipped(&actions::ECS_DESCRIBE_TASKS, name, NOT_STARTED),
            chain,
        },
        siblings: session.skipped(&actions::ECS_DESCRIBE_TASKS, name, NOT_STARTED),
        definition: Some(definition),
        chain,
        preflight: Some(Preflight {
            launch_type,
            network: ask.network.clone(),
            found_service,
            container_instances,
            newest,
            families,
        }),
        service,
    }
}

/// The service whose network counts; and whether it was found rather than named.
async fn service(session: &Session<'_>, ask: &PreflightAsk) -> (Seen<Service>, bool) {
    let cluster = ask.cluster.as_str();
    if let Some(name) = &ask.service {
        return (
            services::describe(session, cluster, name, Chain::START).await,
            false,
        );
    }
    let none = |why: String, chain: Chain| Seen {
        item: session.skipped(&actions::ECS_DESCRIBE_SERVICES, cluster, why),
        chain,
    };
    if ask.network.is_some() {
        let why = "the network was given, and no service was named".to_owned();
        return (none(why, Chain::START), false);
    }
    match only_service(session, ask).await {
        Ok(service) => (service, true),
        Err((why, chain)) => (none(why, chain), false),
    }
}

/// The only active service of the cluster that runs the family; why there is none, otherwise.
async fn only_service(session: &Session<'_>, ask: &PreflightAsk) -> Result<Seen<Service>, (String, Chain)> {
    let (cluster, family) = (ask.cluster.as_str(), ask.family.as_str());
    let names = clusters::service_names(session, cluster, Chain::START).await;
    let name_one = "name one with --service";
    let listed = match names.value() {
        Some(listing) if listing.complete && listing.items.len() <= MOST_SERVICES => &listing.items,
        Some(_) => {
            let why = format!(
                "the cluster has more than {MOST_SERVICES} services, too many to look for the one that runs {family}; {name_one}"
            );
            return Err((why, Chain::START));
        }
        None => {
            let missing = names.missing("names of the services").map_or_else(
                || "the cluster does not exist".to_owned(),
                |missing| format!("no service was named, and {}", missing.why),
            );
            return Err((missing, Chain::START));
        }
    };
    let read = services::describe_many(session, cluster, listed, Chain::START).await;
    let chain = read.iter().map(|seen| seen.chain).max().unwrap_or(Chain::START);
    if let Some(missing) = read
        .iter()
        .find_map(|seen| seen.item.missing("services of the cluster"))
    {
        return Err((format!("no service was named, and {}", missing.why), chain));
    }
    let fits = |service: &Service| {
        let same_launch = ask
            .launch_type
            .as_ref()
            .is_none_or(|wanted| service_launch(service).is_none_or(|launch| launch == *wanted));
        service.status == "ACTIVE" && family_of(&service.task_definition) == family && same_launch
    };
    let fitting: Vec<(&Seen<Listing<Service>>, &Service)> = read
        .iter()
        .flat_map(|seen| {
            let items = seen.value().map_or(&[][..], |listing| listing.items.as_slice());
            items.iter().map(move |service| (seen, service))
        })
        .filter(|(_, service)| fits(service))
        .collect();
    match fitting.as_slice() {
        [(seen, service)] => {
            let mut source = seen.item.source.clone();
            source.resource = format!("{cluster}/{}", service.name);
            Ok(Seen {
                item: Observed::present(source, seen.item.at, (*service).clone()),
                chain,
            })
        }
        [] => Err((
            format!("no service was named, and none of the cluster runs {family}; {name_one}"),
            chain,
        )),
        several => {
            let names: Vec<&str> = several
                .iter()
                .map(|(_, service)| service.name.as_str())
                .take(5)
                .collect();
            let why = format!(
                "{} services of the cluster run {family} ({}); {name_one}",
                several.len(),
                names.join(", ")
            );
            Err((why, chain))
        }
    }
}

/// What a service's tasks run on.
fn service_launch(service: &Service) -> Option<String> {
    service.launch_type.clone().or_else(|| {
        let provider = service.capacity_providers.first()?;
        let on = if provider.starts_with("FARGATE") {
            "FARGATE"
        } else {
            "EC2"
        };
        Some(on.to_owned())
    })
}

/// What the task would run on: as asked, as the service does, or the only thing that the definition is meant for.
fn launch_type(
    ask: &PreflightAsk,
    service: Option<&Service>,
    definition: Option<&TaskDefinition>,
) -> Option<String> {
    let only = || match definition?.requires_compatibilities.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    ask.launch_type
        .clone()
        .or_else(|| service.and_then(service_launch))
        .or_else(only)
}

fn target(
    session: &Session<'_>,
    ask: &PreflightAsk,
    cluster: &Seen<Cluster>,
    service: &Seen<Service>,
    definition: &Seen<TaskDefinition>,
) -> Target {
    let gone = cluster.item.absent().is_some()
        || definition.item.absent().is_some()
        || ask.service.is_some() && service.item.absent().is_some();
    let kind = if gone {
        TargetKind::NotFound
    } else if definition.value().is_some() {
        TargetKind::TaskDefinition
    } else {
        TargetKind::Unresolved
    };
    let account = session
        .known_account()
        .map(str::to_owned)
        .or_else(|| account_in(&cluster.value()?.arn));
    let found = service.value().map(|service| service.name.clone());
    Target {
        account,
        region: session.region.clone(),
        partition: session.partition().to_owned(),
        cluster: ask.cluster.clone(),
        asked: ask.asked.clone(),
        kind,
        service: ask.service.clone().or(found),
        task: None,
        task_definition: definition.value().map(TaskDefinition::name),
    }
}

/// What there is in place of a definition that does not exist: the family's newest revision, or the families.
async fn near(
    session: &Session<'_>,
    ask: &PreflightAsk,
    definition: &Seen<TaskDefinition>,
    after: Chain,
) -> (Observed<String>, Observed<Listing<String>>) {
    let no_newest = |why| session.skipped(&actions::ECS_DESCRIBE_TASK_DEFINITION, &ask.family, why);
    let no_families = |why| session.skipped(&actions::ECS_LIST_TASK_DEFINITION_FAMILIES, "", why);
    if definition.item.absent().is_none() {
        let why = "the definition was found, or may not be looked at";
        return (no_newest(why), no_families(why));
    }
    let newest = if ask.revision.is_some() {
        let newest = task_definitions::describe(session, &ask.family, after).await;
        newest.item.map(|definition| definition.name())
    } else {
        no_newest("no revision was named")
    };
    if newest.value().is_some() {
        return (newest, no_families("the family exists"));
    }
    let families = task_definitions::families(session, after).await;
    (newest, families)
}

async fn suggestions(
    session: &Session<'_>,
    ask: &PreflightAsk,
    cluster: &Seen<Cluster>,
    service: &Seen<Service>,
    after: Chain,
) -> (Observed<Listing<String>>, Observed<Listing<String>>) {
    let no_clusters = |why| session.skipped(&actions::ECS_LIST_CLUSTERS, "", why);
    let no_services = |why| session.skipped(&actions::ECS_LIST_SERVICES, &ask.cluster, why);
    if cluster.item.absent().is_some() {
        let names = clusters::names(session, after).await;
        return (names, no_services("the cluster does not exist"));
    }
    if ask.service.is_some() && service.item.absent().is_some() {
        let names = clusters::service_names(session, &ask.cluster, after).await;
        return (no_clusters("the cluster was found"), names);
    }
    let why = "the target was found";
    (no_clusters(why), no_services(why))
}
