//! The keys that encrypt repositories and registries' secrets: whether they work, and for whom.
//!
//! A repository's key is used by ECR through its own grants: the role that pulls needs no permission for it
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html>). A secret's key is used by Secrets
//! Manager on behalf of the role, which needs `kms:Decrypt`
//! (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>).

use super::fate::ImageCase;
use super::permission::own::ResourcePolicy;
use super::secret::{Asked, Reader, account_of, decided};
use crate::access::{Decision, Effect, PolicyKind};
use crate::evidence::Evidence;
use crate::evidence::access::{Grant, Key, KeyEvidence, SecretEvidence};
use crate::evidence::image::Repository;
use crate::evidence::short;
use crate::observed::{Absence, Fact, Missing, Present};

/// The key of a repository.
#[derive(Debug)]
pub struct RepositoryKey<'e> {
    /// The image that is in the repository.
    pub image: &'e str,
    /// The repository.
    pub repository: Present<'e, Repository>,
    /// The key, as the repository names it.
    pub name: &'e str,
    /// What became of it.
    pub state: KeyState<'e>,
}

/// What became of a key.
#[derive(Debug)]
pub enum KeyState<'e> {
    /// It does not exist.
    Gone(Absence<'e>),
    /// It is disabled, about to be deleted, or not to be had.
    Unusable(Present<'e, Key>),
    /// It works, and the role may not use it.
    Refused(Box<Decision>, Vec<Fact>),
    /// It works, and has no grant that lets ECR decrypt the repository.
    NoGrant(Fact),
    /// It works.
    Usable(Vec<Fact>),
    /// It cannot be told.
    Unknown(Vec<Missing>),
}

/// The keys of the images' repositories, each once.
pub(super) fn of_repositories<'e>(
    evidence: &'e Evidence,
    images: &[ImageCase<'e>],
) -> Vec<RepositoryKey<'e>> {
    let mut keys: Vec<RepositoryKey<'e>> = Vec::new();
    for image in images {
        let Some(repository) = image.ecr.and_then(|ecr| ecr.repository.seen()) else {
            continue;
        };
        let Some(name) = repository.value().kms_key.as_deref() else {
            continue;
        };
        if keys.iter().any(|key| key.repository.arn == repository.arn) {
            continue;
        }
        let state = match evidence.key(name) {
            Some(read) => of_repository(read, repository.value()),
            None => KeyState::Unknown(vec![Missing::unknowable(
                format!("key {}", short(name)),
                "it was not looked at",
            )]),
        };
        keys.push(RepositoryKey {
            image: image.reference,
            repository,
            name,
            state,
        });
    }
    keys
}

fn of_repository<'e>(read: &'e KeyEvidence, repository: &Repository) -> KeyState<'e> {
    let key = match itself(read) {
        Ok(key) => key,
        Err(state) => return *state,
    };
    let fact = key.fact(format!("key {} is {}", short(&key.arn), key.state));
    let is_of = |grant: &Grant| {
        let of_ecr = grant.grantee.contains("ecr");
        let named = grant.context.iter().find(|(name, _)| name == "aws:ecr:arn");
        let decrypts = grant.operations.iter().any(|operation| operation == "Decrypt");
        decrypts && named.map_or(of_ecr, |(_, arn)| *arn == repository.arn)
    };
    // AWS's own key needs no grant of the customer's making.
    if key.manager == "AWS" {
        return KeyState::Usable(vec![fact]);
    }
    match read.grants.seen().and_then(|grants| grants.none(is_of)) {
        Some(absence) => KeyState::NoGrant(absence.fact(format!(
            "key {} has no grant that lets ECR decrypt repository {}",
            short(&key.arn),
            short(&repository.arn)
        ))),
        None => KeyState::Usable(vec![fact]),
    }
}

/// The key of a secret; `None` where the account's own `aws/secretsmanager` encrypts it.
pub(super) fn of_secret<'e>(
    reader: Reader<'_, 'e>,
    read: &'e SecretEvidence,
) -> Option<(&'e str, KeyState<'e>)> {
    let secret = read.secret.seen()?;
    let name = secret.value().kms_key.as_deref()?;
    let Some(read) = reader.evidence.key(name) else {
        let missing = Missing::unknowable(format!("key {}", short(name)), "it was not looked at");
        return Some((name, KeyState::Unknown(vec![missing])));
    };
    let key = match itself(read) {
        Ok(key) => key,
        Err(state) => return Some((name, *state)),
    };
    if key.manager == "AWS" {
        let fact = key.fact(format!("key {} is AWS's own", short(&key.arn)));
        return Some((name, KeyState::Usable(vec![fact])));
    }
    let policy = ResourcePolicy::of(
        &format!("policy of key {}", short(&key.arn)),
        PolicyKind::Key,
        &read.policy,
    );
    let region = key.arn.split(':').nth(3).unwrap_or_default();
    let via = format!(
        "secretsmanager.{region}.{}",
        crate::images::host::dns_suffix(region)
    );
    let caller = reader.role.map(|role| account_of(role.arn)).unwrap_or_default();
    let asked = Asked {
        action: "kms:Decrypt",
        resource: &key.arn,
        policy: &policy,
        // Secrets Manager calls on behalf of the role: no endpoint of the VPC is on that way.
        gate: None,
        more: &[
            ("kms:ViaService", &via),
            ("kms:CallerAccount", caller),
            ("kms:EncryptionContext:SecretARN", &secret.arn),
            ("aws:ViaAWSService", "true"),
        ],
    };
    let state = match decided(reader, &asked) {
        Ok((decision, mut facts, missing)) => match decision.effect {
            Effect::Allowed => KeyState::Usable(facts),
            Effect::Unknown => KeyState::Unknown(missing),
            Effect::ImplicitDeny | Effect::ExplicitDeny => {
                facts.extend(policy.fact.clone());
                KeyState::Refused(Box::new(decision), facts)
            }
        },
        Err(missing) => KeyState::Unknown(missing),
    };
    Some((name, state))
}

/// The key, where it is there and works.
fn itself(read: &KeyEvidence) -> Result<Present<'_, Key>, Box<KeyState<'_>>> {
    if let Some(absence) = read.key.absent() {
        return Err(Box::new(KeyState::Gone(absence)));
    }
    let Some(key) = read.key.seen() else {
        let what = format!("key {}", short(&read.name));
        let missing = read.key.missing(what).into_iter().collect();
        return Err(Box::new(KeyState::Unknown(missing)));
    };
    // States: <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>.
    match key.state.as_str() {
        "Disabled" | "PendingDeletion" | "PendingReplicaDeletion" | "PendingImport" | "Unavailable" => {
            Err(Box::new(KeyState::Unusable(key)))
        }
        _ => Ok(key),
    }
}

/// The repository's name: the whole path.
pub fn repository_name(repository: &Repository) -> &str {
    repository
        .arn
        .split_once(":repository/")
        .map_or(repository.arn.as_str(), |(_, name)| name)
}
