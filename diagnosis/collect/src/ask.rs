//! What a person asks about, read from what they typed: names, ARNs or a console URL.

use crate::arn::named_by_arn;
use crate::console;

/// What to diagnose, as far as the words tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Account, where an ARN names one.
    pub account: Option<String>,
    /// Region, where an ARN or URL names one.
    pub region: Option<String>,
    /// Name of the cluster.
    pub cluster: String,
    /// What in it.
    pub what: What,
    /// The words for it, as typed.
    pub asked: String,
}

/// What in the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A task, by id.
    Task(String),
    /// A service, by name.
    Service(String),
    /// A task definition: its family, and its revision where one is named.
    TaskDefinition(String, Option<u32>),
    /// A name that may be a service's or a family's (or, for 32 hexadecimal digits, a task's).
    Name(String),
}

/// Why the words cannot be understood; each says what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nothing was given.
    #[error(
        "nothing to look at was named; name a cluster and a service, task or task definition, for example `prod payments`"
    )]
    Nothing,
    /// Only a cluster was given.
    #[error(
        "`{cluster}` names a cluster only; add a service, task or task definition, for example `{cluster} payments`"
    )]
    ClusterOnly {
        /// The cluster.
        cluster: String,
    },
    /// One word that is neither an ARN nor a console URL.
    #[error(
        "`{word}` alone is not enough; name the cluster and the task, for example `prod {word}`, or paste an ARN or a console URL"
    )]
    OneWord {
        /// The word.
        word: String,
    },
    /// An ARN that does not tell the cluster.
    #[error("`{arn}` does not name a cluster; put its name first, for example `prod {arn}`")]
    NoCluster {
        /// The ARN.
        arn: String,
    },
    /// More than two words.
    #[error(
        "`{extra}` is one word too many; name the cluster and the task only, for example `prod payments`"
    )]
    TooMany {
        /// The first word that is too many.
        extra: String,
    },
    /// An ARN of something else.
    #[error("`{arn}` is not an ARN of an ECS cluster, service, task or task definition")]
    OtherArn {
        /// The ARN.
        arn: String,
    },
    /// A URL that is not of the ECS console.
    #[error("`{url}` is not a page of the ECS console that shows a service, task or task definition")]
    OtherUrl {
        /// The URL.
        url: String,
    },
    /// A word that no ECS name can be.
    #[error("`{word}` cannot be a name in ECS: names are made of letters, digits, `-` and `_`")]
    BadName {
        /// The word.
        word: String,
    },
    /// A revision that is no number.
    #[error("`{word}` does not end in a revision number; a task definition looks like `payments:42`")]
    BadRevision {
        /// The word.
        word: String,
    },
    /// A task or a service, where only a task definition will do.
    #[error(
        "`{word}` is no task definition; name a family, a revision or an ARN of one, for example `prod payments:42`"
    )]
    NoDefinition {
        /// The word.
        word: String,
    },
    /// The cluster given and the cluster in the ARN differ.
    #[error("`{given}` is not the cluster of `{arn}`, which is in `{named}`")]
    OtherCluster {
        /// The cluster given.
        given: String,
        /// The ARN.
        arn: String,
        /// The cluster that the ARN names.
        named: String,
    },
}

/// One thing in ECS, as an ARN or URL names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Named {
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) cluster: Option<String>,
    pub(crate) what: Option<What>,
}

impl Ask {
    /// Reads the words after the command.
    pub fn parse(words: &[String]) -> Result<Self, AskError> {
        let words: Vec<&str> = words
            .iter()
            .map(|word| plain(word))
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            [] => Err(AskError::Nothing),
            [one] => Self::of_one(one),
            [cluster, task] => Self::of_two(cluster, task),
            [_, _, extra, ..] => Err(AskError::TooMany {
                extra: (*extra).to_owned(),
            }),
        }
    }

    fn of_one(word: &str) -> Result<Self, AskError> {
        let named = named_in_full(word).ok_or_else(|| AskError::OneWord {
            word: word.to_owned(),
        })??;
        match (named.cluster, named.what) {
            (Some(cluster), Some(what)) => Ok(Self {
                account: named.account,
                region: named.region,
                cluster,
                what,
                asked: word.to_owned(),
            }),
            (Some(cluster), None) => Err(AskError::ClusterOnly { cluster }),
            (None, _) => Err(AskError::NoCluster { arn: word.to_owned() }),
        }
    }

    fn of_two(cluster: &str, task: &str) -> Result<Self, AskError> {
        let place = match named_in_full(cluster) {
            Some(named) => named?,
            None => Named {
                cluster: Some(name(cluster)?),
                ..Named::default()
            },
        };
        if place.what.is_some() {
            return Err(AskError::TooMany {
                extra: task.to_owned(),
            });
        }
        let thing = match named_in_full(task) {
            Some(named) => named?,
            None => Named {
                what: Some(what(task)?),
                ..Named::default()
            },
        };
        let cluster = place.cluster.unwrap_or_default();
        if let Some(named) = thing.cluster
            && named != cluster
        {
            return Err(AskError::OtherCluster {
                given: cluster,
                arn: task.to_owned(),
                named,
            });
        }
        Ok(Self {
            account: place.account.or(thing.account),
            region: place.region.or(thing.region),
            what: thing.what.ok_or_else(|| AskError::ClusterOnly {
                cluster: cluster.clone(),
            })?,
            cluster,
            asked: task.to_owned(),
        })
    }
}

/// What an ARN or URL names; `None` for any other word.
fn named_in_full(word: &str) -> Option<Result<Named, AskError>> {
    if word.starts_with("arn:") {
        Some(named_by_arn(word))
    } else if word.contains("://") {
        Some(console::named_by_url(word).ok_or_else(|| AskError::OtherUrl { url: word.to_owned() }))
    } else {
        None
    }
}

/// The word without the marks that chat adds: `<url|label>`, back quotes.
fn plain(word: &str) -> &str {
    let word = word.trim().trim_matches('`');
    match word.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')) {
        Some(inner) => inner.split('|').next().unwrap_or(inner),
        None => word,
    }
}

/// A word that is no ARN: a task id, a name, or `family:revision`.
fn what(word: &str) -> Result<What, AskError> {
    match word.split_once(':') {
        Some((family, revision)) => Ok(What::TaskDefinition(
            name(family)?,
            Some(revision_in(word, revision)?),
        )),
        None => Ok(What::Name(name(word)?)),
    }
}

pub(crate) fn revision_in(word: &str, revision: &str) -> Result<u32, AskError> {
    revision
        .parse()
        .ok()
        .filter(|revision| *revision > 0)
        .ok_or_else(|| AskError::BadRevision {
            word: word.to_owned(),
        })
}

/// A name that ECS could have given: up to 255 letters, digits, hyphens and underscores.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>
pub(crate) fn name(word: &str) -> Result<String, AskError> {
    let fits = (1..=255).contains(&word.len())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits {
        Ok(word.to_owned())
    } else {
        Err(AskError::BadName {
            word: word.to_owned(),
        })
    }
}

/// Whether a word has the form of a task id: 32 hexadecimal digits, or a UUID in older accounts.
pub(crate) fn looks_like_task_id(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
    let hyphens = word.bytes().filter(|b| *b == b'-').count();
    digits == 32 && digits + hyphens == word.len() && (hyphens == 0 || hyphens == 4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn parsed(text: &str) -> Result<(String, What), AskError> {
        Ask::parse(&words(text)).map(|ask| (ask.cluster, ask.what))
    }

    #[test]
    fn names_and_arns_are_understood() {
        let task = "0123456789abcdef0123456789abcdef";
        let service = || What::Service("payments".to_owned());
        let cases = [
            ("prod payments", What::Name("payments".to_owned())),
            ("prod `payments`", What::Name("payments".to_owned())),
            (
                "prod payments:42",
                What::TaskDefinition("payments".to_owned(), Some(42)),
            ),
            (&format!("prod {task}"), What::Name(task.to_owned())),
            (
                &format!("arn:aws:ecs:eu-west-1:111122223333:task/prod/{task}"),
                What::Task(task.to_owned()),
            ),
            (
                "arn:aws:ecs:eu-west-1:111122223333:service/prod/payments",
                service(),
            ),
            (
                "prod arn:aws:ecs:eu-west-1:111122223333:service/prod/payments",
                service(),
            ),
            (
                "prod arn:aws:ecs:eu-west-1:111122223333:service/payments",
                service(),
            ),
            (
                "arn:aws-cn:ecs:cn-north-1:111122223333:cluster/prod payments",
                What::Name("payments".to_owned()),
            ),
            (
                "prod arn:aws:ecs:eu-west-1:111122223333:task-definition/payments:7",
                What::TaskDefinition("payments".to_owned(), Some(7)),
            ),
        ];
        for (text, what) in cases {
            assert_eq!(parsed(text), Ok(("prod".to_owned(), what)), "{text}");
        }
    }

    #[test]
    fn an_arn_tells_account_and_region() {
        let ask = Ask::parse(&words("arn:aws:ecs:eu-west-1:111122223333:service/prod/payments")).unwrap();
        assert_eq!(ask.account.as_deref(), Some("111122223333"));
        assert_eq!(ask.region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn refusals_say_what_would_do() {
        let cases = [
            (
                "",
                "nothing to look at was named; name a cluster and a service, task or task definition, for example `prod payments`",
            ),
            (
                "payments",
                "`payments` alone is not enough; name the cluster and the task, for example `prod payments`, or paste an ARN or a console URL",
            ),
            (
                "arn:aws:ecs:eu-west-1:111122223333:cluster/prod",
                "`prod` names a cluster only; add a service, task or task definition, for example `prod payments`",
            ),
            (
                "prod pay:x",
                "`pay:x` does not end in a revision number; a task definition looks like `payments:42`",
            ),
            (
                "prod pay/x",
                "`pay/x` cannot be a name in ECS: names are made of letters, digits, `-` and `_`",
            ),
            (
                "prod a b",
                "`b` is one word too many; name the cluster and the task only, for example `prod payments`",
            ),
            (
                "arn:aws:s3:::bucket",
                "`arn:aws:s3:::bucket` is not an ARN of an ECS cluster, service, task or task definition",
            ),
            (
                "https://example.com/ecs/v2/clusters/prod/services/payments",
                "`https://example.com/ecs/v2/clusters/prod/services/payments` is not a page of the ECS console that shows a service, task or task definition",
            ),
            (
                "test arn:aws:ecs:eu-west-1:111122223333:service/prod/payments",
                "`test` is not the cluster of `arn:aws:ecs:eu-west-1:111122223333:service/prod/payments`, which is in `prod`",
            ),
            (
                "arn:aws:ecs:eu-west-1:111122223333:service/payments",
                "`arn:aws:ecs:eu-west-1:111122223333:service/payments` does not name a cluster; put its name first, for example `prod arn:aws:ecs:eu-west-1:111122223333:service/payments`",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parsed(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn task_ids_have_a_form() {
        assert!(looks_like_task_id("0123456789abcdef0123456789abcdef"));
        assert!(looks_like_task_id("01234567-89ab-cdef-0123-456789abcdef"));
        assert!(!looks_like_task_id("payments"));
        assert!(!looks_like_task_id("0123456789abcdef"));
    }

    proptest! {
        #[test]
        fn no_words_make_it_panic(words in proptest::collection::vec(".*", 0..4)) {
            let _ = Ask::parse(&words);
        }

        #[test]
        fn whatever_is_understood_has_names_that_ecs_could_have_given(a in "[a-z:/-]{0,40}", b in "[a-z:/0-9-]{0,40}") {
            if let Ok(ask) = Ask::parse(&[a, b]) {
                prop_assert!(name(&ask.cluster).is_ok());
            }
        }
    }
}
