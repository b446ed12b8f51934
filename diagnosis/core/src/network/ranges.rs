//! Sets of IP addresses, for questions like "does this rule let all of them pass, some, or none?"

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    pub(super) fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    fn last(self) -> u128 {
        match self {
            Self::V4 => u128::from(u32::MAX),
            Self::V6 => u128::MAX,
        }
    }
}

/// How much of one set another one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    All,
    Some,
    Nothing,
}

/// A set of addresses of one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ranges {
    family: Family,
    /// First and last address of each range. INVARIANT: ascending, with a gap between any two.
    spans: Vec<(u128, u128)>,
}

/// IPv4 ranges that are nobody's on the internet (<https://www.iana.org/assignments/iana-ipv4-special-registry/>).
const NOT_PUBLIC_V4: [(Ipv4Addr, Ipv4Addr); 9] = [
    (Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(0, 255, 255, 255)),
    (Ipv4Addr::new(10, 0, 0, 0), Ipv4Addr::new(10, 255, 255, 255)),
    (Ipv4Addr::new(100, 64, 0, 0), Ipv4Addr::new(100, 127, 255, 255)),
    (Ipv4Addr::new(127, 0, 0, 0), Ipv4Addr::new(127, 255, 255, 255)),
    (Ipv4Addr::new(169, 254, 0, 0), Ipv4Addr::new(169, 254, 255, 255)),
    (Ipv4Addr::new(172, 16, 0, 0), Ipv4Addr::new(172, 31, 255, 255)),
    (Ipv4Addr::new(192, 168, 0, 0), Ipv4Addr::new(192, 168, 255, 255)),
    (Ipv4Addr::new(198, 18, 0, 0), Ipv4Addr::new(198, 19, 255, 255)),
    (Ipv4Addr::new(224, 0, 0, 0), Ipv4Addr::BROADCAST),
];

/// The part of IPv6 that is given out for the internet, `2000::/3`.
const PUBLIC_V6: (Ipv6Addr, Ipv6Addr) = (
    Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0),
    Ipv6Addr::new(0x3fff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff),
);

impl Ranges {
    pub(super) fn none(family: Family) -> Self {
        Self {
            family,
            spans: Vec::new(),
        }
    }

    pub(super) fn all(family: Family) -> Self {
        Self {
            family,
            spans: vec![(0, family.last())],
        }
    }

    /// Every address that may be one of the internet's.
    pub(super) fn public(family: Family) -> Self {
        match family {
            Family::V4 => {
                let special = NOT_PUBLIC_V4
                    .iter()
                    .map(|(first, last)| (number((*first).into()), number((*last).into())))
                    .collect();
                Self::all(family).minus(&Self::tidy(family, special))
            }
            Family::V6 => Self {
                family,
                spans: vec![(number(PUBLIC_V6.0.into()), number(PUBLIC_V6.1.into()))],
            },
        }
    }

    /// The ranges of `nets` that are of `family`.
    pub(super) fn of<'a>(family: Family, nets: impl IntoIterator<Item = &'a IpNet>) -> Self {
        let spans = nets
            .into_iter()
            .filter(|net| Family::of(net.addr()) == family)
            .map(|net| (number(net.network()), number(net.broadcast())))
            .collect();
        Self::tidy(family, spans)
    }

    pub(super) fn of_addresses(family: Family, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let spans = addresses
            .into_iter()
            .filter(|address| Family::of(*address) == family)
            .map(|address| (number(address), number(address)))
            .collect();
        Self::tidy(family, spans)
    }

    pub(super) fn family(&self) -> Family {
        self.family
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How much of `wanted` this holds. Everything holds all of nothing.
    pub(super) fn share_of(&self, wanted: &Self) -> Share {
        if wanted.minus(self).is_empty() {
            Share::All
        } else if self.and(wanted).is_empty() {
            Share::Nothing
        } else {
            Share::Some
        }
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        let spans = self
            .spans
            .iter()
            .chain(self.of_my_family(other))
            .copied()
            .collect();
        Self::tidy(self.family, spans)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        let mut spans = Vec::new();
        for (first, last) in &self.spans {
            for (other_first, other_last) in self.of_my_family(other) {
                let (from, to) = (*first.max(other_first), *last.min(other_last));
                if from <= to {
                    spans.push((from, to));
                }
            }
        }
        Self::tidy(self.family, spans)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut spans = Vec::new();
        for (first, last) in &self.spans {
            // What is left of this range begins here, until a removed range swallows its end.
            let mut rest = Some(*first);
            for (other_first, other_last) in self.of_my_family(other) {
                let Some(from) = rest else { break };
                if *other_last < from || other_first > last {
                    continue;
                }
                if *other_first > from {
                    spans.push((from, other_first - 1));
                }
                rest = other_last.checked_add(1).filter(|next| next <= last);
            }
            if let Some(from) = rest {
                spans.push((from, *last));
            }
        }
        Self::tidy(self.family, spans)
    }

    /// The spans of `other`, unless it is of the other family and so has nothing to do with this one.
    fn of_my_family<'a>(&self, other: &'a Self) -> std::slice::Iter<'a, (u128, u128)> {
        if other.family == self.family {
            other.spans.iter()
        } else {
            [].iter()
        }
    }

    fn tidy(family: Family, mut spans: Vec<(u128, u128)>) -> Self {
        spans.sort_unstable();
        let mut tidy: Vec<(u128, u128)> = Vec::with_capacity(spans.len());
        for (first, last) in spans {
            match tidy.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => tidy.push((first, last)),
            }
        }
        Self { family, spans: tidy }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    fn v4(nets: &[&str]) -> Ranges {
        let nets: Vec<IpNet> = nets.iter().map(|text| net(text)).collect();
        Ranges::of(Family::V4, &nets)
    }

    #[test]
    fn shares_are_told_apart() {
        let vpc = v4(&["10.0.0.0/16"]);
        assert_eq!(vpc.share_of(&v4(&["10.0.3.0/24"])), Share::All);
        assert_eq!(vpc.share_of(&v4(&["10.0.0.0/15"])), Share::Some);
        assert_eq!(vpc.share_of(&Ranges::public(Family::V4)), Share::Nothing);
        assert_eq!(
            v4(&["0.0.0.0/0"]).share_of(&Ranges::public(Family::V4)),
            Share::All
        );
        assert_eq!(v4(&["0.0.0.0/1", "128.0.0.0/1"]), Ranges::all(Family::V4));
        assert_eq!(v4(&["::/0"]), Ranges::none(Family::V4));
    }

    #[test]
    fn the_ends_of_the_families_are_no_trap() {
        for family in [Family::V4, Family::V6] {
            let all = Ranges::all(family);
            assert!(all.minus(&all).is_empty());
            assert_eq!(all.or(&all), all);
            assert_eq!(all.and(&all), all);
        }
    }

    /// Few addresses, so that every one of them can be tried.
    fn small() -> impl Strategy<Value = Ranges> {
        let net = (0u8..16, 28u8..=32).prop_map(|(last, prefix)| net(&format!("10.0.0.{last}/{prefix}")));
        proptest::collection::vec(net, 0..4).prop_map(|nets| Ranges::of(Family::V4, &nets))
    }

    fn members(ranges: &Ranges) -> Vec<u8> {
        (0u8..32)
            .filter(|last| {
                let address = Ranges::of_addresses(Family::V4, [IpAddr::from([10, 0, 0, *last])]);
                ranges.share_of(&address) == Share::All
            })
            .collect()
    }

    proptest! {
        #[test]
        fn sets_are_what_their_members_are(left in small(), right in small()) {
            let (in_left, in_right) = (members(&left), members(&right));
            let expect = |both: &dyn Fn(bool, bool) -> bool| -> Vec<u8> {
                (0u8..32).filter(|last| both(in_left.contains(last), in_right.contains(last))).collect()
            };
            prop_assert_eq!(members(&left.and(&right)), expect(&|l, r| l && r));
            prop_assert_eq!(members(&left.or(&right)), expect(&|l, r| l || r));
            prop_assert_eq!(members(&left.minus(&right)), expect(&|l, r| l && !r));
        }
    }
}
