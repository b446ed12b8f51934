//! Whole collections against an account in a closure.

use std::sync::Mutex;

use diagnosis::Outcome;
use serde_json::json;

use super::*;
use crate::ask::What;
use crate::fake::{ACCOUNT, Answer, Kept, aws};
use crate::progress::State;
use crate::unreadable::Unreadable;

fn ask(what: What) -> Ask {
    Ask {
        account: None,
        region: None,
        cluster: "prod".to_owned(),
        what,
        asked: "payments".to_owned(),
    }
}

fn service() -> Ask {
    ask(What::Service("payments".to_owned()))
}

const TASK: &str = "0123456789abcdef0123456789abcdef";

/// A cluster with a service whose only task could not pull.
fn failing(operation: &str, _body: &str) -> Answer {
    let definition = format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/payments:3");
    let task = format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task/prod/{TASK}");
    match operation {
        "DescribeClusters" => Answer::json(&json!({"clusters": [{
            "clusterArn": format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/prod"), "clusterName": "prod", "status": "ACTIVE"}]})),
        "DescribeServices" => Answer::json(&json!({"services": [{
            "serviceName": "payments", "taskDefinition": definition, "desiredCount": 1, "launchType": "FARGATE",
            "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": definition, "desiredCount": 1}]}]})),
        "ListTasks" => Answer::json(&json!({"taskArns": [task]})),
        "DescribeTasks" => Answer::json(&json!({"tasks": [{
            "taskArn": task, "taskDefinitionArn": definition, "group": "service:payments", "lastStatus": "STOPPED",
            "launchType": "FARGATE", "stoppedReason": "CannotPullContainerError: nginx:9: not found"}]})),
        "DescribeTaskDefinition" => Answer::json(&json!({"taskDefinition": {
            "taskDefinitionArn": definition, "family": "payments", "revision": 3,
            "containerDefinitions": [{"name": "app", "image": "nginx:9", "environment": [{"name": "A", "value": "hunter2"}],
                "command": ["--token=hunter2"]}]}})),
        _ => Answer::Http(404, "{}".to_owned()),
    }
}

async fn collected(aws: &Aws, ask: &Ask, reader: &Kept) -> Result<Collected, CollectError> {
    collect(aws, ask, &CollectOptions::default(), reader, &|_| {}).await
}

#[tokio::test]
async fn a_failing_service_is_read_and_no_secret_is_kept() {
    let (aws, _) = aws(failing);
    let steps = Mutex::new(Vec::new());
    let note = |progress: crate::Progress| steps.lock().unwrap().push((progress.step, progress.state));
    let reader = Kept::default();
    let collected = collect(&aws, &service(), &CollectOptions::default(), &reader, &note)
        .await
        .unwrap();
    let evidence = &collected.evidence;
    assert_eq!(evidence.target.kind, TargetKind::Service);
    assert_eq!(evidence.target.account.as_deref(), Some(ACCOUNT));
    assert_eq!(evidence.target.task_definition.as_deref(), Some("payments:3"));
    assert_eq!(evidence.tasks.items().len(), 1);
    assert_eq!(evidence.images[0].reference, "nginx:9");
    assert!(!serde_json::to_string(evidence).unwrap().contains("hunter"));
    assert!(
        !reader
            .0
            .lock()
            .unwrap()
            .values()
            .any(|kept| kept.contains("hunter"))
    );
    let done = |step| steps.lock().unwrap().contains(&(step, State::Done));
    assert!((1..=8).all(done), "{steps:?}");
}

#[tokio::test]
async fn one_thing_is_asked_once() {
    let (aws, asked) = aws(failing);
    let collected = collected(&aws, &service(), &Kept::default()).await.unwrap();
    let count = |operation: &str| {
        asked
            .lock()
            .unwrap()
            .iter()
            .filter(|asked| *asked == operation)
            .count()
    };
    // The definition is wanted by the service, its deployment and the task; `payments:2` and `:1` are the earlier ones.
    assert_eq!(count("DescribeTaskDefinition"), 3);
    assert_eq!(count("DescribeTasks"), 1);
    assert_eq!(
        usize::try_from(collected.cost.aws_calls).unwrap(),
        asked.lock().unwrap().len()
    );
}

#[tokio::test]
async fn no_more_calls_are_made_than_a_diagnosis_may_make() {
    let (aws, asked) = aws(|operation, body| match operation {
        "DescribeTaskDefinition" => Answer::json(&json!({"taskDefinition": {
            "taskDefinitionArn": format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/payments:3"),
            "family": "payments", "revision": 3,
            "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/pull"),
            "containerDefinitions": [{"name": "app", "image": "nginx:9"}]}})),
        "ListRolePolicies" => {
            let names: String = (0..60).map(|n| format!("<member>p{n}</member>")).collect();
            Answer::Http(
                200,
                format!(
                    "<ListRolePoliciesResponse><ListRolePoliciesResult><IsTruncated>false</IsTruncated>\
                     <PolicyNames>{names}</PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>"
                ),
            )
        }
        "GetRolePolicy" => Answer::Http(
            200,
            "<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>%7B%7D</PolicyDocument>\
             </GetRolePolicyResult></GetRolePolicyResponse>"
                .to_owned(),
        ),
        _ => failing(operation, body),
    });
    let collected = collected(&aws, &service(), &Kept::default()).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 40);
    let policies = &collected.evidence.roles[0].inline;
    assert_eq!(policies.len(), 60);
    let (read, unread): (Vec<_>, Vec<_>) = policies.iter().partition(|policy| policy.value().is_some());
    assert!(!read.is_empty());
    let why = unread[0].missing("a policy").unwrap().why;
    assert_eq!(why, "a diagnosis takes at most 40 calls");
    assert!(
        unread
            .iter()
            .all(|policy| matches!(policy.outcome, Outcome::NotCollected { .. }))
    );
}

#[tokio::test]
async fn a_log_group_that_is_known_is_searched_whatever_its_name() {
    let (aws, asked) = aws(|operation, body| match operation {
        "DescribeLogGroups" => Answer::json(&json!({ "logGroups": [{ "logGroupName": "/aws/events/ecs" }] })),
        "FilterLogEvents" => {
            let line = if body.contains("audit/everything") {
                json!({ "timestamp": 1, "logStreamName": "a", "message": "CannotPull: nginx:9" })
            } else {
                json!({ "timestamp": 2, "logStreamName": "b", "message": "CannotPull: another:1" })
            };
            Answer::json(&json!({ "events": [line] }))
        }
        _ => failing(operation, body),
    });
    let aws = aws.with_log_groups(vec!["audit/everything".to_owned()]);
    let collected = collected(&aws, &service(), &Kept::default()).await.unwrap();
    let groups: Vec<&str> = collected
        .evidence
        .logs
        .items()
        .iter()
        .map(|line| line.group.as_str())
        .collect();
    assert_eq!(groups, ["audit/everything"]);
    let searched = asked
        .lock()
        .unwrap()
        .iter()
        .filter(|asked| *asked == "FilterLogEvents")
        .count();
    assert_eq!(searched, 2);
}

#[tokio::test]
async fn what_is_kept_is_not_asked_again_unless_fresh() {
    let (aws, asked) = aws(failing);
    let reader = Kept::default();
    collected(&aws, &service(), &reader).await.unwrap();
    asked.lock().unwrap().clear();
    let again = collected(&aws, &service(), &reader).await.unwrap();
    let asked_for = |operation: &str| asked.lock().unwrap().iter().any(|asked| asked == operation);
    assert!(!asked_for("DescribeTasks") && !asked_for("DescribeServices"));
    assert_eq!(again.evidence.tasks.items().len(), 1);
    // What failed is never kept.
    assert!(asked_for("DescribeLogGroups"));
    let options = CollectOptions {
        fresh: true,
        ..CollectOptions::default()
    };
    collect(&aws, &service(), &options, &reader, &|_| {})
        .await
        .unwrap();
    assert!(asked_for("DescribeTasks"));
}

#[tokio::test]
async fn credentials_that_expired_are_told_as_such() {
    let (aws, _) = aws(|operation, _| match operation {
        "GetCallerIdentity" => Answer::xml_error("ExpiredToken"),
        _ => Answer::error("ExpiredTokenException"),
    });
    let error = collected(&aws, &service(), &Kept::default()).await.unwrap_err();
    assert!(matches!(error.kind, Unreadable::Credentials { .. }), "{error}");
    assert_eq!(error.evidence.target.kind, TargetKind::Unresolved);
    assert!(matches!(error.evidence.cluster.outcome, Outcome::Failed { .. }));
}

#[tokio::test]
async fn a_caller_who_may_read_nothing_is_told_which_action_it_lacks() {
    let (aws, _) = aws(|operation, _| match operation {
        "GetCallerIdentity" => Answer::Http(404, String::new()),
        _ => Answer::error("AccessDeniedException"),
    });
    let error = collected(&aws, &service(), &Kept::default()).await.unwrap_err();
    assert!(
        matches!(&error.kind, Unreadable::Denied { action, .. } if action.starts_with("ecs:")),
        "{error}"
    );
}

#[tokio::test]
async fn an_aws_that_cannot_be_reached_is_told_as_such() {
    let (aws, _) = aws(|_, _| Answer::Refused);
    let error = collected(&aws, &service(), &Kept::default()).await.unwrap_err();
    assert!(
        matches!(&error.kind, Unreadable::Unreachable { detail } if detail.contains("refused")),
        "{error}"
    );
}

#[tokio::test]
async fn at_the_deadline_the_evidence_is_what_there_is() {
    let (aws, _) = aws(|operation, body| match operation {
        "DescribeTaskDefinition" => Answer::Silence,
        _ => failing(operation, body),
    });
    let options = CollectOptions {
        deadline: Duration::from_secs(2),
        ..CollectOptions::default()
    };
    let collected = collect(&aws, &service(), &options, &Kept::default(), &|_| {})
        .await
        .unwrap();
    let definition = &collected.evidence.task_definitions[0];
    let late = Outcome::Failed {
        error: "not read within 2 s".to_owned(),
    };
    assert_eq!(definition.outcome, late);
    assert_eq!(collected.evidence.tasks.items().len(), 1);
}

#[tokio::test]
async fn every_attempt_counts() {
    let failed_once = Mutex::new(false);
    let (aws, asked) = aws(move |operation, body| {
        if operation == "DescribeServices" && !std::mem::replace(&mut *failed_once.lock().unwrap(), true) {
            return Answer::Http(500, "{}".to_owned());
        }
        failing(operation, body)
    });
    let collected = collected(&aws, &service(), &Kept::default()).await.unwrap();
    assert!(collected.evidence.service.value().is_some());
    let tries = asked
        .lock()
        .unwrap()
        .iter()
        .filter(|asked| *asked == "DescribeServices")
        .count();
    assert_eq!(tries, 2);
    assert_eq!(
        usize::try_from(collected.cost.aws_calls).unwrap(),
        asked.lock().unwrap().len()
    );
}

#[tokio::test]
async fn a_task_that_aws_forgot_is_shown_as_it_was_seen() {
    let reader = Kept::default();
    let (before, _) = aws(failing);
    collected(&before, &service(), &reader).await.unwrap();
    let forgotten = |operation: &str, body: &str| match operation {
        "DescribeTasks" => Answer::json(&json!({"failures": [{"arn": TASK, "reason": "MISSING"}]})),
        "ListTasks" => Answer::json(&json!({"taskArns": []})),
        _ => failing(operation, body),
    };
    let task = ask(What::Task(TASK.to_owned()));
    let (later, _) = aws(forgotten);
    let seen = collected(&later, &task, &reader).await.unwrap().evidence;
    assert_eq!(seen.target.service.as_deref(), Some("payments"));
    assert_eq!(seen.tasks.items().len(), 1);
    let (stranger, _) = aws(forgotten);
    let unseen = collected(&stranger, &task, &Kept::default())
        .await
        .unwrap()
        .evidence;
    assert_eq!(unseen.target.kind, TargetKind::Task);
    assert_eq!(unseen.target.service, None);
    assert!(unseen.tasks.absent().is_some());
}

#[tokio::test]
async fn an_unknown_cluster_costs_little_and_suggests_names() {
    let (aws, asked) = aws(|operation, _| match operation {
        "DescribeClusters" => Answer::json(&json!({"failures": [{"reason": "MISSING"}]})),
        "ListClusters" => {
            Answer::json(&json!({"clusterArns": ["arn:aws:ecs:eu-west-1:111122223333:cluster/production"]}))
        }
        "DescribeTaskDefinition" => Answer::error("ClientException"),
        "GetCallerIdentity" => Answer::Http(404, String::new()),
        _ => Answer::error("ClusterNotFoundException"),
    });
    let evidence = collected(&aws, &ask(What::Name("payments".to_owned())), &Kept::default())
        .await
        .unwrap()
        .evidence;
    assert_eq!(evidence.target.kind, TargetKind::NotFound);
    assert_eq!(evidence.cluster_names.items(), ["production"]);
    assert!(asked.lock().unwrap().len() <= 12);
}

#[tokio::test]
async fn reading_can_be_handed_to_another_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let (aws, _) = aws(failing);
    let reader = Kept::default();
    let (ask, options) = (service(), CollectOptions::default());
    let collected = is_send(collect(&aws, &ask, &options, &reader, &|_| {}))
        .await
        .unwrap();
    let past = is_send(crate::history(&aws, &reader, &collected.history)).await;
    // The fake has no CloudTrail: what could not be read says so.
    assert!(
        past.changes
            .iter()
            .all(|listing| listing.missing("changes").is_some())
    );
    assert!(!past.changes.is_empty());
}
