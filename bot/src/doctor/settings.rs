//! Whether everything is set, and as it can be.

use super::{Check, Finding};
use crate::settings::{Entry, Problem, SoundPart};

const CHECK: Check = Check::Settings;

/// One finding for each setting that is wrong or missing; one that says so where none is.
pub(super) fn findings(part: &SoundPart) -> Vec<Finding> {
    let problems = &part.problems;
    let mut findings: Vec<Finding> = problems.iter().map(problem).collect();
    let Some(settings) = &part.settings else {
        findings.push(Finding::not_checked(
            CHECK,
            "Slack, Redis and AWS are not looked at before this is put right",
        ));
        return findings;
    };
    // What stands in a file that cannot be used is not missing.
    if part.without_file {
        findings.push(Finding::not_checked(
            CHECK,
            "what the settings file holds is left out of everything below; the variables are used",
        ));
        return findings;
    }
    match settings.serving() {
        Ok(serving) if problems.is_empty() => findings.push(Finding::ok(
            CHECK,
            match serving.entry {
                Entry::Http { .. } => "complete: `serve` takes Slack's requests over HTTP",
                Entry::SocketMode { .. } => "complete: `serve` connects to Slack over Socket Mode",
            },
        )),
        Ok(_) => {}
        Err(error) => {
            // A wrong one counts as unset, and has been named.
            let named = |missing: &&Problem| problems.iter().all(|problem| problem.name != missing.name);
            findings.extend(error.problems().iter().filter(named).map(problem));
        }
    }
    if settings.slack.signing_secret.is_some() && settings.slack.app_token.is_none() {
        findings.extend(settings.slack.signing_secret.as_ref().and_then(signing_secret));
    }
    if settings.slack.alarm_channels.is_empty() {
        findings.push(
            Finding::advice(
                CHECK,
                "no alarm message is answered, only the slash command",
                "set ALARM_CHANNELS to channel ids, for example `C0123456789,C0987654321`",
            )
            .of(Some("ALARM_CHANNELS")),
        );
    }
    findings
}

fn problem(problem: &Problem) -> Finding {
    let detail = format!("`{}` {}", problem.name, problem.what);
    Finding::problem(CHECK, detail, problem.hint.clone()).of(Some(&problem.name))
}

/// No call of Slack proves the signing secret; only its form can be looked at.
/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>
fn signing_secret(secret: &secrecy::SecretString) -> Option<Finding> {
    let text = secrecy::ExposeSecret::expose_secret(secret);
    let usual = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!usual).then(|| {
        Finding::advice(
            CHECK,
            "`SLACK_SIGNING_SECRET` is not of the usual form, 32 hexadecimal digits; only a request from Slack proves it",
            "compare it with Basic Information → App Credentials → Signing Secret of the Slack app",
        )
        .of(Some("SLACK_SIGNING_SECRET"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::settings::Settings;

    /// `SUBJECT STATUS` of each finding.
    fn said(variables: &[(&str, &str)]) -> Vec<String> {
        let part = Settings::sound_part(&|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        findings(&part)
            .into_iter()
            .map(|finding| {
                assert!(finding.fix.is_some() || finding.status != Status::Problem);
                format!("{} {:?}", finding.subject.unwrap_or_default(), finding.status)
            })
            .collect()
    }

    const WHOLE: [(&str, &str); 4] = [
        ("SLACK_BOT_TOKEN", "xoxb-1"),
        ("SLACK_SIGNING_SECRET", "00112233445566778899aabbccddeeff"),
        ("REDIS_URL", "redis://127.0.0.1"),
        ("ALARM_CHANNELS", "C0ALARMS"),
    ];

    #[test]
    fn each_setting_is_named_once() {
        let with = |more: (&'static str, &'static str)| {
            let mut all = vec![more];
            all.extend(WHOLE);
            said(&all)
        };
        assert_eq!(said(&WHOLE), [" Ok"]);
        assert_eq!(
            said(&[]),
            [
                "SLACK_SIGNING_SECRET Problem",
                "SLACK_BOT_TOKEN Problem",
                "REDIS_URL Problem",
                "ALARM_CHANNELS Advice"
            ]
        );
        assert_eq!(with(("BIND_ADDR", "localhost")), ["BIND_ADDR Problem"]);
        assert_eq!(with(("SLACK_BOT_TOKEN", "xapp-1")), ["SLACK_BOT_TOKEN Problem"]);
        assert_eq!(
            with(("SLACK_SIGNING_SECRET", "short")),
            [" Ok", "SLACK_SIGNING_SECRET Advice"]
        );
        // Over Socket Mode nothing is signed.
        assert_eq!(
            said(&[
                WHOLE[0],
                WHOLE[2],
                WHOLE[3],
                ("SLACK_APP_TOKEN", "xapp-1"),
                ("SLACK_SIGNING_SECRET", "x")
            ]),
            [" Ok"]
        );
    }

    #[test]
    fn what_a_broken_file_may_hold_is_not_missing() {
        assert_eq!(
            said(&[("ECS_PULL_WHY_CONFIG", "/nowhere/at/all.toml")]),
            ["ECS_PULL_WHY_CONFIG Problem", " NotChecked"]
        );
    }
}
