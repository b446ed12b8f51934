//! Which texts tell a set of patterns apart.

use indexmap::IndexMap;

use crate::access::pattern::{Glob, Token};

/// How many states of all patterns together are followed before giving up on telling every combination apart.
const MOST_STATES: usize = 2_000;

/// Patterns of which it matters only whether any matches.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub globs: Vec<Glob>,
    /// Whether the patterns are folded and compare without case.
    pub ignoring_case: bool,
}

/// One text for every combination of groups that some text can match at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Representatives {
    pub texts: Vec<String>,
    /// Whether every possible combination is there.
    pub exhaustive: bool,
}

/// For each glob of each group the positions it can have reached.
type State = Vec<Vec<usize>>;

/// Walks all patterns at once, character by character, through every state they can reach together; `shape` is what every
/// text must look like.
///
/// Each text that is found stands for all that match the same groups.
pub(super) fn representatives(groups: &[Group], shape: Option<&Glob>) -> Representatives {
    let something = Glob::free("?*");
    let globs: Vec<(&Glob, bool)> = groups
        .iter()
        .flat_map(|group| group.globs.iter().map(|glob| (glob, group.ignoring_case)))
        .chain(shape.map(|shape| (shape, false)))
        // Keeps the empty text apart from all others.
        .chain([(&something, false)])
        .collect();
    let alphabet = alphabet(&globs);
    let start: State = globs.iter().map(|(glob, _)| glob.start()).collect();
    // Every state found so far, with the state and the character that led to it.
    let mut found: IndexMap<State, Option<(usize, char)>> = IndexMap::from([(start, None)]);
    let mut witnesses: IndexMap<Vec<bool>, usize> = IndexMap::new();
    let mut next = 0;
    let mut exhaustive = true;
    while let Some((state, origin)) = found.get_index(next) {
        if let Some(matched) = matched(state, &globs, groups, shape.is_some()) {
            let empty = origin.is_none();
            // The empty text stands for a combination only where no other text can.
            let known = witnesses.entry(matched).or_insert(next);
            if *known == 0 && !empty {
                *known = next;
            }
        }
        let state = state.clone();
        for character in &alphabet {
            let stepped = step(&state, *character, &globs);
            if found.len() >= MOST_STATES && !found.contains_key(&stepped) {
                exhaustive = false;
                continue;
            }
            found.entry(stepped).or_insert(Some((next, *character)));
        }
        next += 1;
    }
    let texts = witnesses.values().map(|index| spell(*index, &found)).collect();
    Representatives { texts, exhaustive }
}

/// Every character the patterns mention, in both cases where case is ignored, and one that they do not mention.
fn alphabet(globs: &[(&Glob, bool)]) -> Vec<char> {
    let mut alphabet = vec![':'];
    for (glob, ignoring_case) in globs {
        for token in glob.tokens() {
            let Token::Char(character) = token else { continue };
            alphabet.push(*character);
            if *ignoring_case {
                let upper = character
                    .to_uppercase()
                    .filter(|upper| upper.to_lowercase().eq([*character]));
                alphabet.extend(upper);
            }
        }
    }
    alphabet.sort_unstable();
    alphabet.dedup();
    let strange = ('a'..='z')
        .chain('0'..='9')
        .chain('A'..='Z')
        .chain('\u{100}'..='\u{10ffff}')
        .find(|character| {
            let plain = character.is_ascii() || character.is_alphabetic();
            plain && !alphabet.contains(character)
        });
    alphabet.extend(strange);
    alphabet
}

fn step(state: &State, character: char, globs: &[(&Glob, bool)]) -> State {
    let stepped = state.iter().zip(globs).map(|(positions, (glob, ignoring_case))| {
        let mut positions = if *ignoring_case {
            let lower = character.to_lowercase();
            lower.fold(positions.clone(), |positions, lower| glob.step(&positions, lower))
        } else {
            glob.step(positions, character)
        };
        // One state is one set of positions, however it was reached.
        positions.sort_unstable();
        positions
    });
    stepped.collect()
}

/// Which groups the text read so far matches; nothing where it has not the shape.
fn matched(state: &State, globs: &[(&Glob, bool)], groups: &[Group], shaped: bool) -> Option<Vec<bool>> {
    let mut ended = state
        .iter()
        .zip(globs)
        .map(|(positions, (glob, _))| glob.is_end(positions));
    let matched = groups
        .iter()
        .map(|group| {
            ended
                .by_ref()
                .take(group.globs.len())
                .filter(|ends| *ends)
                .count()
                > 0
        })
        .collect();
    let has_shape = !shaped || ended.next().unwrap_or(false);
    has_shape.then_some(matched)
}

fn spell(index: usize, found: &IndexMap<State, Option<(usize, char)>>) -> String {
    let mut characters = Vec::new();
    let mut at = index;
    while let Some((_, Some((from, character)))) = found.get_index(at) {
        characters.push(*character);
        at = *from;
    }
    characters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Group, Representatives, representatives};
    use crate::access::pattern::Glob;

    fn group(patterns: &[&str]) -> Group {
        Group {
            globs: patterns.iter().map(|pattern| Glob::free(pattern)).collect(),
            ignoring_case: false,
        }
    }

    fn texts(patterns: &[&str]) -> Vec<String> {
        let groups: Vec<_> = patterns.iter().map(|pattern| group(&[pattern])).collect();
        let Representatives { texts, exhaustive } = representatives(&groups, None);
        assert!(exhaustive);
        texts
    }

    #[test]
    fn a_text_for_each_combination() {
        assert_eq!(texts(&[]), [":"]);
        assert_eq!(texts(&["a"]), [":", "a"]);
        assert_eq!(texts(&["*"]), [":"]);
        assert_eq!(texts(&["a*", "*b"]), [":", "a", "b", "ab"]);
        assert_eq!(texts(&["a*", "ab*"]), [":", "a", "ab"]);
        assert_eq!(texts(&["?*"]), ["", ":"]);
    }

    #[test]
    fn case_may_not_matter() {
        let groups = [
            Group {
                globs: vec![Glob::free("ab")],
                ignoring_case: true,
            },
            group(&["AB"]),
        ];
        assert_eq!(representatives(&groups, None).texts, [":", "AB", "Ab"]);
    }

    #[test]
    fn a_shape_rules_texts_out() {
        let shape = Glob::free("x*");
        assert_eq!(
            representatives(&[group(&["xy", "z"])], Some(&shape)).texts,
            ["x", "xy"]
        );
    }

    #[test]
    fn gives_up_before_it_explodes() {
        let patterns: Vec<_> = ('a'..='z').map(|letter| format!("*{letter}*x")).collect();
        let groups: Vec<_> = patterns.iter().map(|pattern| group(&[pattern])).collect();
        assert!(!representatives(&groups, None).exhaustive);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_matches_in_a_combination_without_representative(
            patterns in prop::collection::vec("[ab*?]{0,5}", 1..4),
            text in "[abc]{0,7}",
        ) {
            let groups: Vec<_> = patterns.iter().map(|pattern| group(&[pattern])).collect();
            let matched = |text: &str| -> Vec<bool> {
                groups.iter().map(|group| group.globs.iter().any(|glob| glob.matches(text))).collect()
            };
            let Representatives { texts, exhaustive } = representatives(&groups, None);
            prop_assert!(exhaustive);
            prop_assert!(texts.iter().any(|representative| matched(representative) == matched(&text)));
        }
    }
}
