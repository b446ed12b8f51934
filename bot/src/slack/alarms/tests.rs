//! Messages as their senders build them, one for each thing that a reader tells apart, and what holds for any JSON.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Alarm, AlarmState, Missing, parse_alarm};

const TASK: &str = "arn:aws:ecs:eu-north-1:111122223333:task/harbour/0123456789abcdef0123456789abcdef";
const PULL: &str = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-north-1.amazonaws.com/crane:4: not found";

/// A webhook's message.
fn hook(mut body: Value) -> Value {
    body["type"] = json!("message");
    body["subtype"] = json!("bot_message");
    body["bot_id"] = json!("B000TEST");
    body["ts"] = json!("1750000000.000100");
    body
}

/// An app's message.
fn app(name: &str, mut body: Value) -> Value {
    body["type"] = json!("message");
    body["user"] = json!("U000TEST");
    body["bot_id"] = json!("B000TEST");
    body["bot_profile"] = json!({ "name": name });
    body["ts"] = json!("1750000000.000100");
    body
}

fn attached(attachment: &Value) -> Value {
    json!({ "text": "", "attachments": [attachment] })
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

/// Candidate, state, account, region, cluster, service.
type Row = (
    bool,
    Option<AlarmState>,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
);

fn row(
    alarm: &Alarm,
) -> (
    bool,
    Option<AlarmState>,
    Option<&str>,
    Option<&str>,
    Option<&str>,
    Option<&str>,
) {
    (
        alarm.candidate,
        alarm.state,
        alarm.account.as_deref(),
        alarm.region.as_deref(),
        alarm.cluster.as_deref(),
        alarm.service.as_deref(),
    )
}

#[test]
fn senders_of_every_family() {
    let alarm = Some(AlarmState::Alarm);
    let ok = Some(AlarmState::Ok);
    let samples: Vec<(&str, Value, Row)> = vec![
        (
            "chat bot, alarm",
            app(
                "Amazon Q Developer",
                attached(&json!({ "color": "d13212", "blocks": [
                    section(":rotating_light: *<https://eu-north-1.console.aws.amazon.com/cloudwatch/home?region=eu-north-1#alarmsV2:alarm/x|CloudWatch Alarm | harbour-ecs-image-pull-failed | eu-north-1 | Account: 111122223333>*"),
                    section("Threshold Crossed: 1 datapoint [2.0] (minimum 1 datapoint for OK -&gt; ALARM transition)."),
                ]})),
            ),
            (true, alarm, Some("111122223333"), Some("eu-north-1"), None, None),
        ),
        (
            "chat bot, recovered: the same title in green",
            app(
                "Amazon Q Developer",
                attached(&json!({ "color": "2eb886", "blocks": [
                    section("*<https://x.example|CloudWatch Alarm | harbour-ecs-image-pull-failed | eu-north-1 | Account: 111122223333>*"),
                ]})),
            ),
            (false, ok, Some("111122223333"), Some("eu-north-1"), None, None),
        ),
        (
            "one line by a forwarder",
            hook(
                json!({ "text": "harbour-ecs-cannot-pull state is now ALARM: Threshold Crossed: 1 datapoint was greater (1.0) for OK -&gt; ALARM" }),
            ),
            (true, alarm, None, None, None, None),
        ),
        (
            "fields with display name of the region",
            hook(
                json!({ "text": "", "attachments": [{ "title": "ECS image pull errors", "text": "crane in harbour",
                "fields": [{ "title": "Status", "value": "ALARM" }, { "title": "Region", "value": "EU (Stockholm)" }] }] }),
            ),
            (true, alarm, None, Some("eu-north-1"), None, None),
        ),
        (
            "ECS event in blocks",
            hook(
                json!({ "text": "", "blocks": [section("*ECS Task State Change*"), section(&format!("*Task*\n`{TASK}`\n*Group*\nservice:crane\n*Stopped reason*\n```{PULL}```"))] }),
            ),
            (
                true,
                None,
                Some("111122223333"),
                Some("eu-north-1"),
                Some("harbour"),
                Some("crane"),
            ),
        ),
        (
            "ECS event, another reason",
            hook(
                json!({ "text": "", "blocks": [section("*ECS Task State Change*"), section(&format!("{TASK}\nStop Code: TaskFailedToStart\nStop Reason: ResourceInitializationError: failed to validate logger args: signal: killed"))] }),
            ),
            (
                false,
                None,
                Some("111122223333"),
                Some("eu-north-1"),
                Some("harbour"),
                None,
            ),
        ),
        (
            "watchdog's one line",
            hook(
                json!({ "text": format!("ECS Task stopped: service *service:crane* cluster *harbour* {PULL}") }),
            ),
            (true, None, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "title of both names",
            hook(attached(&json!({ "title": "harbour / crane", "text": PULL }))),
            (true, None, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "EKS on Fargate",
            hook(
                json!({ "text": "Pod api on Fargate: ErrImagePull, failed to pull image \"111122223333.dkr.ecr.eu-north-1.amazonaws.com/api:1\"" }),
            ),
            (false, None, None, None, None, None),
        ),
        (
            "a service that is called like a digest, an article for a runbook",
            hook(
                json!({ "text": format!("ECS pull failed cluster=harbour service=daily-report <https://repost.aws/knowledge-center/x|How do I fix it> {PULL}") }),
            ),
            (true, None, None, None, Some("harbour"), Some("daily-report")),
        ),
        (
            "Japanese one line",
            hook(
                json!({ "text": format!("ECSタスクが停止しました cluster=harbour service=crane 理由：{PULL}") }),
            ),
            (true, None, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "Grafana, some fire and some are resolved",
            hook(attached(
                &json!({ "title": "[FIRING:1, RESOLVED:1] ECSImagePull", "footer": "Grafana v11.0.0",
                "text": "**Firing**\n\nLabels:\n - ClusterName = harbour\n - ServiceName = crane\n - Region = eu-north-1\n" }),
            )),
            (
                true,
                alarm,
                None,
                Some("eu-north-1"),
                Some("harbour"),
                Some("crane"),
            ),
        ),
        (
            "Grafana, resolved",
            hook(attached(
                &json!({ "title": "[RESOLVED] ECSImagePull", "text": "cluster: harbour", "footer": "Grafana v11.0.0" }),
            )),
            (false, ok, None, None, Some("harbour"), None),
        ),
        (
            "Alertmanager, Kubernetes",
            hook(attached(
                &json!({ "title": "[FIRING:1] KubePodImagePullBackOff (payments)", "text": "Pod payments/api cannot pull 111122223333.dkr.ecr.eu-north-1.amazonaws.com/api:1" }),
            )),
            (false, alarm, None, None, None, None),
        ),
        (
            "Datadog, tags",
            app(
                "Datadog",
                attached(
                    &json!({ "title": "Triggered: [ECS] CannotPull on clustername:harbour,servicename:crane", "text": "Metric value: 3.0",
                "fields": [{ "title": "Tags", "value": "`region:eu-north-1`, `aws_account:111122223333`" }] }),
                ),
            ),
            (
                true,
                alarm,
                Some("111122223333"),
                Some("eu-north-1"),
                Some("harbour"),
                Some("crane"),
            ),
        ),
        (
            "New Relic, closed",
            app(
                "New Relic",
                json!({ "text": "Critical priority issue is CLOSED: 'ECS image pull failures'" }),
            ),
            (false, ok, None, None, None, None),
        ),
        (
            "Zabbix",
            app(
                "Zabbix",
                attached(
                    &json!({ "title": "Problem: ECS image pull failed on harbour", "text": "cluster: harbour\nservice: crane" }),
                ),
            ),
            (true, alarm, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "PagerDuty, whose service is its own",
            app(
                "PagerDuty",
                json!({ "text": "Triggered [#7] ECS image pull failures", "attachments": [{ "fallback": "Triggered #7: ECS image pull failures",
                "blocks": [json!({ "type": "section", "fields": [{ "type": "mrkdwn", "text": "*Service:* Platform" }] }), section("*Custom Details*\ncluster: harbour\nservice: crane")] }] }),
            ),
            (true, alarm, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "PagerDuty, acknowledged",
            app(
                "PagerDuty",
                json!({ "text": "Acknowledged [#7] ECS image pull failures" }),
            ),
            (false, None, None, None, None, None),
        ),
        (
            "Opsgenie, closed by a line of text",
            app(
                "Opsgenie",
                json!({ "text": "jo@x.example closed alert <https://opsg.in/a/i/x/1|#7> \"ALARM: \"ecs-image-pull\" in EU (Stockholm)\"" }),
            ),
            (false, ok, None, Some("eu-north-1"), None, None),
        ),
        (
            "VictorOps, key=value",
            app(
                "VictorOps",
                json!({ "text": "CRITICAL: ecs image pull failed\nentity_state=CRITICAL\ncluster=harbour\nservice=crane" }),
            ),
            (true, alarm, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "Splunk result columns",
            app(
                "Splunk",
                attached(
                    &json!({ "title": ":bell: ECS image pull failures", "fields": [{ "title": "clusterArn", "value": "arn:aws:ecs:eu-north-1:111122223333:cluster/harbour" },
                { "title": "group", "value": "service:crane" }, { "title": "stoppedReason", "value": PULL }] }),
                ),
            ),
            (
                true,
                None,
                Some("111122223333"),
                Some("eu-north-1"),
                Some("harbour"),
                Some("crane"),
            ),
        ),
        (
            "Sumo Logic, results as JSON",
            hook(attached(
                &json!({ "title": "Monitor Alert: ECS image pull", "fields": [{ "title": "Results", "value":
                json!({ "cluster": "harbour", "service": "crane", "reason": PULL }).to_string() }, { "title": "Trigger Type", "value": "Critical" }] }),
            )),
            (true, alarm, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "mail by SNS, file stub",
            json!({ "type": "message", "subtype": "file_share", "user": "USLACKBOT", "ts": "1.1", "files": [{ "mode": "email",
                "title": "ALARM: \"ECSImagePullFailed\" in Europe (Stockholm)", "subject": "ALARM: \"ECSImagePullFailed\" in Europe (Stockholm)" }] }),
            (true, alarm, None, Some("eu-north-1"), None, None),
        ),
        (
            "deploy tool, pull text",
            app(
                "jenkins",
                attached(
                    &json!({ "text": format!("deploy-crane - #7 Failure\nservice crane in cluster harbour: {PULL}") }),
                ),
            ),
            (true, None, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "deploy tool, build",
            app(
                "jenkins",
                attached(
                    &json!({ "text": "build-crane - #7 Failure\nERROR: failed to solve: alpine:9: docker.io/library/alpine:9: not found" }),
                ),
            ),
            (false, None, None, None, None, None),
        ),
        (
            "ticket",
            app(
                "Jira Cloud",
                json!({ "text": "Jo created a Task", "blocks": [section("<https://x.example/OPS-1|OPS-1 Alarm for CannotPullContainerError>")] }),
            ),
            (false, None, None, None, None, None),
        ),
        (
            "digest",
            hook(json!({ "text": "Daily alarm digest\nECSImagePullFailed: 3 times" })),
            (false, None, None, None, None, None),
        ),
        (
            "deployment failed, as a service event",
            hook(
                json!({ "text": format!("```{}```", json!({ "detail-type": "ECS Deployment State Change", "account": "111122223333", "region": "eu-north-1",
                "resources": ["arn:aws:ecs:eu-north-1:111122223333:service/harbour/crane"],
                "detail": { "eventName": "SERVICE_DEPLOYMENT_FAILED", "reason": "ECS deployment circuit breaker: tasks failed to start." } })) }),
            ),
            (
                true,
                None,
                Some("111122223333"),
                Some("eu-north-1"),
                Some("harbour"),
                Some("crane"),
            ),
        ),
        (
            "deployment failed for health checks",
            hook(
                json!({ "text": "ECS SERVICE_DEPLOYMENT_FAILED service crane in cluster harbour. Reason: tasks failed ELB health checks" }),
            ),
            (false, None, None, None, Some("harbour"), Some("crane")),
        ),
        (
            "incident tool",
            app(
                "incident.io",
                json!({ "text": "New incident", "blocks": [section("*INC-7 ECS tasks cannot pull images: service crane in cluster harbour*")] }),
            ),
            (true, None, None, None, Some("harbour"), Some("crane")),
        ),
    ];
    for (what, event, expected) in &samples {
        let found = parse_alarm(event);
        assert_eq!(row(&found), *expected, "{what}: {found:?}");
    }
}

#[test]
fn what_is_no_first_report_of_a_machine() {
    let text = format!("cluster: harbour\nreason: {PULL}");
    let report = hook(json!({ "text": text }));
    assert!(parse_alarm(&report).candidate);
    let with = |changes: Value| {
        let mut event = report.clone();
        for (key, value) in changes.as_object().unwrap() {
            event[key] = value.clone();
        }
        event
    };
    for event in [
        with(json!({ "thread_ts": "1740000000.000100" })),
        with(json!({ "subtype": "message_changed" })),
        with(json!({ "subtype": "message_deleted" })),
        with(json!({ "subtype": "channel_topic" })),
        with(json!({ "username": "ecs-pull-why" })),
        json!({ "type": "message", "user": "U1", "client_msg_id": "1", "text": text }),
        json!({ "type": "message", "user": "U1", "text": text }),
        json!({ "type": "message", "user": "U1", "text": "", "attachments": [{ "is_share": true, "from_url": "https://x.slack.com/1", "text": text }] }),
        json!({ "type": "message", "subtype": "file_share", "user": "U1", "files": [{ "title": text }] }),
        json!("no object"),
        json!(null),
    ] {
        let found = parse_alarm(&event);
        assert!(!found.candidate && found.why_not().is_some(), "{event}");
    }
    // The first message of a thread carries its own time as the thread's.
    assert!(parse_alarm(&with(json!({ "thread_ts": "1750000000.000100" }))).candidate);
}

#[test]
fn what_a_diagnosis_misses() {
    let read = |text: &str| parse_alarm(&hook(json!({ "text": format!("{text} {PULL}") }))).is_missing();
    assert_eq!(read("ECS pull error:"), Some(Missing::Cluster));
    assert_eq!(read("cluster: harbour"), Some(Missing::Task));
    assert_eq!(read("cluster: harbour service: crane"), None);
}

#[test]
fn every_field_of_the_contract_is_present() {
    let printed = serde_json::to_value(parse_alarm(&json!({}))).unwrap();
    let keys: Vec<&str> = printed.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = vec![
        "candidate",
        "sender",
        "state",
        "account",
        "region",
        "cluster",
        "service",
        "task",
        "task_definition",
        "reason",
    ];
    let mut keys = keys;
    keys.sort_unstable();
    expected.sort_unstable();
    assert_eq!(keys, expected);
}

/// Any JSON, with the members of messages among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just(PULL.to_owned()),
        Just(format!("*Task*\n{TASK}")),
        Just("<https://x.example|*Cluster:* `harbour`>".to_owned()),
        Just("{\"a\": {\"name\": \"ClusterName\", \"value\": \"harbour\"}}".to_owned()),
        "\\PC{0,20}",
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let key = prop_oneof![
            proptest::sample::select(vec![
                "text",
                "type",
                "attachments",
                "blocks",
                "elements",
                "fields",
                "title",
                "value",
                "files",
                "plain_text",
                "color",
                "bot_id",
                "subtype",
                "url",
                "detail",
                "detail-type",
                "name",
                "user",
                "ts",
                "thread_ts",
            ])
            .prop_map(str::to_owned),
            "[a-z]{1,6}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_has_an_answer(mut event in any_json()) {
        if let Some(members) = event.as_object_mut() {
            members.insert("bot_id".to_owned(), json!("B1"));
            members.remove("subtype");
        }
        let found = parse_alarm(&event);
        prop_assert_eq!(found.candidate, found.why_not().is_none());
    }
}
