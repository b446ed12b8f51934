//! Container instances, with the EC2 instances that they are.

use aws_sdk_ecs::types;
use diagnosis::evidence::ecs::{ContainerInstance, Ec2Instance};
use diagnosis::evidence::short;
use diagnosis::{Listing, Observed};
use futures::future::join_all;

use super::left_out;
use crate::actions::{
    EC2_DESCRIBE_INSTANCES, ECS_DESCRIBE_CONTAINER_INSTANCES, ECS_LIST_CONTAINER_INSTANCES,
    IAM_GET_INSTANCE_PROFILE,
};
use crate::convert::{maybe_text, text};
use crate::ec2;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// Pages of a hundred instances: that there are more is all that is needed beyond.
const PAGES: usize = 1;

/// The container instances of these ARNs, each with its EC2 instance and that one's role.
pub(crate) async fn describe(
    session: &Session<'_>,
    cluster: &str,
    arns: &[String],
    after: Chain,
) -> Vec<Seen<ContainerInstance>> {
    join_all(arns.iter().map(|arn| describe_one(session, cluster, arn, after))).await
}

/// ARNs of the cluster's active container instances: those on which tasks are placed.
pub(crate) async fn active(session: &Session<'_>, cluster: &str, after: Chain) -> Seen<Listing<String>> {
    let query = Query::new(
        &ECS_LIST_CONTAINER_INSTANCES,
        cluster,
        &session.region,
        Kind::Instance,
        after,
    );
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .ecs(&session.region)
                    .list_container_instances()
                    .cluster(cluster)
                    .status(types::ContainerInstanceStatus::Active)
                    .set_next_token(token)
                    .send()
                    .await?;
                Ok((answer.container_instance_arns().to_vec(), answer.next_token))
            })
            .await
        })
        .await
}

async fn describe_one(
    session: &Session<'_>,
    cluster: &str,
    arn: &str,
    after: Chain,
) -> Seen<ContainerInstance> {
    let query = Query::new(
        &ECS_DESCRIBE_CONTAINER_INSTANCES,
        arn,
        &session.region,
        Kind::Instance,
        after,
    );
    let mut seen = session
        .read(query, async {
            let answer = session
                .ecs(&session.region)
                .describe_container_instances()
                .cluster(cluster)
                .container_instances(short(arn))
                .send()
                .await?;
            match answer.container_instances().first() {
                Some(found) => {
                    let skipped = session.skipped(&EC2_DESCRIBE_INSTANCES, "", "the instance is none of EC2");
                    let why = "its role does not pull, or it has no instance profile";
                    let role = session.skipped_in(&IAM_GET_INSTANCE_PROFILE, "", session.iam_region(), why);
                    Ok(convert(found, skipped, role))
                }
                None => Err(left_out(answer.failures())),
            }
        })
        .await;
    let chain = seen.chain;
    if let diagnosis::Outcome::Present(instance) = &mut seen.item.outcome
        && let Some(id) = instance.instance_id.as_deref().filter(|id| id.starts_with("i-"))
    {
        let ec2 = ec2::instances::describe(session, id, chain).await;
        instance.ec2 = ec2.item;
        seen.chain = ec2.chain;
    }
    seen
}

fn convert(
    instance: &types::ContainerInstance,
    ec2: Observed<Ec2Instance>,
    profile_role: Observed<String>,
) -> ContainerInstance {
    let attribute = |name: &str| {
        let found = instance
            .attributes()
            .iter()
            .find(|attribute| attribute.name() == name)?;
        maybe_text(found.value())
    };
    ContainerInstance {
        arn: text(instance.container_instance_arn()),
        instance_id: maybe_text(instance.ec2_instance_id()),
        status: text(instance.status()),
        agent_connected: instance.agent_connected(),
        agent_version: instance
            .version_info()
            .and_then(types::VersionInfo::agent_version)
            .map(str::to_owned),
        cpu_architecture: attribute("ecs.cpu-architecture"),
        os_type: attribute("ecs.os-type"),
        attributes: instance
            .attributes()
            .iter()
            .map(|attribute| attribute.name().to_owned())
            .collect(),
        profile_role,
        ec2,
    }
}
