//! Values of a policy that may hold wildcards and policy variables (`${aws:PrincipalTag/team, 'none'}`).
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use super::context::{Context, fold_key};
use super::pattern::{Glob, Token};
use super::truth::Truth;

/// Where a value stands decides what its characters mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `Resource` and `NotResource`: wildcards; variables after the fifth colon only.
    Resource,
    /// `StringEquals` and its like: variables, no wildcards.
    Exact,
    /// The same without regard to case.
    ExactIgnoringCase,
    /// `StringLike`: variables and wildcards.
    Like,
    /// `ArnLike` and `ArnEquals`: variables and wildcards, each held to one of the six parts of the ARN.
    Arn,
}

/// How many colons part the six components of an ARN.
const ARN_COLONS: usize = 5;

/// A value of a policy, split into what is literal, what is a wildcard and what is a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
    place: Place,
    /// The pattern, where no variable has to be filled in first.
    fixed: Option<Glob>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Token(Token),
    Variable {
        spelled: String,
        folded: String,
        default: Option<String>,
    },
}

impl Template {
    /// Reads a value; `variables` says whether the document's version knows variables.
    pub(super) fn parse(source: &str, place: Place, variables: bool) -> Self {
        let mut parts = split(source, place, variables);
        hold_to_segments(&mut parts, place);
        let mut template = Self {
            parts,
            place,
            fixed: None,
        };
        if template.variables().next().is_none() {
            template.fixed = template.widened(&Context::new());
        }
        template
    }

    /// How the value is compared.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Whether the text matches.
    ///
    /// A variable whose key is unknown makes it unknown, even with a default, unless no value at all could make the rest
    /// match.
    pub(super) fn matches(&self, text: &str, context: &Context) -> Truth {
        let folded;
        let text = if self.place == Place::ExactIgnoringCase {
            folded = text.to_lowercase();
            folded.as_str()
        } else {
            text
        };
        if let Some(glob) = &self.fixed {
            return glob.matches(text).into();
        }
        match self.widened(context) {
            Some(glob) if glob.matches(text) => {
                let open = self
                    .variables()
                    .any(|(_, folded)| context.get_folded(folded).is_none());
                if open { Truth::Unknown } else { Truth::True }
            }
            _ => Truth::False,
        }
    }

    /// The variables: as spelled, and folded.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { spelled, folded, .. } => Some((spelled.as_str(), folded.as_str())),
            Part::Token(_) => None,
        })
    }

    /// The pattern in which unknown variables may be anything; nothing where another one has no value.
    pub(super) fn widened(&self, context: &Context) -> Option<Glob> {
        self.widen(self.parts.iter(), context)
    }

    fn widen<'a>(&self, parts: impl Iterator<Item = &'a Part>, context: &Context) -> Option<Glob> {
        let mut tokens = Vec::with_capacity(self.parts.len());
        for part in parts {
            match part {
                Part::Token(token) => tokens.push(*token),
                Part::Variable { folded, default, .. } => {
                    let value = match context.get_folded(folded) {
                        None => {
                            tokens.push(Token::Run { colon: true });
                            continue;
                        }
                        Some([value]) => value,
                        // A key with several values cannot be used as a variable.
                        Some(_) => default.as_ref()?,
                    };
                    // What a variable brings in is text: its asterisks match asterisks.
                    self.push_text(value, &mut tokens);
                }
            }
        }
        Some(Glob::from_tokens(tokens))
    }

    /// The pattern that stands before the first use of a variable; other unknown variables may be anything.
    pub(super) fn widened_before(&self, key_folded: &str, context: &Context) -> Glob {
        let parts = self.parts.iter();
        let before =
            parts.take_while(|part| !matches!(part, Part::Variable { folded, .. } if folded == key_folded));
        self.widen(before, context).unwrap_or_default()
    }

    fn push_text(&self, text: &str, tokens: &mut Vec<Token>) {
        if self.place == Place::ExactIgnoringCase {
            tokens.extend(text.to_lowercase().chars().map(Token::Char));
        } else {
            tokens.extend(text.chars().map(Token::Char));
        }
    }
}

fn split(source: &str, place: Place, variables: bool) -> Vec<Part> {
    let wildcards = matches!(place, Place::Resource | Place::Like | Place::Arn);
    let mut parts = Vec::new();
    let mut colons = 0;
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        let allowed = variables && (place != Place::Resource || colons >= ARN_COLONS);
        if allowed && let Some((part, after)) = variable(rest) {
            parts.push(part);
            rest = after;
            continue;
        }
        match character {
            '*' if wildcards => parts.push(Part::Token(Token::Run { colon: true })),
            '?' if wildcards => parts.push(Part::Token(Token::One { colon: true })),
            other if place == Place::ExactIgnoringCase => {
                parts.extend(other.to_lowercase().map(|lower| Part::Token(Token::Char(lower))));
            }
            other => {
                if other == ':' {
                    colons += 1;
                }
                parts.push(Part::Token(Token::Char(other)));
            }
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    parts
}

/// Reads a variable at the beginning of the text.
fn variable(text: &str) -> Option<(Part, &str)> {
    let inside = text.strip_prefix("${")?;
    for special in ['*', '?', '$'] {
        if let Some(after) = inside
            .strip_prefix(special)
            .and_then(|rest| rest.strip_prefix('}'))
        {
            return Some((Part::Token(Token::Char(special)), after));
        }
    }
    let mut quoted = false;
    let end = inside
        .char_indices()
        .find_map(|(at, character)| match character {
            '\'' => {
                quoted = !quoted;
                None
            }
            '}' if !quoted => Some(at),
            _ => None,
        })?;
    let (body, after) = (inside.get(..end)?, inside.get(end + 1..)?);
    let (key, default) = match body.split_once(',') {
        None => (body, None),
        Some((key, default)) => {
            let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key, Some(default.to_owned()))
        }
    };
    let key = key.trim();
    if key.is_empty() {
        return None;
    }
    Some((
        Part::Variable {
            spelled: key.to_owned(),
            folded: fold_key(key),
            default,
        },
        after,
    ))
}

/// In the first five parts of an ARN a wildcard keeps to its part. In a resource a `*` that ends a part may run on over the
/// colons (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>), in a condition
/// each part is compared on its own
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).
fn hold_to_segments(parts: &mut [Part], place: Place) {
    if !matches!(place, Place::Resource | Place::Arn) {
        return;
    }
    let mut colons = 0;
    let mut parts = parts.iter_mut().peekable();
    while let Some(part) = parts.next() {
        let Part::Token(token) = part else { continue };
        match token {
            Token::Char(':') => colons += 1,
            Token::Char(_) => {}
            _ if colons >= ARN_COLONS => {}
            Token::One { colon } => *colon = false,
            Token::Run { colon } => {
                let ends_part = matches!(parts.peek(), None | Some(Part::Token(Token::Char(':'))));
                *colon = place == Place::Resource && ends_part;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Template};
    use crate::access::context::Context;
    use crate::access::truth::Truth::{self, False, True, Unknown};

    fn check(place: Place, value: &str, text: &str, context: &Context) -> Truth {
        Template::parse(value, place, true).matches(text, context)
    }

    #[test]
    fn resources() {
        let arn = "arn:aws:ecr:eu-west-1:210987654321:repository/shop/cart";
        let nothing = Context::new();
        for (value, expected) in [
            ("*", True),
            ("arn:aws:ecr:*", True),
            ("arn:aws:ecr:eu-west-1:*", True),
            ("arn:aws:ecr:*:*:repository/*", True),
            ("arn:aws:ecr:*:210987654321:repository/shop/*", True),
            ("arn:aws:ecr:eu-*-1:210987654321:repository/shop/cart", True),
            ("arn:aws:ecr:eu-west-?:210987654321:repository/shop?cart", True),
            ("arn:aws:ecr:e*1:repository/shop/cart", False),
            ("arn:aws:ecr:eu-west-1?210987654321:repository/shop/cart", False),
            ("arn:aws:ecr:eu-west-1:210987654321:repository/shop", False),
            ("arn:aws:ecr:eu-west-1:210987654321:repository/Shop/cart", False),
            ("arn:aws:ecr:eu-west-1:210987654321:repository/shop/cart/", False),
        ] {
            assert_eq!(check(Place::Resource, value, arn, &nothing), expected, "{value}");
        }
    }

    #[test]
    fn the_resource_star_is_matched_by_a_star_only() {
        let nothing = Context::new();
        assert_eq!(check(Place::Resource, "*", "*", &nothing), True);
        assert_eq!(
            check(Place::Resource, "arn:aws:ecr:*:*:repository/*", "*", &nothing),
            False
        );
    }

    #[test]
    fn variables_are_filled_in() {
        let context = Context::new()
            .with("aws:PrincipalTag/Team", ["shop"])
            .with("aws:PrincipalTag/none", [""; 0]);
        let arn = "arn:aws:ecr:eu-west-1:210987654321:repository/shop/cart";
        for (value, expected) in [
            ("arn:aws:ecr:*:*:repository/${aws:PrincipalTag/Team}/*", True),
            ("arn:aws:ecr:*:*:repository/${AWS:principaltag/team}/*", True),
            (
                "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/Team, 'other'}/*",
                True,
            ),
            ("arn:aws:ecr:*:*:repository/${aws:PrincipalTag/none}*", False),
            (
                "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/none, 'shop'}/*",
                True,
            ),
            ("arn:aws:ecr:*:*:repository/${aws:PrincipalTag/other}/*", Unknown),
            (
                "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/other, 'shop'}/*",
                Unknown,
            ),
            ("arn:aws:ecr:*:*:repository/${aws:PrincipalTag/other}/till", False),
            // Before the fifth colon there are no variables.
            ("arn:aws:ecr:*:${aws:PrincipalAccount}:repository/*", False),
        ] {
            assert_eq!(check(Place::Resource, value, arn, &context), expected, "{value}");
        }
    }

    #[test]
    fn what_a_variable_brings_in_is_text() {
        let context = Context::new().with("aws:PrincipalTag/team", ["s*"]);
        assert_eq!(
            check(Place::Like, "${aws:PrincipalTag/team}", "shop", &context),
            False
        );
        assert_eq!(
            check(Place::Like, "${aws:PrincipalTag/team}", "s*", &context),
            True
        );
    }

    #[test]
    fn special_characters() {
        let nothing = Context::new();
        for (value, text, expected) in [
            ("a${*}", "a*", True),
            ("a${*}", "ab", False),
            ("a${?}*", "a?b", True),
            ("a${$}{b}", "a${b}", True),
            ("${", "${", True),
            ("${}", "${}", True),
            ("${unclosed", "${unclosed", True),
        ] {
            assert_eq!(
                check(Place::Like, value, text, &nothing),
                expected,
                "{value} against {text}"
            );
        }
    }

    #[test]
    fn an_old_document_has_no_variables() {
        let context = Context::new().with("aws:username", ["ana"]);
        let old = Template::parse("${aws:username}", Place::Exact, false);
        assert_eq!(old.matches("ana", &context), False);
        assert_eq!(old.matches("${aws:username}", &context), True);
    }

    #[test]
    fn a_key_with_several_values_has_no_value_as_a_variable() {
        let context = Context::new().with("aws:TagKeys", ["a", "b"]);
        assert_eq!(check(Place::Exact, "${aws:TagKeys}", "a", &context), False);
        assert_eq!(check(Place::Exact, "${aws:TagKeys, 'a'}", "a", &context), True);
    }

    #[test]
    fn arns_are_compared_part_by_part() {
        let nothing = Context::new();
        for (value, text, expected) in [
            (
                "arn:aws:ecs:*:210987654321:*",
                "arn:aws:ecs:eu-west-1:210987654321:task/prod/1",
                True,
            ),
            (
                "arn:aws:ecs:*",
                "arn:aws:ecs:eu-west-1:210987654321:task/prod/1",
                False,
            ),
            (
                "arn:aws:*:*:210987654321:a",
                "arn:aws:x:y:z:210987654321:a",
                False,
            ),
            (
                "arn:aws:logs:*:*:log-group:*",
                "arn:aws:logs:eu-west-1:210987654321:log-group:a:b",
                True,
            ),
            ("arn:aws:ecs:*:*:*", "prod", False),
        ] {
            assert_eq!(
                check(Place::Arn, value, text, &nothing),
                expected,
                "{value} against {text}"
            );
        }
    }
}
