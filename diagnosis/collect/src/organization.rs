//! The organization's service control policies for the target's account, where they may be read at all: from the
//! management account, or from one that it has delegated that to.

use aws_sdk_organizations::types::PolicyType;
use diagnosis::Observed;
use diagnosis::evidence::access::{Organization, PolicyLevel};
use diagnosis::evidence::role::NamedDocument;

use crate::actions::ORGANIZATIONS_LIST_POLICIES_FOR_TARGET;
use crate::convert::{document, text};
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Session};
use crate::tally::Chain;

/// Levels above an account: five organizational units and the root
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>).
const MOST_LEVELS: usize = 7;
/// Policies of one level. An organization may attach five.
const MOST_POLICIES: usize = 6;

/// The policy that allows everything, which AWS attaches to every level to begin with.
const FULL_ACCESS: &str = "p-FullAWSAccess";

/// The levels of policies above `account`, its own first.
pub(crate) async fn policies(session: &Session<'_>, account: &str, after: Chain) -> Observed<Organization> {
    // Organizations is asked where IAM is, but for China.
    // <https://docs.aws.amazon.com/general/latest/gr/ao.html>
    let region = match session.partition() {
        "aws-cn" => "cn-northwest-1",
        _ => session.iam_region(),
    };
    let query = Query::new(
        &ORGANIZATIONS_LIST_POLICIES_FOR_TARGET,
        account,
        region,
        Kind::Organization,
        after,
    );
    session
        .read(query, async {
            let mut levels = Vec::new();
            let mut target = Some(account.to_owned());
            while let Some(id) = target {
                levels.push(level(session, region, &id).await?);
                if levels.len() >= MOST_LEVELS || id.starts_with("r-") {
                    break;
                }
                let parents = session
                    .organizations(region)
                    .list_parents()
                    .child_id(&id)
                    .send()
                    .await?;
                target = parents
                    .parents()
                    .first()
                    .and_then(|parent| parent.id())
                    .map(str::to_owned);
            }
            Ok(Organization { levels })
        })
        .await
        .item
}

async fn level(session: &Session<'_>, region: &str, target: &str) -> Result<PolicyLevel, NotSeen> {
    let answer = session
        .organizations(region)
        .list_policies_for_target()
        .target_id(target)
        .filter(PolicyType::ServiceControlPolicy)
        .send()
        .await?;
    let listed = answer.policies();
    if listed.len() > MOST_POLICIES || answer.next_token().is_some() {
        return Err(NotSeen::Failed(format!(
            "{target} has more policies than are read ({MOST_POLICIES})"
        )));
    }
    let mut policies = Vec::new();
    for policy in listed {
        let id = text(policy.id());
        let document = if id == FULL_ACCESS {
            serde_json::json!({ "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] })
        } else {
            let answer = session
                .organizations(region)
                .describe_policy()
                .policy_id(&id)
                .send()
                .await?;
            let content = answer.policy().and_then(|policy| policy.content());
            document(content.ok_or(NotSeen::Absent)?).map_err(NotSeen::Failed)?
        };
        policies.push(NamedDocument {
            name: policy.name().map_or_else(|| id.clone(), str::to_owned),
            document,
        });
    }
    Ok(PolicyLevel {
        target: target.to_owned(),
        policies,
    })
}
