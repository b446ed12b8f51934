//! What an ARN of ECS names.

use crate::ask::{AskError, Named, What, name, revision_in};
use crate::aws::valid_region;

/// What an ARN of ECS names.
///
/// Services and tasks have a long form that names their cluster, and an older short one that does not:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html#ecs-resource-ids>
pub(crate) fn named_by_arn(arn: &str) -> Result<Named, AskError> {
    let other = || AskError::OtherArn { arn: arn.to_owned() };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", _partition, "ecs", region, account, resource] = parts.as_slice() else {
        return Err(other());
    };
    let account_fits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if !valid_region(region) || !account_fits {
        return Err(other());
    }
    let path: Vec<&str> = resource.split('/').collect();
    let (cluster, what) = match path.as_slice() {
        ["cluster", cluster] => (Some(name(cluster)?), None),
        ["service", cluster, service] => (Some(name(cluster)?), Some(What::Service(name(service)?))),
        ["service", service] => (None, Some(What::Service(name(service)?))),
        ["task", cluster, task] => (Some(name(cluster)?), Some(What::Task(name(task)?))),
        ["task", task] => (None, Some(What::Task(name(task)?))),
        ["task-definition", definition] => {
            let (family, revision) = definition.split_once(':').ok_or_else(other)?;
            let revision = revision_in(arn, revision)?;
            (None, Some(What::TaskDefinition(name(family)?, Some(revision))))
        }
        _ => return Err(other()),
    };
    Ok(Named {
        account: Some(account.to_owned()),
        region: Some(region.to_owned()),
        cluster,
        what,
    })
}
