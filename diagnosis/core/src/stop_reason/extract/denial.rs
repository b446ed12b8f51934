//! Who was refused what, and by which policy, as AWS words it:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stop_reason::text::{Text, patterns};

/// The kind of policy that a refusal names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DenyingPolicy {
    /// Identity-based policy of the role or user.
    Identity,
    /// Permissions boundary of the role or user.
    Boundary,
    /// Service control policy of the organization.
    Scp,
    /// Resource control policy of the organization.
    Rcp,
    /// Resource-based policy: the repository's.
    ResourcePolicy,
    /// VPC endpoint policy.
    EndpointPolicy,
    /// Session policy of the assumed role.
    SessionPolicy,
}

/// The policy that a refusal names, and how it refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct DeniedBy {
    /// The kind of policy.
    pub policy: DenyingPolicy,
    /// True for an explicit deny, false where nothing allowed the action.
    pub explicit: bool,
}

/// A refusal by AWS.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::stop_reason) struct Denial {
    pub(in crate::stop_reason) principal: Option<String>,
    pub(in crate::stop_reason) action: Option<String>,
    pub(in crate::stop_reason) resource: Option<String>,
    pub(in crate::stop_reason) denied_by: Option<DeniedBy>,
}

patterns! {
    PRINCIPAL = r"(?i)\buser: ?(\S+?)[,;]?(?: is not auth| \S+ is not auth|$)";
    ACTION = r"(?i)not authorized to perform:? ?([a-z0-9-]+:[a-z*]+)";
    RESOURCE = r"(?i)\bon resource:? ?(\S+?)[.,;)]*(?: |$)";
    OPERATION = r"(?i)(?:calling the (\w+) operation|operation error (ecr|ecr public|sts|secrets manager|kms|s3): (\w+))";
    /// The agent's message for a role that ECS may not assume, and the older advice that names a role.
    ROLE = r"(?i)\brole '([^']+)'";
    /// "because no X policy allows", "with an explicit deny in a(n) X policy", "explicitly denied by X policy".
    BECAUSE = r"because no (.{0,40}?)(?: policy)? allows";
    EXPLICIT = r"explicit(?:ly)? den(?:y|ied)(?: (?:in|by))?(?: an?)? (.{0,40}?)(?:policy|boundary|$)";
    BECAUSE_CUT = r"because no (\S+(?: \S+){0,3})$";
}

/// Reads a refusal; every part is `None` where the text does not give it.
pub(in crate::stop_reason) fn denial(text: &Text) -> Denial {
    let first = |pattern: &regex::Regex| {
        pattern
            .captures(&text.plain)
            .and_then(|found| found.get(1))
            .map(|part| part.as_str().to_owned())
    };
    let mut denial = Denial {
        principal: first(&PRINCIPAL),
        action: first(&ACTION).or_else(|| operation(text)),
        resource: first(&RESOURCE),
        denied_by: denied_by(text),
    };
    if text.has("assume the role") {
        // ECS names the role that it could not assume, and nobody else.
        denial.action = denial.action.or_else(|| Some("sts:AssumeRole".to_owned()));
        denial.resource = denial.resource.or_else(|| first(&ROLE));
    }
    denial
}

/// The action behind an API operation that the text names, where that operation takes part in a pull.
fn operation(text: &Text) -> Option<String> {
    let found = OPERATION.captures(&text.plain)?;
    let name = found.get(1).or_else(|| found.get(3))?.as_str();
    let service = match found
        .get(2)
        .map(|service| service.as_str().to_ascii_lowercase())
        .as_deref()
    {
        Some("sts") => "sts",
        Some("secrets manager") => "secretsmanager",
        Some("kms") => "kms",
        Some("s3") => "s3",
        Some("ecr public") => "ecr-public",
        Some(_) => "ecr",
        None => match name {
            "GetAuthorizationToken"
            | "BatchGetImage"
            | "GetDownloadUrlForLayer"
            | "BatchCheckLayerAvailability"
            | "BatchImportUpstreamImage" => "ecr",
            "GetSecretValue" => "secretsmanager",
            _ => return None,
        },
    };
    Some(format!("{service}:{name}"))
}

/// The policy that the refusal names.
fn denied_by(text: &Text) -> Option<DeniedBy> {
    let named = |pattern: &regex::Regex, explicit| {
        let words = pattern.captures(&text.lower)?.get(0)?.as_str();
        policy(words).map(|policy| DeniedBy { policy, explicit })
    };
    named(&EXPLICIT, true)
        .or_else(|| named(&BECAUSE, false))
        .or_else(|| named(&BECAUSE_CUT, false))
}

fn policy(words: &str) -> Option<DenyingPolicy> {
    use DenyingPolicy::{Boundary, EndpointPolicy, Identity, Rcp, ResourcePolicy, Scp, SessionPolicy};
    // "resource control" before "resource": one is the organization's, the other the repository's.
    [
        ("resource control", Rcp),
        ("service control", Scp),
        ("resource-based", ResourcePolicy),
        ("resource based", ResourcePolicy),
        ("repository policy", ResourcePolicy),
        ("endpoint", EndpointPolicy),
        ("boundary", Boundary),
        ("session", SessionPolicy),
        ("identity", Identity),
    ]
    .into_iter()
    .find_map(|(name, policy)| words.contains(name).then_some(policy))
}

#[cfg(test)]
mod tests {
    use super::{DeniedBy, DenyingPolicy, Text, denial};

    #[test]
    fn all_parts_of_a_refusal() {
        let found = denial(&Text::new(
            "denied: User: arn:aws:sts::111122223333:assumed-role/web-exec/0a1b is not authorized to perform: ecr:BatchGetImage \
             on resource: arn:aws:ecr:eu-west-1:111122223333:repository/web/api because no identity-based policy allows the \
             ecr:BatchGetImage action",
        ));
        assert_eq!(
            found.principal.as_deref(),
            Some("arn:aws:sts::111122223333:assumed-role/web-exec/0a1b")
        );
        assert_eq!(found.action.as_deref(), Some("ecr:BatchGetImage"));
        assert_eq!(
            found.resource.as_deref(),
            Some("arn:aws:ecr:eu-west-1:111122223333:repository/web/api")
        );
        assert_eq!(
            found.denied_by,
            Some(DeniedBy {
                policy: DenyingPolicy::Identity,
                explicit: false
            })
        );
    }

    #[test]
    fn every_policy_that_can_refuse() {
        use DenyingPolicy::{Boundary, EndpointPolicy, Identity, Rcp, ResourcePolicy, Scp, SessionPolicy};
        for (clause, policy, explicit) in [
            (
                "because no identity-based policy allows the x action",
                Identity,
                false,
            ),
            (
                "because no permissions boundary allows the x action",
                Boundary,
                false,
            ),
            (
                "because no service control policy allows the x action",
                Scp,
                false,
            ),
            (
                "because no resource control policy allows the x action",
                Rcp,
                false,
            ),
            (
                "because no resource-based policy allows the x action",
                ResourcePolicy,
                false,
            ),
            (
                "because no VPC endpoint policy allows the x action",
                EndpointPolicy,
                false,
            ),
            (
                "because no session policy allows the x action",
                SessionPolicy,
                false,
            ),
            ("because no identity-based policy", Identity, false),
            (
                "with an explicit deny in an identity-based policy",
                Identity,
                true,
            ),
            ("with an explicit deny in a permissions boundary", Boundary, true),
            (
                "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/p",
                Scp,
                true,
            ),
            ("with an explicit deny in a resource control policy", Rcp, true),
            (
                "with an explicit deny in a resource-based policy",
                ResourcePolicy,
                true,
            ),
            (
                "with an explicit deny in a VPC endpoint policy",
                EndpointPolicy,
                true,
            ),
            ("with an explicit deny in a session policy", SessionPolicy, true),
        ] {
            assert_eq!(
                denial(&Text::new(clause)).denied_by,
                Some(DeniedBy { policy, explicit }),
                "{clause}"
            );
        }
        assert_eq!(
            denial(&Text::new("on resource: * with an explicit deny")).denied_by,
            None
        );
    }

    #[test]
    fn operations_and_roles() {
        let token = denial(&Text::new(
            "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation",
        ));
        assert_eq!(token.action.as_deref(), Some("ecr:GetAuthorizationToken"));
        let list = denial(&Text::new(
            "operation error ECR: ListImages, https response error StatusCode: 400",
        ));
        assert_eq!(list.action.as_deref(), Some("ecr:ListImages"));
        let role = denial(&Text::new(
            "ECS was unable to assume the role 'arn:aws:iam::111122223333:role/x' that was provided",
        ));
        assert_eq!(role.resource.as_deref(), Some("arn:aws:iam::111122223333:role/x"));
    }
}
