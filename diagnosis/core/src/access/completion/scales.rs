//! Which numbers, moments and addresses tell a set of bounds apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

/// A number below all bounds, each bound, and a number above each bound and below the next.
pub(super) fn numbers(bounds: impl IntoIterator<Item = f64>) -> Vec<String> {
    let mut bounds: Vec<f64> = bounds.into_iter().collect();
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    let mut points: Vec<f64> = bounds.first().map(|first| first - 1.0).into_iter().collect();
    let next = bounds.iter().skip(1).map(Some).chain([None]);
    for (bound, next) in bounds.iter().zip(next) {
        points.push(*bound);
        points.push(next.map_or(bound + 1.0, |next| f64::midpoint(*bound, *next)));
    }
    points.iter().map(ToString::to_string).collect()
}

/// A moment before all bounds, each bound, and a moment after each bound and before the next.
pub(super) fn moments(bounds: impl IntoIterator<Item = Timestamp>) -> Vec<String> {
    let mut bounds: Vec<Timestamp> = bounds.into_iter().collect();
    bounds.sort_unstable();
    bounds.dedup();
    let before = bounds
        .first()
        .and_then(|first| first.checked_sub(SignedDuration::from_secs(1)).ok());
    let around = bounds.iter().flat_map(|bound| {
        let after = bound.checked_add(SignedDuration::from_nanos(1)).ok();
        [Some(*bound), after]
    });
    before
        .into_iter()
        .chain(around.flatten())
        .map(|moment| moment.to_string())
        .collect()
}

/// An address in each range and in none of the ranges inside it, and one of each family in no range.
pub(super) fn addresses(ranges: impl IntoIterator<Item = IpNet>) -> Vec<String> {
    let mut ranges: Vec<(bool, u128, u128)> = ranges.into_iter().map(|range| span(&range)).collect();
    ranges.sort_unstable();
    ranges.dedup();
    let everything = [(false, 0, u128::from(u32::MAX)), (true, 0, u128::MAX)];
    let mut addresses = Vec::new();
    for (six, first, last) in ranges.iter().chain(&everything) {
        let mut free = Some(*first);
        for (_, inner_first, inner_last) in ranges.iter().filter(|(inner_six, inner_first, inner_last)| {
            let whole = everything.contains(&(*six, *first, *last));
            let within = inner_six == six && first <= inner_first && inner_last <= last;
            within && (whole || (inner_first, inner_last) != (first, last))
        }) {
            if free.is_some_and(|free| (*inner_first..=*inner_last).contains(&free)) {
                free = inner_last.checked_add(1);
            }
        }
        addresses.extend(free.filter(|free| free <= last).map(|free| spell(*six, free)));
    }
    addresses
}

/// Whether a range is of IPv6, and its first and last address.
fn span(range: &IpNet) -> (bool, u128, u128) {
    match range {
        IpNet::V4(range) => (
            false,
            u32::from(range.network()).into(),
            u32::from(range.broadcast()).into(),
        ),
        IpNet::V6(range) => (true, range.network().into(), range.broadcast().into()),
    }
}

fn spell(six: bool, address: u128) -> String {
    let address = match u32::try_from(address) {
        Ok(four) if !six => IpAddr::V4(Ipv4Addr::from(four)),
        _ => IpAddr::V6(Ipv6Addr::from(address)),
    };
    address.to_string()
}

#[cfg(test)]
mod tests {
    use super::{addresses, moments, numbers};

    #[test]
    fn around_bounds() {
        assert_eq!(numbers([]), [""; 0]);
        assert_eq!(numbers([5.0, 2.0, 5.0]), ["1", "2", "3.5", "5", "6"]);
        let noon = "2025-06-01T12:00:00Z".parse().unwrap();
        assert_eq!(
            moments([noon]),
            [
                "2025-06-01T11:59:59Z",
                "2025-06-01T12:00:00Z",
                "2025-06-01T12:00:00.000000001Z"
            ]
        );
    }

    #[test]
    fn in_and_between_ranges() {
        let ranges = |texts: &[&str]| addresses(texts.iter().map(|text| text.parse().unwrap()));
        assert_eq!(ranges(&["10.0.0.0/8"]), ["10.0.0.0", "0.0.0.0", "::"]);
        assert_eq!(
            ranges(&["10.0.0.0/8", "10.0.0.0/16"]),
            ["10.0.0.0", "10.1.0.0", "0.0.0.0", "::"]
        );
        // Two halves leave nothing of the whole.
        assert_eq!(
            ranges(&["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0"]),
            ["0.0.0.0", "128.0.0.0"]
        );
        assert_eq!(ranges(&["2001:db8::/32"]), ["2001:db8::", "0.0.0.0", "::"]);
    }
}
