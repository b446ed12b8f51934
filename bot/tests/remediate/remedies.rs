//! Remedies as a diagnosis of the scenarios makes them, and a report that holds them.

use diagnosis::Report;
use diagnosis::remedy::{Action, Call, Mode, Remedy, Risk};
use ecs_pull_why::conversation::Kept;
use ecs_pull_why::work::{Ask, Origin};
use serde_json::{Value, json};

use crate::aws::{Aws, POLICY, PULLER};

/// The policy that is granted.
pub(crate) fn granted() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*" },
        { "Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Resource": "*" },
    ]})
}

fn remedy(id: &str, title: &str, call: Call, action: Action) -> Remedy {
    Remedy {
        id: id.to_owned(),
        title: title.to_owned(),
        risk: Risk::Low,
        mode: Mode::Automatic,
        calls: vec![call],
        before: Some("as it is".to_owned()),
        after: Some("as it should be".to_owned()),
        notes: Vec::new(),
        cli: "aws …".to_owned(),
        terraform: None,
        action: Some(action),
    }
}

/// Lets the execution role pull; `previous` is what the diagnosis saw under the policy's name.
pub(crate) fn grant(aws: &Aws, previous: Option<Value>) -> Remedy {
    let role_arn = format!("arn:aws:iam::{}:role/{PULLER}", aws.account);
    let call = Call {
        action: "iam:PutRolePolicy".to_owned(),
        resource: role_arn.clone(),
        parameters: json!({ "RoleName": PULLER, "PolicyName": POLICY, "PolicyDocument": granted() }),
    };
    let action = Action::GrantPull {
        role_arn,
        policy_name: POLICY.to_owned(),
        document: granted(),
        previous,
    };
    remedy("grant_pull", "Let the role pull", call, action)
}

fn arn(aws: &Aws, resource: &str) -> String {
    let region = aws.world["region"].as_str().unwrap();
    format!("arn:aws:ecs:{region}:{}:{resource}", aws.account)
}

fn payments<'a>(aws: &'a Aws, field: &str) -> &'a str {
    aws.world["services"]["payments"][field].as_str().unwrap()
}

/// Sets the service back to its previous revision.
pub(crate) fn roll_back(aws: &Aws) -> Remedy {
    let service_arn = arn(aws, "service/prod/payments");
    let to = payments(aws, "previous").to_owned();
    let call = Call {
        action: "ecs:UpdateService".to_owned(),
        resource: service_arn.clone(),
        parameters: json!({ "cluster": "prod", "service": "payments", "taskDefinition": to }),
    };
    let action = Action::RollBack {
        cluster_arn: arn(aws, "cluster/prod"),
        service: "payments".to_owned(),
        service_arn,
        from: payments(aws, "task_definition").to_owned(),
        to,
    };
    remedy("roll_back", "Back to payments:41", call, action)
}

/// Deploys the same revision again.
pub(crate) fn deploy_again(aws: &Aws) -> Remedy {
    let service_arn = arn(aws, "service/prod/payments");
    let call = Call {
        action: "ecs:UpdateService".to_owned(),
        resource: service_arn.clone(),
        parameters: json!({ "cluster": "prod", "service": "payments", "forceNewDeployment": true }),
    };
    let action = Action::ForceNewDeployment {
        cluster_arn: arn(aws, "cluster/prod"),
        service: "payments".to_owned(),
        service_arn,
        task_definition: payments(aws, "task_definition").to_owned(),
        deployment: payments(aws, "deployment").to_owned(),
    };
    remedy("force_new_deployment", "Deploy payments:42 again", call, action)
}

/// An answer of the bot with this remedy, under the channel's message `root`.
pub(crate) fn kept(aws: &Aws, account: Option<&str>, root: &str, remedy: &Remedy) -> Kept {
    let report: Report = serde_json::from_value(json!({
        "schema_version": 1,
        "observed_at": "2026-03-02T13:12:00Z",
        "target": { "account": aws.account, "region": aws.world["region"], "cluster": "prod", "service": "payments", "task": null, "task_definition": "payments:42" },
        "outcome": "pull_failure",
        "headline": "prod/payments cannot pull its image",
        "impact": { "running": 0, "desired": 2, "serving_revision": null, "rollback_in_progress": false },
        "failure": null, "failures": [], "causes": [], "ruled_out": [], "unknown": [], "checks": [], "timeline": [],
        "blast_radius": { "task_definitions": [], "services": [], "shared": { "image": null, "execution_role": null, "subnet": null, "instance": null }, "running_siblings": 0 },
        "remedies": [remedy],
        "cost": { "aws_calls": 27, "elapsed_ms": 612 },
    }))
    .unwrap();
    Kept {
        ask: Ask {
            cluster: Some("prod".to_owned()),
            task: "payments".to_owned(),
            region: None,
            account: None,
            window_seconds: None,
            preflight: None,
        },
        origin: Origin::Command {
            channel: "C0PAY".to_owned(),
            user: "U0ANA".to_owned(),
            reply: None,
        },
        account: account.map(str::to_owned),
        channel: "C0PAY".to_owned(),
        root: Some(root.to_owned()),
        thread_ts: root.to_owned(),
        findings: root.to_owned(),
        report,
    }
}
