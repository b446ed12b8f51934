//! Wildcard patterns: `*` for any run of characters, `?` for exactly one.

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
    /// Follows every position that can be reached at once, so that the time is bounded by pattern times text, whatever the
    /// number of `*`: the patterns are somebody else's.
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
        if rest.is_empty() {
            return characters.next().is_none();
        }
        let (mut here, mut next) = (Vec::with_capacity(4), Vec::with_capacity(4));
        enter(0, rest, &mut here);
        for character in characters {
            // The rest of the pattern is a `*`.
            if here.last().is_some_and(|last| *last == rest.len())
                && matches!(rest, [.., Token::Run { colon: true }])
            {
                return true;
            }
            advance(&here, character, rest, &mut next);
            if next.is_empty() {
                return false;
            }
            std::mem::swap(&mut here, &mut next);
        }
        here.contains(&rest.len())
    }

    /// The positions within the pattern before any text was read.
    pub(super) fn start(&self) -> Vec<usize> {
        let mut positions = Vec::new();
        enter(0, &self.tokens, &mut positions);
        positions
    }

    /// The positions that can be reached from some by one more character.
    pub(super) fn step(&self, from: &[usize], character: char) -> Vec<usize> {
        let mut positions = Vec::new();
        advance(from, character, &self.tokens, &mut positions);
        positions
    }

    /// Whether the text read so far matches.
    pub(super) fn is_end(&self, positions: &[usize]) -> bool {
        positions.contains(&self.tokens.len())
    }
}

fn advance(from: &[usize], character: char, tokens: &[Token], into: &mut Vec<usize>) {
    into.clear();
    for position in from {
        match tokens.get(*position) {
            Some(token) if !token.accepts(character) => {}
            Some(Token::Run { .. }) => enter(*position, tokens, into),
            Some(_) => enter(position + 1, tokens, into),
            None => {}
        }
    }
}

/// Adds a position, and those behind a run of nothing.
fn enter(position: usize, tokens: &[Token], positions: &mut Vec<usize>) {
    let mut position = position;
    while !positions.contains(&position) {
        positions.push(position);
        match tokens.get(position) {
            Some(Token::Run { .. }) => position += 1,
            _ => break,
        }
    }
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
