//! Whom a `Principal` or `NotPrincipal` element names.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use super::principal::{Kind, Principal, is_account_id, kind_of};

/// One entry of a `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PrincipalEntry {
    /// `*`: everybody.
    Everyone,
    /// An account: its id, or the ARN of its root (which holds the partition too).
    Account { partition: Option<String>, id: String },
    /// An identity named by its ARN. No wildcards here: "you cannot use a wildcard to match part of a principal name or ARN".
    Arn(String),
    /// What AWS shows in the place of an ARN once the role or user is gone (`AROA…`, `AIDA…`).
    UniqueId(String),
    /// A service by its name; `*` for every service.
    Service(String),
    /// An identity provider, a canonical user, or something IAM would not have accepted: never one of our principals.
    Other,
}

impl PrincipalEntry {
    /// Reads an entry under its kind (`AWS`, `Service`, `Federated`, `CanonicalUser`).
    pub(super) fn parse(kind: &str, text: &str) -> Self {
        match kind {
            "AWS" if text == "*" => Self::Everyone,
            "AWS" if is_account_id(text) => Self::Account {
                partition: None,
                id: text.to_owned(),
            },
            "AWS" => match kind_of(text) {
                Some(Kind::Account { partition, account }) => Self::Account {
                    partition: Some(partition),
                    id: account,
                },
                _ if text.starts_with("arn:") => Self::Arn(text.to_owned()),
                _ => Self::UniqueId(text.to_owned()),
            },
            "Service" => Self::Service(text.to_owned()),
            _ => Self::Other,
        }
    }

    /// How the entry names the principal, if it does.
    pub(super) fn names(&self, principal: &Principal) -> Option<Named> {
        match (self, &principal.kind) {
            (Self::Everyone, _) => Some(Named::Directly),
            (Self::Service(name), Kind::Service) => {
                (name == "*" || *name == principal.text).then_some(Named::Directly)
            }
            (Self::Account { partition, id }, _) => {
                let same_partition = partition.is_none() || partition.as_deref() == principal.partition();
                (same_partition && principal.account() == Some(id)).then_some(Named::ByAccount)
            }
            (Self::Arn(arn), kind) => names_by_arn(arn, principal, kind),
            (Self::UniqueId(id), kind) => {
                let same = principal.unique_id.as_ref() == Some(id);
                let named = if matches!(kind, Kind::User { .. }) {
                    Named::Directly
                } else {
                    Named::ByRole
                };
                same.then_some(named)
            }
            (Self::Service(_) | Self::Other, _) => None,
        }
    }
}

fn names_by_arn(arn: &str, principal: &Principal, kind: &Kind) -> Option<Named> {
    if arn == principal.text {
        return Some(if matches!(kind, Kind::Role { .. }) {
            Named::ByRole
        } else {
            Named::Directly
        });
    }
    let Kind::Session {
        partition,
        account,
        role,
    } = kind
    else {
        return None;
    };
    // A session's ARN holds its role's name without the path; the name is unique in its account whatever the path.
    match kind_of(arn)? {
        Kind::Role {
            partition: of,
            account: within,
            name,
            ..
        } => (of == *partition && within == *account && name == *role).then_some(Named::ByRole),
        _ => None,
    }
}

/// How a `Principal` element names a principal, weakest first: what a grant is worth depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// Through its account, which in its own account only delegates to identity policies.
    ByAccount,
    /// By the ARN of its role: a permissions boundary limits the grant.
    ByRole,
    /// By its very self (session, user, service) or as one of everybody: a boundary does not limit the grant.
    Directly,
}

/// A statement's `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PrincipalElement {
    Principal(Vec<PrincipalEntry>),
    NotPrincipal(Vec<PrincipalEntry>),
}

/// The strongest way in which the entries name the principal.
pub(super) fn strongest(entries: &[PrincipalEntry], principal: &Principal) -> Option<Named> {
    entries.iter().filter_map(|entry| entry.names(principal)).max()
}

/// Whether a `NotPrincipal` with `Deny` spares the principal.
///
/// It must list the principal (or its role) and its account: AWS "might validate the account first", then the role
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>).
pub(super) fn spares(entries: &[PrincipalEntry], principal: &Principal) -> bool {
    let named = |wanted: &dyn Fn(Named) -> bool| {
        entries
            .iter()
            .filter_map(|entry| entry.names(principal))
            .any(wanted)
    };
    let everyone = entries.contains(&PrincipalEntry::Everyone);
    let itself = named(&|how| how != Named::ByAccount);
    let account = principal.is_service() || named(&|how| how == Named::ByAccount);
    match principal.kind {
        Kind::Account { .. } => account,
        _ => everyone || (itself && account),
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, PrincipalEntry, spares};
    use crate::access::Principal;

    const ROLE: &str = "arn:aws:iam::210987654321:role/pull";
    const SESSION: &str = "arn:aws:sts::210987654321:assumed-role/pull/6f1c";

    fn principal(text: &str) -> Principal {
        Principal::parse(text).unwrap()
    }

    #[test]
    fn who_names_whom() {
        for (kind, entry, who, expected) in [
            ("AWS", "*", ROLE, Some(Named::Directly)),
            ("AWS", "*", "ecs-tasks.amazonaws.com", Some(Named::Directly)),
            ("AWS", "210987654321", ROLE, Some(Named::ByAccount)),
            (
                "AWS",
                "arn:aws:iam::210987654321:root",
                SESSION,
                Some(Named::ByAccount),
            ),
            ("AWS", "arn:aws-cn:iam::210987654321:root", SESSION, None),
            ("AWS", "123456789012", ROLE, None),
            ("AWS", ROLE, ROLE, Some(Named::ByRole)),
            ("AWS", ROLE, SESSION, Some(Named::ByRole)),
            (
                "AWS",
                "arn:aws:iam::210987654321:role/ecs/pull",
                SESSION,
                Some(Named::ByRole),
            ),
            ("AWS", "arn:aws:iam::210987654321:role/ecs/pull", ROLE, None),
            ("AWS", "arn:aws:iam::210987654321:role/*", ROLE, None),
            ("AWS", "arn:aws:iam::123456789012:role/pull", SESSION, None),
            ("AWS", SESSION, SESSION, Some(Named::Directly)),
            ("AWS", SESSION, ROLE, None),
            (
                "AWS",
                "arn:aws:sts::210987654321:assumed-role/pull/other",
                SESSION,
                None,
            ),
            (
                "AWS",
                "arn:aws:iam::210987654321:user/ana",
                "arn:aws:iam::210987654321:user/ana",
                Some(Named::Directly),
            ),
            ("AWS", "AROAEXAMPLEID", ROLE, None),
            (
                "Service",
                "ecs-tasks.amazonaws.com",
                "ecs-tasks.amazonaws.com",
                Some(Named::Directly),
            ),
            ("Service", "ecs.amazonaws.com", "ecs-tasks.amazonaws.com", None),
            ("Service", "ecs-tasks.amazonaws.com", ROLE, None),
            ("Federated", "accounts.google.com", ROLE, None),
            ("CanonicalUser", "79a59df900b949e55d96a1e698fbaced", ROLE, None),
        ] {
            let named = PrincipalEntry::parse(kind, entry).names(&principal(who));
            assert_eq!(named, expected, "{kind} {entry} names {who}");
        }
    }

    #[test]
    fn a_unique_id_names_the_identity_that_has_it() {
        let entry = PrincipalEntry::parse("AWS", "AROAEXAMPLEID");
        let with = |id: &str| principal(ROLE).with_unique_id(id);
        assert_eq!(entry.names(&with("AROAEXAMPLEID")), Some(Named::ByRole));
        assert_eq!(entry.names(&with("AROAOTHERID")), None);
    }

    #[test]
    fn not_principal_must_list_the_account_too() {
        for (entries, who, expected) in [
            (vec![ROLE, "210987654321"], ROLE, true),
            (vec![ROLE, "arn:aws:iam::210987654321:root"], SESSION, true),
            (vec![SESSION, ROLE, "210987654321"], SESSION, true),
            (vec![ROLE], ROLE, false),
            (vec!["210987654321"], ROLE, false),
            (
                vec!["123456789012", "arn:aws:iam::123456789012:role/pull"],
                ROLE,
                false,
            ),
            (vec!["*"], ROLE, true),
        ] {
            let listed: Vec<_> = entries
                .iter()
                .map(|text| PrincipalEntry::parse("AWS", text))
                .collect();
            assert_eq!(
                spares(&listed, &principal(who)),
                expected,
                "{entries:?} spares {who}"
            );
        }
        let service = [PrincipalEntry::parse("Service", "ecs-tasks.amazonaws.com")];
        assert!(spares(&service, &principal("ecs-tasks.amazonaws.com")));
    }
}
