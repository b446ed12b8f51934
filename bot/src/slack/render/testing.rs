//! What tests of rendering share: blocks as a person reads them, Slack's limits counted anew, and reports.

use diagnosis::Report;
use serde_json::Value;

use super::message::Message;

/// The message as JSON.
pub(crate) fn json(message: Message) -> Value {
    serde_json::to_value(message.content()).unwrap()
}

/// The blocks as a person reads them; times as their UTC fallback, links as `label↗`, buttons in brackets.
pub(crate) fn read(message: Message) -> String {
    let json = json(message);
    let mut out = String::new();
    for block in json["blocks"].as_array().unwrap() {
        match block["type"].as_str().unwrap() {
            "rich_text" => block["elements"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|part| read_part(part, &mut out)),
            "actions" => {
                let buttons = block["elements"].as_array().unwrap().iter();
                let labels: Vec<String> = buttons
                    .map(|button| format!("[ {} ]", button["text"]["text"].as_str().unwrap()))
                    .collect();
                out.push_str(&labels.join(" "));
                out.push('\n');
            }
            "context" => {
                out.push_str(block["elements"][0]["text"].as_str().unwrap());
                out.push('\n');
            }
            other => panic!("unexpected block {other}"),
        }
    }
    out
}

fn read_part(part: &Value, out: &mut String) {
    let elements = part["elements"].as_array().unwrap();
    match part["type"].as_str().unwrap() {
        "rich_text_section" => {
            out.extend(elements.iter().map(inline));
            out.push('\n');
        }
        "rich_text_list" => {
            for item in elements {
                out.push_str("• ");
                read_part(item, out);
            }
        }
        "rich_text_preformatted" => {
            for line in elements.iter().map(inline).collect::<String>().lines() {
                out.extend(["| ", line, "\n"]);
            }
        }
        other => panic!("unexpected part {other}"),
    }
}

fn inline(element: &Value) -> String {
    let text = || element["text"].as_str().unwrap().to_owned();
    match element["type"].as_str().unwrap() {
        "text" if element["style"]["code"] == true => format!("`{}`", text()),
        "text" => text(),
        "link" => format!("{}↗", text()),
        "date" => element["fallback"].as_str().unwrap().to_owned(),
        "user" => format!("@{}", element["user_id"].as_str().unwrap()),
        "usergroup" => format!("@{}", element["usergroup_id"].as_str().unwrap()),
        other => panic!("unexpected element {other}"),
    }
}

/// Everything Slack would refuse, counted independently of the code that keeps to it.
/// Limits: <https://docs.slack.dev/reference/block-kit> and what `message` says about whole messages.
pub(crate) fn faults(message: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    let text = message["text"].as_str().unwrap();
    check(
        !text.is_empty() && text.len() <= 3_000,
        format!("text of {} bytes", text.len()),
    );
    check(
        !text.contains('<') && !text.contains('>'),
        "text is not escaped".to_owned(),
    );
    let blocks = message["blocks"].as_array().unwrap();
    check(
        (1..=50).contains(&blocks.len()),
        format!("{} blocks", blocks.len()),
    );
    let mut total = 0;
    strings(message.get("blocks").unwrap(), &mut |string| {
        total += string.chars().count();
    });
    check(total <= 11_000, format!("{total} characters in all"));
    for block in blocks {
        match block["type"].as_str().unwrap() {
            "rich_text" => rich(block, &mut check),
            "actions" => actions(block, &mut check),
            "context" => {
                let elements = block["elements"].as_array().unwrap();
                check((1..=10).contains(&elements.len()), "context elements".to_owned());
                for element in elements {
                    check(
                        element["type"] == "plain_text" && element["emoji"] == false,
                        "context that is parsed".to_owned(),
                    );
                    bounded(&element["text"], 3_000, "context", &mut check);
                }
            }
            other => check(false, format!("block {other}")),
        }
    }
    faults
}

fn rich(node: &Value, check: &mut impl FnMut(bool, String)) {
    let elements = node["elements"].as_array().unwrap();
    check(!elements.is_empty(), format!("{} without elements", node["type"]));
    for element in elements {
        match element["type"].as_str().unwrap() {
            "rich_text_section" | "rich_text_list" | "rich_text_preformatted" => rich(element, check),
            "text" => bounded(&element["text"], 3_000, "text element", check),
            "link" => {
                bounded(&element["url"], 3_000, "url", check);
                check(
                    element["url"].as_str().unwrap().starts_with("http"),
                    "url scheme".to_owned(),
                );
            }
            "date" => check(
                element["timestamp"].is_i64() && element["format"].is_string(),
                "date".to_owned(),
            ),
            "user" | "usergroup" => {}
            other => check(false, format!("element {other}")),
        }
        if let Some(text) = element["text"].as_str() {
            let deceptive = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
            check(!text.contains(deceptive), "deceptive characters".to_owned());
        }
    }
}

fn actions(block: &Value, check: &mut impl FnMut(bool, String)) {
    let elements = block["elements"].as_array().unwrap();
    check(
        (1..=25).contains(&elements.len()),
        format!("{} buttons", elements.len()),
    );
    let ids: std::collections::BTreeSet<_> = elements
        .iter()
        .map(|button| button["action_id"].as_str().unwrap())
        .collect();
    check(ids.len() == elements.len(), "one action_id twice".to_owned());
    for button in elements {
        bounded(&button["text"]["text"], 75, "label", check);
        bounded(&button["action_id"], 255, "action_id", check);
        bounded(&button["value"], 2_000, "value", check);
        if let Some(confirm) = button.get("confirm") {
            for (field, most) in [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)] {
                bounded(&confirm[field]["text"], most, field, check);
            }
        }
    }
}

fn bounded(text: &Value, most: usize, what: &str, check: &mut impl FnMut(bool, String)) {
    let length = text.as_str().unwrap().chars().count();
    check(
        (1..=most).contains(&length),
        format!("{what} of {length} characters"),
    );
}

fn strings(value: &Value, look: &mut impl FnMut(&str)) {
    match value {
        Value::String(string) => look(string),
        Value::Array(items) => items.iter().for_each(|item| strings(item, look)),
        Value::Object(members) => members.values().for_each(|member| strings(member, look)),
        _ => {}
    }
}

/// The report of `thread.md`'s kind: one cause, proved.
pub(crate) fn proved() -> Report {
    serde_json::from_value(serde_json::json!({
        "schema_version": 1,
        "observed_at": "2026-03-02T13:12:00Z",
        "target": { "account": "111122223333", "region": "eu-west-1", "cluster": "prod", "service": "payments", "task": null, "task_definition": "payments:42" },
        "outcome": "pull_failure",
        "headline": "prod/payments cannot pull its image: tag 1.4.3 does not exist in repository payments; newest is 1.4.2, pushed 11:12 UTC",
        "impact": { "running": 2, "desired": 2, "serving_revision": "payments:41", "rollback_in_progress": false },
        "failure": failure(9),
        "failures": [failure(9)],
        "causes": [
            {
                "cause": "tag_not_found", "subject": { "kind": "image", "id": "payments:1.4.3" }, "stage": "manifest",
                "effect": "observed", "confidence": "confirmed",
                "summary": "tag 1.4.3 does not exist in repository payments; newest is 1.4.2, pushed 11:12 UTC",
                "evidence": [
                    evidence("stop reason of task 8f2c: manifest not found", "ecs:DescribeTasks"),
                    evidence("no image with tag 1.4.3 in repository payments", "ecr:DescribeImages"),
                ],
                "missing": [], "remedies": ["roll_back", "use_existing_tag"],
            },
            {
                "cause": "no_route_to_registry", "subject": { "kind": "subnet", "id": "subnet-0a" }, "stage": "layer_network",
                "effect": "next", "confidence": "likely",
                "summary": "subnet-0a has no S3 endpoint, so layers would time out",
                "evidence": [evidence("no S3 endpoint in vpc-1", "ec2:DescribeVpcEndpoints")],
                "missing": [], "remedies": [],
            },
        ],
        "ruled_out": [
            { "cause": "auth_token_denied", "subject": { "kind": "role", "id": "r" }, "why": "the role may get a token", "evidence": [] },
            { "cause": "disk_full", "subject": { "kind": "image", "id": "i" }, "why": "the pull stopped before unpacking", "evidence": [] },
        ],
        "unknown": [{ "cause": "dockerhub_rate_limited", "subject": { "kind": "registry", "id": "x" },
            "missing": [{ "what": "VPC endpoint policies", "why": "the bot lacks ec2:DescribeVpcEndpoints", "action": "ec2:DescribeVpcEndpoints" }] }],
        "checks": [
            { "step": 1, "title": "Task definition and service health", "status": "ok", "detail": "payments:42 is active" },
            { "step": 5, "title": "Repository and tag", "status": "problem", "detail": "payments has no such tag" },
            { "step": 7, "title": "Network path", "status": "unknown", "detail": "could not check VPC endpoint policies" },
        ],
        "timeline": [
            { "at": "2026-03-02T13:02:00Z", "what": "deployment of payments:42 began (IN_PROGRESS)", "source": "ecs:DescribeServices" },
            { "at": "2026-03-02T13:03:00Z", "what": "first failed pull that AWS still knows", "source": "ecs:DescribeTasks" },
        ],
        "blast_radius": { "task_definitions": ["web:7"], "services": ["web", "api"], "shared": { "image": null, "execution_role": "arn:aws:iam::111122223333:role/r", "subnet": null, "instance": null }, "running_siblings": 3 },
        "remedies": [remedy("roll_back", "Back to payments:41", "automatic", "low"), remedy("use_existing_tag", "Use 1.4.2 instead", "manual", "medium")],
        "cost": { "aws_calls": 27, "elapsed_ms": 612 },
    }))
    .unwrap()
}

pub(crate) fn failure(count: u32) -> Value {
    serde_json::json!({
        "class": "tag_not_found", "message": "CannotPullContainerError: pull image manifest has been retried 1 time(s): payments:1.4.3: not found",
        "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments:1.4.3", "container": "app",
        "first_seen": "2026-03-02T13:03:00Z", "last_seen": "2026-03-02T13:11:00Z", "count": count,
    })
}

pub(crate) fn evidence(fact: &str, call: &str) -> Value {
    serde_json::json!({ "fact": fact, "source": "payments", "call": call, "observed_at": "2026-03-02T13:12:00Z", "link": "https://eu-west-1.console.aws.amazon.com/ecr" })
}

pub(crate) fn remedy(id: &str, title: &str, mode: &str, risk: &str) -> Value {
    serde_json::json!({
        "id": id, "title": title, "risk": risk, "mode": mode,
        "calls": [{ "action": "ecs:UpdateService", "resource": "arn:aws:ecs:eu-west-1:111122223333:service/prod/payments", "parameters": { "cluster": "prod", "taskDefinition": "payments:41" } }],
        "before": "task definition payments:42", "after": "task definition payments:41 (payments:1.4.2)",
        "notes": ["Not touched: desired count 2, network, load balancer."],
        "cli": "aws ecs update-service --cluster prod --service payments --task-definition payments:41",
        "terraform": "resource \"aws_ecs_service\" \"payments\" {}", "action": null,
    })
}
