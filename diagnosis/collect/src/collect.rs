//! The order of reading: everything starts as soon as what it depends on is known.

use std::time::Duration;

use diagnosis::evidence::Evidence;
use diagnosis::evidence::ecs::{ContainerInstance, Task, TaskDefinition};
use diagnosis::evidence::role::RoleEvidence;
use diagnosis::images::ImageReference;
use diagnosis::network::needs_of_image;
use diagnosis::{Observed, TargetKind, Window};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::access::{self, Questions};
use crate::actions::{LOGS_FILTER_LOG_EVENTS, ORGANIZATIONS_LIST_POLICIES_FOR_TARGET};
use crate::ask::Ask;
use crate::assemble::{Parts, assemble, nothing_more};
use crate::aws::Aws;
use crate::definitions;
use crate::ec2::network;
use crate::ecr::host::{EcrImage, ecr_image};
use crate::ecs::instances;
use crate::failure::{NetworkDoubts, texts};
use crate::history::{HistoryRequest, plan};
use crate::images;
use crate::progress::{Listener, step};
use crate::puller::{self, Place};
use crate::reader::Reader;
use crate::resolve::{Resolved, resolve};
use crate::session::{Seen, Session};
use crate::tally::{Budget, CallRecord, Chain, Cost};
use crate::unreadable::{CollectError, unreadable};
use crate::{failure, health, iam, logs, metrics};

/// How to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectOptions {
    /// How far back to look for changes, log lines and metrics.
    pub window: Duration,
    /// When to stop: the report is made from what is there.
    pub deadline: Duration,
    /// Whether to read past the cache (what is read is kept all the same).
    pub fresh: bool,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self {
            window: Duration::from_hours(24),
            deadline: Duration::from_secs(20),
            fresh: false,
        }
    }
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The evidence; its changes are still to be read ([`crate::history()`]).
    pub evidence: Evidence,
    /// What to ask CloudTrail.
    pub history: HistoryRequest,
    /// What reading cost.
    pub cost: Cost,
    /// The reads, in the order in which they ended.
    pub calls: Vec<CallRecord>,
    /// Operations of the requests that were sent, as the SDK names them.
    pub operations: Vec<String>,
}

/// Reads everything but the history of changes.
///
/// # Errors
/// Only where nothing at all could be read; anything less is in the evidence.
pub async fn collect(
    aws: &Aws,
    ask: &Ask,
    options: &CollectOptions,
    reader: &dyn Reader,
    progress: Listener<'_>,
) -> Result<Collected, CollectError> {
    let observed_at = Timestamp::now();
    let (region, account) = (ask.region.clone(), ask.account.clone());
    let session = open(aws, reader, region, account, options, Budget::DIAGNOSIS);
    // While the first answers are on their way.
    tokio::task::spawn_blocking(failure::prepare);
    let (resolved, begun) = step(
        progress,
        6,
        resolve(&session, ask, window(observed_at, options.window)),
    )
    .await;
    let gathering = Gathering {
        session: &session,
        observed_at,
        options,
        progress,
    };
    let (collected, ()) = tokio::join!(gathered(gathering, resolved), begun);
    collected
}

/// A session for a question: in the region that it names, or else the account's own.
pub(crate) fn open<'a>(
    aws: &'a Aws,
    reader: &'a dyn Reader,
    region: Option<String>,
    account: Option<String>,
    options: &CollectOptions,
    budget: Budget,
) -> Session<'a> {
    let region = region.unwrap_or_else(|| aws.region().to_owned());
    Session::new(
        aws,
        reader,
        region,
        account,
        options.deadline,
        options.fresh,
        budget,
    )
}

/// Reading under way.
#[derive(Clone, Copy)]
pub(crate) struct Gathering<'g> {
    pub(crate) session: &'g Session<'g>,
    pub(crate) observed_at: Timestamp,
    pub(crate) options: &'g CollectOptions,
    pub(crate) progress: Listener<'g>,
}

/// Reads what hangs on the target, once that is known.
///
/// # Errors
/// Where nothing at all could be read.
pub(crate) async fn gathered(
    gathering: Gathering<'_>,
    resolved: Resolved,
) -> Result<Collected, CollectError> {
    let Gathering {
        session,
        observed_at,
        options,
        progress,
    } = gathering;
    let window = window(observed_at, options.window);
    if !session.answered() {
        let kind = unreadable(session, &resolved);
        return Err(CollectError {
            kind,
            cost: session.tally().cost(),
            evidence: Box::new(nothing_more(
                session,
                observed_at,
                resolved,
                "nothing could be read from AWS",
            )),
        });
    }
    let evidence = if resolved.target.kind == TargetKind::NotFound {
        nothing_more(session, observed_at, resolved, "there is no such target")
    } else {
        Box::pin(widely(session, observed_at, window, resolved, progress)).await
    };
    let left = session.tally().left_of(Budget::DIAGNOSIS);
    let history = plan(&evidence, session.iam_region(), window, options.fresh, left);
    Ok(Collected {
        evidence,
        history,
        cost: session.tally().cost(),
        calls: session.tally().records(),
        operations: session.tally().operations(),
    })
}

/// Why logs are not searched before anything has been started.
const NOTHING_FAILED: &str = "nothing has been started that could have failed";

fn window(to: Timestamp, length: Duration) -> Window {
    let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::from_hours(24));
    let from = to.checked_sub(length).unwrap_or(to);
    Window { from, to }
}

/// Everything that hangs on the task, the service and the definition, side by side.
async fn widely(
    session: &Session<'_>,
    observed_at: Timestamp,
    window: Window,
    resolved: Resolved,
    progress: Listener<'_>,
) -> Evidence {
    let failed_task = definitions::failed_task(&resolved);
    let tasks = resolved
        .tasks
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice());
    let service = resolved.service.value();
    let ahead = resolved.preflight.as_ref();
    let place = match ahead {
        Some(ahead) => puller::place_ahead(ahead),
        None => puller::place(failed_task, service),
    };
    let arns = match ahead {
        Some(ahead) => puller::instance_arns_ahead(ahead),
        None => puller::instance_arns(failed_task, tasks),
    };
    let after = resolved.chain;
    let cluster = resolved.target.cluster.as_str();
    let (definition, instances) = tokio::join!(
        step(progress, 1, definitions::failed(session, &resolved)),
        instances::describe(session, cluster, &arns, after),
    );
    let seen = definition.as_ref().and_then(Seen::value);
    let chain = definition
        .as_ref()
        .map_or(after, |definition| definition.chain.max(after));
    let architecture = instances
        .iter()
        .find_map(|instance| instance.value()?.cpu_architecture.clone());
    let subnets = match ahead.and_then(|ahead| ahead.network.as_ref()) {
        Some(given) if place == Place::Task => given.subnets.clone(),
        _ => puller::subnets(place, failed_task, tasks, service, &instances),
    };
    let instances_chain = instances
        .iter()
        .map(|instance| instance.chain)
        .max()
        .unwrap_or(after);
    let repositories: Vec<EcrImage> = seen.map(repositories).unwrap_or_default();
    let hosts: Vec<String> = seen.map(hosts).unwrap_or_default();
    let roles_chain = chain.max(instances_chain);
    let about = logs::About {
        service: resolved.target.service.clone(),
        family: seen.map(|definition| definition.family.clone()),
        task_ids: tasks.iter().map(|task| task.id().to_owned()).collect(),
        images: seen
            .map(|definition| {
                definition
                    .containers
                    .iter()
                    .map(|container| container.image.clone())
                    .collect()
            })
            .unwrap_or_default(),
    };
    let questions = match ahead {
        Some(_) => Questions::AHEAD,
        None => Questions::of(tasks, seen),
    };
    let (
        (images_and_definitions, repository_keys),
        (roles, profiles),
        (secrets, mut keys),
        network,
        logs,
        pull_counts,
        health,
    ) = tokio::join!(
        step(progress, 5, async {
            let Some(definition) = &definition else {
                return ((Vec::new(), Vec::new()), Vec::new());
            };
            let context = definition.value().map(|seen| images::Context {
                definition: seen,
                tasks,
                questions,
                events: service
                    .filter(|_| ahead.is_none())
                    .map_or(&[][..], |service| service.events.as_slice()),
                ahead: ahead.is_some(),
                instance_architecture: architecture.as_deref(),
            });
            let (mut images, others, cohort) = tokio::join!(
                async {
                    match &context {
                        Some(context) => images::of_failed(session, context, chain).await,
                        None => Vec::new(),
                    }
                },
                step(progress, 2, definitions::others(session, &resolved, definition)),
                definitions::of_cohort(session, &resolved),
            );
            let seen: Vec<_> = others.iter().filter_map(Seen::value).collect();
            let known = others.iter().map(|other| other.chain).max().unwrap_or(chain);
            let more = images::of_others(session, &seen, &images, known).await;
            let keys = access::repository_keys(session, &images, questions, known).await;
            images.extend(more);
            let definitions =
                std::iter::once(definition.item.clone()).chain(others.into_iter().map(|other| other.item));
            let definitions = definitions.chain(cohort);
            ((images, definitions.collect()), keys)
        }),
        step(
            progress,
            3,
            roles(session, seen, failed_task, &instances, roles_chain)
        ),
        access::secrets(session, seen, chain),
        step(progress, 7, async {
            if place == Place::External {
                network::unread(
                    session,
                    "the host is outside AWS (ECS Anywhere): its network cannot be read",
                )
            } else {
                let questions = network::Questions {
                    subnets: &subnets,
                    doubts: match ahead {
                        Some(_) => NetworkDoubts::AHEAD,
                        None => {
                            NetworkDoubts::of(tasks.iter().filter(|task| task.is_stopped()).flat_map(texts))
                        }
                    },
                    hosts: &hosts,
                    window,
                };
                network::read(session, &questions, instances_chain).await
            }
        }),
        step(progress, 4, async {
            match ahead {
                Some(_) => session.skipped(&LOGS_FILTER_LOG_EVENTS, "", NOTHING_FAILED),
                None => logs::read(session, cluster, &about, window).await,
            }
        }),
        step(progress, 8, async {
            match ahead {
                Some(_) => Vec::new(),
                None => metrics::pulls(session, &repositories, window, chain).await,
            }
        }),
        health::events(session, window),
    );
    keys.extend(repository_keys);
    let (mut images, task_definitions) = images_and_definitions;
    images::beside::look(session, &mut images, questions.refused, roles_chain).await;
    let instances = puller::with_roles(instances, &profiles);
    let mut evidence = assemble(
        session,
        observed_at,
        resolved,
        Parts {
            instances,
            task_definitions,
            images,
            roles,
            secrets,
            keys,
            organization: session.skipped(
                &ORGANIZATIONS_LIST_POLICIES_FOR_TARGET,
                "",
                "no failure speaks of a refusal that the organization could have made",
            ),
            network,
            logs,
            pull_counts,
            health,
        },
    );
    access::explain(session, &mut evidence, questions, roles_chain).await;
    evidence
}

/// The roles that pull, with the profiles in which an instance's was found.
async fn roles(
    session: &Session<'_>,
    definition: Option<&TaskDefinition>,
    failed: Option<&Task>,
    instances: &[Seen<ContainerInstance>],
    after: Chain,
) -> (Vec<RoleEvidence>, Vec<(String, Observed<String>)>) {
    let execution = puller::execution_roles(definition, failed);
    let (mut roles, (instance_roles, profiles)) = tokio::join!(
        join_all(execution.iter().map(|arn| iam::role(session, arn, after))),
        async {
            let profiles = puller::pulling_profiles(definition, instances);
            let reads = profiles.into_iter().map(|profile| async move {
                let role = iam::profile_role(session, &profile, after).await;
                let read = match role.value() {
                    Some(arn) => Some(iam::role(session, arn, role.chain).await),
                    None => None,
                };
                (read, (profile, role.item))
            });
            join_all(reads).await.into_iter().unzip::<_, _, Vec<_>, Vec<_>>()
        },
    );
    roles.extend(instance_roles.into_iter().flatten());
    (roles, profiles)
}

/// The hosts that pulling a definition's images needs.
fn hosts(definition: &TaskDefinition) -> Vec<String> {
    let references = definition
        .containers
        .iter()
        .filter_map(|container| ImageReference::parse(&container.image).ok());
    let mut hosts: Vec<String> = references
        .flat_map(|reference| needs_of_image(&reference))
        .map(|need| need.host())
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// The distinct ECR repositories of a definition.
fn repositories(definition: &TaskDefinition) -> Vec<EcrImage> {
    let mut found: Vec<EcrImage> = definition
        .containers
        .iter()
        .filter_map(|container| ecr_image(&container.image))
        .collect();
    found.sort();
    found.dedup_by(|a, b| (&a.registry, &a.region, &a.repository) == (&b.registry, &b.region, &b.repository));
    found
}

#[cfg(test)]
mod tests;
