//! IAM's own simulation of the pull: a second witness.

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, OrganizationsDecisionDetail,
    PermissionsBoundaryDecisionDetail,
};
use diagnosis::Observed;
use diagnosis::evidence::access::{SimulatedAnswer, Simulation};

use crate::actions::IAM_SIMULATE_PRINCIPAL_POLICY;
use crate::convert::text;
use crate::reader::Kind;
use crate::session::{Query, Session};
use crate::tally::Chain;

/// What the simulation says of `actions` on `resources` for the role, in one call. Service control policies that are
/// conditioned on the region deny everything where the simulation is not told one.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
pub(crate) async fn of_role(
    session: &Session<'_>,
    role: &str,
    actions: &[&str],
    resources: &[String],
    requested_region: &str,
    after: Chain,
) -> Observed<Simulation> {
    let region = session.iam_region();
    let query = Query::new(&IAM_SIMULATE_PRINCIPAL_POLICY, role, region, Kind::Role, after)
        .variant(resources.join(","));
    session
        .read(query, async {
            let entry = ContextEntry::builder()
                .context_key_name("aws:RequestedRegion")
                .context_key_type(ContextKeyTypeEnum::String)
                .context_key_values(requested_region)
                .build();
            let answer = session
                .iam(region)
                .simulate_principal_policy()
                .policy_source_arn(role)
                .set_action_names(Some(actions.iter().map(|action| (*action).to_owned()).collect()))
                .set_resource_arns(Some(resources.to_vec()))
                .context_entries(entry)
                .send()
                .await?;
            Ok(Simulation {
                role: role.to_owned(),
                answers: answer.evaluation_results().iter().flat_map(answers).collect(),
            })
        })
        .await
        .item
}

/// One answer per resource: AWS gives them within the action's, or one by one.
fn answers(result: &EvaluationResult) -> Vec<SimulatedAnswer> {
    let organization = result
        .organizations_decision_detail()
        .map(OrganizationsDecisionDetail::allowed_by_organizations);
    let boundary = result
        .permissions_boundary_decision_detail()
        .map(PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary);
    let specific = result.resource_specific_results();
    if specific.is_empty() {
        return vec![SimulatedAnswer {
            action: result.eval_action_name().to_owned(),
            resource: text(result.eval_resource_name()),
            decision: result.eval_decision().as_str().to_owned(),
            allowed_by_organization: organization,
            allowed_by_boundary: boundary,
            missing_context: result.missing_context_values().to_vec(),
        }];
    }
    specific
        .iter()
        .map(|of_resource| SimulatedAnswer {
            action: result.eval_action_name().to_owned(),
            resource: of_resource.eval_resource_name().to_owned(),
            decision: of_resource.eval_resource_decision().as_str().to_owned(),
            allowed_by_organization: organization,
            allowed_by_boundary: boundary,
            missing_context: of_resource.missing_context_values().to_vec(),
        })
        .collect()
}
