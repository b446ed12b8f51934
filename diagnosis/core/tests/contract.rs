//! The report's JSON Schema is shipped, and is what the types say.

use std::path::Path;

use diagnosis::Report;

/// Set to rewrite the shipped file.
const UPDATE: &str = "UPDATE_SCHEMA";

#[test]
fn shipped_schema_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../report.schema.json");
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Report>();
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let shipped = include_str!("../../report.schema.json");
    assert!(
        shipped == text,
        "report.schema.json is out of date: run the test again with {UPDATE}=1"
    );
}
