//! How things are written in prose: near names, times, digests, lengths.

use jiff::Timestamp;

/// The `most` names nearest to `wanted`, nearest first; names that share too little are left out.
///
/// Of names equally near, the earlier one in `names` comes first.
pub(crate) fn closest(wanted: &str, names: &[String], most: usize) -> Vec<String> {
    let wanted_folded = wanted.to_lowercase();
    let mut scored: Vec<(i64, usize, &String)> = names
        .iter()
        .enumerate()
        .filter_map(|(index, name)| {
            let folded = name.to_lowercase();
            let contained = folded.contains(&wanted_folded) || wanted_folded.contains(&folded);
            let last_part = crate::evidence::short(&folded) == crate::evidence::short(&wanted_folded);
            let similarity = strsim::normalized_damerau_levenshtein(&wanted_folded, &folded);
            // Who asks for a release means no release candidate.
            let untested = is_prerelease(&folded) && !is_prerelease(&wanted_folded);
            let near = (contained || last_part) && !untested;
            let score = similarity + if near { 0.5 } else { 0.0 };
            // Scores lie between 0 and 1.5: whole thousandths keep the order total.
            #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1,500")]
            let thousandths = (score * 1000.0) as i64;
            (score >= 0.5).then_some((-thousandths, index, name))
        })
        .collect();
    scored.sort();
    scored
        .into_iter()
        .take(most)
        .map(|(_, _, name)| name.clone())
        .collect()
}

/// Whether a name says that it is a version before its release, as `1.4.3-rc1` does
/// (<https://semver.org/#spec-item-9>).
fn is_prerelease(name: &str) -> bool {
    ["rc", "alpha", "beta", "dev", "snapshot", "pre"]
        .iter()
        .any(|word| {
            name.split(['-', '_', '.', '+']).any(|part| {
                part.strip_prefix(word)
                    .is_some_and(|rest| rest.chars().all(|digit| digit.is_ascii_digit()))
            })
        })
}

/// `14:03 UTC`.
pub(crate) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M UTC").to_string()
}

/// `3 Mar, 14:03 UTC`.
pub(crate) fn day_and_clock(at: Timestamp) -> String {
    at.strftime("%-d %b, %H:%M UTC").to_string()
}

/// The first twelve digits of a digest.
pub(crate) fn digest(digest: &str) -> String {
    match digest.split_once(':') {
        Some((algorithm, hex)) => format!("{algorithm}:{}…", hex.get(..12).unwrap_or(hex)),
        None => digest.to_owned(),
    }
}

/// `11.0 GiB`, `45 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    let tenths = bytes.saturating_mul(10) / GIB;
    if tenths >= 10 {
        format!("{}.{} GiB", tenths / 10, tenths % 10)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}

/// At most `most` characters, the last one `…` where it was cut.
pub(crate) fn at_most(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn near_names_come_first_and_strangers_not_at_all() {
        let tags = names(&["1.4.2", "1.4.1", "v1.4.3-rc1", "latest", "1.3.9"]);
        assert_eq!(closest("1.4.3", &tags, 3), names(&["1.4.2", "1.4.1", "1.3.9"]));
        assert_eq!(closest("prd", &names(&["prod", "staging"]), 3), names(&["prod"]));
        assert_eq!(
            closest("app", &names(&["team/app", "web"]), 3),
            names(&["team/app"])
        );
        assert!(closest("x", &[], 3).is_empty());
    }
}
