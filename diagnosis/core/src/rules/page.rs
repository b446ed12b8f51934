//! A rule's documentation, read off the head of its file: the one place where it is written.

use crate::catalogue::Cause;

/// The headings of every rule's documentation, in order.
pub const HEADINGS: &[&str] = &[
    "What fails",
    "What the pull says",
    "What proves it",
    "What rules it out",
    "What cannot be known",
    "Remedies",
    "References",
];

/// The documentation of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The cause.
    pub cause: Cause,
    /// The cause in one sentence.
    pub title: String,
    /// Heading and text (Markdown) of each section, in the order of [`HEADINGS`].
    pub sections: Vec<(String, String)>,
}

impl Page {
    pub(super) fn of(cause: Cause, source: &str) -> Self {
        let mut title = String::new();
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
            let line = line.strip_prefix(' ').unwrap_or(line);
            match (line.strip_prefix("# "), sections.last_mut()) {
                (Some(heading), _) => sections.push((heading.to_owned(), String::new())),
                (None, Some((_, text))) => add(text, line),
                (None, None) => add(&mut title, line),
            }
        }
        for (_, text) in &mut sections {
            *text = text.trim().to_owned();
        }
        Self {
            cause,
            title: title.trim().trim_end_matches('.').to_owned(),
            sections,
        }
    }

    /// The page as Markdown.
    pub fn markdown(&self) -> String {
        let mut page = format!("# `{}`\n\n{}.\n", self.cause.code(), self.title);
        for (heading, text) in &self.sections {
            page = format!("{page}\n## {heading}\n\n{text}\n");
        }
        page
    }
}

fn add(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
