//! Buttons: what they say, and the opaque handle that comes back when one is pressed.

use slack_morphism::prelude::{
    SlackActionBlockElement, SlackBlockButtonElement, SlackBlockButtonStyle, SlackBlockConfirmItem,
    SlackBlockPlainText, SlackBlockPlainTextOnly, SlackBlockText,
};

use super::line::{clean, cut};

/// What a button does. Its word is the beginning of the button's `action_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Show the plan of a remedy.
    Plan,
    /// Apply a plan.
    Apply,
    /// Drop a plan.
    Cancel,
    /// Take an applied plan back.
    Undo,
    /// Diagnose again, from fresh evidence.
    Again,
    /// Show everything the diagnosis says.
    Details,
    /// Show a text to hand over to somebody else.
    HandOver,
    /// Show the AWS CLI commands.
    CopyCli,
    /// Show the Terraform.
    CopyTerraform,
}

impl Verb {
    const ALL: [Self; 9] = [
        Self::Plan,
        Self::Apply,
        Self::Cancel,
        Self::Undo,
        Self::Again,
        Self::Details,
        Self::HandOver,
        Self::CopyCli,
        Self::CopyTerraform,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Cancel => "cancel",
            Self::Undo => "undo",
            Self::Again => "again",
            Self::Details => "details",
            Self::HandOver => "hand_over",
            Self::CopyCli => "copy_cli",
            Self::CopyTerraform => "copy_terraform",
        }
    }

    /// The verb of an `action_id`.
    pub fn of(action_id: &str) -> Option<Self> {
        let word = action_id.split('.').next()?;
        Self::ALL.into_iter().find(|verb| verb.word() == word)
    }
}

/// A button.
#[derive(Debug, Clone, PartialEq)]
pub struct Button {
    verb: Verb,
    label: String,
    value: String,
    style: Option<SlackBlockButtonStyle>,
    confirm: Option<Confirm>,
}

/// What Slack asks before it passes a press on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The question.
    pub title: String,
    /// What will happen.
    pub text: String,
    /// What confirms it.
    pub yes: String,
}

impl Button {
    /// A button. `value` is an opaque handle, see [`value`].
    pub fn new(verb: Verb, label: impl AsRef<str>, value: impl Into<String>) -> Self {
        let label = cut(&clean(label.as_ref()), 75);
        Self {
            verb,
            label,
            value: value.into(),
            style: None,
            confirm: None,
        }
    }

    /// What it does.
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// The one to press in doubt.
    #[must_use]
    pub fn primary(mut self) -> Self {
        self.style = Some(SlackBlockButtonStyle::Primary);
        self
    }

    /// One that takes something away.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.style = Some(SlackBlockButtonStyle::Danger);
        self
    }

    /// Asks first.
    #[must_use]
    pub fn confirm(mut self, confirm: Confirm) -> Self {
        self.confirm = Some(confirm);
        self
    }

    /// Characters of all its strings, and what its element costs.
    pub fn size(&self) -> usize {
        let asked = self.confirm.as_ref().map_or(0, |c| {
            c.title.chars().count().min(100) + c.text.chars().count().min(300) + c.yes.chars().count() + 80
        });
        self.label.chars().count() + self.value.len() + asked + 60
    }

    /// As Slack's element, the one at `at` in its row: ids within a row must differ.
    pub fn element(self, at: usize) -> SlackActionBlockElement {
        let label = if self.label.is_empty() {
            self.verb.word()
        } else {
            &self.label
        };
        let element = SlackBlockButtonElement::new(plain(label))
            .with_action_id(format!("{}.{at}", self.verb.word()).into())
            .with_value(cut(&self.value, 2_000))
            .opt_style(self.style)
            .opt_confirm(self.confirm.map(|confirm| {
                SlackBlockConfirmItem::new(
                    plain(&said(&confirm.title, 100, "Apply?")),
                    SlackBlockText::Plain(
                        SlackBlockPlainText::new(said(&confirm.text, 300, "Sure?")).with_emoji(false),
                    ),
                    plain(&said(&confirm.yes, 30, "Yes")),
                    plain("Not now"),
                )
            }));
        SlackActionBlockElement::Button(element)
    }
}

/// The text, bounded; Slack refuses an empty one.
fn said(text: &str, most: usize, otherwise: &str) -> String {
    let text = cut(clean(text).trim(), most);
    if text.is_empty() {
        otherwise.to_owned()
    } else {
        text
    }
}

/// Text in which nothing is parsed: with emoji off not even `:03:` in a time.
fn plain(text: &str) -> SlackBlockPlainTextOnly {
    SlackBlockPlainText::new(text.to_owned()).with_emoji(false).into()
}

/// A button's value: the handle of what the bot keeps, and which remedy of it.
pub fn value(handle: &str, remedy: Option<&str>) -> String {
    match remedy {
        Some(remedy) => format!("{handle} {remedy}"),
        None => handle.to_owned(),
    }
}

/// The two parts of a button's value.
pub fn split_value(value: &str) -> (&str, Option<&str>) {
    match value.split_once(' ') {
        Some((handle, remedy)) => (handle, Some(remedy)),
        None => (value, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_found_by_its_word() {
        for verb in Verb::ALL {
            assert_eq!(Verb::of(&format!("{}.7", verb.word())), Some(verb));
        }
        assert_eq!(Verb::of("explode.1"), None);
        assert_eq!(Verb::of(""), None);
    }

    #[test]
    fn values_come_back_as_they_went() {
        assert_eq!(
            split_value(&value("h1", Some("roll_back"))),
            ("h1", Some("roll_back"))
        );
        assert_eq!(split_value(&value("h1", None)), ("h1", None));
    }
}
