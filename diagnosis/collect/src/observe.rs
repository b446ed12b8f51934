//! What an answer of AWS means for an observation: the one place where errors are read.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use diagnosis::Outcome;

use crate::actions::Action;
use crate::tally::OutOfCalls;
use diagnosis::stop_reason::redact;

/// Why a fetch has no value to show.
#[derive(Debug)]
pub(crate) enum NotSeen {
    /// AWS says it is not there, in a way that is no error code.
    Absent,
    /// The call was refused or failed.
    Refused(Refusal),
    /// It failed on our side, or the answer cannot be read.
    Failed(String),
    /// It was not asked.
    OutOfCalls(OutOfCalls),
}

/// An error of a call, without its SDK type.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// AWS's error code, where AWS answered.
    code: Option<String>,
    message: String,
    at: Point,
}

/// How far a call got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    /// There were no credentials to sign it with.
    Credentials,
    /// The role to read with was not assumed.
    AssumeRole,
    /// No answer came.
    Sending,
    /// It was answered.
    Answered,
}

/// What stands in the way of reading anything at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The credentials are missing, expired or not valid.
    Credentials(String),
    /// The role to read with cannot be assumed.
    AssumeRole(String),
    /// No answer came from AWS.
    Unreachable(String),
    /// The action is not permitted.
    Denied {
        /// IAM action.
        action: String,
        /// Who lacks it.
        principal: Option<String>,
    },
}

impl<E, R> From<SdkError<E, R>> for NotSeen
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
    SdkError<E, R>: std::error::Error,
{
    fn from(error: SdkError<E, R>) -> Self {
        if let Some(unmade) = causes(&error).find_map(|cause| cause.downcast_ref::<OutOfCalls>()) {
            return Self::OutOfCalls(*unmade);
        }
        let service = error.as_service_error();
        let code = service.and_then(ProvideErrorMetadata::code).map(str::to_owned);
        let (at, message) = match service {
            Some(service) => (Point::Answered, service.message().unwrap_or_default().to_owned()),
            None => unanswered(&error),
        };
        Self::Refused(Refusal { code, message, at })
    }
}

/// How far a call got that AWS did not answer, and what happened, for a person.
fn unanswered<E, R>(error: &SdkError<E, R>) -> (Point, String)
where
    SdkError<E, R>: std::error::Error + 'static,
{
    if matches!(error, SdkError::TimeoutError(_)) {
        return (Point::Sending, "no answer in time".to_owned());
    }
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    let any = |word: &str| texts.iter().any(|text| text.contains(word));
    let last = texts.last().map(String::as_str).unwrap_or_default();
    match error {
        SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => {
            (Point::Sending, last.to_owned())
        }
        _ if any("AssumeRole") => (Point::AssumeRole, said(last)),
        _ if any("credential") => (Point::Credentials, said(last)),
        _ => (Point::Answered, last.to_owned()),
    }
}

/// The error and what is behind it; the last one says what happened, those around it `dispatch failure`.
fn causes<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// The sentence in the SDK's own words about credentials.
fn said(text: &str) -> String {
    if text.contains("no credentials found in chain") {
        // It then lists every place where it looked.
        return "no credentials were found".to_owned();
    }
    let quoted = text
        .split("message: \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    quoted.unwrap_or(text).to_owned()
}

/// Codes of a refusal that a permission would lift.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "Client.UnauthorizedOperation",
];

/// What AWS Health answers accounts without a support plan for it.
///
/// <https://docs.aws.amazon.com/health/latest/APIReference/Welcome.html>
const NO_SUPPORT_PLAN: &str = "SubscriptionRequiredException";

/// Codes that say the credentials themselves are no good.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// Turns the result of a call into what was observed, and names what stands in the way of reading anything.
pub(crate) fn outcome<T>(action: &Action, result: Result<T, NotSeen>) -> (Outcome<T>, Option<Trouble>) {
    match result {
        Ok(value) => (Outcome::Present(value), None),
        Err(NotSeen::Absent) => (Outcome::Absent, None),
        Err(NotSeen::Failed(error)) => (
            Outcome::Failed {
                error: redact(&error),
            },
            None,
        ),
        Err(NotSeen::OutOfCalls(unmade)) => (
            Outcome::NotCollected {
                why: unmade.to_string(),
            },
            None,
        ),
        Err(NotSeen::Refused(refusal)) => refused(action, refusal),
    }
}

fn refused<T>(action: &Action, refusal: Refusal) -> (Outcome<T>, Option<Trouble>) {
    let Refusal { code, message, at } = refusal;
    let message = redact(&message);
    let code = code.as_deref().unwrap_or_default();
    if action.absent.contains(&code) || unknown_task_definition(action, code, &message) {
        return (Outcome::Absent, None);
    }
    if code == NO_SUPPORT_PLAN {
        // No permission would lift this, and nothing else hangs on it.
        let action =
            "AWS Health's API answers accounts with a Business, Enterprise or better support plan only";
        let denied = Outcome::Denied {
            action: action.to_owned(),
            principal: None,
        };
        return (denied, None);
    }
    if DENIED.contains(&code) {
        let action = action_in(&message).unwrap_or_else(|| action.action.to_owned());
        let principal = principal_in(&message);
        let trouble = Trouble::Denied {
            action: action.clone(),
            principal: principal.clone(),
        };
        return (Outcome::Denied { action, principal }, Some(trouble));
    }
    let error = match (code, message.as_str()) {
        ("", "") => "the answer could not be read".to_owned(),
        ("", message) => message.to_owned(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    };
    let trouble = match at {
        Point::Credentials => Some(Trouble::Credentials(error.clone())),
        Point::Answered if CREDENTIALS.contains(&code) => Some(Trouble::Credentials(error.clone())),
        Point::AssumeRole => Some(Trouble::AssumeRole(error.clone())),
        Point::Sending => Some(Trouble::Unreachable(error.clone())),
        Point::Answered => None,
    };
    (Outcome::Failed { error }, trouble)
}

/// `DescribeTaskDefinition` answers `ClientException` with this text for a family or revision that does not exist.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html>
fn unknown_task_definition(action: &Action, code: &str, message: &str) -> bool {
    action.action == "ecs:DescribeTaskDefinition"
        && code == "ClientException"
        && message.contains("Unable to describe task definition")
}

/// The principal in `User: arn:… is not authorized to perform: ecs:ListTasks on resource: …`.
fn principal_in(message: &str) -> Option<String> {
    let after = message.split("User: ").nth(1)?;
    let arn = after.split_whitespace().next()?;
    arn.starts_with("arn:").then(|| arn.to_owned())
}

/// The action in that text: one call may need another action than the one it is named for.
fn action_in(message: &str) -> Option<String> {
    let after = message.split("to perform: ").nth(1)?;
    let action = after.split_whitespace().next()?.trim_end_matches([',', '.', ';']);
    let (service, operation) = action.split_once(':')?;
    let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (word(service) && word(operation)).then(|| action.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions;

    fn refusal(code: &str, message: &str) -> Result<u8, NotSeen> {
        Err(NotSeen::Refused(Refusal {
            code: (!code.is_empty()).then(|| code.to_owned()),
            message: message.to_owned(),
            at: Point::Answered,
        }))
    }

    #[test]
    fn errors_mean_what_aws_means_by_them() {
        let absent = "absent";
        let failed = "failed";
        let denied = "denied";
        let cases: &[(&Action, &str, &str, &str)] = &[
            (
                &actions::ECS_LIST_TASKS,
                "ClusterNotFoundException",
                "Cluster not found.",
                absent,
            ),
            (
                &actions::ECS_LIST_TASKS,
                "ServiceNotFoundException",
                "Service not found.",
                absent,
            ),
            (
                &actions::ECR_DESCRIBE_IMAGES,
                "ImageNotFoundException",
                "no such image",
                absent,
            ),
            (
                &actions::ECR_DESCRIBE_IMAGES,
                "RepositoryNotFoundException",
                "no such repository",
                absent,
            ),
            (
                &actions::ECR_GET_REPOSITORY_POLICY,
                "RepositoryPolicyNotFoundException",
                "none",
                absent,
            ),
            (
                &actions::ECR_GET_REPOSITORY_POLICY,
                "ImageNotFoundException",
                "not of this call",
                failed,
            ),
            (&actions::IAM_GET_ROLE, "NoSuchEntity", "no such role", absent),
            (
                &actions::EC2_DESCRIBE_SUBNETS,
                "InvalidSubnetID.NotFound",
                "gone",
                absent,
            ),
            (
                &actions::ECS_DESCRIBE_TASK_DEFINITION,
                "ClientException",
                "Unable to describe task definition.",
                absent,
            ),
            (
                &actions::ECS_DESCRIBE_TASK_DEFINITION,
                "ClientException",
                "Something else.",
                failed,
            ),
            (
                &actions::ECS_DESCRIBE_TASKS,
                "ClientException",
                "Unable to describe task definition.",
                failed,
            ),
            (&actions::ECS_LIST_TASKS, "AccessDeniedException", "no", denied),
            (
                &actions::EC2_DESCRIBE_SUBNETS,
                "UnauthorizedOperation",
                "no",
                denied,
            ),
            (&actions::IAM_GET_ROLE, "AccessDenied", "no", denied),
            (
                &actions::HEALTH_DESCRIBE_EVENTS,
                "SubscriptionRequiredException",
                "no plan",
                denied,
            ),
            (
                &actions::ECR_DESCRIBE_IMAGES,
                "ThrottlingException",
                "Rate exceeded",
                failed,
            ),
            (&actions::ECR_DESCRIBE_IMAGES, "", "", failed),
        ];
        for (action, code, message, expected) in cases {
            let (outcome, _) = outcome(action, refusal(code, message));
            let got = match outcome {
                Outcome::Absent => absent,
                Outcome::Denied { .. } => denied,
                Outcome::Failed { .. } => failed,
                other => panic!("{other:?}"),
            };
            assert_eq!(got, *expected, "{} {code}", action.action);
        }
    }

    #[test]
    fn a_denial_names_the_action_and_who_lacks_it() {
        let text = "User: arn:aws:sts::111122223333:assumed-role/reader/epw is not authorized to perform: \
                    ecs:ListTasks on resource: * because no identity-based policy allows the ecs:ListTasks action";
        let (outcome, trouble) = outcome(
            &actions::ECS_DESCRIBE_TASKS,
            refusal("AccessDeniedException", text),
        );
        let principal = Some("arn:aws:sts::111122223333:assumed-role/reader/epw".to_owned());
        assert_eq!(
            outcome,
            Outcome::Denied {
                action: "ecs:ListTasks".to_owned(),
                principal: principal.clone()
            }
        );
        assert_eq!(
            trouble,
            Some(Trouble::Denied {
                action: "ecs:ListTasks".to_owned(),
                principal
            })
        );
    }

    #[test]
    fn a_denial_without_names_is_of_the_action_that_was_called() {
        let (outcome, _) = outcome(
            &actions::EC2_DESCRIBE_SUBNETS,
            refusal(
                "UnauthorizedOperation",
                "You are not authorized to perform this operation.",
            ),
        );
        assert_eq!(
            outcome,
            Outcome::Denied {
                action: "ec2:DescribeSubnets".to_owned(),
                principal: None
            }
        );
    }

    #[test]
    fn bad_credentials_are_told_apart_from_denials() {
        for code in [
            "ExpiredTokenException",
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "RequestExpired",
        ] {
            let (outcome, trouble) = outcome(
                &actions::ECS_LIST_TASKS,
                refusal(code, "The security token is bad"),
            );
            assert!(matches!(outcome, Outcome::Failed { .. }), "{code}");
            assert!(
                matches!(trouble, Some(Trouble::Credentials(text)) if text.starts_with(code)),
                "{code}"
            );
        }
    }
}
