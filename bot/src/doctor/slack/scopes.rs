//! Whether the bot's token may do what the bot does.

use crate::doctor::{Check, Finding};

const CHECK: Check = Check::SlackScopes;

/// A scope of the shipped manifest.
struct Scope {
    name: &'static str,
    why: &'static str,
    /// Whether the bot works without.
    optional: bool,
}

const fn needed(name: &'static str, why: &'static str) -> Scope {
    Scope {
        name,
        why,
        optional: false,
    }
}

const SCOPES: [Scope; 8] = [
    needed("commands", "the slash command"),
    needed("chat:write", "answering"),
    needed("channels:history", "alarm messages in public channels"),
    needed("groups:history", "alarm messages in private channels"),
    needed("channels:read", "whether the bot is in a public channel"),
    needed("groups:read", "whether the bot is in a private channel"),
    needed("usergroups:read", "who is in a group of approvers"),
    Scope {
        name: "reactions:write",
        why: "the state mark on an alarm message",
        optional: true,
    },
];

pub(super) fn finding(granted: &[String]) -> Finding {
    let missing: Vec<&Scope> = SCOPES
        .iter()
        .filter(|scope| !granted.iter().any(|granted| granted == scope.name))
        .collect();
    if missing.is_empty() {
        return Finding::ok(CHECK, format!("all {} of the manifest", SCOPES.len()));
    }
    let names: Vec<String> = missing
        .iter()
        .map(|scope| format!("`{}` ({})", scope.name, scope.why))
        .collect();
    let detail = format!("missing: {}", names.join(", "));
    let fix = "add them under OAuth & Permissions → Bot Token Scopes of the Slack app, or paste \
               deploy/slack/manifest.yaml under App Manifest, and install the app again";
    if missing.iter().all(|scope| scope.optional) {
        Finding::advice(CHECK, detail, fix)
    } else {
        Finding::problem(CHECK, detail, fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn the_scopes_are_those_of_the_shipped_manifest() {
        let manifest = include_str!("../../../../deploy/slack/manifest.yaml");
        let (_, scopes) = manifest.split_once("    bot:\n").unwrap();
        let listed: Vec<&str> = scopes
            .lines()
            .take_while(|line| line.starts_with("      "))
            .filter_map(|line| line.trim().strip_prefix("- "))
            .collect();
        assert_eq!(listed, SCOPES.map(|scope| scope.name));
    }

    #[test]
    fn each_missing_scope_is_named_with_what_it_is_for() {
        let without = |names: &[&str]| {
            let granted: Vec<String> = SCOPES
                .iter()
                .filter(|scope| !names.contains(&scope.name))
                .map(|scope| scope.name.to_owned())
                .collect();
            finding(&granted)
        };
        for (names, status) in [
            (&[] as &[&str], Status::Ok),
            (&["reactions:write"], Status::Advice),
            (&["chat:write"], Status::Problem),
            (&["usergroups:read", "reactions:write"], Status::Problem),
        ] {
            let finding = without(names);
            assert_eq!(finding.status, status, "{names:?}");
            assert!(
                names
                    .iter()
                    .all(|name| finding.detail.contains(&format!("`{name}` (")))
            );
        }
    }
}
