//! What the rules about refused actions share: reading what one way to be refused is worth, per subject.

use crate::access::{DecidedBy, Layer, UnmetCondition};
use crate::case::Case;
use crate::case::permission::{By, GET_LAYER, GET_MANIFEST, GET_TOKEN, Permission, Standing};
use crate::case::timeline;
use crate::evidence::changes::Change;
use crate::evidence::short;
use crate::judgement::{Effect, Finding, Judgement, Subject};
use crate::names;
use crate::observed::{Fact, Missing, Present, without_repeats};
use crate::remedy::{Remedy, Risk};
use crate::stop_reason::StopClass;

/// The pull actions that have the repository as their resource.
pub(super) const PULL: &[&str] = &[GET_MANIFEST, GET_LAYER];
/// All pull actions.
pub(super) const ALL: &[&str] = &[GET_TOKEN, GET_MANIFEST, GET_LAYER];

/// A way to be refused, and how its cause speaks of it.
pub(super) struct Way {
    /// The way.
    pub(super) by: By,
    /// The actions that this cause is about.
    pub(super) actions: &'static [&'static str],
    /// What a judgement is about.
    pub(super) subject: fn(&Case<'_>, &Permission<'_>) -> Option<Subject>,
    /// That it refuses, in a sentence. The statement is there where one decided.
    pub(super) refuses: fn(&Case<'_>, &Permission<'_>, Option<&DecidedBy>) -> String,
    /// Who may change that, and what would.
    pub(super) remedies: fn(&Case<'_>, &Permission<'_>) -> Vec<Remedy>,
    /// Names and ARNs whose changes bear on it.
    pub(super) concerned: fn(&Case<'_>, &Permission<'_>) -> Vec<String>,
}

/// Judges every subject that `way` can be about.
pub(super) fn judge(case: &Case<'_>, way: &Way) -> Vec<(Subject, Judgement)> {
    let mut subjects: Vec<(Subject, Vec<&Permission<'_>>)> = Vec::new();
    for permission in &case.permissions.each {
        if !way.actions.contains(&permission.action) {
            continue;
        }
        let Some(subject) = (way.subject)(case, permission) else {
            continue;
        };
        match subjects.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, asked)) => asked.push(permission),
            None => subjects.push((subject, vec![permission])),
        }
    }
    subjects
        .into_iter()
        .map(|(subject, asked)| (subject, way.of_subject(case, &asked)))
        .collect()
}

impl Way {
    fn of_subject(&self, case: &Case<'_>, asked: &[&Permission<'_>]) -> Judgement {
        let refused = |decides: bool| {
            asked.iter().find(|permission| {
                matches!(permission.standing(self.by), Standing::Refuses(first) if first == decides)
            })
        };
        if let Some(permission) = refused(true).or_else(|| refused(false)) {
            return self.confirmed(case, permission, asked);
        }
        let said = asked.iter().find(|permission| self.is_said(permission));
        let suspected = asked.iter().any(|permission| is_suspected(case, permission));
        let mut open = Vec::new();
        let mut permits = Vec::new();
        for permission in asked {
            match permission.standing(self.by) {
                Standing::Open(missing) => open.extend(missing),
                Standing::Permits(facts) => permits.extend(facts),
                Standing::Refuses(_) | Standing::Moot => {}
            }
        }
        let always = self.by == By::OwnSilence;
        if !open.is_empty() {
            let missing = without_repeats(open);
            return match said {
                Some(permission) => self.likely(case, permission, missing),
                None if always || suspected => Judgement::Unknown { missing },
                None => Judgement::NotApplicable,
            };
        }
        let elsewhere = asked.iter().any(|permission| permission.refused_by().is_some());
        match said {
            Some(permission)
                if !self.is_explained(permission) && (self.is_named(permission) || !elsewhere) =>
            {
                self.changed(case, permission, &without_repeats(permits))
            }
            _ if permits.is_empty() => Judgement::NotApplicable,
            _ if always || suspected => self.ruled_out(case, asked, without_repeats(permits)),
            _ => Judgement::NotApplicable,
        }
    }

    /// Whether the words name this way, or name none and may mean the role's own policies.
    fn is_said(&self, permission: &Permission<'_>) -> bool {
        match &permission.said {
            Some(said) => said
                .by
                .map_or(self.by == By::OwnSilence && !said.vague, |by| self.by.may_be(by)),
            None => false,
        }
    }

    /// Whether another way to be refused may be what the words name: one that certainly refuses, or one that is open.
    fn is_explained(&self, permission: &Permission<'_>) -> bool {
        let said = permission.said.as_ref().and_then(|said| said.by);
        said.is_some_and(|said| {
            let mut others = By::ALL.into_iter().filter(|by| by.may_be(said));
            others.any(|by| match permission.standing(by) {
                Standing::Refuses(_) => true,
                Standing::Open(_) => by != self.by,
                Standing::Permits(_) | Standing::Moot => false,
            })
        })
    }

    fn is_named(&self, permission: &Permission<'_>) -> bool {
        let said = permission.said.as_ref().and_then(|said| said.by);
        said.is_some_and(|by| self.by.may_be(by))
    }

    fn confirmed(
        &self,
        case: &Case<'_>,
        permission: &Permission<'_>,
        asked: &[&Permission<'_>],
    ) -> Judgement {
        let statement = permission
            .refusals
            .iter()
            .find(|(by, _)| *by == self.by)
            .and_then(|(_, statement)| statement.as_ref());
        let concerned = (self.concerned)(case, permission);
        let concerned: Vec<&str> = concerned.iter().map(String::as_str).collect();
        let since = timeline::suspect(case, &concerned);
        let mut summary = (self.refuses)(case, permission, statement);
        if let Some(change) = since {
            summary = format!("{summary} {}", since_when(change.value()));
        }
        let ground = asked
            .iter()
            .filter(|asked| matches!(asked.standing(self.by), Standing::Refuses(_)))
            .map(|asked| self.ground(asked));
        let ground = without_repeats(ground).join("; ");
        let facts = permission.facts(self.by).into_iter().map(|fact| {
            let said = statement.map_or_else(
                || format!("{}; {ground}", fact.statement()),
                |statement| format!("{statement}: {}", statement.statement),
            );
            fact.saying(said)
        });
        Judgement::Confirmed(
            Finding::observed(permission.stage, summary)
                .effect(self.effect(case, permission))
                .facts(permission.said.as_ref().map(|said| said.fact.clone()))
                .facts(facts)
                .facts(case.puller.fact().cloned())
                .facts(since.map(|change| change.fact(timeline::sentence(change.value()))))
                .remedies((self.remedies)(case, permission)),
        )
    }

    /// Why nothing allows the action, where no statement denies it.
    fn ground(&self, permission: &Permission<'_>) -> String {
        let but = unmet(permission, self.by.layer())
            .map(|unmet| format!(" ({unmet})"))
            .unwrap_or_default();
        format!(
            "no statement allows {} on {}{but}",
            permission.action, permission.resource
        )
    }

    fn effect(&self, case: &Case<'_>, permission: &Permission<'_>) -> Effect {
        let image = (permission.action != GET_TOKEN).then_some(permission.image);
        let says: &[StopClass] = match permission.said {
            Some(_) => permission.says(),
            None => &[],
        };
        let said_other =
            permission.said.as_ref().is_some_and(|said| said.by.is_some()) && !self.is_named(permission);
        match case.effect(image, permission.stage, says) {
            Effect::Observed if permission.refused_by() != Some(self.by) || said_other => Effect::Next,
            effect => effect,
        }
    }

    fn likely(&self, case: &Case<'_>, permission: &Permission<'_>, missing: Vec<Missing>) -> Judgement {
        Judgement::Likely(
            Finding::observed(
                permission.stage,
                format!("{}, says the failure", (self.refuses)(case, permission, None)),
            )
            .facts(permission.said.as_ref().map(|said| said.fact.clone()))
            .missing(missing),
        )
    }

    /// It was refused then and is not refused now.
    fn changed(&self, case: &Case<'_>, permission: &Permission<'_>, permits: &[Fact]) -> Judgement {
        let after = case.failed_at();
        let concerned = (self.concerned)(case, permission);
        let concerned: Vec<&str> = concerned.iter().map(String::as_str).collect();
        let change = timeline::changes_of(case, &concerned)
            .into_iter()
            .find(|change| after.is_none_or(|after| change.value().at >= after));
        let who = self.by.layer().words();
        let role = case.puller.role().map(|(arn, _)| short(arn)).unwrap_or_default();
        let action = permission.action;
        let said = permission.said.as_ref().map(|said| said.fact.clone());
        let finding = |summary: String| {
            Finding::observed(permission.stage, summary)
                .facts(said.clone())
                .facts(permits.iter().cloned())
        };
        match change {
            Some(change) => Judgement::Likely(
                finding(then_and_now(role, action, who, change))
                    .facts([change.fact(timeline::sentence(change.value()))])
                    .remedies(case.deploy_again(Risk::Low)),
            ),
            None => Judgement::Possible(
                finding(format!(
                    "role {role} was refused {action} then; what can be read of its {who} allows it now"
                ))
                .missing([Missing::unknowable(
                    format!("what refused {action} when the pull failed"),
                    "no change since is recorded, and policies that cannot be read or conditions may refuse it too",
                )])
                .missing(permission.doubt(case.evidence)),
            ),
        }
    }

    fn ruled_out(&self, case: &Case<'_>, asked: &[&Permission<'_>], facts: Vec<Fact>) -> Judgement {
        let role = case.puller.role().map(|(arn, _)| short(arn)).unwrap_or_default();
        let actions = without_repeats(asked.iter().map(|permission| permission.action)).join(" and ");
        if self.by == By::OwnSilence {
            let doubts = without_repeats(
                asked
                    .iter()
                    .filter_map(|permission| permission.doubt(case.evidence)),
            );
            if !doubts.is_empty() {
                return Judgement::Unknown { missing: doubts };
            }
            return Judgement::RuledOut {
                why: format!("role {role} is allowed {actions}"),
                facts,
            };
        }
        Judgement::RuledOut {
            why: format!("no {} refuses role {role} {actions}", self.by.layer().words()),
            facts,
        }
    }
}

/// Whether the failure could be a refusal of this action.
pub(super) fn is_suspected(case: &Case<'_>, permission: &Permission<'_>) -> bool {
    let image = (permission.action != GET_TOKEN).then_some(permission.image);
    let Some(attempt) = case.attempts.newest_pull(image) else {
        return false;
    };
    let class = attempt.reason.class;
    let fits = permission.says().contains(&class) || class == StopClass::AmbiguousDeniedOrMissing;
    fits && attempt
        .reason
        .detail
        .phase
        .is_none_or(|phase| phase == permission.stage)
}

/// `since ci-deploy called PutRolePolicy at 12:03 UTC`.
fn since_when(change: &Change) -> String {
    let actor = change.actor.as_deref().unwrap_or("somebody");
    format!(
        "since {actor} called {} at {}",
        change.name,
        names::clock(change.at)
    )
}

fn then_and_now(role: &str, action: &str, who: &str, change: Present<'_, Change>) -> String {
    let actor = change.actor.as_deref().unwrap_or("somebody");
    let at = names::clock(change.at);
    format!(
        "role {role} was not allowed {action} then; {actor} changed its {who} at {at} ({}) and it may now",
        change.name
    )
}

/// The condition that keeps an Allow of this layer from holding, in words.
pub(super) fn unmet(permission: &Permission<'_>, layer: Layer) -> Option<String> {
    let mut unmet = permission.decision.unmet.iter();
    unmet.find(|unmet| unmet.layer == layer).map(unmet_in_words)
}

/// `aws:RequestedRegion is to be us-east-1 and is eu-west-1`.
fn unmet_in_words(unmet: &UnmetCondition) -> String {
    use crate::access::Actual;
    let wanted = unmet.wanted.join(" or ");
    let actual = match &unmet.actual {
        Actual::Known(values) if values.is_empty() => "the call does not carry it".to_owned(),
        Actual::Known(values) => format!("the call has {}", values.join(", ")),
        Actual::Unknown => "its value is not known".to_owned(),
    };
    format!(
        "statement {} of {} asks for {} {} {wanted}, and {actual}",
        unmet.statement_index + 1,
        short(&unmet.policy),
        unmet.key,
        unmet.operator
    )
}

/// The repository's name in its ARN.
pub(super) fn repository(arn: &str) -> &str {
    arn.split_once(":repository/").map_or(arn, |(_, name)| name)
}

/// ` on repository payments`; nothing for an action that has no resource.
pub(super) fn on(permission: &Permission<'_>) -> String {
    if permission.resource == "*" {
        String::new()
    } else {
        format!(" on repository {}", repository(&permission.resource))
    }
}

/// What the puller wants to do, for a sentence: `read manifests of repository payments (ecr:BatchGetImage)`.
pub(super) fn task(permission: &Permission<'_>) -> String {
    let doing = match permission.action {
        GET_TOKEN => "get an ECR token".to_owned(),
        GET_MANIFEST => format!(
            "read manifests of repository {}",
            repository(&permission.resource)
        ),
        GET_LAYER => format!(
            "download layers of repository {}",
            repository(&permission.resource)
        ),
        other => return format!("{other}{}", on(permission)),
    };
    format!("{doing} ({})", permission.action)
}

/// The pulling role, for a sentence.
pub(super) fn role<'c>(case: &'c Case<'_>) -> &'c str {
    case.puller.role().map(|(arn, _)| short(arn)).unwrap_or_default()
}

/// The pulling role, as what a judgement is about.
pub(super) fn role_subject(case: &Case<'_>, _: &Permission<'_>) -> Option<Subject> {
    case.puller.role().map(|(arn, _)| Subject::role(arn))
}

/// The image, as what a judgement is about.
#[expect(clippy::unnecessary_wraps, reason = "a way may have nothing to be about")]
pub(super) fn image_subject(_: &Case<'_>, permission: &Permission<'_>) -> Option<Subject> {
    Some(Subject::image(permission.image))
}
