//! Addresses that Slack hands out for answers to one person.

use serde::{Deserialize, Serialize};
use url::Url;

/// Hosts that `response_url`s are on: Slack and GovSlack.
const HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// A `response_url` that may be posted to: it leads to Slack, or to where `SLACK_API_URL` does.
///
/// Whoever holds it can speak as the bot for half an hour, so it is kept behind a handle no longer than that.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResponseUrl(Url);

impl std::fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ResponseUrl").field(&self.0.host_str()).finish()
    }
}

impl ResponseUrl {
    /// The address in `text`, where it is one that may be posted to.
    pub fn checked(text: &str, api_url: &Url) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let slack = url.scheme() == "https"
            && url.port().is_none()
            && url.host_str().is_some_and(|host| HOSTS.contains(&host));
        (url.username().is_empty() && (slack || url.origin() == api_url.origin())).then_some(Self(url))
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slack_gets_answers() {
        let slack = Url::parse("https://slack.com/api").unwrap();
        let standin = Url::parse("http://127.0.0.1:4000/api").unwrap();
        for (url, api, allowed) in [
            ("https://hooks.slack.com/commands/T1/2/x", &slack, true),
            ("https://hooks.slack-gov.com/commands/T1/2/x", &slack, true),
            ("http://127.0.0.1:4000/response/1", &standin, true),
            ("http://hooks.slack.com/commands/T1/2/x", &slack, false),
            ("https://hooks.slack.com:8443/x", &slack, false),
            ("https://hooks.slack.com.example.org/x", &slack, false),
            ("https://example.org/hooks.slack.com", &slack, false),
            ("https://user@hooks.slack.com/x", &slack, false),
            ("http://127.0.0.1:4001/response/1", &standin, false),
            ("http://169.254.169.254/latest", &slack, false),
            ("file:///etc/passwd", &slack, false),
            ("nonsense", &slack, false),
        ] {
            assert_eq!(ResponseUrl::checked(url, api).is_some(), allowed, "{url}");
        }
    }

    #[test]
    fn it_is_not_logged() {
        let url = ResponseUrl::checked(
            "https://hooks.slack.com/commands/secret",
            &Url::parse("https://slack.com").unwrap(),
        );
        assert!(!format!("{url:?}").contains("secret"));
    }
}
