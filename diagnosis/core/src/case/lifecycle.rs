//! What a repository's lifecycle policy does with an image, as its document says.
//!
//! Properties: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>. The rule with
//! the lowest priority number that an image's tags fit is the only one that acts on it.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use crate::evidence::image::Image;

/// A lifecycle policy: its rules, the one that is applied first in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecyclePolicy {
    rules: Vec<LifecycleRule>,
}

/// A rule of a lifecycle policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleRule {
    /// Its priority: the lower, the earlier.
    pub priority: i64,
    tags: Tags,
    count: Count,
    /// Whether it deletes images; else it moves them to the archive.
    pub expires: bool,
}

/// Which images a rule is about, by their tags.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    /// Images that fit every one of these patterns with some tag.
    Patterns(Vec<String>),
    Untagged,
    Any,
}

/// Which of those it acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// All but the newest so many.
    BeyondNewest(u64),
    /// Those pushed longer ago than so many days.
    Pushed(u64),
    /// Those not pulled for so many days.
    Unpulled(u64),
    /// Those archived longer ago than so many days.
    Archived(u64),
}

impl LifecyclePolicy {
    /// Reads a policy document; `None` for what is none, or has a rule that cannot be read.
    pub fn parse(document: &Value) -> Option<Self> {
        let rules = document.get("rules")?.as_array()?;
        let mut rules: Vec<LifecycleRule> = rules.iter().map(LifecycleRule::parse).collect::<Option<_>>()?;
        rules.sort_by_key(|rule| rule.priority);
        Some(Self { rules })
    }

    /// The rule that acts on an image with these tags (none: untagged).
    pub fn rule_for(&self, tags: &[String]) -> Option<&LifecycleRule> {
        self.rules.iter().find(|rule| rule.is_about(tags))
    }
}

impl LifecycleRule {
    fn parse(rule: &Value) -> Option<Self> {
        let selection = rule.get("selection")?;
        let text = |name: &str| selection.get(name).and_then(Value::as_str);
        let list = |name: &str| -> Vec<String> {
            let items = selection
                .get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let tags = match text("tagStatus")? {
            "untagged" => Tags::Untagged,
            "any" => Tags::Any,
            _ => {
                let prefixes = list("tagPrefixList").into_iter().map(|prefix| prefix + "*");
                Tags::Patterns(list("tagPatternList").into_iter().chain(prefixes).collect())
            }
        };
        let number = selection.get("countNumber")?.as_u64()?;
        let count = match text("countType")? {
            "imageCountMoreThan" => Count::BeyondNewest(number),
            "sinceImagePushed" => Count::Pushed(number),
            "sinceImagePulled" => Count::Unpulled(number),
            "sinceImageTransitioned" => Count::Archived(number),
            _ => return None,
        };
        let action = rule.get("action").and_then(|action| action.get("type"));
        Some(Self {
            priority: rule.get("rulePriority")?.as_i64()?,
            tags,
            count,
            expires: action.and_then(Value::as_str) != Some("transition"),
        })
    }

    /// Whether an image with these tags is one of those that the rule counts.
    fn is_about(&self, tags: &[String]) -> bool {
        match &self.tags {
            Tags::Any => true,
            Tags::Untagged => tags.is_empty(),
            Tags::Patterns(patterns) => {
                !tags.is_empty()
                    && !patterns.is_empty()
                    && patterns
                        .iter()
                        .all(|pattern| tags.iter().any(|tag| fits(pattern, tag)))
            }
        }
    }

    /// Whether the repository as it is now looks like one from which the rule has taken `tag`: what is left stands at the
    /// rule's limit, and every tag that is left is a later version.
    pub fn has_passed_over(&self, tag: &str, left: &[Image]) -> bool {
        let counted: Vec<&Image> = left.iter().filter(|image| self.is_about(&image.tags)).collect();
        let at_limit = match self.count {
            Count::BeyondNewest(limit) => u64::try_from(counted.len()).is_ok_and(|left| left == limit),
            Count::Pushed(_) | Count::Unpulled(_) => !counted.is_empty(),
            Count::Archived(_) => false,
        };
        let mut versions = counted
            .iter()
            .flat_map(|image| &image.tags)
            .filter_map(|other| by_version(tag, other))
            .peekable();
        at_limit && versions.peek().is_some() && versions.all(|order| order == Ordering::Less)
    }
}

/// `rule 2, which deletes images tagged v* beyond the newest 10`.
impl fmt::Display for LifecycleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.expires { "deletes" } else { "archives" };
        write!(f, "rule {}, which {verb} ", self.priority)?;
        match &self.tags {
            Tags::Any => write!(f, "images")?,
            Tags::Untagged => write!(f, "untagged images")?,
            Tags::Patterns(patterns) => write!(f, "images tagged {}", patterns.join(" and "))?,
        }
        match self.count {
            Count::BeyondNewest(number) => write!(f, " beyond the newest {number}"),
            Count::Pushed(days) => write!(f, " {days} days after their push"),
            Count::Unpulled(days) => write!(f, " not pulled for {days} days"),
            Count::Archived(days) => write!(f, " {days} days after they were archived"),
        }
    }
}

/// Whether a tag fits a pattern, in which `*` stands for any characters.
fn fits(pattern: &str, tag: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == tag,
        Some((start, rest)) => tag.strip_prefix(start).is_some_and(|left| {
            left.char_indices()
                .map(|(at, _)| at)
                .chain([left.len()])
                .any(|at| left.get(at..).is_some_and(|end| fits(rest, end)))
        }),
    }
}

/// How two tags that differ in their numbers only are ordered; `None` for others.
fn by_version(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (numbers(a)?, numbers(b)?);
    (a.0 == b.0).then(|| a.1.cmp(&b.1))
}

/// What stands between a tag's numbers, and the numbers.
fn numbers(tag: &str) -> Option<(Vec<&str>, Vec<u64>)> {
    let between: Vec<&str> = tag
        .split(|c: char| c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let numbers: Option<Vec<u64>> = tag
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect();
    Some((between, numbers.filter(|numbers| !numbers.is_empty())?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy() -> LifecyclePolicy {
        LifecyclePolicy::parse(&json!({ "rules": [
            { "rulePriority": 9, "selection": { "tagStatus": "any", "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 90 },
              "action": { "type": "transition", "targetStorageClass": "archive" } },
            { "rulePriority": 1, "selection": { "tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "imageCountMoreThan", "countNumber": 2 },
              "action": { "type": "expire" } },
            { "rulePriority": 2, "selection": { "tagStatus": "tagged", "tagPatternList": ["*-rc*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7 },
              "action": { "type": "expire" } },
            { "rulePriority": 3, "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 },
              "action": { "type": "expire" } },
        ]}))
        .unwrap()
    }

    fn image(tag: &str) -> Image {
        Image {
            digest: format!("sha256:{tag}"),
            tags: vec![tag.to_owned()],
            pushed_at: None,
            last_pulled_at: None,
            archived_at: None,
            size_bytes: None,
            status: "ACTIVE".to_owned(),
            manifest_media_type: None,
            artifact_media_type: None,
        }
    }

    #[test]
    fn the_first_rule_that_tags_fit_is_the_one() {
        for (tags, rule) in [
            (
                &["v1-rc2"][..],
                "rule 1, which deletes images tagged v* beyond the newest 2",
            ),
            (
                &["1.0-rc2"],
                "rule 2, which deletes images tagged *-rc* 7 days after their push",
            ),
            (
                &[],
                "rule 3, which deletes untagged images 1 days after their push",
            ),
            (&["1.0"], "rule 9, which archives images not pulled for 90 days"),
        ] {
            let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            assert_eq!(policy().rule_for(&tags).unwrap().to_string(), rule);
        }
    }

    #[test]
    fn only_an_older_version_beyond_the_limit_looks_deleted() {
        let policy = policy();
        let rule = policy.rule_for(&["v1.2.0".to_owned()]).unwrap();
        let left = [image("v1.9.0"), image("v1.10.0")];
        assert!(rule.has_passed_over("v1.2.0", &left));
        assert!(
            !rule.has_passed_over("v1.9.5", &left),
            "between those that are left"
        );
        assert!(!rule.has_passed_over("v2", &left), "newer");
        assert!(!rule.has_passed_over("vnext", &left), "no version");
        assert!(!rule.has_passed_over("v1.2.0", &left[..1]), "below the limit");
    }

    #[test]
    fn patterns_have_wildcards() {
        for (pattern, tag, fit) in [
            ("*", "", true),
            ("a*", "ab", true),
            ("*a*b", "xaxb", true),
            ("*a*b", "xaxbx", false),
            ("a", "ab", false),
        ] {
            assert_eq!(fits(pattern, tag), fit, "{pattern} {tag}");
        }
    }
}
