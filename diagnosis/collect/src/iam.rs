//! Roles that pull, and all that says what they may do.

use diagnosis::evidence::role::{NamedDocument, Role, RoleEvidence};
use diagnosis::evidence::short;
use diagnosis::{Listing, Observed};
use futures::future::join_all;

use crate::actions::{
    IAM_GET_INSTANCE_PROFILE, IAM_GET_POLICY, IAM_GET_POLICY_VERSION, IAM_GET_ROLE, IAM_GET_ROLE_POLICY,
    IAM_LIST_ATTACHED_ROLE_POLICIES, IAM_LIST_ROLE_POLICIES,
};
use crate::convert::document;
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// Pages of policies. A role may have 20 managed ones, and inline ones of 10,240 characters together.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const PAGES: usize = 2;

/// Everything that says what the role of this ARN may do.
pub(crate) async fn role(session: &Session<'_>, arn: &str, after: Chain) -> RoleEvidence {
    let name = short(arn);
    let (role_and_boundary, (inline_names, inline), (attached_arns, attached)) = tokio::join!(
        role_with_boundary(session, name, after),
        inline(session, name, after),
        attached(session, name, after)
    );
    let (role, boundary) = role_and_boundary;
    RoleEvidence {
        arn: arn.to_owned(),
        role,
        inline_names,
        inline,
        attached_arns,
        attached,
        boundary,
    }
}

async fn role_with_boundary(
    session: &Session<'_>,
    name: &str,
    after: Chain,
) -> (Observed<Role>, Observed<NamedDocument>) {
    let role = get(session, name, after).await;
    let boundary = match role.value().map(|role| &role.boundary_arn) {
        Some(Some(arn)) => managed(session, arn, role.chain).await,
        // The role was read and names none: that is its boundary's absence.
        Some(None) => absent_like(&role.item),
        None => role.item.clone().map(|_| NamedDocument {
            name: String::new(),
            document: serde_json::Value::Null,
        }),
    };
    (role.item, boundary)
}

fn absent_like<T, U>(item: &Observed<T>) -> Observed<U> {
    Observed {
        source: item.source.clone(),
        at: item.at,
        outcome: diagnosis::Outcome::Absent,
    }
}

async fn get(session: &Session<'_>, name: &str, after: Chain) -> Seen<Role> {
    let region = session.iam_region();
    session
        .read(
            Query::new(&IAM_GET_ROLE, name, region, Kind::Role, after),
            async {
                let answer = session.iam(region).get_role().role_name(name).send().await?;
                let role = answer.role().ok_or(NotSeen::Absent)?;
                Ok(Role {
                    arn: role.arn().to_owned(),
                    name: role.role_name().to_owned(),
                    id: role.role_id().to_owned(),
                    trust: document(role.assume_role_policy_document().unwrap_or_default())
                        .map_err(NotSeen::Failed)?,
                    boundary_arn: role
                        .permissions_boundary()
                        .and_then(|boundary| boundary.permissions_boundary_arn())
                        .map(str::to_owned),
                })
            },
        )
        .await
}

async fn inline(
    session: &Session<'_>,
    name: &str,
    after: Chain,
) -> (Observed<Listing<String>>, Vec<Observed<NamedDocument>>) {
    let region = session.iam_region();
    let names = session
        .read(
            Query::new(&IAM_LIST_ROLE_POLICIES, name, region, Kind::Role, after),
            async {
                pages(PAGES, |token| async {
                    let answer = session
                        .iam(region)
                        .list_role_policies()
                        .role_name(name)
                        .set_marker(token)
                        .send()
                        .await?;
                    Ok((answer.policy_names, answer.marker))
                })
                .await
            },
        )
        .await;
    let listed: &[String] = names.value().map_or(&[], |listing| &listing.items);
    let documents = join_all(
        listed
            .iter()
            .map(|policy| inline_document(session, name, policy, names.chain)),
    )
    .await;
    (names.item, documents)
}

async fn inline_document(
    session: &Session<'_>,
    role: &str,
    policy: &str,
    after: Chain,
) -> Observed<NamedDocument> {
    let region = session.iam_region();
    let query = Query::new(
        &IAM_GET_ROLE_POLICY,
        format!("{role}#{policy}"),
        region,
        Kind::Role,
        after,
    );
    session
        .read(query, async {
            let answer = session
                .iam(region)
                .get_role_policy()
                .role_name(role)
                .policy_name(policy)
                .send()
                .await?;
            named(policy, answer.policy_document())
        })
        .await
        .item
}

fn named(name: &str, text: &str) -> Result<NamedDocument, NotSeen> {
    Ok(NamedDocument {
        name: name.to_owned(),
        document: document(text).map_err(NotSeen::Failed)?,
    })
}

async fn attached(
    session: &Session<'_>,
    name: &str,
    after: Chain,
) -> (Observed<Listing<String>>, Vec<Observed<NamedDocument>>) {
    let region = session.iam_region();
    let arns = session
        .read(
            Query::new(&IAM_LIST_ATTACHED_ROLE_POLICIES, name, region, Kind::Role, after),
            async {
                pages(PAGES, |token| async {
                    let answer = session
                        .iam(region)
                        .list_attached_role_policies()
                        .role_name(name)
                        .set_marker(token)
                        .send()
                        .await?;
                    let arns = answer
                        .attached_policies()
                        .iter()
                        .filter_map(|policy| policy.policy_arn());
                    Ok((arns.map(str::to_owned).collect(), answer.marker.clone()))
                })
                .await
            },
        )
        .await;
    let listed: &[String] = arns.value().map_or(&[], |listing| &listing.items);
    let documents = join_all(listed.iter().map(|arn| managed(session, arn, arns.chain))).await;
    (arns.item, documents)
}

/// The version of a managed policy that is in force.
async fn managed(session: &Session<'_>, arn: &str, after: Chain) -> Observed<NamedDocument> {
    let region = session.iam_region();
    // Policies that AWS owns are in no account: `arn:aws:iam::aws:policy/…`. Everybody's are the same.
    let kind = if arn.contains(":iam::aws:policy/") {
        Kind::AwsPolicy
    } else {
        Kind::Role
    };
    let version = session
        .read(Query::new(&IAM_GET_POLICY, arn, region, kind, after), async {
            let answer = session.iam(region).get_policy().policy_arn(arn).send().await?;
            answer
                .policy()
                .and_then(|policy| policy.default_version_id())
                .map(str::to_owned)
                .ok_or(NotSeen::Absent)
        })
        .await;
    let Some(id) = version.value() else {
        return version.item.map(|id| NamedDocument {
            name: id,
            document: serde_json::Value::Null,
        });
    };
    let query = Query::new(&IAM_GET_POLICY_VERSION, arn, region, kind, version.chain).variant(id);
    session
        .read(query, async {
            let answer = session
                .iam(region)
                .get_policy_version()
                .policy_arn(arn)
                .version_id(id)
                .send()
                .await?;
            let text = answer.policy_version().and_then(|version| version.document());
            named(arn, text.ok_or(NotSeen::Absent)?)
        })
        .await
        .item
}

/// ARN of the role in an instance profile; absent where it has none.
pub(crate) async fn profile_role(session: &Session<'_>, profile: &str, after: Chain) -> Seen<String> {
    let region = session.iam_region();
    let name = short(profile);
    session
        .read(
            Query::new(&IAM_GET_INSTANCE_PROFILE, name, region, Kind::Instance, after),
            async {
                let answer = session
                    .iam(region)
                    .get_instance_profile()
                    .instance_profile_name(name)
                    .send()
                    .await?;
                answer
                    .instance_profile()
                    .and_then(|profile| profile.roles().first())
                    .map(|role| role.arn().to_owned())
                    .ok_or(NotSeen::Absent)
            },
        )
        .await
}
