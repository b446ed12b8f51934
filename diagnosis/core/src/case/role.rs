//! The execution role: whether it is there, and whether ECS may become it.
//!
//! ECS assumes it as `ecs-tasks.amazonaws.com`, with `aws:SourceAccount` the task's account and `aws:SourceArn` something
//! of ECS in the task's region and account
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>). Which ARN that is exactly
//! is not documented: a condition that only some of them meet stays open.

use super::attempts::Attempts;
use super::permission::own::named;
use crate::access::{Context, Decision, Effect, Policies, PolicyKind, Principal, Request, decide};
use crate::evidence::Evidence;
use crate::evidence::ecs::TaskDefinition;
use crate::evidence::role::Role;
use crate::evidence::short;
use crate::observed::{Absence, Missing, Present};

/// Who assumes execution roles.
pub const ECS_TASKS: &str = "ecs-tasks.amazonaws.com";

/// The execution role in question.
#[derive(Debug)]
pub struct RoleCase<'e> {
    /// Its ARN, as the task definition or the task's overrides name it.
    pub arn: &'e str,
    /// What became of it.
    pub state: RoleState<'e>,
}

/// What became of an execution role.
#[derive(Debug)]
pub enum RoleState<'e> {
    /// It does not exist.
    Gone(Absence<'e>),
    /// A role of its name exists under another path: the ARN names none.
    OtherPath(Present<'e, Role>),
    /// It exists, and its trust policy does not let ECS in.
    Distrusts(Present<'e, Role>, Box<Decision>),
    /// It exists, and lets ECS in.
    Trusts(Present<'e, Role>),
    /// It exists, and whether its trust policy lets ECS in depends on what is not known.
    Depends(Present<'e, Role>, Vec<Missing>),
    /// It was not read.
    Unread(Vec<Missing>),
}

/// The execution role of the failed task, else of the definition; `None` where none is named.
pub(super) fn role<'e>(
    evidence: &'e Evidence,
    attempts: &Attempts<'e>,
    definition: Option<Present<'e, TaskDefinition>>,
) -> Option<RoleCase<'e>> {
    let task = attempts.all.first().and_then(|attempt| attempt.task);
    let arn = task
        .and_then(|task| task.execution_role_override.as_deref())
        .or_else(|| definition?.value().execution_role.as_deref())?;
    Some(RoleCase {
        arn,
        state: state(evidence, arn),
    })
}

fn state<'e>(evidence: &'e Evidence, arn: &str) -> RoleState<'e> {
    let what = format!("role {}", short(arn));
    let account = arn.split(':').nth(4).unwrap_or_default();
    // A role is looked up by its name alone: in an account that is not its own the answer is about another role.
    let own = evidence.target.account.as_deref();
    if own.is_some_and(|own| own != account) {
        return RoleState::Unread(vec![Missing::unknowable(
            what,
            format!("it belongs to account {account}, which was not asked"),
        )]);
    }
    let Some(role) = evidence.role(arn) else {
        return RoleState::Unread(vec![Missing::unknowable(what, "the role was not read")]);
    };
    if let Some(absence) = role.role.absent() {
        return RoleState::Gone(absence);
    }
    let Some(seen) = role.role.seen() else {
        return RoleState::Unread(role.role.missing(what).into_iter().collect());
    };
    if seen.arn != arn {
        return RoleState::OtherPath(seen);
    }
    trust(evidence, account, seen)
}

fn trust<'e>(evidence: &Evidence, account: &str, role: Present<'e, Role>) -> RoleState<'e> {
    let what = format!("trust policy of role {}", role.name);
    let Some(policy) = named(&what, PolicyKind::Trust, &role.trust) else {
        let why = "its document cannot be read as a policy";
        return RoleState::Depends(role, vec![Missing::unknowable(what, why)]);
    };
    let Ok(principal) = Principal::parse(ECS_TASKS) else {
        return RoleState::Depends(role, Vec::new());
    };
    let region = &evidence.target.region;
    let base = format!("arn:{}:ecs:{region}:{account}", evidence.target.partition);
    let cluster = &evidence.target.cluster;
    let sources = [
        format!("{base}:task/{cluster}/00000000000000000000000000000000"),
        format!("{base}:cluster/{cluster}"),
        format!("{base}:service/{cluster}/service"),
    ];
    let decided = |source: &str| {
        let request = Request {
            principal: principal.clone(),
            action: "sts:AssumeRole".to_owned(),
            resource: role.arn.clone(),
            context: Context::new()
                .with("aws:SourceAccount", [account])
                .with("aws:SourceArn", [source])
                .with("aws:PrincipalServiceName", [ECS_TASKS])
                .with("aws:PrincipalIsAWSService", ["true"])
                .with("aws:RequestedRegion", [region.as_str()])
                .with("aws:SecureTransport", ["true"])
                .with("aws:CurrentTime", [evidence.observed_at.to_string()]),
        };
        let policies = Policies {
            resource: Some(&policy),
            ..Policies::default()
        };
        decide(&request, &policies)
    };
    let decisions: Vec<Decision> = sources.iter().map(|source| decided(source)).collect();
    if decisions
        .iter()
        .all(|decision| decision.effect == Effect::Allowed)
    {
        return RoleState::Trusts(role);
    }
    let refuses =
        |decision: &Decision| matches!(decision.effect, Effect::ImplicitDeny | Effect::ExplicitDeny);
    let mut missing: Vec<Missing> = decisions
        .iter()
        .flat_map(|decision| &decision.missing_context)
        .map(|key| {
            Missing::unknowable(
                format!("condition key {key} for sts:AssumeRole"),
                "the trust policy asks for it, and its value exists only during the call",
            )
        })
        .collect();
    if decisions.iter().all(refuses)
        && let Some(decision) = decisions.into_iter().next()
    {
        return RoleState::Distrusts(role, Box::new(decision));
    }
    if missing.is_empty() {
        missing.push(Missing::unknowable(
            "which aws:SourceArn ECS gives when it assumes the role",
            "the trust policy lets in only a part of what it may be; AWS documents no narrower form than the account's",
        ));
    }
    RoleState::Depends(role, crate::observed::without_repeats(missing))
}
