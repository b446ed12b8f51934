//! Sentences for people, one function each. What a report or a remedy looks like is in `render`.

use collect::AskError;

use crate::jobs::JobsError;
use crate::settings::AccountRefused;
use crate::work::{Ask, Lacking};

use super::grammar::Mistake;
use super::render::{Line, Message};

/// What can be typed.
pub fn help(command: &str) -> Message {
    let example = |typed: &str, means: &str| {
        Line::new()
            .code(format!("{command} {typed}"))
            .text(format!("  {means}"))
    };
    Message::new(format!(
        "{command} CLUSTER TASK says why an image cannot be pulled"
    ))
    .lines(vec![Line::new().code(format!("{command} CLUSTER TASK")).text(
        " says why Amazon ECS cannot pull an image: the cause, what proves it, and buttons that fix it.",
    )])
    .list(
        "TASK is a service, a task id or ARN, or a task definition",
        Vec::new(),
        vec![
            example("prod payments", "a service"),
            example("prod payments:42", "a revision of a task definition"),
            example(
                "arn:aws:ecs:…:task/prod/8f2c…",
                "an ARN or a console URL is enough by itself",
            ),
        ],
        3,
    )
    .list(
        "Before a deployment: would it pull its images?",
        Vec::new(),
        vec![
            example(
                "preflight prod payments:42",
                "a task definition, with its service's network",
            ),
            example(
                "preflight prod payments --service checkout",
                "with another service's",
            ),
        ],
        2,
    )
    .list(
        "Options",
        Vec::new(),
        vec![
            Line::new()
                .code("--region eu-west-1")
                .text("  where it is not the default"),
            Line::new().code("--account shop-prod").text("  alias or number"),
            Line::new()
                .code("--window 48h")
                .text("  how far back to look for changes (24h)"),
        ],
        3,
    )
}

/// Why what was typed is no question, with an example.
pub fn mistake(mistake: &Mistake, command: &str) -> Message {
    let line = Line::new();
    let line = match mistake {
        Mistake::PreflightNames(
            AskError::Nothing | AskError::OneWord { .. } | AskError::ClusterOnly { .. },
        ) => line.text("A preflight takes a cluster and a task definition."),
        Mistake::Names(error) | Mistake::PreflightNames(error) => {
            line.text(capital(&error.to_string())).text(".")
        }
        Mistake::PreflightOnly(option) => line
            .code(*option)
            .text(" goes with preflight only: it names the service whose network counts."),
        Mistake::UnknownOption(option) => line
            .code(option)
            .text(" is no option; there are --region, --account and --window, and --service for preflight."),
        Mistake::NoValue(option) => line.code(*option).text(" needs a value."),
        Mistake::Twice(option) => line.code(*option).text(" is there twice: give it once."),
        Mistake::Region(text) => line
            .code(text)
            .text(" is no region; regions look like eu-west-1."),
        Mistake::Window(text) => line
            .code(text)
            .text(" is no span of time up to 90 days; write 6h, 48h or 7d."),
        Mistake::TooLong => line.text("That is more text than a question needs."),
    };
    let example = match mistake {
        Mistake::Region(_) => format!("{command} prod payments --region eu-west-1"),
        Mistake::Window(_) => format!("{command} prod payments --window 48h"),
        Mistake::PreflightNames(_) => format!("{command} preflight prod payments:42"),
        Mistake::PreflightOnly(_) => format!("{command} preflight prod payments:42 --service payments"),
        _ => format!("{command} prod payments"),
    };
    Message::of(vec![line, Line::new().text("For example: ").code(example)])
}

/// The question is about an account that this channel may not ask about, or that nobody named.
pub fn account_refused(refused: &AccountRefused, command: &str) -> Message {
    let mut lines = vec![Line::new().text(capital(&refused.to_string())).text(".")];
    if let AccountRefused::Ambiguous { known } = refused {
        let alias = known.first().map_or("ALIAS", String::as_str);
        lines.push(
            Line::new()
                .text("For example: ")
                .code(format!("{command} prod payments --account {alias}")),
        );
    }
    Message::of(lines)
}

/// The question was taken.
pub fn accepted(ask: &Ask) -> Message {
    let line = match ask.preflight {
        Some(_) => Line::new()
            .text("Checking whether ")
            .code(ask.name())
            .text(" would pull its images."),
        None => Line::new().text("Looking into ").code(ask.name()).text("."),
    };
    Message::of(vec![line.text(" The answer comes in this channel.")])
}

/// The same question is being answered already.
pub fn already_asked(ask: &Ask) -> Message {
    Message::of(vec![
        Line::new()
            .code(ask.name())
            .text(" is being looked into already; that answer is yours as well."),
    ])
}

/// The question could not be taken. Nothing of it is kept.
pub fn not_accepted(error: &JobsError) -> Message {
    let (what, then) = match error {
        JobsError::QueueFull { .. } => (
            "too many questions are waiting",
            "Try again in a minute; whoever runs the bot can add workers.",
        ),
        JobsError::OutOfMemory { .. } => (
            "its Redis is out of memory",
            "Tell whoever runs the bot: `ecs-pull-why doctor` says what to set.",
        ),
        JobsError::RedisUnavailable { .. } => (
            "its Redis does not answer",
            "Try again in a minute. If it stays so, tell whoever runs the bot: `ecs-pull-why doctor` says more.",
        ),
        _ => (
            "its Redis refused",
            "Tell whoever runs the bot: `ecs-pull-why doctor` says more.",
        ),
    };
    Message::of(vec![Line::new().text(format!(
        "The bot could not take this: {what}. Nothing was started. {then}"
    ))])
}

/// What an alarm leaves out.
pub fn incomplete(lacking: Lacking, command: &str) -> Message {
    let what = match lacking {
        Lacking::Cluster => "names no cluster",
        Lacking::Task => "names no service, task or task definition",
    };
    Message::of(vec![
        Line::new()
            .text(format!("This alarm {what}, so it cannot be looked into by itself. Add it to the alarm's text, or ask: "))
            .code(format!("{command} CLUSTER SERVICE")),
    ])
}

/// The diagnosis could not be made at all.
pub fn no_diagnosis(target: &str, why: &str) -> Message {
    Message::of(vec![
        Line::new()
            .text("⚪ ")
            .bold(format!("{target} could not be looked into"))
            .text(": ")
            .text(why)
            .text("."),
    ])
}

/// The job failed for good.
pub fn gave_up(target: &str, attempts: u32, why: &str) -> Message {
    Message::of(vec![
        Line::new()
            .text("⚪ ")
            .bold(format!("{target} could not be looked into"))
            .text(format!(": gave up after {attempts} attempts. The last one: "))
            .text(why)
            .text(". Ask again; whoever runs the bot finds the job among the dead letters."),
    ])
}

/// A press failed for good.
pub fn press_gave_up(attempts: u32, why: &str) -> Message {
    Message::of(vec![
        Line::new()
            .text(format!(
                "The button could not be answered: gave up after {attempts} attempts. The last one: "
            ))
            .text(why)
            .text("."),
    ])
}

/// Why the answer comes in private.
pub fn not_a_member(bot: Option<&str>) -> Line {
    let line = Line::new().text(
        "Only you see this: the bot is not in this channel. To have answers, threads and buttons here: ",
    );
    match bot {
        Some(bot) => line.code("/invite").text(" ").user(bot),
        None => line.code("/invite @ecs-pull-why"),
    }
}

/// One of many alarms about the same thing.
pub fn same_as(permalink: Option<&str>, headline: &str) -> Message {
    Message::of(vec![
        Line::new()
            .text("Same as ")
            .then(
                "",
                match permalink {
                    Some(permalink) => Line::new().link("this thread", Some(permalink)),
                    None => Line::new().text("another alarm of the last minutes"),
                },
            )
            .text(": ")
            .text(headline),
    ])
}

/// What was behind a button is gone.
pub fn expired() -> Message {
    Message::of(vec![Line::new().text(
        "This message is too old for its buttons: what they refer to is kept for a day. Ask again.",
    )])
}

/// No part of this product answers that button yet.
pub fn no_such_button() -> Message {
    Message::of(vec![Line::new().text(
        "This button is of another version of the bot. Ask again to get a fresh one.",
    )])
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::grammar::{Typed, parse};
    use super::super::render::testing::{faults, json, read};
    use super::*;

    #[test]
    fn every_mistake_comes_with_an_example() {
        let said = |typed: &str| read(mistake(&parse(typed).unwrap_err(), "/ecs-pull-why"));
        assert_snapshot!(said("prod"), @r"
            `prod` alone is not enough; name the cluster and the task, for example `prod prod`, or paste an ARN or a console URL.
            For example: `/ecs-pull-why prod payments`
            ");
        assert_snapshot!(said("a b c d"), @r"
            `c` is one word too many; name the cluster and the task only, for example `prod payments`.
            For example: `/ecs-pull-why prod payments`
            ");
        assert_snapshot!(said("prod pay*"), @r"
            `pay*` cannot be a name in ECS: names are made of letters, digits, `-` and `_`.
            For example: `/ecs-pull-why prod payments`
            ");
        assert_snapshot!(said("prod payments --regoin x"), @r"
            `--regoin` is no option; there are --region, --account and --window, and --service for preflight.
            For example: `/ecs-pull-why prod payments`
            ");
        assert_snapshot!(said("prod payments --region Ireland"), @r"
            `Ireland` is no region; regions look like eu-west-1.
            For example: `/ecs-pull-why prod payments --region eu-west-1`
            ");
        assert_snapshot!(said("prod payments --window 91d"), @r"
            `91d` is no span of time up to 90 days; write 6h, 48h or 7d.
            For example: `/ecs-pull-why prod payments --window 48h`
            ");
        assert_snapshot!(said("--region eu-west-1"), @r"
            Nothing to look at was named; name a cluster and a service, task or task definition, for example `prod payments`.
            For example: `/ecs-pull-why prod payments`
            ");
        assert_snapshot!(said("preflight prod"), @r"
            A preflight takes a cluster and a task definition.
            For example: `/ecs-pull-why preflight prod payments:42`
            ");
        assert_snapshot!(said("preflight prod payments:x"), @r"
            `payments:x` does not end in a revision number; a task definition looks like `payments:42`.
            For example: `/ecs-pull-why preflight prod payments:42`
            ");
        assert_snapshot!(said("prod payments --service checkout"), @r"
            `--service` goes with preflight only: it names the service whose network counts.
            For example: `/ecs-pull-why preflight prod payments:42 --service payments`
            ");
    }

    #[test]
    fn help_fits_and_helps() {
        assert_snapshot!(read(help("/ecs-pull-why")), @r"
            `/ecs-pull-why CLUSTER TASK` says why Amazon ECS cannot pull an image: the cause, what proves it, and buttons that fix it.
            TASK is a service, a task id or ARN, or a task definition
            • `/ecs-pull-why prod payments`  a service
            • `/ecs-pull-why prod payments:42`  a revision of a task definition
            • `/ecs-pull-why arn:aws:ecs:…:task/prod/8f2c…`  an ARN or a console URL is enough by itself
            Before a deployment: would it pull its images?
            • `/ecs-pull-why preflight prod payments:42`  a task definition, with its service's network
            • `/ecs-pull-why preflight prod payments --service checkout`  with another service's
            Options
            • `--region eu-west-1`  where it is not the default
            • `--account shop-prod`  alias or number
            • `--window 48h`  how far back to look for changes (24h)
            ");
        assert!(matches!(parse("help"), Ok(Typed::Help)));
    }

    #[test]
    fn redis_down_is_said() {
        let error = JobsError::RedisUnavailable {
            address: "redis:6379".to_owned(),
            doing: "accepting the request",
            reason: "connection refused".to_owned(),
        };
        assert_snapshot!(read(not_accepted(&error)), @"The bot could not take this: its Redis does not answer. Nothing was started. Try again in a minute. If it stays so, tell whoever runs the bot: `ecs-pull-why doctor` says more.");
    }

    #[test]
    fn nothing_said_is_refused_by_slack() {
        let hostile = "<!channel>".repeat(2_000);
        for message in [
            mistake(&Mistake::UnknownOption(hostile.clone()), &hostile),
            no_diagnosis(&hostile, &hostile),
            gave_up(&hostile, 5, &hostile),
            same_as(Some(&hostile), &hostile),
            incomplete(Lacking::Cluster, &hostile),
            account_refused(
                &AccountRefused::Ambiguous {
                    known: vec![hostile.clone(); 50],
                },
                &hostile,
            ),
        ] {
            assert_eq!(faults(&json(message)), Vec::<String>::new());
        }
    }
}
