//! What is wrong with the settings, for the person who has to set them right.

use std::fmt;

/// One setting that is wrong. Never holds the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable, or the key of the file: `BIND_ADDR`, `accounts[0].id`.
    pub name: String,
    /// What is wrong with it.
    pub what: String,
    /// What would be right.
    pub hint: String,
}

impl Problem {
    /// A setting whose value is wrong.
    pub fn new(name: impl Into<String>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// A setting that is needed and not there.
    pub fn missing(name: &str, hint: &str) -> Self {
        Self::new(name, "is not set", hint)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}; {}", self.name, self.what, self.hint)
    }
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    problems: Vec<Problem>,
}

impl SettingsError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Each thing that is wrong.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}
