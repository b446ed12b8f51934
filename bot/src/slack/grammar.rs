//! What can be typed after the slash command. Knows nothing of Slack but how it writes special characters.

use std::time::Duration;

use collect::{AskError, PreflightAsk};

use crate::settings::duration;
use crate::work::{Ask, Preflight};

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
    /// The names are not a cluster and something in it.
    Names(AskError),
    /// What stands behind `preflight` is not a cluster and a task definition.
    PreflightNames(AskError),
    /// An option that goes with `preflight` only.
    PreflightOnly(&'static str),
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
const OPTIONS: [&str; 4] = ["--region", "--account", "--window", SERVICE];
/// The one that goes with [`PREFLIGHT`] only.
const SERVICE: &str = "--service";
/// The word before a question about a task that is to be started.
const PREFLIGHT: &str = "preflight";

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
    let mut values: [Option<String>; 4] = [const { None }; 4];
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
    let [region, account, window, service] = values;
    let ahead = names.first().is_some_and(|word| word == PREFLIGHT);
    let ask = match (ahead, service) {
        (true, service) => preflight(names.split_off(1), service)?,
        (false, Some(_)) => return Err(Mistake::PreflightOnly(SERVICE)),
        (false, None) => named(names)?,
    };
    Ok(Typed::Ask(Ask {
        region: region.map(checked_region).transpose()?.or(ask.region),
        account: account.or(ask.account),
        window_seconds: window.map(|text| checked_window(&text)).transpose()?,
        ..ask
    }))
}

/// `prod/payments`, as the bot itself calls it, is two names.
fn apart(names: Vec<String>) -> Vec<String> {
    match names.as_slice() {
        [one] if !one.starts_with("arn:") && !one.contains("://") => match one.split_once('/') {
            Some((cluster, task)) if !task.contains('/') => vec![cluster.to_owned(), task.to_owned()],
            _ => names,
        },
        _ => names,
    }
}

/// What the names behind `preflight` say.
fn preflight(names: Vec<String>, service: Option<String>) -> Result<Ask, Mistake> {
    let read = PreflightAsk::parse(&apart(names)).map_err(Mistake::PreflightNames)?;
    Ok(Ask {
        cluster: Some(read.cluster),
        task: read.asked,
        region: read.region,
        account: read.account,
        window_seconds: None,
        preflight: Some(Preflight { service }),
    })
}

/// What the names say, and nothing else.
fn named(names: Vec<String>) -> Result<Ask, Mistake> {
    let read = collect::Ask::parse(&apart(names)).map_err(Mistake::Names)?;
    Ok(Ask {
        cluster: Some(read.cluster),
        task: read.asked,
        region: read.region,
        account: read.account,
        window_seconds: None,
        preflight: None,
    })
}

fn checked_region(text: String) -> Result<String, Mistake> {
    if collect::valid_region(&text) {
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

    fn ask(cluster: &str, task: &str) -> Ask {
        Ask {
            cluster: Some(cluster.to_owned()),
            task: task.to_owned(),
            region: None,
            account: None,
            window_seconds: None,
            preflight: None,
        }
    }

    #[test]
    fn questions_about_what_is_to_be_started() {
        let ahead = |task: &str, service: Option<&str>| Ask {
            preflight: Some(Preflight {
                service: service.map(str::to_owned),
            }),
            ..ask("prod", task)
        };
        let arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/payments:42";
        for (typed, expected) in [
            ("preflight prod payments", ahead("payments", None)),
            ("preflight prod/payments:42", ahead("payments:42", None)),
            (
                "preflight prod payments:42 --service checkout",
                ahead("payments:42", Some("checkout")),
            ),
            (
                "--service=checkout preflight prod payments:42",
                ahead("payments:42", Some("checkout")),
            ),
            (
                &format!("preflight prod {arn}"),
                Ask {
                    region: Some("eu-west-1".to_owned()),
                    account: Some("111122223333".to_owned()),
                    ..ahead(arn, None)
                },
            ),
        ] {
            assert_eq!(parse(typed), Ok(Typed::Ask(expected)), "{typed}");
        }
        for typed in [
            "preflight",
            "preflight prod",
            "preflight prod payments:x",
            "preflight prod payments now",
            "preflight prod arn:aws:ecs:eu-west-1:111122223333:service/prod/payments",
        ] {
            assert!(matches!(parse(typed), Err(Mistake::PreflightNames(_))), "{typed}");
        }
        assert_eq!(
            parse("prod payments --service checkout"),
            Err(Mistake::PreflightOnly("--service"))
        );
        // A cluster of that name is asked about as the bot calls things.
        assert_eq!(
            parse("preflight/payments"),
            Ok(Typed::Ask(ask("preflight", "payments")))
        );
    }

    #[test]
    fn questions() {
        let task = "arn:aws:ecs:eu-west-1:111122223333:task/prod/8f2c0000000000000000000000000000";
        let url = "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/payments?region=eu-west-1";
        let here = |ask: Ask, account: Option<&str>| Ask {
            region: Some("eu-west-1".to_owned()),
            account: account.map(str::to_owned),
            ..ask
        };
        let full = Ask {
            region: Some("us-east-1".to_owned()),
            account: Some("shop-prod".to_owned()),
            window_seconds: Some(86_400),
            ..ask("prod", "payments")
        };
        for (typed, expected) in [
            ("prod payments", ask("prod", "payments")),
            ("  prod\u{a0}\tpayments\n", ask("prod", "payments")),
            ("prod payments:42", ask("prod", "payments:42")),
            ("prod/payments", ask("prod", "payments")),
            ("`prod` “payments”", ask("prod", "payments")),
            ("'prod' ‘payments’", ask("prod", "payments")),
            (task, here(ask("prod", task), Some("111122223333"))),
            (url, here(ask("prod", url), None)),
            (&format!("<{url}>"), here(ask("prod", url), None)),
            (&format!("<{url}|the service>"), here(ask("prod", url), None)),
            (
                &format!("<{url}&amp;x=1>"),
                here(ask("prod", &format!("{url}&x=1")), None),
            ),
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
    fn what_slack_made_a_link_of_was_a_name() {
        assert_eq!(
            words("<http://payments.api|payments.api> <https://a.b/c|there>"),
            ["payments.api", "https://a.b/c"]
        );
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

    #[test]
    fn names_that_are_no_question() {
        for typed in [
            "prod",
            "/payments",
            "--region eu-west-1",
            "prod payments now please",
            "prod pay*",
            "prod a&lt;b",
        ] {
            assert!(matches!(parse(typed), Err(Mistake::Names(_))), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_panics(typed in "\\PC{0,200}") {
            let _ = parse(&typed);
        }

        #[test]
        fn names_come_through_unchanged(cluster in "[a-z][a-z0-9_-]{0,20}", task in "[a-z][a-z0-9_-]{0,20}(:[1-9][0-9]{0,3})?") {
            prop_assume!(cluster != "help" && cluster != PREFLIGHT);
            let typed = format!("{cluster} {task}");
            prop_assert_eq!(parse(&typed), Ok(Typed::Ask(ask(&cluster, &task))));
        }
    }
}
