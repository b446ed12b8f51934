//! One line of a message: our words and outside strings, side by side and never mixed up.
//!
//! INVARIANT (hostile text): whatever comes from outside (names, reasons, policies, what people typed) reaches Slack
//! only as the text of a rich_text element (and of buttons, as plain_text without emoji), in which Slack parses nothing. So nothing has to be escaped there, and
//! nothing can be forgotten. What could deceive a reader (control characters, bidirectional overrides) is removed here.
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use slack_morphism::prelude::{
    SlackRichTextInlineElement, SlackRichTextLink, SlackRichTextText, SlackRichTextUser,
    SlackRichTextUserGroup,
};
use url::Url;

use crate::settings::is_slack_id;

/// Longest single piece of prose.
const LONGEST_TEXT: usize = 600;
/// Longest single name, id or reason within a line.
const LONGEST_CODE: usize = 250;
/// Longest address behind a link; Slack allows 3,000.
const LONGEST_URL: usize = 1_000;
/// What an element costs besides its strings: its type and style.
const OVERHEAD: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Bold(String),
    Code(String),
    Link {
        label: String,
        url: String,
    },
    Time {
        at: Timestamp,
        format: &'static str,
        utc: String,
        /// Whether UTC stands in brackets behind the reader's own time.
        both: bool,
    },
    User(String),
    Group(String),
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<Part>);

impl Part {
    fn at(at: Timestamp, now: Timestamp, both: bool) -> Self {
        let near = now.duration_since(at).unsigned_abs().as_secs() < 12 * 3600;
        let format = if near {
            "{time}"
        } else {
            "{date_short_pretty} {time}"
        };
        Self::Time {
            at,
            format,
            utc: utc(at, now),
            both,
        }
    }
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Prose, ours or the report's.
    #[must_use]
    pub fn text(mut self, text: impl AsRef<str>) -> Self {
        self.push(Part::Text(cut(&clean(text.as_ref()), LONGEST_TEXT)));
        self
    }

    /// Prose that stands out.
    #[must_use]
    pub fn bold(mut self, text: impl AsRef<str>) -> Self {
        self.push(Part::Bold(cut(&clean(text.as_ref()), LONGEST_TEXT)));
        self
    }

    /// A name, an id, a call: something to be read letter by letter.
    #[must_use]
    pub fn code(mut self, text: impl AsRef<str>) -> Self {
        self.push(Part::Code(cut(&clean(text.as_ref()), LONGEST_CODE)));
        self
    }

    /// A link; without one where `url` is none, is too long or does not lead to a website.
    #[must_use]
    pub fn link(mut self, label: &str, url: Option<&str>) -> Self {
        let url = url
            .filter(|url| url.chars().count() <= LONGEST_URL)
            .and_then(|url| Url::parse(url).ok())
            .filter(|url| matches!(url.scheme(), "https" | "http") && url.as_str().len() <= LONGEST_URL);
        if let Some(url) = url {
            self.push(Part::Link {
                label: cut(&clean(label), 75),
                url: url.into(),
            });
        }
        self
    }

    /// A point in time, in the reader's zone; with its date where that is not the day of `now`.
    ///
    /// Slack's clients show the full local date on hover; whoever has no such client reads UTC.
    /// <https://docs.slack.dev/reference/block-kit/block-elements/date-element>
    #[must_use]
    pub fn time(mut self, at: Timestamp, now: Timestamp) -> Self {
        self.push(Part::at(at, now, false));
        self
    }

    /// The same, with UTC in brackets: a time that people in different places will talk about.
    #[must_use]
    pub fn when(mut self, at: Timestamp, now: Timestamp) -> Self {
        self.push(Part::at(at, now, true));
        self
    }

    /// A person, by Slack id.
    #[must_use]
    pub fn user(mut self, id: &str) -> Self {
        self.push(if is_slack_id(id, &['U', 'W']) {
            Part::User(id.to_owned())
        } else {
            Part::Text(cut(&clean(id), 80))
        });
        self
    }

    /// A user or a user group, by Slack id.
    #[must_use]
    pub fn approver(mut self, id: &str) -> Self {
        if is_slack_id(id, &['S']) {
            self.push(Part::Group(id.to_owned()));
            return self;
        }
        self.user(id)
    }

    /// The parts of `other`, after `separator` where this line has something.
    #[must_use]
    pub fn then(mut self, separator: &'static str, other: Self) -> Self {
        if !self.0.is_empty() && !other.0.is_empty() {
            self.push(Part::Text(separator.to_owned()));
        }
        self.0.extend(other.0);
        self
    }

    /// Whether nothing is on it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, part: Part) {
        // Slack refuses empty text elements.
        if !matches!(&part, Part::Text(text) | Part::Bold(text) | Part::Code(text) if text.is_empty()) {
            self.0.push(part);
        }
    }

    /// As a notification or a screen reader gets it.
    pub fn plain(&self) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) | Part::Bold(text) | Part::Code(text) => text.clone(),
                Part::Link { label, .. } => label.clone(),
                Part::Time { utc, .. } => utc.clone(),
                Part::User(_) => "somebody".to_owned(),
                Part::Group(_) => "the approvers' group".to_owned(),
            })
            .collect()
    }

    /// Characters of all its strings, and what their elements cost.
    pub fn size(&self) -> usize {
        let strings = |part: &Part| match part {
            Part::Text(text) | Part::Bold(text) | Part::Code(text) => text.chars().count(),
            Part::Link { label, url } => label.chars().count() + url.chars().count(),
            Part::Time { format, utc, .. } => format.len() + 2 * utc.len() + OVERHEAD,
            Part::User(id) | Part::Group(id) => id.len(),
        };
        self.0.iter().map(|part| strings(part) + OVERHEAD).sum()
    }

    /// As Slack's elements.
    pub fn elements(&self) -> Vec<SlackRichTextInlineElement> {
        let mut elements = Vec::new();
        for part in &self.0 {
            elements.push(match part {
                Part::Text(text) => SlackRichTextText::new(text.clone()).into(),
                Part::Bold(text) => SlackRichTextText::new(text.clone()).bold().into(),
                Part::Code(text) => SlackRichTextText::new(text.clone()).code().into(),
                Part::Link { label, url } => SlackRichTextLink::new(url.clone().into())
                    .with_text(label.clone())
                    .into(),
                Part::Time { at, format, utc, .. } => SlackRichTextInlineElement::Unknown(json!({
                    "type": "date", "timestamp": at.as_second(), "format": format, "fallback": utc,
                })),
                Part::User(id) => SlackRichTextUser::new(id.clone().into()).into(),
                Part::Group(id) => SlackRichTextUserGroup::new(id.clone().into()).into(),
            });
            if let Part::Time { utc, both: true, .. } = part {
                elements.push(format!(" ({utc})").into());
            }
        }
        elements
    }
}

/// `14:03 UTC`, with the date where that is another one than `now`'s.
pub fn utc(at: Timestamp, now: Timestamp) -> String {
    let day = |at: Timestamp| at.to_zoned_datetime(TimeZone::UTC).date();
    let format = if day(at) == day(now) {
        "%H:%M UTC"
    } else {
        "%Y-%m-%d %H:%M UTC"
    };
    at.strftime(format).to_string()
}

/// The text without what could make it read as something else: control characters, and the marks that turn the
/// direction of writing or hide. Line breaks become spaces.
pub fn clean(text: &str) -> String {
    clean_keeping(text, false)
}

/// The same, with its line breaks.
pub fn clean_lines(text: &str) -> String {
    clean_keeping(text, true)
}

fn clean_keeping(text: &str, lines: bool) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' if lines => Some('\n'),
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
            c if c.is_control() => None,
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{061c}' => None,
            c => Some(c),
        })
        .collect()
}

/// At most this many characters; what is cut ends in `…`.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceptive_characters_are_gone() {
        assert_eq!(clean("a\u{202e}b\u{0007}c\nd\u{200b}\u{2066}e\r"), "abc de");
        assert_eq!(clean_lines("a\nb\u{202e}"), "a\nb");
    }

    #[test]
    fn cutting_counts_characters() {
        assert_eq!(cut("ééé", 3), "ééé");
        assert_eq!(cut("éééé", 3), "éé…");
        assert_eq!(cut("abc", 0), "…");
    }

    #[test]
    fn markup_of_others_stays_text() {
        let line = Line::new().text("<!channel> *x* :fire:").user("<!here>");
        let elements = serde_json::to_value(line.elements()).unwrap();
        assert_eq!(
            elements,
            json!([
                { "type": "text", "text": "<!channel> *x* :fire:" }, { "type": "text", "text": "<!here>" },
            ])
        );
    }

    #[test]
    fn links_lead_to_websites_only() {
        for url in [
            None,
            Some("javascript:alert(1)"),
            Some("not a url"),
            Some(&*format!("https://x/{}", "y".repeat(2_000))),
        ] {
            assert!(Line::new().link("open", url).is_empty(), "{url:?}");
        }
    }

    #[test]
    fn times_say_their_day_where_it_is_another() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-02T10:00:00Z");
        assert_eq!(utc(at("2026-03-02T09:05:00Z"), now), "09:05 UTC");
        assert_eq!(utc(at("2026-03-01T23:59:00Z"), now), "2026-03-01 23:59 UTC");
        let element =
            serde_json::to_value(Line::new().time(at("2026-02-01T09:05:00Z"), now).elements()).unwrap();
        assert_eq!(
            element,
            json!([{
                "type": "date", "timestamp": 1_769_936_700, "format": "{date_short_pretty} {time}", "fallback": "2026-02-01 09:05 UTC",
            }])
        );
    }
}
