//! Checks along a way, and how they add up to its outcome.

use super::breaks::Break;
use super::path::{Beyond, Hop, HopState, PathOutcome};
use crate::observed::{Fact, Missing, without_repeats};

/// What one check found.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Passes,
    Breaks(Break),
    Beyond(Beyond),
    Unclear(Vec<Missing>),
}

/// One thing on the way, checked.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) what: String,
    pub(super) found: Found,
    pub(super) facts: Vec<Fact>,
}

impl Check {
    pub(super) fn passes(what: impl Into<String>, facts: Vec<Fact>) -> Self {
        Self {
            what: what.into(),
            found: Found::Passes,
            facts,
        }
    }

    pub(super) fn breaks(broken: Break, facts: Vec<Fact>) -> Self {
        Self {
            what: broken.to_string(),
            found: Found::Breaks(broken),
            facts,
        }
    }

    pub(super) fn beyond(beyond: Beyond, facts: Vec<Fact>) -> Self {
        Self {
            what: format!(
                "the way leads through {} {}, whose inside cannot be read from here",
                beyond.kind, beyond.hop
            ),
            found: Found::Beyond(beyond),
            facts,
        }
    }

    pub(super) fn unclear(what: impl Into<String>, missing: Vec<Missing>) -> Self {
        Self {
            what: what.into(),
            found: Found::Unclear(missing),
            facts: Vec::new(),
        }
    }

    pub(super) fn with_facts(mut self, facts: impl IntoIterator<Item = Fact>) -> Self {
        self.facts.extend(facts);
        self
    }

    fn hop(&self) -> Hop {
        Hop {
            what: self.what.clone(),
            state: match self.found {
                Found::Passes => HopState::Ok,
                Found::Breaks(_) => HopState::Broken,
                Found::Beyond(_) | Found::Unclear(_) => HopState::Unknown,
            },
            facts: self.facts.clone(),
        }
    }
}

/// The checks of one way, in the order in which they are met.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail {
    pub(super) checks: Vec<Check>,
}

impl Trail {
    pub(super) fn of(checks: Vec<Check>) -> Self {
        Self { checks }
    }

    pub(super) fn push(&mut self, check: Check) {
        self.checks.push(check);
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.checks.extend(other.checks);
    }

    /// One broken hop breaks the way, whatever the others are; after that, what cannot be seen outweighs what was
    /// not read, because reading more would not help.
    pub(super) fn outcome(&self) -> PathOutcome {
        if let Some(broken) = self.breaks().next() {
            return PathOutcome::Broken(broken.clone());
        }
        for check in &self.checks {
            if let Found::Beyond(beyond) = &check.found {
                return PathOutcome::Beyond(beyond.clone());
            }
        }
        let missing = self.missing();
        let unclear = self
            .checks
            .iter()
            .any(|check| matches!(check.found, Found::Unclear(_)));
        if unclear {
            PathOutcome::Unknown(missing)
        } else {
            PathOutcome::Open
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.breaks().next().is_some()
    }

    pub(super) fn breaks(&self) -> impl Iterator<Item = &Break> {
        self.checks.iter().filter_map(|check| match &check.found {
            Found::Breaks(broken) => Some(broken),
            _ => None,
        })
    }

    /// What cannot be looked into, each once.
    pub(super) fn unseen(&self) -> Vec<(Beyond, Vec<Fact>)> {
        let mut unseen: Vec<(Beyond, Vec<Fact>)> = Vec::new();
        for check in &self.checks {
            if let Found::Beyond(beyond) = &check.found
                && unseen.iter().all(|(known, _)| known != beyond)
            {
                unseen.push((beyond.clone(), check.facts.clone()));
            }
        }
        unseen
    }

    fn missing(&self) -> Vec<Missing> {
        without_repeats(self.checks.iter().flat_map(|check| match &check.found {
            Found::Unclear(missing) => missing.clone(),
            _ => Vec::new(),
        }))
    }

    pub(super) fn hops(&self) -> Vec<Hop> {
        self.checks.iter().map(Check::hop).collect()
    }

    /// Facts that the outcome rests on: up to the break where there is one, else all.
    pub(super) fn proof(&self) -> Vec<Fact> {
        let breaks = |check: &Check| matches!(check.found, Found::Breaks(_));
        let end = self
            .checks
            .iter()
            .position(breaks)
            .map_or(self.checks.len(), |at| at + 1);
        without_repeats(
            self.checks
                .iter()
                .take(end)
                .flat_map(|check| check.facts.iter().cloned()),
        )
    }

    /// The one way that is certain when the pull takes one of several ways and nobody can tell which.
    ///
    /// | the ways | together |
    /// | --- | --- |
    /// | all open | open |
    /// | all broken, by one thing in common | broken, by that |
    /// | one leads through what cannot be seen | through there |
    /// | anything else | unknown: which way it takes |
    ///
    /// Ways that are broken by different things prove that the pull fails, and not by what: no cause may be named.
    /// `which` says what would tell them apart.
    pub(super) fn one_of(mut ways: Vec<Self>, which: &Missing) -> Self {
        if ways.len() < 2 {
            return ways.pop().unwrap_or_default();
        }
        let in_common = |broken: &Break| ways.iter().all(|way| way.breaks().any(|other| other == broken));
        let shared: Vec<Break> = ways
            .first()
            .into_iter()
            .flat_map(Self::breaks)
            .filter(|broken| in_common(broken))
            .cloned()
            .collect();
        let mut checks: Vec<Check> = Vec::new();
        for check in ways.into_iter().flat_map(|way| way.checks) {
            let check = match &check.found {
                Found::Breaks(broken) if shared.contains(broken) => check,
                Found::Breaks(_) => Check {
                    what: format!("if the pull goes this way: {}", check.what),
                    found: Found::Unclear(vec![which.clone()]),
                    facts: check.facts,
                },
                _ => check,
            };
            let told = checks.iter().any(|known| known.hop() == check.hop());
            if !told {
                checks.push(check);
            }
        }
        Self { checks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Trail {
        Trail::of(vec![Check::passes("open", Vec::new())])
    }

    fn broken(nat: &str) -> Trail {
        Trail::of(vec![Check::breaks(
            Break::NatPrivate { nat: nat.to_owned() },
            Vec::new(),
        )])
    }

    fn unclear() -> Trail {
        Trail::of(vec![Check::unclear("unclear", vec![missing("routes")])])
    }

    fn beyond() -> Trail {
        let beyond = Beyond {
            kind: super::super::path::BeyondKind::TransitGateway,
            hop: "tgw-1".to_owned(),
            via: "rtb-1".to_owned(),
            whom_to_ask: "its owner".to_owned(),
        };
        Trail::of(vec![Check::beyond(beyond, Vec::new())])
    }

    fn missing(what: &str) -> Missing {
        Missing::unknowable(what, "because")
    }

    fn kind(trail: &Trail) -> &'static str {
        match trail.outcome() {
            PathOutcome::Open => "open",
            PathOutcome::Broken(_) => "broken",
            PathOutcome::Beyond(_) => "beyond",
            PathOutcome::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn one_way_is_as_good_as_its_worst_hop() {
        for (hops, expected) in [
            (vec![], "open"),
            (vec![open()], "open"),
            (vec![open(), unclear()], "unknown"),
            (vec![unclear(), beyond()], "beyond"),
            (vec![unclear(), beyond(), broken("a")], "broken"),
        ] {
            let trail = hops.into_iter().fold(Trail::default(), |mut all, hop| {
                all.extend(hop);
                all
            });
            assert_eq!(kind(&trail), expected);
        }
    }

    #[test]
    fn of_several_ways_only_what_all_share_is_certain() {
        for (ways, expected) in [
            (vec![open(), open()], "open"),
            (vec![broken("a"), broken("a")], "broken"),
            (vec![broken("a"), broken("b")], "unknown"),
            (vec![open(), broken("a")], "unknown"),
            (vec![open(), unclear()], "unknown"),
            (vec![broken("a"), unclear()], "unknown"),
            (vec![broken("a"), beyond()], "beyond"),
            (vec![open(), beyond()], "beyond"),
        ] {
            let trail = Trail::one_of(ways, &missing("which way"));
            assert_eq!(kind(&trail), expected);
        }
    }
}
