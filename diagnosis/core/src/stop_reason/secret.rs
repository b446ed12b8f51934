//! What is said of the secret that holds a registry's credentials, and of the puller's own credentials.

use super::text::{Text, patterns};

patterns! {
    /// The agent reads the secret: <https://github.com/aws/amazon-ecs-agent> wraps it so.
    SECRET = r"registry auth(?:entication)? from (?:asm|aws secrets|secrets manager)|asm fetching|private registry credentials|authorizationdata is malformed|repositorycredentials|secretsmanager:getsecretvalue|retrieve secret from asm|secret .{0,120}from secrets manager";
    MALFORMED = r"unable to unmarshal secret|invalid schema|authorizationdata is malformed|empty secrets? value|empty field";
    MISSING = r"resourcenotfound|can't find the specified secret|could not find|marked for deletion|scheduled for deletion|marked deleted|staging label";
    DENIED = r"accessdenied|not authorized to perform|access denied";
    /// A secret's ARN: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html>.
    SECRET_ARN = r"(?i)arn:aws[a-z-]*:secretsmanager:[a-z0-9-]*:[0-9]*:secret:[a-z0-9/_+=.@-]+";
    /// The puller had no credentials of its own to ask with.
    NO_CREDENTIALS = r"nocredentialproviders|no valid (?:credential )?providers in chain|unable to locate credentials|failed to refresh cached credentials|no ec2 imds role found|no basic auth credentials";
    STALE_CREDENTIALS = r"expiredtoken|security token included in the request is (?:invalid|expired)|unrecognizedclientexception|invalidsignatureexception";
}

/// What is wrong with a registry's secret, by the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretTrouble {
    /// It may not be read.
    Denied,
    /// It is not there, or about to be deleted.
    Missing,
    /// Its value is not the documented JSON.
    Malformed,
    /// The words do not tell.
    Unsaid,
}

/// What a failure text says of the secret with a registry's credentials; `None` where it does not speak of one.
pub fn secret_trouble(written: &str) -> Option<SecretTrouble> {
    let text = Text::new(written);
    if !text.matches(&SECRET) {
        return None;
    }
    Some(if text.matches(&DENIED) {
        SecretTrouble::Denied
    } else if text.matches(&MALFORMED) {
        SecretTrouble::Malformed
    } else if text.matches(&MISSING) {
        SecretTrouble::Missing
    } else {
        SecretTrouble::Unsaid
    })
}

/// Whether the text, or the `resource` it names as refused, is about one of these secrets.
pub(super) fn names_one_of(text: &Text, resource: Option<&str>, secrets: &[&str]) -> bool {
    if secrets.is_empty() || !text.matches(&SECRET) {
        return false;
    }
    let in_text = SECRET_ARN
        .find_iter(&text.plain)
        .map(|found| found.as_str().trim_end_matches('.'));
    in_text
        .chain(resource)
        .any(|named| secrets.iter().any(|secret| is_same(named, secret)))
}

/// Whether two ways to write a secret mean the same one: by ARN with or without the six characters that Secrets Manager adds,
/// or by name (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen>).
fn is_same(one: &str, other: &str) -> bool {
    let name = |written: &str| {
        let name = written.split_once(":secret:").map_or(written, |(_, name)| name);
        name.split(':').next().unwrap_or_default().to_owned()
    };
    let (place, other_place) = (one.split_once(":secret:"), other.split_once(":secret:"));
    if let (Some((place, _)), Some((other_place, _))) = (place, other_place)
        && place != other_place
    {
        return false;
    }
    let added = |long: &str, short: &str| {
        let rest = long.strip_prefix(short).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| rest.len() == 6 && rest.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    let (one, other) = (name(one), name(other));
    !one.is_empty() && (one == other || added(&one, &other) || added(&other, &one))
}

/// What is wrong with the credentials that the puller itself has, by the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnCredentials {
    /// There are none.
    None,
    /// They are expired or not valid.
    Stale,
}

/// What a failure text says of the puller's own credentials; `None` where it says nothing of them.
pub fn own_credentials(written: &str) -> Option<OwnCredentials> {
    let text = Text::new(written);
    if text.matches(&NO_CREDENTIALS) {
        Some(OwnCredentials::None)
    } else {
        text.matches(&STALE_CREDENTIALS).then_some(OwnCredentials::Stale)
    }
}

#[cfg(test)]
mod tests {
    use super::{OwnCredentials, SecretTrouble, Text, names_one_of, own_credentials, secret_trouble};

    #[test]
    fn what_is_wrong_with_a_secret() {
        use SecretTrouble::{Denied, Malformed, Missing, Unsaid};
        for (text, expected) in [
            (
                "unable to retrieve registry auth from asm: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized to perform: secretsmanager:GetSecretValue",
                Some(Denied),
            ),
            (
                "asm fetching authorization data: unable to unmarshal secret value, invalid schema",
                Some(Malformed),
            ),
            (
                "unable to pull registry auth from asm: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
                Some(Missing),
            ),
            (
                "CannotPullContainerAuthError: dockerauth: engine docker private registry credentials: not found",
                Some(Unsaid),
            ),
            ("unauthorized: incorrect username or password", None),
        ] {
            assert_eq!(secret_trouble(text), expected, "{text}");
        }
    }

    #[test]
    fn which_secret_is_meant() {
        let text = "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret \
                    arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/acme-a1b2c3 from secrets manager: AccessDenied";
        for (secret, expected) in [
            (
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/acme-a1b2c3",
                true,
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/acme",
                true,
            ),
            ("registry/acme", true),
            (
                "arn:aws:secretsmanager:eu-west-1:444455556666:secret:registry/acme-a1b2c3",
                false,
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry/acme-db-a1b2c3",
                false,
            ),
            ("registry/acm", false),
            ("registry", false),
            ("", false),
        ] {
            assert_eq!(
                names_one_of(&Text::new(text), None, &[secret]),
                expected,
                "{secret}"
            );
        }
        let named = "is not authorized to perform: secretsmanager:GetSecretValue on resource: registry/acme";
        assert!(names_one_of(
            &Text::new(named),
            Some("registry/acme"),
            &["registry/acme"]
        ));
        assert!(!names_one_of(
            &Text::new("no such image"),
            Some("registry/acme"),
            &["registry/acme"]
        ));
    }

    #[test]
    fn what_is_wrong_with_the_pullers_own_credentials() {
        for (text, expected) in [
            (
                "NoCredentialProviders: no valid providers in chain",
                Some(OwnCredentials::None),
            ),
            (
                "ExpiredTokenException: The security token included in the request is expired",
                Some(OwnCredentials::Stale),
            ),
            ("AccessDeniedException", None),
        ] {
            assert_eq!(own_credentials(text), expected, "{text}");
        }
    }
}
