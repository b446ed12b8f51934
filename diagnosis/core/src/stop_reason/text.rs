//! One spelling for texts that reach us through consoles, chats, logs and line wraps.

use regex::Regex;

/// Compiles a pattern that is part of this program.
///
/// `\b` is a boundary between ASCII words here: Japanese and Chinese text runs into English words without a space.
#[expect(
    clippy::expect_used,
    reason = "patterns are constants; the tests of this room compile every one"
)]
pub(super) fn pattern(source: &'static str) -> Regex {
    Regex::new(&source.replace(r"\b", r"(?-u:\b)")).expect("a constant pattern")
}

/// Declares patterns that are compiled once, on first use.
macro_rules! patterns {
    ($($(#[$doc:meta])* $name:ident = $source:expr;)*) => {
        $($(#[$doc])* static $name: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| $crate::stop_reason::text::pattern($source));)*
    };
}
pub(super) use patterns;

patterns! {
    /// Terminal colours: daemon logs are often pasted with them.
    ANSI = r"\x1b\[[0-9;?]*[ -/]*[@-~]";
    /// What the consoles and describe commands wrap around a reason.
    WRAPPER = r"(?i)^stopped \((.+)\)$";
}

/// A failure text in one spelling.
#[derive(Debug)]
pub(super) struct Text {
    /// White space runs are one space, quotes are straight, controls and escapes are gone; upper and lower case as written.
    pub(super) plain: String,
    /// The same in lower case, for rules.
    pub(super) lower: String,
    /// Characters of the text as it came, white space at its ends apart: where an agent cuts tells that it cut.
    pub(super) written_chars: usize,
}

impl Text {
    pub(super) fn new(written: &str) -> Self {
        let spelled = spell(written);
        let plain = match WRAPPER.captures(&spelled).and_then(|found| found.get(1)) {
            Some(inner) => inner.as_str().trim().to_owned(),
            None => spelled,
        };
        // Not `to_lowercase`: that changes lengths, and every word the rules know is ASCII.
        let lower = plain.to_ascii_lowercase();
        Self {
            plain,
            lower,
            written_chars: written.trim().chars().count(),
        }
    }

    pub(super) fn has(&self, words: &str) -> bool {
        self.lower.contains(words)
    }

    pub(super) fn has_any(&self, choices: &[&str]) -> bool {
        choices.iter().any(|words| self.has(words))
    }

    pub(super) fn matches(&self, pattern: &Regex) -> bool {
        pattern.is_match(&self.lower)
    }
}

/// Characters that show nothing and change what a reader sees: C0 and C1 controls, bidirectional controls, zero-width ones.
/// <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}'
            | '\u{061c}' | '\u{feff}')
}

/// Removes terminal colours and hidden characters; line breaks and tabs become spaces.
pub(super) fn strip_hidden(written: &str) -> String {
    let colourless = ANSI.replace_all(written, "");
    colourless
        .chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if is_hidden(c) => None,
            c => Some(c),
        })
        .collect()
}

/// Straightens quotes, undoes the escapes of log lines and of Slack, and joins white space.
fn spell(written: &str) -> String {
    let stripped = strip_hidden(written);
    let unescaped = stripped
        .replace("\\r", " ")
        .replace("\\n", " ")
        .replace("\\t", " ")
        .replace("\\\"", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    let straight: String = unescaped
        .chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{00b4}' => '\'',
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{2033}' | '\u{ff02}' => '"',
            '\u{ff1a}' => ':',
            c => c,
        })
        .collect();
    let mut joined = String::with_capacity(straight.len());
    for word in straight.split_whitespace() {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn one_spelling_for_wraps_quotes_escapes_and_wrappers() {
        let text = Text::new(
            "STOPPED (CannotPullContainerError: The task can\u{2019}t\\n pull\r\n\u{202e}the \x1b[31mimage\x1b[0m)",
        );
        assert_eq!(
            text.plain,
            "CannotPullContainerError: The task can't pull the image"
        );
        assert!(text.has("cannotpullcontainererror: the task can't"));
    }

    #[test]
    fn windows_paths_lose_nothing_that_a_rule_needs() {
        assert!(Text::new(r"re-exec error: C:\ProgramData\docker").has("programdata"));
    }
}
