//! The image that a failure text names.

use oci_spec::distribution::Reference;

use super::hosts::is_package_registry;
use crate::stop_reason::text::{Text, patterns};

/// An image reference as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::stop_reason) struct Image {
    /// The reference, unchanged.
    pub(in crate::stop_reason) written: String,
    /// Its registry, as written; `None` where the reference leaves it out.
    pub(in crate::stop_reason) host: Option<String>,
    /// True where it asks by digest.
    pub(in crate::stop_reason) by_digest: bool,
}

patterns! {
    /// Places where programs put a reference. Quoted or not; the grammar decides whether it is one.
    NAMED = r#"(?i)(?:pull access denied for|manifest for|repository|failed to resolve ref(?:erence)?|failed to resolve source metadata for|failed to solve:|failed to authorize:|failed to pull and unpack image|(?:failed to|can't|cannot|unable to|could not|couldn't|error) pull(?:ing)?(?: docker| container)?(?: image| repository)?|pulling (?:docker |container )?image|pulling repository|pulling|unable to find image|no such image|image not found|reference|image reference|invalid reference format|from the registry|related to|image|flag value|docker://|container image|unpack image|initializing source|reading manifest \S+ in)[:=]? ?"?'?`?((?:docker://)?[^\s"'`,()]+)"#;
    /// A reference whose host is a registry beyond doubt, wherever it stands.
    HOSTED = r#"(?i)(?:^|[\s"'`(=,:])(?:https?://|docker://)?((?:[a-z0-9<>{}_$-]+\.dkr[.-]ecr(?:-fips)?\.[a-z0-9<>{}_$-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)|public\.ecr\.aws|docker\.io|index\.docker\.io|ghcr\.io|quay\.io|(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+\.pkg\.dev|mcr\.microsoft\.com|[a-z0-9-]+\.azurecr\.io|registry\.[a-z0-9.-]+|nvcr\.io|lscr\.io|cgr\.dev|[a-z0-9.-]+\.jfrog\.io|[a-z0-9.-]+:\d{2,5})/[^\s"'`,()]+)"#;
    /// Words that the grammar would take for a reference: programs put them where a reference could stand.
    NOT_A_REFERENCE = r"(?i)^(?:arn:|net/http|i/o|and/or|archive/tar|https?:|tcp|sha256:|application/|linux/|windows/|docker-pullable|read/write|n/a|http/|rpc)";
    /// A registry's own URL path, not a reference.
    API_PATH = r"(?i)^[^/]+/v[12](?:/|$)";
    /// People's placeholders: `<account>`, `{my_account_id}`, `$ACCOUNT`.
    PLACEHOLDER = r"[<{$]+([A-Za-z0-9_ -]*)[>}]*";
}

/// The image named: by tag or digest before a bare name, with its registry before without, first before later.
pub(in crate::stop_reason) fn image(text: &Text) -> Option<Image> {
    let mut found: Vec<(usize, Image)> = Vec::new();
    for candidate in NAMED
        .captures_iter(&text.plain)
        .chain(HOSTED.captures_iter(&text.plain))
    {
        if let Some(part) = candidate.get(1)
            && let Some(image) = reference(part.as_str())
        {
            found.push((part.start(), image));
        }
    }
    found.sort_by_key(|(at, image)| (rank(image), *at));
    found.into_iter().next().map(|(_, image)| image)
}

/// Docker Hub's own host adds nothing: `a/b:1` and `docker.io/a/b:1` are the same words.
fn rank(image: &Image) -> u8 {
    let is_hosted = image.host.as_deref().is_some_and(|host| host != "docker.io");
    let name = image
        .host
        .as_deref()
        .and_then(|host| image.written.strip_prefix(host))
        .unwrap_or(&image.written);
    match (name.contains([':', '@']), is_hosted) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => 2,
    }
}

/// Reads one candidate by the grammar of references; placeholders stand for what they hide.
fn reference(candidate: &str) -> Option<Image> {
    let written = candidate
        .trim_start_matches("docker://")
        .trim_end_matches(['.', ':', ';', ']', '}', '>', '\\', '!', '?']);
    // A placeholder may end in a bracket that is its own.
    let written = if candidate.starts_with(written) {
        close_placeholder(candidate, written)
    } else {
        written
    };
    if NOT_A_REFERENCE.is_match(written)
        || API_PATH.is_match(written)
        || !written.contains(['/', ':', '@', '.'])
    {
        return None;
    }
    let filled = PLACEHOLDER.replace_all(written, "${1}0").replace(' ', "");
    // The grammar wants lower case in names; a placeholder host in capitals is allowed, one in a name is not.
    let parsed: Reference = filled.parse().ok()?;
    let (first, has_path) = written
        .split_once('/')
        .map_or((written, false), |(first, _)| (first, true));
    let is_host = has_path && (first.contains(['.', ':']) || first == "localhost");
    if is_host && is_package_registry(first) {
        return None;
    }
    // A word with a dot or a colon in prose is no image: it needs a path, a tag or a digest, or quotes around a host-like name.
    let is_word = !has_path && parsed.digest().is_none() && !written.contains(':') && !written.contains('.');
    if is_word {
        return None;
    }
    let by_digest = written.contains("@sha256:") || parsed.digest().is_some();
    Some(Image {
        written: written.to_owned(),
        host: is_host.then(|| first.to_owned()),
        by_digest,
    })
}

/// Gives back a closing bracket that belongs to a placeholder: `repo:<tag>`.
fn close_placeholder<'c>(candidate: &'c str, trimmed: &'c str) -> &'c str {
    let opens = trimmed.matches(['<', '{']).count();
    let closes = trimmed.matches(['>', '}']).count();
    let missing = opens.saturating_sub(closes);
    candidate
        .get(..trimmed.len().saturating_add(missing))
        .unwrap_or(trimmed)
}

#[cfg(test)]
mod tests {
    use super::{Text, image};

    #[test]
    fn references_where_programs_put_them() {
        for (text, expected) in [
            (
                "failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart:v7: not found",
                Some("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart:v7"),
            ),
            (
                "pull access denied for shop/cart, repository does not exist",
                Some("shop/cart"),
            ),
            (
                "manifest for redis:9 not found: manifest unknown",
                Some("redis:9"),
            ),
            (
                "Failed to pull image \"quay.io/shop/cart:1\": rpc error",
                Some("quay.io/shop/cart:1"),
            ),
            (
                "image=\"<account>.dkr.ecr.eu-west-1.amazonaws.com/cart:latest\"",
                Some("<account>.dkr.ecr.eu-west-1.amazonaws.com/cart:latest"),
            ),
            (
                "failed to resolve ref registry.corp.example:5000/cart@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef: x",
                Some(
                    "registry.corp.example:5000/cart@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                ),
            ),
            ("Get image: net/http: request canceled", None),
            (
                "pull access denied for repository, repository does not exist",
                None,
            ),
            (
                "pull access denied for arn:aws:ecr:eu-west-1:111122223333:repository/cart, x",
                None,
            ),
            ("Head \"https://ghcr.io/v2/shop/cart/manifests/1\": EOF", None),
        ] {
            assert_eq!(
                image(&Text::new(text)).map(|image| image.written).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn the_fullest_reference_wins() {
        let found = image(&Text::new("container=\"web(111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:3)\" error=\"image web:3 not found\"")).unwrap();
        assert_eq!(
            found.host.as_deref(),
            Some("111122223333.dkr.ecr.eu-west-1.amazonaws.com")
        );
        assert!(!found.by_digest);
    }
}
