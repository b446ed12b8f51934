//! What a scenario says that the report must say.

use diagnosis::Report;
use diagnosis::report::CauseReport;
use serde::Deserialize;
use serde_json::Value;

/// What the report must say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The outcome.
    pub outcome: String,
    /// Pieces of the headline.
    #[serde(default)]
    pub headline_contains: Vec<String>,
    /// The causes that come first, in order.
    #[serde(default)]
    pub causes: Vec<ExpectedCause>,
    /// Causes that must not be named.
    #[serde(default)]
    pub absent_causes: Vec<String>,
    /// Causes that must be ruled out.
    #[serde(default)]
    pub ruled_out: Vec<String>,
    /// Causes that must be unknown.
    #[serde(default)]
    pub unknown: Vec<String>,
    /// The only causes that may be confirmed, where given.
    #[serde(default)]
    pub confirmed: Option<Vec<String>>,
    /// Pieces of what steps of the playbook say, by the step's number.
    #[serde(default)]
    pub steps: std::collections::BTreeMap<u8, String>,
    /// Id of a remedy that the report must offer.
    #[serde(default)]
    pub fixes_with: Option<String>,
    /// Ids of remedies that the report must not offer.
    #[serde(default)]
    pub fixes_without: Vec<String>,
}

/// A cause that the report must name. `a|b` allows either.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedCause {
    /// Its code.
    pub cause: String,
    /// Its confidence.
    #[serde(default)]
    pub confidence: Option<String>,
    /// Its effect.
    #[serde(default)]
    pub effect: Option<String>,
    /// A piece of its subject's id.
    #[serde(default)]
    pub subject_contains: Option<String>,
}

impl Expectation {
    /// Whether this cause is among those that may be named as sure: expected, or allowed to be confirmed.
    pub fn expects(&self, got: &CauseReport) -> bool {
        let allowed = self.confirmed.iter().flatten();
        self.causes.iter().any(|expected| expected.names(got))
            || allowed.into_iter().any(|code| code == got.cause.code())
    }

    /// Everything in which `report` differs from what is expected; nothing where it is right.
    pub fn differences(&self, report: &Report) -> Vec<String> {
        let mut differences = Vec::new();
        let mut check = |holds: bool, what: String| {
            if !holds {
                differences.push(what);
            }
        };
        let outcome = word(&report.outcome);
        check(
            allows(&self.outcome, &outcome),
            format!("outcome is {outcome}, not {}", self.outcome),
        );
        for piece in &self.headline_contains {
            check(
                report.headline.contains(piece),
                format!("the headline lacks `{piece}`: {}", report.headline),
            );
        }
        // Subjects of one cause come in no particular order: each is looked for among its neighbours.
        let mut left: Vec<&CauseReport> = report.causes.iter().collect();
        for (place, expected) in self.causes.iter().enumerate() {
            let Some(first) = left.first().copied() else {
                check(
                    false,
                    format!("no cause in place {}: expected {}", place + 1, expected.cause),
                );
                continue;
            };
            let neighbours = left.iter().take_while(|got| got.cause == first.cause);
            let at = neighbours
                .enumerate()
                .find(|(_, got)| expected.differences(got).is_empty())
                .map(|(at, _)| at);
            let got = left.remove(at.unwrap_or_default());
            for difference in expected.differences(got) {
                check(false, format!("cause {}: {difference}", place + 1));
            }
        }
        let named: Vec<&str> = report.causes.iter().map(|cause| cause.cause.code()).collect();
        for cause in &self.absent_causes {
            check(!named.contains(&cause.as_str()), format!("{cause} is named"));
        }
        let ruled_out: Vec<&str> = report.ruled_out.iter().map(|item| item.cause.code()).collect();
        for cause in &self.ruled_out {
            check(
                ruled_out.contains(&cause.as_str()),
                format!("{cause} is not ruled out"),
            );
        }
        let unknown: Vec<&str> = report.unknown.iter().map(|item| item.cause.code()).collect();
        for cause in &self.unknown {
            check(
                unknown.contains(&cause.as_str()),
                format!("{cause} is not unknown"),
            );
        }
        if let Some(confirmed) = &self.confirmed {
            for cause in report
                .causes
                .iter()
                .filter(|cause| word(&cause.confidence) == "confirmed")
            {
                let code = cause.cause.code();
                check(
                    confirmed.iter().any(|allowed| allowed == code),
                    format!("{code} is confirmed"),
                );
            }
        }
        for (step, piece) in &self.steps {
            let found = report.checks.iter().find(|check| check.step == *step);
            let detail = found.map(|check| check.detail.as_str()).unwrap_or_default();
            check(
                detail.contains(piece.as_str()),
                format!("step {step} lacks `{piece}`: {detail}"),
            );
        }
        let offered: Vec<&str> = report.remedies.iter().map(|remedy| remedy.id.as_str()).collect();
        for remedy in &self.fixes_without {
            check(
                !offered.contains(&remedy.as_str()),
                format!("remedy {remedy} is offered"),
            );
        }
        if let Some(remedy) = &self.fixes_with {
            check(
                offered.contains(&remedy.as_str()),
                format!("remedy {remedy} is not offered, but {offered:?}"),
            );
        }
        differences
    }
}

impl ExpectedCause {
    /// Whether it is about this cause, whatever else is said of it.
    pub fn names(&self, got: &CauseReport) -> bool {
        allows(&self.cause, got.cause.code())
    }

    fn differences(&self, got: &CauseReport) -> Vec<String> {
        let mut differences = Vec::new();
        let subject = &got.subject.id;
        for (what, expected, got) in [
            ("cause", Some(&self.cause), got.cause.code().to_owned()),
            ("confidence", self.confidence.as_ref(), word(&got.confidence)),
            ("effect", self.effect.as_ref(), word(&got.effect)),
        ] {
            if let Some(expected) = expected.filter(|expected| !allows(expected, &got)) {
                differences.push(format!("{what} is {got}, not {expected}"));
            }
        }
        if let Some(piece) = self
            .subject_contains
            .as_ref()
            .filter(|piece| !piece.split('|').any(|piece| subject.contains(piece)))
        {
            differences.push(format!("subject {subject} lacks `{piece}`"));
        }
        differences
    }
}

/// Whether `a|b` allows `got`.
fn allows(expected: &str, got: &str) -> bool {
    expected.split('|').any(|one| one == got)
}

/// How the report's JSON writes a value of an enum.
pub fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => format!("{other:?}"),
    }
}
