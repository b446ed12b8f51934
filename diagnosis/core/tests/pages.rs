//! A page per cause under `docs/causes`, which is what `explain` prints, and an index of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use diagnosis::Family;
use diagnosis::rules::{HEADINGS, RULES};

/// Set to rewrite the pages.
const UPDATE: &str = "UPDATE_DOCS";

/// Whose pages count as references: those of AWS, Docker, and the specifications of images and references.
const AUTHORITIES: &[&str] = &[
    "https://docs.aws.amazon.com/",
    "https://health.aws.amazon.com/",
    "https://repost.aws/",
    "https://docs.docker.com/",
    "https://github.com/opencontainers/",
    "https://github.com/distribution/",
];

const FAMILIES: &[(Family, &str)] = &[
    (Family::Permission, "Permission"),
    (Family::Image, "Image"),
    (Family::Network, "Network"),
    (Family::Registry, "Registry"),
    (Family::Host, "Host"),
    (Family::Configuration, "Configuration"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/causes")
}

fn index() -> String {
    let mut index = "# Causes\n\nWhy a pull fails, as a report names it. Each page is what `ecs-pull-why explain CAUSE` prints; it is written at the head\nof the cause's rule, and these pages are made of it.\n".to_owned();
    for (family, name) in FAMILIES {
        index.push_str(&format!("\n## {name}\n\n| code | in one line |\n| --- | --- |\n"));
        for rule in RULES.iter().filter(|rule| rule.cause.family() == *family) {
            let (code, title) = (rule.cause.code(), rule.page().title.replace('\n', " "));
            index.push_str(&format!("| [`{code}`]({code}.md) | {title} |\n"));
        }
    }
    index
}

fn pages() -> BTreeMap<String, String> {
    let of_causes = RULES
        .iter()
        .map(|rule| (format!("{}.md", rule.cause.code()), rule.page().markdown()));
    of_causes.chain([("README.md".to_owned(), index())]).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the pages are files")]
fn pages_are_what_the_rules_say() {
    let (folder, pages) = (folder(), pages());
    if std::env::var_os(UPDATE).is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for entry in std::fs::read_dir(&folder).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let entries = std::fs::read_dir(&folder).unwrap();
    let written: BTreeMap<String, String> = entries
        .map(|entry| {
            let entry = entry.unwrap();
            let text = std::fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect();
    let names: BTreeSet<&String> = written.keys().chain(pages.keys()).collect();
    let stale: Vec<&String> = names
        .into_iter()
        .filter(|name| written.get(*name) != pages.get(*name))
        .collect();
    assert!(
        stale.is_empty(),
        "docs/causes is out of date: run the test again with {UPDATE}=1; it differs in {stale:?}"
    );
}

#[test]
fn every_cause_is_in_one_family_of_the_index() {
    let listed = FAMILIES
        .iter()
        .flat_map(|(family, _)| RULES.iter().filter(|rule| rule.cause.family() == *family));
    assert_eq!(listed.count(), RULES.len());
}

#[test]
fn heads_are_whole_sentences_under_all_headings() {
    for rule in RULES {
        let (page, code) = (rule.page(), rule.cause.code());
        let headings: Vec<&str> = page
            .sections
            .iter()
            .map(|(heading, _)| heading.as_str())
            .collect();
        assert_eq!(headings, HEADINGS, "{code}");
        let one_line = !page.title.contains('\n') && page.title.chars().count() <= 110;
        assert!(one_line, "{code}: {}", page.title);
        for (heading, text) in page
            .sections
            .iter()
            .filter(|(heading, _)| heading != "References")
        {
            let ends = text.ends_with(['.', '"', ')']);
            let begins = text.starts_with(|first: char| first.is_uppercase() || "\"`…".contains(first))
                || text.starts_with("public.ecr.aws");
            assert!(begins && ends, "{code}, {heading}: {text}");
        }
    }
}

#[test]
fn references_are_links_to_the_documentation() {
    for rule in RULES {
        let (page, code) = (rule.page(), rule.cause.code());
        let (_, references) = page
            .sections
            .iter()
            .find(|(heading, _)| heading == "References")
            .unwrap();
        for reference in references.split(',').map(str::trim) {
            let link = reference
                .strip_prefix('<')
                .and_then(|rest| rest.strip_suffix('>'));
            let known =
                link.is_some_and(|link| AUTHORITIES.iter().any(|authority| link.starts_with(authority)));
            assert!(known, "{code}: {reference}");
        }
    }
}
