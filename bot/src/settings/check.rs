//! From what is written to what is meant. Collects everything that is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::problem::{Problem, SettingsError};
use super::raw::{Raw, RawAccount, RawLimits, Words};
use super::values::{account_of, duration, is_account_id, is_slack_id};
use super::{Account, Accounts, Limits, Settings, SlackSettings, Ttls};

const CHANNEL: &[char] = &['C', 'G', 'D'];
const PEOPLE: &[char] = &['U', 'W', 'S'];
const CHANNEL_HINT: &str =
    "a channel's id begins with C and stands at the end of its details in Slack, for example `C0123456789`";
const PEOPLE_HINT: &str =
    "ids of users (`U…`, `W…`) or user groups (`S…`), for example `U012AB3CD,S0614TZR7`";
const ROLE_HINT: &str = "a role's ARN, for example `arn:aws:iam::111122223333:role/ecs-pull-why`";

pub(super) fn checked(raw: Raw) -> Result<Settings, SettingsError> {
    let mut problems = Vec::new();
    let found = &mut problems;

    token(raw.slack_bot_token.as_ref(), "SLACK_BOT_TOKEN", "xoxb-", found);
    token(raw.slack_app_token.as_ref(), "SLACK_APP_TOKEN", "xapp-", found);
    redis_url(raw.redis_url.as_ref(), found);
    let api_url = api_url(raw.slack_api_url.as_deref(), found);
    let bind_addr = address(raw.bind_addr.as_deref(), "BIND_ADDR", found);
    let metrics_addr = address(raw.metrics_addr.as_deref(), "METRICS_ADDR", found);
    let bind_addr = bind_addr.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)));
    if metrics_addr == Some(bind_addr) {
        found.push(Problem::new(
            "METRICS_ADDR",
            format!("is `{bind_addr}`, where Slack's requests arrive"),
            "metrics are not for the public port: give them one of their own, for example `127.0.0.1:9090`",
        ));
    }
    let approvers = ids(&raw.approvers, "APPROVERS", PEOPLE, PEOPLE_HINT, found);
    role(
        raw.remediation_role_arn.as_deref(),
        "REMEDIATION_ROLE_ARN",
        None,
        found,
    );
    let mut alarm_channels = ids(
        &raw.alarm_channels,
        "ALARM_CHANNELS",
        CHANNEL,
        CHANNEL_HINT,
        found,
    );
    let accounts = accounts(raw.accounts, raw.default_account, found);
    alarm_channels.extend(
        accounts
            .list
            .iter()
            .flat_map(|account| account.alarm_channels.iter().cloned()),
    );
    let evidence_ttl = ttls(&raw.evidence_ttl, found);
    let limits = limits(&raw.limits, found);

    match api_url {
        Some(api_url) if problems.is_empty() => Ok(Settings {
            slack: SlackSettings {
                bot_token: raw.slack_bot_token,
                signing_secret: raw.slack_signing_secret,
                app_token: raw.slack_app_token,
                api_url,
                alarm_channels,
            },
            bind_addr,
            metrics_addr,
            redis_url: raw.redis_url,
            accounts,
            approvers,
            remediation_role_arn: raw.remediation_role_arn,
            evidence_ttl,
            limits,
        }),
        _ => Err(SettingsError::new(problems)),
    }
}

/// Slack's tokens say what they are by their beginning; two of them swapped is the usual mistake.
/// <https://docs.slack.dev/authentication/tokens>
fn token(token: Option<&SecretString>, name: &str, beginning: &str, found: &mut Vec<Problem>) {
    let Some(token) = token else { return };
    if !token.expose_secret().contains(beginning) {
        found.push(Problem::new(
            name,
            format!("does not begin with `{beginning}`"),
            "bot tokens begin with `xoxb-`, app-level tokens (Socket Mode) with `xapp-`",
        ));
    }
}

fn redis_url(url: Option<&SecretString>, found: &mut Vec<Problem>) {
    let Some(url) = url else { return };
    let scheme = url.expose_secret().split("://").next().unwrap_or_default();
    if !matches!(scheme, "redis" | "rediss" | "unix" | "redis+unix") {
        found.push(Problem::new(
            "REDIS_URL",
            "is no address of a Redis",
            "it begins with `redis://`, or `rediss://` for TLS, for example `redis://127.0.0.1:6379`",
        ));
    }
}

fn api_url(text: Option<&str>, found: &mut Vec<Problem>) -> Option<Url> {
    let text = text.unwrap_or("https://slack.com/api").trim_end_matches('/');
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        found.push(Problem::new(
            "SLACK_API_URL",
            format!("is `{text}`, which is no web address"),
            "leave it unset for Slack itself; a stand-in's looks like `http://127.0.0.1:4000/api`",
        ));
    }
    url
}

fn address(text: Option<&str>, name: &str, found: &mut Vec<Problem>) -> Option<SocketAddr> {
    let text = text?;
    let address = text.parse().ok();
    if address.is_none() {
        found.push(Problem::new(
            name,
            format!("is `{text}`, which is not an IP address and a port"),
            "for example `0.0.0.0:3000`, `[::1]:3000`",
        ));
    }
    address
}

fn ids(words: &Words, name: &str, kinds: &[char], hint: &str, found: &mut Vec<Problem>) -> BTreeSet<String> {
    let (right, wrong): (Vec<_>, Vec<_>) = words.0.iter().cloned().partition(|word| is_slack_id(word, kinds));
    found.extend(
        wrong
            .iter()
            .map(|word| Problem::new(name, format!("holds `{word}`, which is no id"), hint)),
    );
    right.into_iter().collect()
}

fn role(arn: Option<&str>, name: &str, account: Option<&str>, found: &mut Vec<Problem>) {
    let Some(arn) = arn else { return };
    match (account_of(arn), account) {
        (None, _) => found.push(Problem::new(
            name,
            format!("is `{arn}`, which is no role's ARN"),
            ROLE_HINT,
        )),
        (Some(of), Some(account)) if of != account => found.push(Problem::new(
            name,
            format!("is a role of account {of}, not of {account}"),
            "name a role of the account it is meant for",
        )),
        _ => {}
    }
}

fn accounts(raw: Vec<RawAccount>, defaults: BTreeMap<String, String>, found: &mut Vec<Problem>) -> Accounts {
    let mut list: Vec<Account> = Vec::new();
    for (at, account) in raw.into_iter().enumerate() {
        let name = |key: &str| format!("accounts[{at}].{key}");
        if account.alias.is_empty() || account.alias.contains(char::is_whitespace) {
            found.push(Problem::new(
                name("alias"),
                "is empty or has spaces",
                "one word, for example `shop-prod`",
            ));
        }
        if list.iter().any(|other| other.alias == account.alias) {
            found.push(Problem::new(
                name("alias"),
                format!("`{}` names another account already", account.alias),
                "give each account an alias of its own",
            ));
        }
        if !is_account_id(&account.id) {
            found.push(Problem::new(
                name("id"),
                format!("is `{}`, which is no account id", account.id),
                "twelve digits in quotes, for example \"111122223333\"",
            ));
        }
        role(
            account.role_arn.as_deref(),
            &name("role_arn"),
            Some(&account.id),
            found,
        );
        role(
            account.remediation_role_arn.as_deref(),
            &name("remediation_role_arn"),
            Some(&account.id),
            found,
        );
        for region in account
            .regions
            .0
            .iter()
            .filter(|region| !collect::valid_region(region))
        {
            let what = format!("holds `{region}`, which is no region");
            found.push(Problem::new(name("regions"), what, "for example [\"eu-west-1\"]"));
        }
        let channels = ids(&account.channels, &name("channels"), CHANNEL, CHANNEL_HINT, found);
        list.push(Account {
            alarm_channels: ids(
                &account.alarm_channels,
                &name("alarm_channels"),
                CHANNEL,
                CHANNEL_HINT,
                found,
            ),
            approvers: ids(&account.approvers, &name("approvers"), PEOPLE, PEOPLE_HINT, found),
            channels: (!account.channels.0.is_empty()).then_some(channels),
            alias: account.alias,
            id: account.id,
            role_arn: account.role_arn,
            external_id: account.external_id,
            regions: account.regions.0,
            log_groups: account.log_groups.0,
            remediation_role_arn: account.remediation_role_arn,
        });
    }
    for (channel, alias) in &defaults {
        if !is_slack_id(channel, CHANNEL) {
            found.push(Problem::new(
                format!("default_account.{channel}"),
                "is for no channel",
                CHANNEL_HINT,
            ));
        }
        if !list.iter().any(|account| &account.alias == alias) {
            found.push(Problem::new(
                format!("default_account.{channel}"),
                format!("is `{alias}`, which is no account's alias"),
                "name the `alias` of one of [[accounts]]",
            ));
        }
    }
    Accounts { list, defaults }
}

fn ttls(raw: &BTreeMap<String, String>, found: &mut Vec<Problem>) -> Ttls {
    let known: Vec<&str> = collect::Kind::ALL.iter().map(|kind| kind.name()).collect();
    raw.iter()
        .filter_map(|(kind, text)| {
            let name = format!("evidence_ttl.{kind}");
            if !known.contains(&kind.as_str()) {
                found.push(Problem::new(
                    name,
                    "is no kind of evidence",
                    format!("known are {}", known.join(", ")),
                ));
                return None;
            }
            Some((kind.clone(), span(text, &name, found)?))
        })
        .collect()
}

fn limits(raw: &RawLimits, found: &mut Vec<Problem>) -> Limits {
    let defaults = Limits::default();
    let mut count = |given: Option<usize>, name: &str, default: usize| match given {
        Some(0) => {
            found.push(Problem::new(
                name,
                "is 0, so that nothing could be done",
                "1 or more",
            ));
            default
        }
        given => given.unwrap_or(default),
    };
    let jobs_at_once = count(raw.jobs_at_once, "limits.jobs_at_once", defaults.jobs_at_once);
    let waiting_jobs = count(raw.waiting_jobs, "limits.waiting_jobs", defaults.waiting_jobs);
    let mut time = |given: &Option<String>, name: &str, default: Duration| {
        given
            .as_deref()
            .and_then(|text| span(text, name, found))
            .unwrap_or(default)
    };
    Limits {
        diagnosis: time(&raw.diagnosis, "limits.diagnosis", defaults.diagnosis),
        plan: time(&raw.plan, "limits.plan", defaults.plan),
        jobs_at_once,
        waiting_jobs,
    }
}

fn span(text: &str, name: &str, found: &mut Vec<Problem>) -> Option<Duration> {
    let span = duration(text);
    if span.is_none() {
        found.push(Problem::new(
            name,
            format!("is `{text}`, which is no span of time"),
            "for example \"90s\", \"10m\", \"24h\"",
        ));
    }
    span
}
