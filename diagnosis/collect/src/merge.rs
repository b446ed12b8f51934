//! Several reads of parts of one thing, as one observation.

use diagnosis::{Listing, Observed};

/// One listing of several. It is complete only if every part is; where no part was seen, the first says why.
pub(crate) fn listings<T>(parts: Vec<Observed<Listing<T>>>) -> Option<Observed<Listing<T>>> {
    let complete = parts
        .iter()
        .all(|part| part.absent().is_some() || part.value().is_some_and(|listing| listing.complete));
    let mut resources: Vec<String> = parts.iter().map(|part| part.source.resource.clone()).collect();
    resources.dedup();
    let (seen, mut unseen): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.value().is_some());
    let mut seen = seen.into_iter();
    let Some(mut merged) = seen.next() else {
        return (!unseen.is_empty()).then(|| unseen.swap_remove(0));
    };
    merged.source.resource = resources.join(",");
    if let diagnosis::Outcome::Present(listing) = &mut merged.outcome {
        listing.complete = complete;
        for part in seen {
            if let diagnosis::Outcome::Present(more) = part.outcome {
                listing.items.extend(more.items);
            }
        }
    }
    Some(merged)
}

#[cfg(test)]
mod tests {
    use diagnosis::{Outcome, Source};
    use jiff::Timestamp;

    use super::*;

    fn part(outcome: Outcome<Listing<u8>>) -> Observed<Listing<u8>> {
        let source = Source {
            call: "a:B".to_owned(),
            resource: "c".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
        };
        Observed {
            source,
            at: Timestamp::UNIX_EPOCH,
            outcome,
        }
    }

    #[test]
    fn a_part_that_was_not_seen_makes_the_whole_incomplete() {
        let denied = || {
            part(Outcome::Denied {
                action: "a:B".to_owned(),
                principal: None,
            })
        };
        let some = |item| part(Outcome::Present(Listing::complete(vec![item])));
        let both = listings(vec![some(1), some(2)]).unwrap();
        assert_eq!(both.value(), Some(&Listing::complete(vec![1, 2])));
        let half = listings(vec![denied(), some(2)]).unwrap();
        assert_eq!(half.value(), Some(&Listing::partial(vec![2])));
        let none = listings(vec![denied(), denied()]).unwrap();
        assert!(matches!(none.outcome, Outcome::Denied { .. }));
        assert!(listings::<u8>(Vec::new()).is_none());
    }
}
