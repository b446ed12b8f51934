//! What can be typed after the slash command. Knows nothing of Slack but how it writes special characters.

use std::time::Duration;

use crate::settings::duration;
use crate::work::Ask;

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// `help`, or nothing.
    Help,
    /// A question.
    Ask(Ask),
}

/// Why what was typed is no question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// One name, where a cluster and a task are needed.
    OneName(String),
    /// Options and no name.
    NoName,
    /// More than two names.
    TooMany(Vec<String>),
    /// A name that ECS allows nowhere.
    NoSuchName(String),
    /// An option that does not exist.
    UnknownOption(String),
    /// An option without a value.
    NoValue(&'static str),
    /// An option given twice.
    Twice(&'static str),
    /// A region that is none.
    Region(String),
    /// A span of time that is none, or longer than [`LONGEST_WINDOW`].
    Window(String),
    /// More text than any question needs.
    TooLong,
}

/// CloudTrail's event history ends there.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
pub const LONGEST_WINDOW: Duration = Duration::from_hours(90 * 24);

/// A console URL with all its parameters stays far below.
const LONGEST: usize = 4_000;

/// Options, and how each is written.
const OPTIONS: [&str; 3] = ["--region", "--account", "--window"];

/// Reads what was typed after the command.
pub fn parse(text: &str) -> Result<Typed, Mistake> {
    if text.len() > LONGEST {
        return Err(Mistake::TooLong);
    }
    let words = words(text);
    if words.is_empty()
        || words
            .iter()
            .all(|word| matches!(word.as_str(), "help" | "--help" | "-h" | "?"))
    {
        return Ok(Typed::Help);
    }
    let mut names = Vec::new();
    let mut values: [Option<String>; 3] = [None, None, None];
    let mut rest = words.into_iter();
    while let Some(word) = rest.next() {
        let Some(option) = as_option(&word) else {
            names.push(word);
            continue;
        };
        let (name, given) = match option.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (option, None),
        };
        let (known, slot) = OPTIONS
            .iter()
            .zip(values.iter_mut())
            .find(|(known, _)| **known == name)
            .ok_or(Mistake::UnknownOption(name))?;
        let value = given
            .or_else(|| rest.next())
            .filter(|value| !value.is_empty() && as_option(value).is_none());
        if slot.replace(value.ok_or(Mistake::NoValue(known))?).is_some() {
            return Err(Mistake::Twice(known));
        }
    }
    let (cluster, task) = named(names)?;
    let [region, account, window] = values;
    Ok(Typed::Ask(Ask {
        cluster,
        task,
        region: region.map(checked_region).transpose()?,
        account,
        window_seconds: window.map(|text| checked_window(&text)).transpose()?,
    }))
}

/// Cluster and task; the cluster is in the task's place where one argument says both.
fn named(names: Vec<String>) -> Result<(Option<String>, String), Mistake> {
    if let Some(wrong) = names.iter().find(|name| !possible(name)) {
        return Err(Mistake::NoSuchName(wrong.clone()));
    }
    let mut names = names.into_iter();
    match (names.next(), names.next(), names.next()) {
        (None, ..) => Err(Mistake::NoName),
        (Some(one), None, _) if one.starts_with("arn:") || one.starts_with("https://") => Ok((None, one)),
        // `prod/payments`, as the bot itself calls it.
        (Some(one), None, _) => match one.split_once('/') {
            Some((cluster, task)) if !cluster.is_empty() && !task.is_empty() => {
                Ok((Some(cluster.to_owned()), task.to_owned()))
            }
            _ => Err(Mistake::OneName(one)),
        },
        (Some(cluster), Some(task), None) => Ok((Some(cluster), task)),
        (Some(first), Some(second), Some(third)) => Err(Mistake::TooMany(
            [first, second, third].into_iter().chain(names).collect(),
        )),
    }
}

/// Names of clusters, services and families have letters, digits, hyphens and underscores; ids, ARNs, revisions and
/// URLs some more.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html>
fn possible(name: &str) -> bool {
    name.starts_with("https://") && !name.contains(char::is_control)
        || name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | '.'))
}

fn checked_region(text: String) -> Result<String, Mistake> {
    if crate::settings::is_region(&text) {
        Ok(text)
    } else {
        Err(Mistake::Region(text))
    }
}

fn checked_window(text: &str) -> Result<u64, Mistake> {
    duration(text)
        .filter(|window| *window <= LONGEST_WINDOW)
        .map(|window| window.as_secs())
        .ok_or_else(|| Mistake::Window(text.to_owned()))
}

/// The word as an option; keyboards that correct two hyphens to a dash are forgiven.
fn as_option(word: &str) -> Option<String> {
    if word.starts_with("--") {
        return Some(word.to_owned());
    }
    word.strip_prefix(['—', '–'])
        .map(|name| format!("--{}", name.trim_start_matches('-')))
}

/// Splits at spaces outside quotes, straight, curly or backticks; undoes Slack's way of writing links and `& < >`.
/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»' => quoted = !quoted,
            '<' => {
                // A `<` of the person's own arrives as `&lt;`.
                let inner: String = characters.by_ref().take_while(|c| *c != '>').collect();
                word.push_str(&link(&inner));
            }
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(unescaped(&std::mem::take(&mut word)));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(unescaped(&word));
    }
    words
        .into_iter()
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// What was typed where Slack made a link of it: `<http://payments.api|payments.api>` was a name.
fn link(inner: &str) -> String {
    let Some((url, label)) = inner.split_once('|') else {
        return inner.to_owned();
    };
    let bare = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("mailto:"))
        .unwrap_or(url);
    if bare.trim_end_matches('/') == label.trim_end_matches('/') {
        label.to_owned()
    } else {
        url.to_owned()
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ask(cluster: Option<&str>, task: &str) -> Ask {
        Ask {
            cluster: cluster.map(str::to_owned),
            task: task.to_owned(),
            region: None,
            account: None,
            window_seconds: None,
        }
    }

    #[test]
    fn questions() {
        let arn = "arn:aws:ecs:eu-west-1:111122223333:task/prod/8f2c0000000000000000000000000000";
        let url = "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/payments?region=eu-west-1";
        let full = Ask {
            region: Some("us-east-1".to_owned()),
            account: Some("shop-prod".to_owned()),
            window_seconds: Some(86_400),
            ..ask(Some("prod"), "payments")
        };
        for (typed, expected) in [
            ("prod payments", ask(Some("prod"), "payments")),
            ("  prod\u{a0}\tpayments\n", ask(Some("prod"), "payments")),
            ("prod payments:42", ask(Some("prod"), "payments:42")),
            ("prod/payments", ask(Some("prod"), "payments")),
            ("`prod` “payments”", ask(Some("prod"), "payments")),
            ("'prod' ‘payments’", ask(Some("prod"), "payments")),
            (
                "prod <http://payments.api|payments.api>",
                ask(Some("prod"), "payments.api"),
            ),
            (arn, ask(None, arn)),
            (url, ask(None, url)),
            (&format!("<{url}>"), ask(None, url)),
            (&format!("<{url}|the service>"), ask(None, url)),
            (&format!("<{url}&amp;x=1>"), ask(None, &format!("{url}&x=1"))),
            (
                "prod payments --region us-east-1 --account shop-prod --window 24h",
                full.clone(),
            ),
            (
                "--window=1d prod --account=shop-prod payments —region us-east-1",
                full.clone(),
            ),
            (
                "prod payments –-region=us-east-1 --account \"shop-prod\" --window '24 h'",
                full,
            ),
        ] {
            assert_eq!(parse(typed), Ok(Typed::Ask(expected)), "{typed}");
        }
    }

    #[test]
    fn help() {
        for typed in ["", "   ", "help", "--help", "-h", "?", "`help`"] {
            assert_eq!(parse(typed), Ok(Typed::Help), "{typed:?}");
        }
    }

    #[test]
    fn mistakes() {
        let some = str::to_owned;
        for (typed, expected) in [
            ("prod", Mistake::OneName(some("prod"))),
            ("/payments", Mistake::OneName(some("/payments"))),
            ("--region eu-west-1", Mistake::NoName),
            (
                "prod payments now please",
                Mistake::TooMany(["prod", "payments", "now", "please"].map(some).to_vec()),
            ),
            ("prod pay*", Mistake::NoSuchName(some("pay*"))),
            ("prod &lt;script&gt;", Mistake::NoSuchName(some("<script>"))),
            (
                "prod payments --regoin eu-west-1",
                Mistake::UnknownOption(some("--regoin")),
            ),
            ("prod payments --region", Mistake::NoValue("--region")),
            ("prod payments --region --account x", Mistake::NoValue("--region")),
            ("prod payments --region=", Mistake::NoValue("--region")),
            (
                "prod payments --region eu-west-1 --region eu-west-2",
                Mistake::Twice("--region"),
            ),
            ("prod payments --region Ireland", Mistake::Region(some("Ireland"))),
            ("prod payments --window soon", Mistake::Window(some("soon"))),
            ("prod payments --window 91d", Mistake::Window(some("91d"))),
            (&"x".repeat(5_000), Mistake::TooLong),
        ] {
            assert_eq!(parse(typed), Err(expected), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_panics(typed in "\\PC{0,200}") {
            let _ = parse(&typed);
        }

        #[test]
        fn names_come_through_unchanged(cluster in "[a-z][a-z0-9_-]{0,20}", task in "[a-z][a-z0-9_-]{0,20}(:[0-9]{1,4})?") {
            prop_assume!(cluster != "help");
            let typed = format!("{cluster} {task}");
            prop_assert_eq!(parse(&typed), Ok(Typed::Ask(ask(Some(&cluster), &task))));
        }
    }
}
