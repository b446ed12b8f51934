//! Wildcard patterns: `*` for any run of characters, `?` for exactly one.

use std::iter::once;

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// This very character.
    Char(char),
    /// Any one character; a colon only if it may cross the segments of an ARN.
    One {
        /// Whether a colon matches.
        colon: bool,
    },
    /// Any run of characters, the empty one included; colons only if it may cross the segments of an ARN.
    Run {
        /// Whether a colon matches.
        colon: bool,
    },
}

impl Token {
    /// Whether the character may stand at, or within, this step.
    pub(super) fn accepts(self, character: char) -> bool {
        match self {
            Self::Char(wanted) => wanted == character,
            Self::One { colon } | Self::Run { colon } => colon || character != ':',
        }
    }
}

/// A pattern without variables, ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Glob {
    tokens: Vec<Token>,
}

impl Glob {
    /// A pattern in which `*` and `?` match everything, colons included (actions, `StringLike`).
    pub(super) fn free(pattern: &str) -> Self {
        let tokens = pattern.chars().map(|character| match character {
            '*' => Token::Run { colon: true },
            '?' => Token::One { colon: true },
            other => Token::Char(other),
        });
        Self {
            tokens: tokens.collect(),
        }
    }

    /// The pattern that matches this text only.
    pub(super) fn literal(text: &str) -> Self {
        Self {
            tokens: text.chars().map(Token::Char).collect(),
        }
    }

    pub(super) fn from_tokens(tokens: Vec<Token>) -> Self {
        Self { tokens }
    }

    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Whether the whole text matches.
    ///
    /// Runs in time proportional to pattern times text, whatever the number of `*`: the patterns are somebody else's.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut rest = self.tokens.as_slice();
        let mut characters = text.chars();
        // Most patterns are told apart by their literal beginning.
        while let Some((Token::Char(wanted), tail)) = rest.split_first() {
            if characters.next() != Some(*wanted) {
                return false;
            }
            rest = tail;
        }
        match rest {
            [] => characters.next().is_none(),
            [Token::Run { colon: true }] => true,
            _ => matches_from(rest, &characters.collect::<Vec<_>>()),
        }
    }
}

/// Follows, token by token, every position of the text at which the pattern so far can end.
fn matches_from(tokens: &[Token], text: &[char]) -> bool {
    let mut reached: Vec<bool> = once(true).chain(text.iter().map(|_| false)).collect();
    for token in tokens {
        reached = match token {
            Token::Char(_) | Token::One { .. } => once(false)
                .chain(
                    reached
                        .iter()
                        .zip(text)
                        .map(|(here, character)| *here && token.accepts(*character)),
                )
                .collect(),
            Token::Run { .. } => {
                let mut open = false;
                once(None)
                    .chain(text.iter().map(Some))
                    .zip(&reached)
                    .map(|(before, here)| {
                        open = *here || (open && before.is_some_and(|character| token.accepts(*character)));
                        open
                    })
                    .collect()
            }
        };
        if !reached.contains(&true) {
            return false;
        }
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Glob, Token};

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "ecr:BatchGetImage", true),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("a**c", "ac", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "abbc", false),
            ("?", "", false),
            ("*?", "", false),
            ("*?", "x", true),
            ("*ab*ab*", "xabyabz", true),
            ("*ab*ab*", "xaby", false),
            ("my.app", "myXapp", false),
            ("[a]", "a", false),
            ("größe*", "größe/ä", true),
        ] {
            assert_eq!(
                Glob::free(pattern).matches(text),
                expected,
                "{pattern} against {text}"
            );
        }
    }

    #[test]
    fn a_wildcard_held_to_its_segment_stops_at_colons() {
        let held = Glob::from_tokens(vec![
            Token::Char('a'),
            Token::Run { colon: false },
            Token::Char(':'),
            Token::One { colon: false },
        ]);
        assert!(held.matches("abc:d"));
        assert!(!held.matches("ab:c:d"));
        assert!(!held.matches("abc::"));
    }

    #[test]
    fn many_stars_do_not_explode() {
        let pattern = "*a".repeat(60);
        assert!(!Glob::free(&pattern).matches(&"a".repeat(59)));
        assert!(Glob::free(&pattern).matches(&"a".repeat(60)));
    }

    proptest! {
        #[test]
        fn agrees_with_a_regular_expression(pattern in "[ab:*?]{0,12}", text in "[ab:]{0,16}") {
            let expression = format!("^{}$", regex::escape(&pattern).replace("\\*", ".*").replace("\\?", "."));
            let expected = regex::Regex::new(&expression).unwrap().is_match(&text);
            prop_assert_eq!(Glob::free(&pattern).matches(&text), expected);
        }
    }
}
