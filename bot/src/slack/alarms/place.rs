//! Where the task ran: account, region, cluster, service, task and task definition, from whatever carries them.
//!
//! An ARN says most and errs least, then a console link, then a label, then prose. An ECR host says nothing here: the registry may
//! be another account's, in another region.

use regex::Regex;

use super::pattern::patterns;
use super::regions;
use super::view::View;

/// Where the task ran, as far as the message says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) service: Option<String>,
    pub(super) task: Option<String>,
    pub(super) task_definition: Option<String>,
}

patterns! {
    ECS_ARN = r"arn:aws[a-z-]*:ecs:([a-z0-9-]+):(\d{12}):([a-z-]+)/([A-Za-z0-9_:/-]+)(…|\.\.\.)?";
    /// Other services' ARNs that stand for the account the alarm lives in.
    OTHER_ARN = r"arn:aws[a-z-]*:(?:cloudwatch|sns|events|logs):([a-z0-9-]+):(\d{12}):";
    CONSOLE_CLUSTER = r"/clusters/([A-Za-z0-9_-]+)";
    CONSOLE_SERVICE = r"/clusters/[A-Za-z0-9_-]+/services/([A-Za-z0-9_-]+)";
    CONSOLE_TASK = r"/tasks/([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[^0-9a-f]|$)";
    CONSOLE_REGION = r"(?:[?&#]region=|//)((?:[a-z]{2,4}-)(?:[a-z]+-)?[a-z]+-\d)(?:[^a-z0-9]|$)";
    /// `task/CLUSTER/ID`, `service/CLUSTER/NAME`: ARNs whose front was left out.
    SHORT_TASK = r"(?:^|[^a-z:/-])task/([A-Za-z0-9_-]+)/([0-9a-f]{32})(?:[^0-9a-f]|$)";
    SHORT_SERVICE = r"(?:^|[^a-z:/-])service/([A-Za-z0-9_-]+)/([A-Za-z0-9_-]+)";
    CLUSTER_LABEL = r#"(?i)(?:^|[^a-z0-9])(?:aws[._])?(?:ecs[ ._-]?)?cluster(?:[ ._-]?(?:name|arn))?["'\]]?\s*(?:[:=]|\t)\s*["'\[]?([A-Za-z0-9_-]+)(?:[^A-Za-z0-9_:/-]|$)"#;
    SERVICE_LABEL = r#"(?i)(?:^|[^a-z0-9])(?:aws[._])?(?:ecs[ ._-]?)?service(?:[ ._-]?(?:name|arn))?["'\]]?\s*(?:[:=]|\t)\s*["'\[]?(?:service:)?([A-Za-z0-9_-]+)(?:[^A-Za-z0-9_:/-]|$)"#;
    GROUP = r"(?:^|[^a-z0-9])service:([A-Za-z0-9_-]+)";
    CLUSTER_PROSE = r#"(?i)\b(?:in|on|of|for|ecs)\s+(?:the\s+)?(?:ecs\s+)?cluster\s+["']?([A-Za-z0-9_-]+)|\bcluster\s+["']([A-Za-z0-9_-]+)["']"#;
    /// Bold and code tell a name from a word.
    CLUSTER_MARKED = r"(?i)\bcluster[ :]{1,2}[`*]{1,3}([A-Za-z0-9_-]+)[`*]";
    SERVICE_MARKED = r"(?i)\bservice[ :]{1,2}[`*]{1,3}(?:service:)?([A-Za-z0-9_-]+)[`*]";
    /// A title that is nothing but `cluster / service`.
    TITLE_PAIR = r"^([A-Za-z0-9_-]+) / ([A-Za-z0-9_-]+)$";
    SERVICE_PROSE = r#"(?i)\(service ([A-Za-z0-9_-]+)[,)]|\bservice\s+["']?([A-Za-z0-9_-]+)["']?,?\s+(?:in|on|of)\s+(?:the\s+)?(?:ecs\s+)?cluster|cluster [A-Za-z0-9_-]+,? (?:and )?service\s+["']?([A-Za-z0-9_-]+)|\bfor ([A-Za-z0-9_-]+) in (?:ecs )?cluster|\bservice\s+["']([A-Za-z0-9_-]+)["']"#;
    ACCOUNT_LABEL = r#"(?i)(?:^|[^a-z0-9])(?:aws|cloud|owner|recipient)?[ ._-]?account(?:[ ._-]?(?:id|number|no))?["'\]]?\s*(?:[:=]|\t)\s*["'\[(]?(\d{4}-\d{4}-\d{4}|\d{12})(?:\D|$)"#;
    ACCOUNT_AUTHOR = r"\((\d{12})\)$";
    REGION_LABEL = r#"(?i)(?:^|[^a-z0-9])(?:aws|cloud)?[ ._-]?region(?:[ ._-]?(?:name|id))?["'\]]?\s*(?:[:=]|\t)\s*["'\[]?([a-z]{2,4}-[a-z-]+-\d)(?:[^a-z0-9-]|$)"#;
    TASK_LABEL = r#"(?i)(?:^|[^a-z0-9])task(?:[ ._-]?(?:id|arn))?["'\]]?\s*(?:[:=]|\t|\s)\s*["'\[]?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[^0-9a-f]|$)"#;
    DEFINITION_LABEL = r#"(?i)task[ ._-]?def(?:inition)?(?:[ ._-]?(?:arn|name))?["'\]]?\s*(?:[:=]|\t)\s*["'\[]?([A-Za-z0-9_-]+:\d+)(?:[^A-Za-z0-9_:]|$)"#;
}

/// Reads the place out of a message. `labels_services` is false for senders whose "Service" is something else.
pub(super) fn place(view: &View, labels_services: bool) -> Place {
    let text = view.text();
    let links = view.links.join("\n");
    let mut place = Place::default();
    arns(&text, &mut place);
    console(&links, &mut place);
    labels(view, &text, labels_services, &mut place);
    prose(&text, &view.styled.join("\n"), &mut place);
    titles(view, &mut place);
    elsewhere(view, &text, &links, &mut place);
    place
}

/// ECS's own ARNs.
fn arns(text: &str, place: &mut Place) {
    for found in ECS_ARN.captures_iter(text) {
        let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
        fill(&mut place.region, part(1));
        fill(&mut place.account, part(2));
        let resource = part(4).trim_end_matches([':', '/', '-']);
        let (first, rest) = resource
            .split_once('/')
            .map_or((None, resource), |(first, rest)| (Some(first), rest));
        if part(3) != "task-definition" && part(3) != "capacity-provider" {
            place.cluster = place.cluster.take().or_else(|| first.map(str::to_owned));
        }
        let is_cut = found.get(5).is_some();
        let arn = || {
            found
                .get(0)
                .map_or("", |whole| whole.as_str())
                .trim_end_matches([':', '/', '-'])
                .to_owned()
        };
        match part(3) {
            "cluster" if !is_cut => fill(&mut place.cluster, rest),
            "service" if !is_cut => fill(&mut place.service, rest),
            // A task ARN that was cut names no task.
            "task" if !is_cut && rest.len() >= 32 => place.task = place.task.take().or_else(|| Some(arn())),
            "task-definition" if !is_cut && rest.contains(':') => {
                place.task_definition = place.task_definition.take().or_else(|| Some(arn()));
            }
            _ => {}
        }
    }
}

/// Links into the console.
fn console(links: &str, place: &mut Place) {
    let read = |pattern: &Regex, slot: &mut Option<String>| {
        if let Some(found) = pattern.captures(links).and_then(|found| found.get(1)) {
            fill(slot, found.as_str());
        }
    };
    read(&CONSOLE_CLUSTER, &mut place.cluster);
    read(&CONSOLE_SERVICE, &mut place.service);
    read(&CONSOLE_TASK, &mut place.task);
    read(&CONSOLE_REGION, &mut place.region);
}

/// `key: value`, `key=value`, tags and groups.
fn labels(view: &View, text: &str, labels_services: bool, place: &mut Place) {
    let read = |pattern: &Regex, slot: &mut Option<String>| {
        for line in &view.lines {
            let value = pattern
                .captures(line)
                .and_then(|found| found.iter().skip(1).flatten().last());
            if let Some(value) = value.filter(|value| is_name(value.as_str())) {
                fill(slot, value.as_str());
                return;
            }
        }
    };
    if let Some(found) = SHORT_TASK.captures(text) {
        fill(&mut place.cluster, found.get(1).map_or("", |part| part.as_str()));
        fill(&mut place.task, found.get(2).map_or("", |part| part.as_str()));
    }
    if let Some(found) = SHORT_SERVICE.captures(text) {
        fill(&mut place.cluster, found.get(1).map_or("", |part| part.as_str()));
        fill(&mut place.service, found.get(2).map_or("", |part| part.as_str()));
    }
    read(&CLUSTER_LABEL, &mut place.cluster);
    read(&GROUP, &mut place.service);
    if labels_services {
        read(&SERVICE_LABEL, &mut place.service);
    } else {
        // The sender's own label starts its line with a capital; what the alarm carries is written as its author wrote it.
        let carried = view
            .lines
            .iter()
            .filter(|line| !line.trim_start().starts_with("Service"));
        let value = carried
            .filter_map(|line| SERVICE_LABEL.captures(line)?.get(1))
            .find(|value| is_name(value.as_str()));
        fill(&mut place.service, value.map_or("", |value| value.as_str()));
    }
    read(&TASK_LABEL, &mut place.task);
    read(&DEFINITION_LABEL, &mut place.task_definition);
    read(&REGION_LABEL, &mut place.region);
    let mut account = None;
    read(&ACCOUNT_LABEL, &mut account);
    fill(&mut place.account, &account.unwrap_or_default().replace('-', ""));
}

/// Sentences: "service NAME in cluster NAME".
fn prose(text: &str, styled: &str, place: &mut Place) {
    let read = |pattern: &Regex, text: &str, slot: &mut Option<String>| {
        let values = pattern
            .captures_iter(text)
            .filter_map(|found| found.iter().skip(1).flatten().next());
        if let Some(value) = values
            .map(|value| value.as_str().to_owned())
            .find(|value| is_name(value))
        {
            fill(slot, &value);
        }
    };
    read(&CLUSTER_MARKED, styled, &mut place.cluster);
    read(&CLUSTER_PROSE, text, &mut place.cluster);
    read(&SERVICE_PROSE, text, &mut place.service);
    if place.cluster.is_some() {
        // Alone, "service" in bold is anybody's.
        read(&SERVICE_MARKED, styled, &mut place.service);
    }
}

/// A title that names both and nothing else.
fn titles(view: &View, place: &mut Place) {
    if place.cluster.is_some() || place.service.is_some() {
        return;
    }
    if let Some(found) = view.heads.iter().find_map(|head| TITLE_PAIR.captures(head)) {
        fill(&mut place.cluster, found.get(1).map_or("", |part| part.as_str()));
        fill(&mut place.service, found.get(2).map_or("", |part| part.as_str()));
    }
}

/// Account and region of the alarm itself, where nothing of ECS gave them.
fn elsewhere(view: &View, text: &str, links: &str, place: &mut Place) {
    for source in [text, links] {
        if let Some(found) = OTHER_ARN.captures(source) {
            fill(&mut place.region, found.get(1).map_or("", |part| part.as_str()));
            fill(&mut place.account, found.get(2).map_or("", |part| part.as_str()));
        }
    }
    let author = view
        .names
        .iter()
        .find_map(|name| ACCOUNT_AUTHOR.captures(name)?.get(1));
    fill(&mut place.account, author.map_or("", |account| account.as_str()));
    place.region = place
        .region
        .take()
        .or_else(|| regions::id(text))
        .or_else(|| regions::display(text));
}

/// First come, first kept; what is empty says nothing.
fn fill(slot: &mut Option<String>, value: &str) {
    if slot.is_none() && !value.is_empty() {
        *slot = Some(value.to_owned());
    }
}

/// Words that stand where a name could: a label without a value, or prose.
fn is_name(value: &str) -> bool {
    !matches!(
        value.to_ascii_lowercase().as_str(),
        "null"
            | "none"
            | "unknown"
            | "n"
            | "service"
            | "cluster"
            | "arn"
            | "the"
            | "is"
            | "and"
            | "was"
            | "has"
            | "in"
            | "https"
            | "http"
            | "with"
            | "to"
            | "name"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Place, View, place};

    fn read(text: &str) -> Place {
        place(&View::new(&json!({ "text": text })), true)
    }

    #[test]
    fn an_arn_says_everything() {
        let found = read(
            "Task: arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef stopped",
        );
        assert_eq!(found.cluster.as_deref(), Some("shop"));
        assert_eq!(found.account.as_deref(), Some("111122223333"));
        assert_eq!(found.region.as_deref(), Some("eu-west-1"));
        assert_eq!(
            found.task.as_deref(),
            Some("arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef")
        );
    }

    #[test]
    fn a_cut_arn_names_no_task() {
        let found = read("arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789ab…");
        assert_eq!((found.cluster.as_deref(), found.task), (Some("shop"), None));
    }

    #[test]
    fn labels_in_many_forms() {
        for text in [
            "cluster=`shop` service=`cart`",
            "*Cluster:* shop *Service:* cart",
            "ClusterName=shop ServiceName=cart",
            "[ClusterName = shop] [ServiceName = cart]",
            "High load on clustername:shop,servicename:cart",
            "aws.ecs.clusterName: shop | aws.ecs.serviceName: cart",
            "service cart in cluster shop did not stabilise",
            "cluster `shop`, service `cart`",
            "Cluster\tshop\n\tgroup\tservice:cart",
            "task failed for cart in cluster shop",
        ] {
            let found = read(text);
            assert_eq!(
                (found.cluster.as_deref(), found.service.as_deref()),
                (Some("shop"), Some("cart")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_registry_says_nothing_about_the_task() {
        assert_eq!(
            read("failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/cart:1: not found"),
            Place::default()
        );
    }
}
