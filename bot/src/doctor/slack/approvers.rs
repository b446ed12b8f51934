//! Whether somebody may approve, and whether all who are named are there.

use std::collections::BTreeSet;

use futures::future::{BoxFuture, join_all};

use super::untold;
use crate::doctor::{Check, Finding};
use crate::settings::Settings;
use crate::slack::api::{Person, SlackApi, SlackError};

const CHECK: Check = Check::Approvers;
const HINT: &str = "APPROVERS takes ids of users and user groups, for example `U012AB3CD,S0614TZR7`: \"Copy member ID\" in a \
                    person's profile, \"Copy group ID\" in a group's menu";

/// How it is with one id.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// Somebody may approve by it.
    Somebody,
    /// Nobody may, and why.
    Nobody(String),
    /// It could not be looked up, and why.
    Unknown(String),
}

pub(super) async fn examine(slack: &SlackApi, settings: &Settings) -> Finding {
    let of_accounts = settings
        .accounts
        .all()
        .iter()
        .flat_map(|account| &account.approvers);
    let ids: BTreeSet<&String> = settings.approvers.iter().chain(of_accounts).collect();
    finding(&join_all(ids.into_iter().map(|id| look(slack, id))).await)
}

fn look<'a>(slack: &'a SlackApi, id: &'a str) -> BoxFuture<'a, Known> {
    Box::pin(async move {
        if id.starts_with('S') {
            group(id, slack.group_members(id).await)
        } else {
            person(id, slack.person(id).await)
        }
    })
}

fn group(id: &str, members: Result<Vec<String>, SlackError>) -> Known {
    match members {
        Ok(members) if members.is_empty() => Known::Nobody(format!("user group {id} has no members")),
        Ok(_) => Known::Somebody,
        Err(error) => failed(&format!("user group {id}"), &error, "usergroups:read"),
    }
}

fn person(id: &str, person: Result<Person, SlackError>) -> Known {
    match person {
        Ok(Person { deleted: true, .. }) => Known::Nobody(format!("the account of user {id} is closed")),
        Ok(Person { is_bot: true, .. }) => {
            Known::Nobody(format!("user {id} is an app, which presses no button"))
        }
        Ok(_) => Known::Somebody,
        // The bot has no other use for that scope.
        Err(SlackError::Refused { code }) if code == "missing_scope" => Known::Unknown(format!(
            "user {id} (looking people up takes the scope `users:read`, which the bot works without)"
        )),
        Err(error) => failed(&format!("user {id}"), &error, "users:read"),
    }
}

fn failed(who: &str, error: &SlackError, scope: &str) -> Known {
    match untold(CHECK, error, scope) {
        Some(untold) => Known::Unknown(format!("{who} ({})", untold.detail)),
        None => Known::Nobody(format!("Slack knows no {who} ({error})")),
    }
}

fn finding(known: &[Known]) -> Finding {
    if known.is_empty() {
        return Finding::advice(
            CHECK,
            "nobody may apply a fix: buttons show the commands only",
            format!("set APPROVERS where that is not what you want; {HINT}"),
        );
    }
    let nobody: Vec<&str> = known
        .iter()
        .filter_map(|known| match known {
            Known::Nobody(why) => Some(why.as_str()),
            _ => None,
        })
        .collect();
    let unknown: Vec<&str> = known
        .iter()
        .filter_map(|known| match known {
            Known::Unknown(who) => Some(who.as_str()),
            _ => None,
        })
        .collect();
    if !nobody.is_empty() {
        return Finding::problem(CHECK, nobody.join("; "), HINT);
    }
    let found = known.len() - unknown.len();
    if unknown.is_empty() {
        Finding::ok(CHECK, format!("all {found} that are named are there"))
    } else {
        Finding::not_checked(
            CHECK,
            format!(
                "{found} of {} found; not looked up: {}",
                known.len(),
                unknown.join("; ")
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn refused(code: &str) -> SlackError {
        SlackError::Refused {
            code: code.to_owned(),
        }
    }

    #[test]
    fn whoever_is_named_is_there_or_is_not_or_is_not_known() {
        let somebody = |deleted, is_bot| Ok(Person { deleted, is_bot });
        for (known, status, words) in [
            (vec![], Status::Advice, "nobody may apply"),
            (
                vec![
                    group("S1", Ok(vec!["U1".to_owned()])),
                    person("U2", somebody(false, false)),
                ],
                Status::Ok,
                "all 2",
            ),
            (
                vec![group("S1", Ok(vec![]))],
                Status::Problem,
                "S1 has no members",
            ),
            (
                vec![group("S1", Err(refused("no_such_subteam")))],
                Status::Problem,
                "no user group S1",
            ),
            (
                vec![person("U1", somebody(true, false))],
                Status::Problem,
                "U1 is closed",
            ),
            (
                vec![person("U1", somebody(false, true))],
                Status::Problem,
                "U1 is an app",
            ),
            (
                vec![person("U1", Err(refused("user_not_found")))],
                Status::Problem,
                "no user U1",
            ),
            (
                vec![person("U1", Err(refused("missing_scope")))],
                Status::NotChecked,
                "users:read",
            ),
            (
                vec![group("S1", Err(refused("missing_scope")))],
                Status::NotChecked,
                "usergroups:read",
            ),
            (
                vec![
                    person("U1", Err(refused("missing_scope"))),
                    group("S1", Ok(vec![])),
                ],
                Status::Problem,
                "S1 has no members",
            ),
        ] {
            let finding = finding(&known);
            assert_eq!(finding.status, status, "{finding:?}");
            assert!(finding.detail.contains(words), "{finding:?}");
        }
    }
}
