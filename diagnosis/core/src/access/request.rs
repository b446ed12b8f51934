//! What is asked.

use super::context::Context;
use super::principal::Principal;

/// A request to AWS: who wants to do what to which resource, under which circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The action (`ecr:BatchGetImage`); compared without case.
    pub action: String,
    /// The resource's ARN, or `*` for an action that knows no resource (`ecr:GetAuthorizationToken`).
    pub resource: String,
    /// What is known of the circumstances.
    pub context: Context,
}

/// Actions on a role that its trust policy must allow
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).
const TRUSTED: [&str; 5] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setsourceidentity",
    "sts:tagsession",
];

impl Request {
    /// The account that owns the resource: the fifth field of its ARN, or the principal's own where there is none.
    pub fn resource_account(&self) -> Option<&str> {
        let account = if self.resource.starts_with("arn:") {
            self.resource.split(':').nth(4)
        } else {
            None
        };
        account
            .filter(|account| !account.is_empty())
            .or_else(|| self.principal.account())
    }

    /// Whether the action uses a KMS key.
    pub(super) fn is_on_a_key(&self) -> bool {
        let mut arn = self.resource.splitn(6, ':');
        let (service, resource) = (arn.nth(2), arn.nth(2));
        self.action.to_ascii_lowercase().starts_with("kms:")
            && service == Some("kms")
            && resource.is_some_and(|resource| resource.starts_with("key/"))
    }

    /// Whether the action makes the principal another role.
    pub(super) fn assumes_a_role(&self) -> bool {
        TRUSTED.contains(&self.action.to_ascii_lowercase().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::access::{Context, Principal};

    fn request(action: &str, resource: &str) -> Request {
        Request {
            principal: Principal::parse("arn:aws:iam::210987654321:role/pull").unwrap(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: Context::new(),
        }
    }

    #[test]
    fn whose_resource_it_is() {
        for (resource, expected) in [
            ("*", "210987654321"),
            ("arn:aws:s3:::layers/x", "210987654321"),
            (
                "arn:aws:ecr:eu-west-1:123456789012:repository/shop",
                "123456789012",
            ),
            ("arn:aws", "210987654321"),
        ] {
            assert_eq!(
                request("a:b", resource).resource_account(),
                Some(expected),
                "{resource}"
            );
        }
    }

    #[test]
    fn keys_and_roles() {
        let key = "arn:aws:kms:eu-west-1:210987654321:key/1";
        assert!(request("KMS:Decrypt", key).is_on_a_key());
        assert!(!request("kms:ListKeys", "*").is_on_a_key());
        assert!(!request("kms:Decrypt", "arn:aws:kms:eu-west-1:210987654321:alias/a").is_on_a_key());
        assert!(!request("ecr:BatchGetImage", key).is_on_a_key());
        assert!(request("sts:AssumeRole", "*").assumes_a_role());
        assert!(!request("sts:GetCallerIdentity", "*").assumes_a_role());
    }
}
