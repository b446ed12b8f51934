use std::io::Write;

use insta::assert_snapshot;

use super::*;

fn load(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_variables(&|name| {
        variables
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

/// A settings file that is there for as long as the guard lives.
struct File(std::path::PathBuf);

impl File {
    fn new(toml: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ecs-pull-why-{}.toml", uuid::Uuid::now_v7()));
        std::fs::File::create(&path)
            .unwrap()
            .write_all(toml.as_bytes())
            .unwrap();
        Self(path)
    }

    fn load(&self) -> Result<Settings, SettingsError> {
        load(&[("ECS_PULL_WHY_CONFIG", self.0.to_str().unwrap())])
    }

    /// The errors, with the file's name taken out.
    fn complaints(&self) -> String {
        self.load()
            .unwrap_err()
            .to_string()
            .replace(self.0.to_str().unwrap(), "FILE")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const TWO_ACCOUNTS: &str = r#"
alarm_channels = ["C0ALARMS"]

[[accounts]]
alias = "shop-prod"
id = "111122223333"
role_arn = "arn:aws:iam::111122223333:role/reader"
external_id = "b7c1"
regions = ["eu-west-1", "us-east-1"]
alarm_channels = ["C0PROD"]
approvers = ["S0ONCALL"]
channels = ["C0ONCALL"]
remediation_role_arn = "arn:aws:iam::111122223333:role/fixer"

[[accounts]]
alias = "shop-dev"
id = "444455556666"

[default_account]
C0DEV = "shop-dev"

[evidence_ttl]
role = "10m"

[limits]
diagnosis = "45s"
jobs_at_once = 2
"#;

#[test]
fn nothing_set_gives_the_defaults() {
    let settings = load(&[]).unwrap();
    assert_eq!(settings.bind_addr.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.slack.api_url.as_str(), "https://slack.com/api");
    assert!(settings.approvers.is_empty());
    assert!(settings.metrics_addr.is_none());
    assert_eq!(settings.limits, Limits::default());
}

#[test]
fn serving_names_everything_it_lacks() {
    assert_snapshot!(load(&[]).unwrap().serving().unwrap_err(), @r"
    `SLACK_SIGNING_SECRET` is not set; it is under Basic Information of the Slack app; or set `SLACK_APP_TOKEN` to use Socket Mode
    `SLACK_BOT_TOKEN` is not set; it is under OAuth & Permissions of the Slack app and begins with `xoxb-`
    `REDIS_URL` is not set; for example `redis://127.0.0.1:6379`
    ");
}

#[test]
fn an_app_token_means_socket_mode() {
    let settings = load(&[
        ("SLACK_BOT_TOKEN", "xoxb-1"),
        ("SLACK_SIGNING_SECRET", "0123456789"),
        ("SLACK_APP_TOKEN", "xapp-1"),
        ("REDIS_URL", "redis://127.0.0.1"),
    ])
    .unwrap();
    assert!(matches!(
        settings.serving().unwrap().entry,
        Entry::SocketMode { .. }
    ));
}

#[test]
fn a_secret_of_digits_stays_text() {
    use secrecy::ExposeSecret;
    let settings = load(&[("SLACK_SIGNING_SECRET", "00012345678901234567890123456789")]).unwrap();
    assert_eq!(
        settings.slack.signing_secret.unwrap().expose_secret(),
        "00012345678901234567890123456789"
    );
}

#[test]
fn what_is_wrong_is_said_all_at_once_and_without_secrets() {
    let error = load(&[
        ("SLACK_BOT_TOKEN", "xapp-very-secret"),
        ("BIND_ADDR", "localhost"),
        ("SLACK_API_URL", "slack.com"),
        ("ALARM_CHANNELS", "C0123ABC, #alerts"),
        ("APPROVERS", "@ana"),
        ("REDIS_URL", "http://user:hunter2@example.org"),
        ("REMEDIATION_ROLE_ARN", "fixer"),
    ])
    .unwrap_err()
    .to_string();
    assert!(
        !error.contains("very-secret") && !error.contains("hunter2"),
        "{error}"
    );
    assert_snapshot!(error, @r"
    `SLACK_BOT_TOKEN` does not begin with `xoxb-`; bot tokens begin with `xoxb-`, app-level tokens (Socket Mode) with `xapp-`
    `REDIS_URL` is no address of a Redis; it begins with `redis://`, or `rediss://` for TLS, for example `redis://127.0.0.1:6379`
    `SLACK_API_URL` is `slack.com`, which is no web address; leave it unset for Slack itself; a stand-in's looks like `http://127.0.0.1:4000/api`
    `BIND_ADDR` is `localhost`, which is not an IP address and a port; for example `0.0.0.0:3000`, `[::1]:3000`
    `APPROVERS` holds `@ana`, which is no id; ids of users (`U…`, `W…`) or user groups (`S…`), for example `U012AB3CD,S0614TZR7`
    `REMEDIATION_ROLE_ARN` is `fixer`, which is no role's ARN; a role's ARN, for example `arn:aws:iam::111122223333:role/ecs-pull-why`
    `ALARM_CHANNELS` holds `#alerts`, which is no id; a channel's id begins with C and stands at the end of its details in Slack, for example `C0123456789`
    ");
}

#[test]
fn the_sound_part_is_what_is_left() {
    let sound = |variables: &[(&str, &str)]| {
        Settings::sound_part(&|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    };
    let part = sound(&[("SLACK_BOT_TOKEN", "xoxb-1"), ("APPROVERS", "@ana")]);
    let settings = part.settings.unwrap();
    assert_eq!(part.problems.len(), 1);
    assert!(settings.slack.bot_token.is_some() && settings.approvers.is_empty());

    // A token is sent where it was meant to be sent, or nowhere.
    let part = sound(&[
        ("SLACK_BOT_TOKEN", "xoxb-1"),
        ("SLACK_API_URL", "slack.com"),
        ("REDIS_URL", "redis://127.0.0.1"),
    ]);
    let settings = part.settings.unwrap();
    assert_eq!(part.problems.len(), 1);
    assert!(settings.slack.bot_token.is_none() && settings.redis_url.is_some());

    let file = File::new("approvers = ['@ana']\n[[accounts]]\nalias = 'a'\nid = '111122223333'");
    let part = sound(&[
        ("ECS_PULL_WHY_CONFIG", file.0.to_str().unwrap()),
        ("REDIS_URL", "redis://127.0.0.1"),
    ]);
    let settings = part.settings.unwrap();
    assert_eq!((part.problems.len(), part.without_file), (1, true));
    assert!(settings.accounts.all().is_empty() && settings.redis_url.is_some());
}

#[test]
fn unknown_keys_are_refused() {
    assert_snapshot!(File::new("aprovers = []").complaints(), @"`aprovers` in FILE is no setting; did you mean `approvers`?");
    let account = "[[accounts]]\nalias = 'a'\nid = '111122223333'\nregion = 'eu-west-1'";
    assert_snapshot!(File::new(account).complaints(), @"`accounts.0.region` in FILE is no setting; did you mean `regions`?");
    assert_snapshot!(File::new("[limits]\nretries = 3").complaints(), @"`limits.retries` in FILE is no setting; known are diagnosis, jobs_at_once, waiting_jobs, plan");
}

#[test]
fn broken_files_are_explained() {
    assert_snapshot!(File::new("[[accounts]]\nalias = 'a'").complaints(), @"`accounts.0.id` is missing in FILE; every account has an `alias` and an `id`");
    assert_snapshot!(File::new("accounts = 3").complaints(), @"`accounts` in FILE is a number; it must be a sequence");
    let error = load(&[("ECS_PULL_WHY_CONFIG", "/nowhere/at/all.toml")]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`ECS_PULL_WHY_CONFIG` names `/nowhere/at/all.toml`, which cannot be read")
    );
    assert!(
        File::new("accounts = [")
            .complaints()
            .starts_with("`ECS_PULL_WHY_CONFIG` names FILE, which is not valid TOML")
    );
}

#[test]
fn accounts_are_checked() {
    let file = File::new(
        "[[accounts]]\nalias = 'a'\nid = '1111'\nrole_arn = 'arn:aws:iam::444455556666:role/r'\n\
         [[accounts]]\nalias = 'a'\nid = '444455556666'\nregions = ['Ireland']\n\
         [default_account]\nC0X = 'b'\n[limits]\njobs_at_once = 0\ndiagnosis = 'long'",
    );
    assert_snapshot!(file.complaints(), @r#"
    `accounts[0].id` is `1111`, which is no account id; twelve digits in quotes, for example "111122223333"
    `accounts[0].role_arn` is a role of account 444455556666, not of 1111; name a role of the account it is meant for
    `accounts[1].alias` `a` names another account already; give each account an alias of its own
    `accounts[1].regions` holds `Ireland`, which is no region; for example ["eu-west-1"]
    `default_account.C0X` is `b`, which is no account's alias; name the `alias` of one of [[accounts]]
    `limits.jobs_at_once` is 0, so that nothing could be done; 1 or more
    `limits.diagnosis` is `long`, which is no span of time; for example "90s", "10m", "24h"
    "#);
}

#[test]
fn variables_win_over_the_file() {
    let file = File::new("bind_addr = '127.0.0.1:1'\nalarm_channels = ['C0FILE']");
    let path = file.0.to_str().unwrap();
    let settings = load(&[
        ("ECS_PULL_WHY_CONFIG", path),
        ("BIND_ADDR", "127.0.0.1:2"),
        ("APPROVERS", ""),
    ])
    .unwrap();
    assert_eq!(settings.bind_addr.port(), 2);
    assert!(settings.slack.alarm_channels.contains("C0FILE"));
}

#[test]
fn the_account_follows_from_channel_and_question() {
    let settings = File::new(TWO_ACCOUNTS).load().unwrap();
    let accounts = &settings.accounts;
    let cases = [
        ("the channel's default", Some("C0DEV"), None, None, "shop-dev"),
        (
            "the account whose alarms come here",
            Some("C0PROD"),
            None,
            None,
            "shop-prod",
        ),
        (
            "asked by alias",
            Some("C0ONCALL"),
            Some("shop-prod"),
            Some("us-east-1"),
            "shop-prod",
        ),
        (
            "asked by id",
            Some("C0ONCALL"),
            Some("111122223333"),
            None,
            "shop-prod",
        ),
        (
            "the only one open to this channel",
            Some("C0OTHER"),
            None,
            None,
            "shop-dev",
        ),
        (
            "the command line may ask about all",
            None,
            Some("shop-prod"),
            None,
            "shop-prod",
        ),
        (
            "several and none named",
            Some("C0ONCALL"),
            None,
            None,
            "there are 2 accounts here: say which with --account, one of shop-prod, shop-dev",
        ),
        (
            "not from this channel",
            Some("C0OTHER"),
            Some("shop-prod"),
            None,
            "account `shop-prod` cannot be asked about in this channel; `shop-dev` can",
        ),
        (
            "no such account",
            Some("C0OTHER"),
            Some("bank"),
            None,
            "account `bank` cannot be asked about in this channel; `shop-dev` can",
        ),
        (
            "another region",
            Some("C0ONCALL"),
            Some("shop-prod"),
            Some("sa-east-1"),
            "account `shop-prod` is not set up for region `sa-east-1`; its regions are eu-west-1, us-east-1",
        ),
    ];
    for (what, channel, asked, region, expected) in cases {
        let got = match accounts.resolve(channel, asked, region) {
            Ok(account) => account.unwrap().alias.clone(),
            Err(refused) => refused.to_string(),
        };
        assert_eq!(got, expected, "{what}");
    }
    assert!(
        load(&[])
            .unwrap()
            .accounts
            .resolve(Some("C0X"), None, None)
            .unwrap()
            .is_none()
    );
}

#[test]
fn the_file_sets_the_rest() {
    let settings = File::new(TWO_ACCOUNTS).load().unwrap();
    assert_eq!(
        settings
            .slack
            .alarm_channels
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
        ["C0ALARMS", "C0PROD"]
    );
    assert_eq!(settings.evidence_ttl["role"], Duration::from_mins(10));
    assert_eq!(settings.limits.diagnosis, Duration::from_secs(45));
    let prod = settings.accounts.by_alias("shop-prod");
    assert_eq!(
        settings.approvers_of(prod).into_iter().collect::<Vec<_>>(),
        ["S0ONCALL"]
    );
    assert_eq!(
        settings.remediation_role_of(prod),
        Some("arn:aws:iam::111122223333:role/fixer")
    );
    assert_eq!(
        settings.remediation_role_of(settings.accounts.by_alias("shop-dev")),
        None
    );
    assert!(!format!("{settings:?}").contains("b7c1"));
}
