//! Looking ahead: what a task that has not been started would meet. The same reading as for a failure, without one.

mod ask;
mod resolve;

use jiff::Timestamp;

pub use ask::PreflightAsk;

use crate::aws::Aws;
use crate::collect::{CollectOptions, Collected, Gathering, gathered, open};
use crate::progress::{Listener, step};
use crate::reader::Reader;
use crate::tally::Budget;
use crate::unreadable::CollectError;

/// Reads everything that the pull of a task from the definition depends on, the history of changes apart.
///
/// # Errors
/// Only where nothing at all could be read; anything less is in the evidence.
pub async fn preflight(
    aws: &Aws,
    ask: &PreflightAsk,
    options: &CollectOptions,
    reader: &dyn Reader,
    progress: Listener<'_>,
) -> Result<Collected, CollectError> {
    let observed_at = Timestamp::now();
    let (region, account) = (ask.region.clone(), ask.account.clone());
    let session = open(aws, reader, region, account, options, Budget::PREFLIGHT);
    let resolved = step(progress, 6, resolve::resolve(&session, ask)).await;
    let gathering = Gathering {
        session: &session,
        observed_at,
        options,
        progress,
    };
    gathered(gathering, resolved).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake::{ACCOUNT, Answer, Kept, aws};

    /// A cluster whose services of these names all run the family `payments`.
    fn services(names: &'static [&'static str]) -> impl Fn(&str, &str) -> Answer + Send + Sync + 'static {
        let definition = format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/payments:3");
        move |operation, _| match operation {
            "DescribeClusters" => Answer::json(&json!({"clusters": [{
                "clusterArn": format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/prod"), "clusterName": "prod", "status": "ACTIVE"}]})),
            "ListServices" => Answer::json(&json!({"serviceArns": names
                .iter()
                .map(|name| format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:service/prod/{name}"))
                .collect::<Vec<_>>()})),
            "DescribeServices" => Answer::json(&json!({"services": names
                .iter()
                .map(|name| json!({"serviceName": name, "status": "ACTIVE", "taskDefinition": definition, "launchType": "FARGATE"}))
                .collect::<Vec<_>>()})),
            "DescribeTaskDefinition" => Answer::json(&json!({"taskDefinition": {
                "taskDefinitionArn": definition, "family": "payments", "revision": 3, "status": "ACTIVE",
                "containerDefinitions": [{"name": "app", "image": "nginx:9"}]}})),
            _ => Answer::Http(404, "{}".to_owned()),
        }
    }

    async fn looked(names: &'static [&'static str]) -> (Collected, Vec<String>) {
        let (aws, asked) = aws(services(names));
        let words = ["prod".to_owned(), "payments".to_owned()];
        let ask = PreflightAsk::parse(&words).unwrap();
        let collected = preflight(&aws, &ask, &CollectOptions::default(), &Kept::default(), &|_| {})
            .await
            .unwrap();
        let asked = asked.lock().unwrap().clone();
        (collected, asked)
    }

    #[tokio::test]
    async fn the_only_service_that_runs_the_family_lends_its_network() {
        let (collected, asked) = looked(&["payments"]).await;
        let evidence = collected.evidence;
        let ahead = evidence.preflight.unwrap();
        assert!(ahead.found_service);
        assert_eq!(ahead.launch_type.as_deref(), Some("FARGATE"));
        assert_eq!(evidence.service.source.resource, "prod/payments");
        assert_eq!(evidence.target.task_definition.as_deref(), Some("payments:3"));
        for of_failures in ["ListTasks", "DescribeTasks", "DescribeLogGroups", "GetMetricData"] {
            assert!(!asked.iter().any(|asked| asked == of_failures), "{of_failures}");
        }
    }

    #[tokio::test]
    async fn of_several_services_none_is_taken_and_all_are_named() {
        let (collected, _) = looked(&["payments", "payments-canary"]).await;
        let evidence = collected.evidence;
        assert!(!evidence.preflight.unwrap().found_service);
        assert_eq!(
            evidence.service.missing("the network").unwrap().why,
            "2 services of the cluster run payments (payments, payments-canary); name one with --service"
        );
        let (collected, _) = looked(&[]).await;
        assert_eq!(
            collected.evidence.service.missing("the network").unwrap().why,
            "no service was named, and none of the cluster runs payments; name one with --service"
        );
    }
}
