//! What a page of the ECS console is about.

use url::Url;

use crate::ask::{Named, What, name};
use crate::aws::valid_region;

/// Hosts of the console, by partition.
///
/// <https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/working-with-console.html>
const HOSTS: &[&str] = &[
    "console.aws.amazon.com",
    "console.amazonaws.cn",
    "console.amazonaws-us-gov.com",
    "console.amazonaws-eusc.eu",
];

/// What the page shows; `None` for pages that are not of the ECS console.
///
/// The host is `REGION.console…`, with `ACCOUNT-ID.` before it where several sessions are open, or plain
/// `console…` with the region in the query. The path (or, on the old console, the fragment) is
/// `clusters/C/services/S/…`, `clusters/C/tasks/ID/…`, `clusters/C/services/S/tasks/ID/…`, `task-definitions/F/REV`.
pub(crate) fn named_by_url(text: &str) -> Option<Named> {
    let url = Url::parse(text).ok()?;
    if url.scheme() != "https" {
        return None;
    }
    let host = url.host_str()?;
    let before = HOSTS.iter().find_map(|console| {
        let rest = host.strip_suffix(console)?;
        (rest.is_empty() || rest.ends_with('.')).then(|| rest.trim_end_matches('.'))
    })?;
    let query = |wanted: &str| {
        url.query_pairs()
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let in_host = before.rsplit('.').next().filter(|part| !part.is_empty());
    let region = in_host.map(str::to_owned).or_else(|| query("region"));
    if region.as_deref().is_some_and(|region| !valid_region(region)) {
        return None;
    }
    let account = before
        .split(['.', '-'])
        .next()
        .filter(|part| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_owned);
    let path = decoded(url.path());
    let fragment = decoded(
        url.fragment()
            .unwrap_or_default()
            .split('?')
            .next()
            .unwrap_or_default(),
    );
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if path.first() != Some(&"ecs") {
        return None;
    }
    let fragment: Vec<&str> = fragment.split('/').filter(|part| !part.is_empty()).collect();
    let (cluster, what) = shown(&path).or_else(|| shown(&fragment))?;
    Some(Named {
        account,
        region,
        cluster,
        what,
    })
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// Cluster and thing in a path, wherever in it they begin.
fn shown(path: &[&str]) -> Option<(Option<String>, Option<What>)> {
    let from = |word: &str| {
        let at = path.iter().position(|part| *part == word)?;
        path.get(at + 1..)
    };
    if let Some(rest) = from("clusters") {
        let cluster = name(rest.first()?).ok()?;
        let what = match rest.get(1..)? {
            ["services", _, "tasks", task, ..] | ["tasks", task, ..] => Some(What::Task(name(task).ok()?)),
            ["services", service, ..] => Some(What::Service(name(service).ok()?)),
            _ => None,
        };
        return Some((Some(cluster), what));
    }
    let rest = from("task-definitions").or_else(|| from("taskDefinitions"))?;
    let family = name(rest.first()?).ok()?;
    let revision = rest.get(1).and_then(|text| text.parse().ok());
    Some((None, Some(What::TaskDefinition(family, revision))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(region: &str) -> Named {
        Named {
            account: None,
            region: (!region.is_empty()).then(|| region.to_owned()),
            cluster: Some("prod".to_owned()),
            what: Some(What::Service("payments".to_owned())),
        }
    }

    #[test]
    fn pages_of_a_service() {
        for (url, region) in [
            (
                "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/payments/health?region=eu-west-1",
                "eu-west-1",
            ),
            (
                "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/payments",
                "eu-west-1",
            ),
            (
                "https://console.aws.amazon.com/ecs/v2/clusters/prod/services/payments/tasks?region=us-east-2",
                "us-east-2",
            ),
            (
                "https://console.aws.amazon.com/ecs/home?region=us-east-2#/clusters/prod/services/payments/events",
                "us-east-2",
            ),
            (
                "https://cn-north-1.console.amazonaws.cn/ecs/v2/clusters/prod/services/payments/events",
                "cn-north-1",
            ),
            (
                "https://us-gov-west-1.console.amazonaws-us-gov.com/ecs/v2/clusters/prod/services/payments",
                "us-gov-west-1",
            ),
            (
                "https://console.aws.amazon.com/ecs/v2/clusters/prod/services/payments",
                "",
            ),
        ] {
            assert_eq!(named_by_url(url), Some(service(region)), "{url}");
        }
    }

    #[test]
    fn pages_of_other_things() {
        let what = |url: &str| named_by_url(url).map(|named| (named.cluster, named.what));
        let task = || Some(What::Task("0123456789abcdef0123456789abcdef".to_owned()));
        let host = "https://eu-west-1.console.aws.amazon.com/ecs/v2";
        assert_eq!(
            what(&format!(
                "{host}/clusters/prod/tasks/0123456789abcdef0123456789abcdef/configuration"
            )),
            Some((Some("prod".to_owned()), task()))
        );
        assert_eq!(
            what(&format!(
                "{host}/clusters/prod/services/payments/tasks/0123456789abcdef0123456789abcdef"
            )),
            Some((Some("prod".to_owned()), task()))
        );
        assert_eq!(
            what(&format!("{host}/task-definitions/payments/42/containers")),
            Some((None, Some(What::TaskDefinition("payments".to_owned(), Some(42)))))
        );
        assert_eq!(
            what(&format!("{host}/clusters/prod")),
            Some((Some("prod".to_owned()), None))
        );
    }

    #[test]
    fn an_account_in_the_host_is_taken() {
        let url = "https://111122223333-abcdefgh.eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/payments";
        let named = named_by_url(url).unwrap();
        assert_eq!(named.account.as_deref(), Some("111122223333"));
        assert_eq!(named.region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn look_alikes_are_refused() {
        for url in [
            "http://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/payments",
            "https://eu-west-1.console.aws.amazon.com.evil.example/ecs/v2/clusters/prod/services/payments",
            "https://evilconsole.aws.amazon.com/ecs/v2/clusters/prod/services/payments",
            "https://evil.example.console.aws.amazon.com/ecs/v2/clusters/prod/services/payments",
            "https://eu-west-1.console.aws.amazon.com/ec2/clusters/prod/services/payments",
            "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod%2Fx/services/a%20b",
        ] {
            assert_eq!(named_by_url(url).and_then(|named| named.what), None, "{url}");
        }
    }
}
