//! Why a text is no image reference, and which one was probably meant.

use std::fmt;

use oci_spec::distribution::ParseError;

use super::reference::ImageReference;

/// A text that is no image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceError {
    /// The text, without credentials.
    pub text: String,
    /// What is wrong with it.
    pub mistake: Mistake,
    /// The nearest text that is a reference, where one can be told.
    pub meant: Option<String>,
}

/// What is wrong with a text that is no image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// It is empty.
    Empty,
    /// It has a blank in or around it.
    Blank,
    /// It begins like a URL: `https://`.
    Scheme(String),
    /// It holds a variable that nothing filled in: `${TAG}`.
    Placeholder(String),
    /// It has a path with upper-case letters: the part they are in.
    UpperCase(String),
    /// It ends in the colon of a tag that is missing.
    EmptyTag,
    /// It names no repository: only a host, a tag or a digest.
    NoRepository,
    /// It has two tags.
    TwoTags,
    /// Its tag is one that no registry takes.
    Tag(String),
    /// Its digest has the wrong number of digits: algorithm, how many there are, how many there must be.
    DigestLength {
        /// Hash algorithm, `sha256`.
        algorithm: String,
        /// Hexadecimal digits that are there.
        digits: usize,
        /// Hexadecimal digits that the algorithm has.
        expected: usize,
    },
    /// Its digest is not `sha256:` (or `sha384:`, `sha512:`) and hexadecimal digits.
    Digest(String),
    /// Its path is longer than 255 characters.
    TooLong,
    /// It has a character that no reference has.
    Character(char),
    /// Its parts are in an order that no reference has: `//`, `..`, a separator at an end.
    Form,
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no image reference: {}", self.text, self.mistake)?;
        match &self.meant {
            Some(meant) => write!(f, "; did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ReferenceError {}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "it is empty"),
            Self::Blank => write!(f, "it has a blank in it"),
            Self::Scheme(scheme) => write!(f, "it begins with `{scheme}`, and a reference has no scheme"),
            Self::Placeholder(variable) => write!(f, "`{variable}` was never filled in"),
            Self::UpperCase(part) => write!(f, "`{part}` has upper-case letters, which only a tag may have"),
            Self::EmptyTag => write!(f, "there is a colon and no tag after it"),
            Self::NoRepository => write!(f, "it names no repository"),
            Self::TwoTags => write!(f, "it has two tags"),
            Self::Tag(tag) => write!(
                f,
                "`{tag}` is no tag: those have up to 128 letters, digits, `_`, `.` and `-`, and begin with none of the last two"
            ),
            Self::DigestLength {
                algorithm,
                digits,
                expected,
            } => write!(
                f,
                "its {algorithm} digest has {digits} digits and must have {expected}"
            ),
            Self::Digest(digest) => write!(
                f,
                "`{digest}` is no digest: those read `sha256:` and 64 hexadecimal digits"
            ),
            Self::TooLong => write!(f, "its path has more than 255 characters"),
            Self::Character(character) => {
                write!(f, "`{}` cannot be part of a reference", character.escape_debug())
            }
            Self::Form => write!(f, "a separator is doubled, misplaced, or at an end"),
        }
    }
}

impl ReferenceError {
    /// Finds out why `text` is no reference.
    pub(super) fn explain(text: &str, error: &ParseError) -> Self {
        let (mistake, meant) = find(text, error);
        Self {
            text: without_credentials(text),
            mistake,
            meant: meant.filter(|meant| meant != text && ImageReference::parse(meant).is_ok()),
        }
    }

    /// The error for a text whose only fault is upper case.
    pub(super) fn upper_case(text: &str) -> Self {
        let (mistake, meant) = lower_case(text);
        Self {
            text: text.to_owned(),
            mistake,
            meant: meant.filter(|meant| ImageReference::parse(meant).is_ok()),
        }
    }
}

/// The first mistake of `text`, and what it would be without that one.
fn find(text: &str, error: &ParseError) -> (Mistake, Option<String>) {
    if text.trim().is_empty() {
        return (Mistake::Empty, None);
    }
    if let Some(variable) = placeholder(text) {
        return (Mistake::Placeholder(variable.to_owned()), None);
    }
    if text.contains(char::is_whitespace) {
        return (Mistake::Blank, Some(text.split_whitespace().collect()));
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        return (
            Mistake::Scheme(format!("{scheme}://")),
            Some(format!("{host}/{}", path.trim_end_matches('/'))),
        );
    }
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    if let Some(digest) = digest
        && let Some(mistake) = digest_mistake(digest)
    {
        // A tag after the wrong sign. Anything else without its digest would be another image: nothing is proposed.
        let meant = is_tag(digest).then(|| format!("{name}:{digest}"));
        return (mistake, meant);
    }
    let (path, tags) = split_tags(name);
    match tags.as_slice() {
        [""] if !path.is_empty() => {
            let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
            return (Mistake::EmptyTag, Some(format!("{path}{digest}")));
        }
        [tag] if !is_tag(tag) => return (tag_mistake(tag), None),
        [first, .., last] if is_tag(first) && is_tag(last) => return (Mistake::TwoTags, None),
        [_, _, ..] => return (Mistake::Form, None),
        _ => {}
    }
    if path.is_empty() {
        return (Mistake::NoRepository, None);
    }
    if matches!(error, ParseError::NameTooLong) {
        return (Mistake::TooLong, None);
    }
    if let Some(character) = path.chars().find(|character| {
        !character.is_ascii_alphanumeric() && !matches!(character, '.' | '_' | '-' | '/' | ':')
    }) {
        return (Mistake::Character(character), None);
    }
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return lower_case(text);
    }
    let tidy = path
        .split('/')
        .map(|part| part.trim_matches(['.', '_', '-']))
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/");
    (
        Mistake::Form,
        text.strip_prefix(path).map(|rest| format!("{tidy}{rest}")),
    )
}

/// Puts everything but the tag in lower case.
fn lower_case(text: &str) -> (Mistake, Option<String>) {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let (path, tags) = split_tags(name);
    let upper = |part: &&str| part.bytes().any(|byte| byte.is_ascii_uppercase());
    // The host may be written in any case: blame it only where nothing else is to blame.
    let part = path.split('/').rev().find(upper).or(digest).unwrap_or(path);
    let mut meant = path.to_ascii_lowercase();
    for tag in tags {
        meant = format!("{meant}:{tag}");
    }
    if let Some(digest) = digest {
        meant = format!("{meant}@{}", digest.to_ascii_lowercase());
    }
    (Mistake::UpperCase(part.to_owned()), Some(meant))
}

/// Splits `host:port/path:tag:tag` at the colons after the path.
fn split_tags(name: &str) -> (&str, Vec<&str>) {
    let after_host = name.rfind('/').map_or(0, |slash| slash + 1);
    let (host, last) = name.split_at(after_host);
    match last.find(':') {
        Some(colon) => {
            let (path, tags) = name.split_at(host.len() + colon);
            (path, tags.split(':').skip(1).collect())
        }
        None => (name, Vec::new()),
    }
}

fn is_tag(text: &str) -> bool {
    let begins_well = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    begins_well
        && text.len() <= 128
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn tag_mistake(tag: &str) -> Mistake {
    let strange = tag
        .chars()
        .find(|character| !character.is_ascii_alphanumeric() && !matches!(character, '_' | '.' | '-'));
    match strange {
        Some(character) => Mistake::Character(character),
        None => Mistake::Tag(tag.to_owned()),
    }
}

fn digest_mistake(digest: &str) -> Option<Mistake> {
    let wrong = || Some(Mistake::Digest(digest.to_owned()));
    let Some((algorithm, digits)) = digest.split_once(':') else {
        return wrong();
    };
    let expected = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return wrong(),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return wrong();
    }
    (digits.len() != expected).then(|| Mistake::DigestLength {
        algorithm: algorithm.to_owned(),
        digits: digits.len(),
        expected,
    })
}

/// A variable of a shell, a template or an example that was left as it is.
fn placeholder(text: &str) -> Option<&str> {
    for (open, close) in [
        ("${", "}"),
        ("{{", "}}"),
        ("$(", ")"),
        ("<", ">"),
        ("{", "}"),
        ("[", "]"),
    ] {
        if let Some(start) = text.find(open)
            && let Some(found) = text.get(start..)
            && let Some(end) = found.find(close)
        {
            return found.get(..end + close.len());
        }
    }
    let start = text.find('$')?;
    let found = text.get(start..)?;
    let name_end = found
        .char_indices()
        .skip(1)
        .find(|(_, character)| !character.is_ascii_alphanumeric() && *character != '_')
        .map_or(found.len(), |(at, _)| at);
    found.get(..name_end).filter(|name| name.len() > 1)
}

/// `text` without what a URL may carry before its host.
fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (authority, path) = rest
        .split_once('/')
        .map_or((rest, None), |(host, path)| (host, Some(path)));
    match (authority.rsplit_once('@'), path) {
        (None, _) => text.to_owned(),
        (Some((_, host)), None) => format!("{scheme}://…@{host}"),
        (Some((_, host)), Some(path)) => format!("{scheme}://…@{host}/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        ImageReference::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn every_mistake_is_named_with_what_was_meant() {
        let told: Vec<String> = [
            "",
            "  ",
            "nginx :1.27",
            " nginx:1.27",
            "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1",
            "https://ana:hunter2@registry.example/app",
            "registry.example/app:${TAG}",
            "registry.example/app:$TAG",
            "<ACCOUNT>.dkr.ecr.eu-west-1.amazonaws.com/app:1",
            "registry.example/{{ image }}:1",
            "registry.example/Team/App:1.0-RC",
            "Team/app",
            "registry.example/app:",
            "registry.example/app:1:2",
            ":1.0",
            "registry.example/app:-1",
            "registry.example/app:a+b",
            "registry.example/app@sha256:abc",
            "registry.example/app@md5:0123456789abcdef0123456789abcdef",
            "registry.example/app@1.0",
            "registry.example/app@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
            "registry.example//app:1",
            "registry.example/app/:1",
            "registry.example/-app",
            "registry.example/ä",
        ]
        .into_iter()
        .map(error)
        .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        `` is no image reference: it is empty
        `  ` is no image reference: it is empty
        `nginx :1.27` is no image reference: it has a blank in it; did you mean `nginx:1.27`?
        ` nginx:1.27` is no image reference: it has a blank in it; did you mean `nginx:1.27`?
        `https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1` is no image reference: it begins with `https://`, and a reference has no scheme; did you mean `123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1`?
        `https://…@registry.example/app` is no image reference: it begins with `https://`, and a reference has no scheme; did you mean `registry.example/app`?
        `registry.example/app:${TAG}` is no image reference: `${TAG}` was never filled in
        `registry.example/app:$TAG` is no image reference: `$TAG` was never filled in
        `<ACCOUNT>.dkr.ecr.eu-west-1.amazonaws.com/app:1` is no image reference: `<ACCOUNT>` was never filled in
        `registry.example/{{ image }}:1` is no image reference: `{{ image }}` was never filled in
        `registry.example/Team/App:1.0-RC` is no image reference: `App` has upper-case letters, which only a tag may have; did you mean `registry.example/team/app:1.0-RC`?
        `Team/app` is no image reference: `Team` has upper-case letters, which only a tag may have; did you mean `team/app`?
        `registry.example/app:` is no image reference: there is a colon and no tag after it; did you mean `registry.example/app`?
        `registry.example/app:1:2` is no image reference: it has two tags
        `:1.0` is no image reference: it names no repository
        `registry.example/app:-1` is no image reference: `-1` is no tag: those have up to 128 letters, digits, `_`, `.` and `-`, and begin with none of the last two
        `registry.example/app:a+b` is no image reference: `+` cannot be part of a reference
        `registry.example/app@sha256:abc` is no image reference: its sha256 digest has 3 digits and must have 64
        `registry.example/app@md5:0123456789abcdef0123456789abcdef` is no image reference: `md5:0123456789abcdef0123456789abcdef` is no digest: those read `sha256:` and 64 hexadecimal digits
        `registry.example/app@1.0` is no image reference: `1.0` is no digest: those read `sha256:` and 64 hexadecimal digits; did you mean `registry.example/app:1.0`?
        `registry.example/app@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef` is no image reference: `sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef` has upper-case letters, which only a tag may have; did you mean `registry.example/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`?
        `registry.example//app:1` is no image reference: a separator is doubled, misplaced, or at an end; did you mean `registry.example/app:1`?
        `registry.example/app/:1` is no image reference: a separator is doubled, misplaced, or at an end; did you mean `registry.example/app:1`?
        `registry.example/-app` is no image reference: a separator is doubled, misplaced, or at an end; did you mean `registry.example/app`?
        `registry.example/ä` is no image reference: `ä` cannot be part of a reference
        ");
    }

    #[test]
    fn a_path_of_more_than_255_characters_is_too_long() {
        let long = format!("registry.example/{}", "a".repeat(256));
        let error = ImageReference::parse(&long).unwrap_err();
        assert_eq!(error.mistake, Mistake::TooLong);
    }
}
