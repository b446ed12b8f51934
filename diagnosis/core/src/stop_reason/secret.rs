//! What is said of the secret that holds a registry's credentials, and of the puller's own credentials.

use super::text::{Text, patterns};

patterns! {
    /// The agent reads the secret: <https://github.com/aws/amazon-ecs-agent> wraps it so.
    SECRET = r"registry auth(?:entication)? from (?:asm|aws secrets|secrets manager)|asm fetching|private registry credentials|authorizationdata is malformed|repositorycredentials|secretsmanager:getsecretvalue|retrieve secret from asm|secret .{0,120}from secrets manager";
    MALFORMED = r"unable to unmarshal secret|invalid schema|authorizationdata is malformed|empty secrets? value|empty field";
    MISSING = r"resourcenotfound|can't find the specified secret|could not find|marked for deletion|scheduled for deletion|marked deleted|staging label";
    DENIED = r"accessdenied|not authorized to perform|access denied";
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
    use super::{OwnCredentials, SecretTrouble, own_credentials, secret_trouble};

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
