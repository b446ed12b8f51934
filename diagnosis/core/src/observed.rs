//! What was looked at, and what came of it.
//!
//! Everything the product knows is an [`Observed`]. Two of its outcomes say something about AWS
//! ([`Outcome::Present`], [`Outcome::Absent`]); the others say something about us. A [`Fact`] can be built from
//! the first two only, so that no judgement can rest on evidence that was never had.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The API call an observation comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// IAM-style name of the call, `service:Operation`, for example `ecr:DescribeImages`.
    pub call: String,
    /// What was asked about: an ARN, or the id the call takes.
    pub resource: String,
    /// Region that was asked (`us-east-1` for IAM).
    pub region: String,
    /// Account that was asked, twelve digits.
    pub account: String,
}

/// One thing that was looked at: where, when, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed<T> {
    /// Where it was looked up.
    pub source: Source,
    /// When it was looked up.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome<T>,
}

/// What came of looking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// It is there.
    Present(T),
    /// AWS was asked and answered that it is not there.
    Absent,
    /// We may not look.
    Denied {
        /// The IAM action the reader lacks, `service:Action`; where no permission would help, what stands in the way, as a
        /// sentence.
        action: String,
        /// Who lacks it: the ARN AWS names, where it names one.
        principal: Option<String>,
    },
    /// The call failed for another reason (time-out, throttling, 5xx, an answer that cannot be read).
    Failed {
        /// What happened, for a person.
        error: String,
    },
    /// It was not looked for.
    NotCollected {
        /// Why not.
        why: String,
    },
}

/// Items of a list, and how much of the list they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing<T> {
    /// What was read.
    pub items: Vec<T>,
    /// Whether that is all there is. What is not among the items of an incomplete list may still exist.
    pub complete: bool,
    /// The span of time the list covers, where it covers one.
    #[serde(default)]
    pub window: Option<Window>,
}

/// A span of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its start.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

/// Something a judgement may cite: a sentence, and the observation that it is read off.
///
/// Only [`Present::fact`] and [`Absence::fact`] make one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    statement: String,
    source: Source,
    at: Timestamp,
}

impl Fact {
    /// The same observation, in other words.
    #[must_use]
    pub fn saying(self, statement: impl Into<String>) -> Self {
        Self {
            statement: statement.into(),
            ..self
        }
    }

    /// What was seen, as a sentence without a full stop.
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// Where it was seen.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// When it was seen.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// Something that would have been needed and was not had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// What was not read, for a person: `policies of role ecsTaskExecutionRole`.
    pub what: String,
    /// Why: `the bot lacks iam:GetRolePolicy`, `the call timed out`.
    pub why: String,
    /// The IAM action that would settle it, where a permission is what is lacking.
    pub action: Option<String>,
}

impl Missing {
    /// Something that no call of ours can tell: `why` says so and `what` names it.
    pub fn unknowable(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            action: None,
        }
    }
}

/// Proof that a value was seen; derefs to it and makes facts about it.
#[derive(Debug)]
pub struct Present<'a, T> {
    value: &'a T,
    source: &'a Source,
    at: Timestamp,
}

impl<T> Clone for Present<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Present<'_, T> {}

impl<T> std::ops::Deref for Present<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

impl<'a, T> Present<'a, T> {
    /// The value, for as long as the evidence lives.
    pub fn value(self) -> &'a T {
        self.value
    }

    /// A sentence about the value.
    pub fn fact(&self, statement: impl Into<String>) -> Fact {
        Fact {
            statement: statement.into(),
            source: self.source.clone(),
            at: self.at,
        }
    }

    /// A sentence about one thing of a list, whose ARN or id is `resource`.
    pub fn fact_on(&self, resource: &str, statement: impl Into<String>) -> Fact {
        let source = Source {
            resource: resource.to_owned(),
            ..self.source.clone()
        };
        Fact {
            statement: statement.into(),
            source,
            at: self.at,
        }
    }

    /// When it was seen.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The same proof, for a part of the value.
    pub fn part<U>(self, pick: impl FnOnce(&'a T) -> &'a U) -> Present<'a, U> {
        Present {
            value: pick(self.value),
            source: self.source,
            at: self.at,
        }
    }

    /// The same proof, for a part of the value that may not be there.
    pub fn find<U>(self, pick: impl FnOnce(&'a T) -> Option<&'a U>) -> Option<Present<'a, U>> {
        pick(self.value).map(|value| Present {
            value,
            source: self.source,
            at: self.at,
        })
    }
}

impl<'a, T> Present<'a, Listing<T>> {
    /// The items, each with the proof that it was seen.
    pub fn each(self) -> impl Iterator<Item = Present<'a, T>> {
        self.value.items.iter().map(move |value| Present {
            value,
            source: self.source,
            at: self.at,
        })
    }

    /// Proof that no item fits, which only a complete list can give.
    pub fn none(self, fits: impl Fn(&T) -> bool) -> Option<Absence<'a>> {
        (self.value.complete && !self.value.items.iter().any(fits)).then_some(Absence {
            source: self.source,
            at: self.at,
        })
    }
}

/// Proof that something was looked for and is not there.
#[derive(Debug, Clone, Copy)]
pub struct Absence<'a> {
    source: &'a Source,
    at: Timestamp,
}

impl Absence<'_> {
    /// A sentence about the absence.
    pub fn fact(&self, statement: impl Into<String>) -> Fact {
        Fact {
            statement: statement.into(),
            source: self.source.clone(),
            at: self.at,
        }
    }
}

impl<T> Observed<T> {
    /// An observation of `value`.
    pub fn present(source: Source, at: Timestamp, value: T) -> Self {
        Self {
            source,
            at,
            outcome: Outcome::Present(value),
        }
    }

    /// Something that nobody looked for.
    pub fn not_collected(source: Source, at: Timestamp, why: impl Into<String>) -> Self {
        Self {
            source,
            at,
            outcome: Outcome::NotCollected { why: why.into() },
        }
    }

    /// The value with the proof that it was seen, if it was.
    pub fn seen(&self) -> Option<Present<'_, T>> {
        match &self.outcome {
            Outcome::Present(value) => Some(Present {
                value,
                source: &self.source,
                at: self.at,
            }),
            _ => None,
        }
    }

    /// Just the value, if it was seen.
    pub fn value(&self) -> Option<&T> {
        self.seen().map(Present::value)
    }

    /// The proof that it is not there, if AWS said so.
    pub fn absent(&self) -> Option<Absence<'_>> {
        matches!(self.outcome, Outcome::Absent).then_some(Absence {
            source: &self.source,
            at: self.at,
        })
    }

    /// What is missing, if neither presence nor absence was observed. `what` names it for a person.
    pub fn missing(&self, what: impl Into<String>) -> Option<Missing> {
        let (why, action) = match &self.outcome {
            Outcome::Present(_) | Outcome::Absent => return None,
            Outcome::Denied { action, .. } if action.contains(' ') => (action.clone(), None),
            Outcome::Denied { action, .. } => (format!("the bot lacks {action}"), Some(action.clone())),
            Outcome::Failed { error } => (format!("{} failed: {error}", self.source.call), None),
            Outcome::NotCollected { why } => (why.clone(), None),
        };
        Some(Missing {
            what: what.into(),
            why,
            action,
        })
    }

    /// The same observation of something made from the value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Observed<U> {
        let outcome = match self.outcome {
            Outcome::Present(value) => Outcome::Present(make(value)),
            Outcome::Absent => Outcome::Absent,
            Outcome::Denied { action, principal } => Outcome::Denied { action, principal },
            Outcome::Failed { error } => Outcome::Failed { error },
            Outcome::NotCollected { why } => Outcome::NotCollected { why },
        };
        Observed {
            source: self.source,
            at: self.at,
            outcome,
        }
    }
}

impl<T> Observed<Listing<T>> {
    /// The items that were seen; none where the list was not.
    pub fn items(&self) -> &[T] {
        self.value()
            .map(|listing| listing.items.as_slice())
            .unwrap_or_default()
    }

    /// What is missing of the list: all of it, or what lies beyond the part that was read.
    pub fn incomplete(&self, what: &str) -> Option<Missing> {
        match self.seen() {
            Some(listing) if listing.complete => None,
            Some(listing) => Some(Missing::unknowable(
                what,
                format!("only {} of them were read", listing.items.len()),
            )),
            None => self.missing(what),
        }
    }
}

impl<T> Listing<T> {
    /// All there is.
    pub fn complete(items: Vec<T>) -> Self {
        Self {
            items,
            complete: true,
            window: None,
        }
    }

    /// Some of what there is.
    pub fn partial(items: Vec<T>) -> Self {
        Self {
            items,
            complete: false,
            window: None,
        }
    }
}

/// Removes what is said twice, keeping the first of each and the order.
pub(crate) fn without_repeats<T: Ord + Clone>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items
        .into_iter()
        .filter(|item| seen.insert(item.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed<T>(outcome: Outcome<T>) -> Observed<T> {
        let source = Source {
            call: "ecr:DescribeImages".to_owned(),
            resource: "payments".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
        };
        Observed {
            source,
            at: Timestamp::UNIX_EPOCH,
            outcome,
        }
    }

    #[test]
    fn only_what_was_seen_or_seen_missing_makes_a_fact() {
        let denied = Outcome::Denied {
            action: "ecr:DescribeImages".to_owned(),
            principal: None,
        };
        for outcome in [
            denied,
            Outcome::Failed {
                error: "timed out".to_owned(),
            },
            Outcome::NotCollected {
                why: "not an ECR image".to_owned(),
            },
        ] {
            let item: Observed<u8> = observed(outcome);
            assert!(item.seen().is_none());
            assert!(item.absent().is_none());
            assert!(item.missing("images").is_some());
        }
        assert!(observed(Outcome::Present(1)).seen().is_some());
        assert!(observed(Outcome::<u8>::Absent).absent().is_some());
        assert!(observed(Outcome::<u8>::Absent).missing("images").is_none());
    }

    #[test]
    fn an_incomplete_list_proves_no_absence() {
        let all = observed(Outcome::Present(Listing::complete(vec![1, 2])));
        let some = observed(Outcome::Present(Listing::partial(vec![1, 2])));
        assert!(all.seen().unwrap().none(|item| *item == 3).is_some());
        assert!(all.seen().unwrap().none(|item| *item == 2).is_none());
        assert!(some.seen().unwrap().none(|item| *item == 3).is_none());
    }
}
