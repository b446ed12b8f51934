//! `docs/pitfalls.md` promises a scenario or a test for every pitfall: each is there.

use std::path::Path;

use regex::Regex;

#[test]
#[expect(clippy::disallowed_methods, reason = "what is named are files")]
fn every_pitfall_is_shown_by_something_that_exists() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let page = std::fs::read_to_string(docs.join("pitfalls.md")).unwrap();
    let link = Regex::new(r"\[([^\]]+)\]\(([^)]+)\)").unwrap();
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| pitfall") && !line.starts_with("| ---"))
        .collect();
    assert!(rows.len() >= 60, "{} pitfalls", rows.len());
    for row in rows {
        let (_, shown) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        let links: Vec<(&str, &str)> = link
            .captures_iter(shown)
            .map(|found| found.extract())
            .map(|(_, [name, path])| (name, path))
            .collect();
        assert!(!links.is_empty(), "nothing shows it: {row}");
        assert_eq!(links.len(), shown.split(", ").count(), "not a link: {shown}");
        for (name, path) in links {
            let text =
                std::fs::read_to_string(docs.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            let there = match name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
                Some(test) => {
                    let declared =
                        Regex::new(&format!(r"(?m)^ *(?:async )?fn {}\(", regex::escape(test))).unwrap();
                    declared.is_match(&text)
                }
                None => path.ends_with(&format!("/scenarios/{name}.toml")),
            };
            assert!(there, "{name} is not in {path}");
        }
    }
}
