//! What the rules about refused actions share: reading the role's decisions for a set of actions.

use crate::access;
use crate::case::Case;
use crate::case::permission::{GET_LAYER, GET_MANIFEST, GET_TOKEN, Permission};
use crate::case::timeline;
use crate::evidence::role::RoleEvidence;
use crate::evidence::short;
use crate::judgement::{Effect, Finding, Judgement, Subject};
use crate::names;
use crate::observed::{Fact, Missing};
use crate::remedy::{Risk, grant_pull};
use crate::stage::Stage;
use crate::stop_reason::{DenyingPolicy, StopClass};

/// Judges whether the pulling role's own policies refuse one of `actions`.
pub(super) fn judge_role(case: &Case<'_>, actions: &[&'static str]) -> Vec<(Subject, Judgement)> {
    let Some((arn, role)) = case.puller.role() else {
        return Vec::new();
    };
    let subject = Subject::role(arn);
    let asked: Vec<&Permission<'_>> = actions
        .iter()
        .flat_map(|action| case.permissions.of(action))
        .collect();
    let words = said(case, actions);
    if asked.is_empty() {
        let judgement = match words {
            Some(fact) => likely(case, arn, actions, fact, case.permissions.missing.clone()),
            None if case.permissions.missing.is_empty() => Judgement::NotApplicable,
            None => Judgement::Unknown {
                missing: case.permissions.missing.clone(),
            },
        };
        return vec![(subject, judgement)];
    }
    let judgement = if let Some(refused) = asked.iter().find(|permission| lacks(&permission.decision)) {
        confirmed(case, arn, role, refused, &asked, words)
    } else if asked
        .iter()
        .any(|permission| permission.decision.effect == access::Effect::Unknown)
    {
        let missing = unknowns(case, &asked);
        match words {
            Some(fact) => likely(case, arn, actions, fact, missing),
            None => Judgement::Unknown { missing },
        }
    } else if asked
        .iter()
        .all(|permission| permission.decision.effect == access::Effect::Allowed)
    {
        match words {
            Some(fact) => changed(case, arn, actions, &fact),
            None => Judgement::RuledOut {
                why: format!("role {} may {}", short(arn), actions.join(" and ")),
                facts: case.permissions.facts.clone(),
            },
        }
    } else {
        // Refused by another layer than the role's own policies: that is another cause.
        Judgement::NotApplicable
    };
    vec![(subject, judgement)]
}

/// The classes whose words mean that an action was refused.
fn says(action: &str) -> &'static [StopClass] {
    match action {
        GET_TOKEN => &[StopClass::AuthToken],
        // A registry refuses a layer with a bare 403, as the layer store does.
        GET_LAYER => &[StopClass::AccessDeniedIdentity, StopClass::S3LayerForbidden],
        _ => &[StopClass::AccessDeniedIdentity],
    }
}

/// Whether nothing in the role's own policies allows the action, and nothing denies it either.
fn lacks(decision: &access::Decision) -> bool {
    decision.effect == access::Effect::ImplicitDeny && decision.layer == Some(access::Layer::Identity)
}

/// The text that says that one of `actions` was refused by the role's own policies, or does not say by whom.
fn said(case: &Case<'_>, actions: &[&str]) -> Option<Fact> {
    let attempt = case.attempts.pulls().find(|attempt| {
        let action = attempt.reason.detail.action.as_deref();
        actions
            .iter()
            .any(|action| says(action).contains(&attempt.reason.class))
            && action.is_none_or(|action| actions.iter().any(|ours| ours.eq_ignore_ascii_case(action)))
            && attempt
                .reason
                .detail
                .denied_by
                .as_ref()
                .is_none_or(|denied| denied.policy == DenyingPolicy::Identity)
    })?;
    Some(attempt.fact.clone())
}

fn confirmed(
    case: &Case<'_>,
    arn: &str,
    role: Option<&RoleEvidence>,
    refused: &Permission<'_>,
    asked: &[&Permission<'_>],
    words: Option<Fact>,
) -> Judgement {
    let name = short(arn);
    let image = (refused.action != GET_TOKEN).then_some(refused.image);
    let on = if refused.resource == "*" {
        String::new()
    } else {
        format!(" on repository {}", repository(&refused.resource))
    };
    let mut summary = format!("role {name} may not {}{on}", refused.action);
    let since = timeline::suspect(case, &[arn]);
    if let Some(change) = since {
        let actor = change.actor.as_deref().unwrap_or("somebody");
        summary = format!(
            "{summary} since {actor} called {} at {}",
            change.name,
            names::clock(change.value().at)
        );
    }
    let grant = role.and_then(|role| {
        let lacking: Vec<&str> = [GET_TOKEN, GET_MANIFEST, GET_LAYER]
            .into_iter()
            .filter(|action| {
                case.permissions.of(action).any(|permission| {
                    lacks(&permission.decision)
                        && (permission.resource == "*" || permission.resource == arn_of_pull(refused, case))
                })
            })
            .collect();
        grant_pull(role, &lacking, &arn_of_pull(refused, case))
    });
    let ground = asked
        .iter()
        .filter(|permission| lacks(&permission.decision))
        .map(|permission| {
            let resource = if permission.resource == "*" {
                "*"
            } else {
                permission.resource.as_str()
            };
            format!("no statement allows {} on {resource}", permission.action)
        });
    let ground: Vec<String> = ground.collect();
    let facts = case.permissions.facts.iter().map(|fact| {
        fact.clone()
            .saying(format!("{}; {}", fact.statement(), ground.join("; ")))
    });
    Judgement::Confirmed(
        Finding::observed(refused.stage, summary)
            .effect(case.effect(image, refused.stage, says(refused.action)))
            .facts(words)
            .facts(facts)
            .facts(case.puller.fact().cloned())
            .facts(since.map(|change| change.fact(timeline::sentence(change.value()))))
            .remedies(grant),
    )
}

/// The repository that the refused action, or the first image, is about.
fn arn_of_pull(refused: &Permission<'_>, case: &Case<'_>) -> String {
    if refused.resource != "*" {
        return refused.resource.clone();
    }
    case.permissions
        .of(GET_MANIFEST)
        .next()
        .map(|permission| permission.resource.clone())
        .unwrap_or_default()
}

fn likely(case: &Case<'_>, arn: &str, actions: &[&str], fact: Fact, missing: Vec<Missing>) -> Judgement {
    let stage = stage(actions);
    Judgement::Likely(
        Finding::observed(
            stage,
            format!(
                "role {} may not {}, says the failure",
                short(arn),
                refused_action(case, actions)
            ),
        )
        .facts([fact])
        .missing(missing),
    )
}

/// It was refused then and is allowed now.
fn changed(case: &Case<'_>, arn: &str, actions: &[&str], fact: &Fact) -> Judgement {
    let name = short(arn);
    let action = refused_action(case, actions);
    let after = case.failed_at();
    let change = timeline::changes_of(case, &[arn])
        .into_iter()
        .find(|change| after.is_none_or(|after| change.value().at >= after));
    let finding = |summary: String| {
        Finding::observed(stage(actions), summary)
            .effect(Effect::Observed)
            .facts([fact.clone()])
            .facts(case.permissions.facts.clone())
    };
    match change {
        Some(change) => {
            let actor = change.actor.as_deref().unwrap_or("somebody");
            Judgement::Likely(
                finding(format!(
                    "role {name} could not {action} then; {actor} changed its policies at {} ({}) and it may now",
                    names::clock(change.value().at),
                    change.name
                ))
                .facts([change.fact(timeline::sentence(change.value()))])
                .remedies(case.deploy_again(Risk::Low)),
            )
        }
        None => Judgement::Possible(
            finding(format!("role {name} was refused {action} then; its own policies allow it now"))
                .missing([Missing::unknowable(
                    format!("what changed for role {name} after the failure"),
                    "no recorded change was seen, and other policies (organization, endpoint, session) may refuse as well",
                )]),
        ),
    }
}

fn refused_action(case: &Case<'_>, actions: &[&str]) -> String {
    case.attempts
        .pulls()
        .filter_map(|attempt| attempt.reason.detail.action.clone())
        .find(|action| actions.iter().any(|ours| ours.eq_ignore_ascii_case(action)))
        .unwrap_or_else(|| actions.first().copied().unwrap_or_default().to_owned())
}

fn stage(actions: &[&str]) -> Stage {
    if actions.contains(&GET_TOKEN) {
        Stage::Token
    } else {
        Stage::Manifest
    }
}

/// Which policies and condition keys keep the decisions open.
fn unknowns(case: &Case<'_>, asked: &[&Permission<'_>]) -> Vec<Missing> {
    let mut missing = case.permissions.missing.clone();
    for permission in asked {
        for key in &permission.decision.missing_context {
            missing.push(Missing::unknowable(
                format!("condition key {key} for {}", permission.action),
                "a policy's condition asks for it, and its value exists only during the call",
            ));
        }
    }
    crate::observed::without_repeats(missing)
}

fn repository(arn: &str) -> &str {
    arn.split_once(":repository/").map_or(arn, |(_, name)| name)
}
