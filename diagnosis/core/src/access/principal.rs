//! Who asks.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use thiserror::Error;

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub(super) text: String,
    pub(super) kind: Kind,
    pub(super) unique_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Role {
        partition: String,
        account: String,
        name: String,
        service_linked: bool,
    },
    Session {
        partition: String,
        account: String,
        role: String,
    },
    User {
        partition: String,
        account: String,
    },
    Account {
        partition: String,
        account: String,
    },
    Service,
}

/// A text that names no principal this evaluator knows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{text}` is neither a role ARN, a role session ARN, a user ARN, an account's root ARN nor a service name"
)]
pub struct PrincipalError {
    text: String,
}

impl Principal {
    /// Reads a role ARN, a role session ARN (`arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`), a user ARN, an account's root
    /// ARN, or the name of a service (`ecs-tasks.amazonaws.com`).
    ///
    /// # Errors
    ///
    /// When the text is none of these.
    pub fn parse(text: &str) -> Result<Self, PrincipalError> {
        let kind = kind_of(text).ok_or_else(|| PrincipalError {
            text: text.to_owned(),
        })?;
        Ok(Self {
            text: text.to_owned(),
            kind,
            unique_id: None,
        })
    }

    /// The same principal with the unique id of its role or user (`AROA…`, `AIDA…`), where it has been read.
    #[must_use]
    pub fn with_unique_id(mut self, id: impl Into<String>) -> Self {
        self.unique_id = Some(id.into());
        self
    }

    /// The text it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The account it belongs to; a service belongs to none.
    pub fn account(&self) -> Option<&str> {
        match &self.kind {
            Kind::Role { account, .. }
            | Kind::Session { account, .. }
            | Kind::User { account, .. }
            | Kind::Account { account, .. } => Some(account),
            Kind::Service => None,
        }
    }

    /// Whether it is an AWS service that acts for itself.
    pub fn is_service(&self) -> bool {
        self.kind == Kind::Service
    }

    /// Whether it is a service-linked role, or a session of one: service control policies do not bind these
    /// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>).
    pub fn is_service_linked(&self) -> bool {
        match &self.kind {
            Kind::Role { service_linked, .. } => *service_linked,
            // A session's ARN has no path; only AWS may name a role so.
            Kind::Session { role, .. } => role.starts_with("AWSServiceRoleFor"),
            Kind::User { .. } | Kind::Account { .. } | Kind::Service => false,
        }
    }

    pub(super) fn partition(&self) -> Option<&str> {
        match &self.kind {
            Kind::Role { partition, .. }
            | Kind::Session { partition, .. }
            | Kind::User { partition, .. }
            | Kind::Account { partition, .. } => Some(partition),
            Kind::Service => None,
        }
    }
}

pub(super) fn kind_of(text: &str) -> Option<Kind> {
    if !text.starts_with("arn:") {
        let service = text.contains('.') && !text.contains([':', '/', ' ', '*']);
        return service.then_some(Kind::Service);
    }
    let mut parts = text.splitn(6, ':').skip(1);
    let (partition, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let (account, resource) = (parts.next()?, parts.next()?);
    if partition.is_empty() || !region.is_empty() || !is_account_id(account) {
        return None;
    }
    let (partition, account) = (partition.to_owned(), account.to_owned());
    match service {
        "iam" if resource == "root" => Some(Kind::Account { partition, account }),
        "iam" => {
            let (kind, path_and_name) = resource.split_once('/')?;
            let name = path_and_name.rsplit('/').next().filter(|name| !name.is_empty())?;
            match kind {
                "role" => Some(Kind::Role {
                    partition,
                    account,
                    name: name.to_owned(),
                    service_linked: path_and_name.starts_with("aws-service-role/"),
                }),
                "user" => Some(Kind::User { partition, account }),
                _ => None,
            }
        }
        "sts" => {
            let (role, session) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
            let session = !role.is_empty() && !session.is_empty();
            session.then(|| Kind::Session {
                partition,
                account,
                role: role.to_owned(),
            })
        }
        _ => None,
    }
}

pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::Principal;

    #[test]
    fn what_is_no_principal() {
        for text in [
            "",
            "*",
            "pull",
            "arn:aws:iam::210987654321:group/devs",
            "arn:aws:iam::21:role/pull",
            "arn:aws:sts::210987654321:assumed-role/pull",
            "arn:aws:s3:::bucket",
            "arn:",
        ] {
            assert!(Principal::parse(text).is_err(), "{text}");
        }
        insta::assert_snapshot!(
            Principal::parse("pull").unwrap_err(),
            @"`pull` is neither a role ARN, a role session ARN, a user ARN, an account's root ARN nor a service name"
        );
    }

    #[test]
    fn service_linked_roles_are_known_by_path_and_name() {
        let linked = "arn:aws:iam::210987654321:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
        assert!(Principal::parse(linked).unwrap().is_service_linked());
        assert!(
            Principal::parse("arn:aws:sts::210987654321:assumed-role/AWSServiceRoleForECS/x")
                .unwrap()
                .is_service_linked()
        );
        assert!(
            !Principal::parse("arn:aws:iam::210987654321:role/pull")
                .unwrap()
                .is_service_linked()
        );
    }
}
