//! Lists that come in pages, read as far as a bound.

use std::future::Future;

use diagnosis::Listing;

use crate::observe::NotSeen;

/// One page: its items, and the token of the next.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// Reads at most `most` pages. The list is complete when AWS names no further one.
pub(crate) async fn pages<T, F>(
    most: usize,
    mut page: impl FnMut(Option<String>) -> F,
) -> Result<Listing<T>, NotSeen>
where
    F: Future<Output = Result<Page<T>, NotSeen>>,
{
    let mut items = Vec::new();
    let mut token = None;
    for _ in 0..most {
        let (found, next) = page(token).await?;
        items.extend(found);
        token = next.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(Listing::complete(items));
        }
    }
    Ok(Listing::partial(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(most: usize) -> Listing<usize> {
        let page = |token: Option<String>| async move {
            let number: usize = token.map_or(0, |token| token.parse().unwrap());
            let next = (number < 2).then(|| (number + 1).to_string());
            Ok((vec![number], next))
        };
        pages(most, page).await.unwrap()
    }

    #[tokio::test]
    async fn a_list_cut_short_is_not_complete() {
        assert_eq!(read(9).await, Listing::complete(vec![0, 1, 2]));
        assert_eq!(read(3).await, Listing::complete(vec![0, 1, 2]));
        assert_eq!(read(2).await, Listing::partial(vec![0, 1]));
    }
}
