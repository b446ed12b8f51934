//! Public addresses of hosts, as far as they can be told.

use super::groups::Remote;
use super::ranges::{Family, Ranges};
use super::routes;
use super::walk::Walk;
use crate::evidence::network::{Destination, RouteTarget};

impl Walk<'_> {
    /// The host's public addresses, as far as they can be told.
    pub(super) fn public(&self, family: Family) -> Remote {
        let name = self.need.host();
        let all = Ranges::public(family);
        let lists = self.view.prefix_lists();
        if self.need.is_s3_of(self.view.region()) {
            let is_s3 = |name: &str| name.ends_with(&format!(".{}.s3", self.view.region()));
            let list = lists.find(|list| is_s3(&list.name));
            let ids = self.s3_lists(list.map(|list| list.id.clone()));
            let ranges = list
                .map(|list| Ranges::of(family, &list.value().cidrs))
                .filter(|ranges| !ranges.is_empty())
                .unwrap_or(all);
            return Remote {
                name,
                ranges,
                lists: ids,
                groups: Some(Vec::new()),
            };
        }
        // Ranges of S3 and DynamoDB are these services' alone.
        let others = lists
            .each()
            .filter(|list| matches!(list.name.rsplit('.').next(), Some("s3" | "dynamodb")))
            .fold(Ranges::none(family), |all, list| {
                all.or(&Ranges::of(family, &list.value().cidrs))
            });
        Remote {
            name,
            ranges: all.minus(&others),
            lists: Vec::new(),
            groups: Some(Vec::new()),
        }
    }

    /// Ids of S3's prefix list: the one AWS lists, and those that routes to S3's gateway endpoint name.
    fn s3_lists(&self, listed: Option<String>) -> Vec<String> {
        let endpoints = self.view.endpoints();
        let is_s3 = |id: &str| {
            endpoints
                .find(|endpoint| endpoint.id == id)
                .is_some_and(|endpoint| routes::is_gateway(&endpoint) && routes::serves(&endpoint, self.need))
        };
        let tables = self.view.route_tables();
        let routes = tables.each().flat_map(|table| &table.value().routes);
        let named = routes.filter_map(|route| match (&route.destination, &route.target) {
            (Destination::PrefixList(list), RouteTarget::VpcEndpoint(id)) if is_s3(id) => Some(list.clone()),
            _ => None,
        });
        listed.into_iter().chain(named).collect()
    }
}

/// Every address there is.
pub(super) fn anything(family: Family) -> Remote {
    Remote {
        name: "any address".to_owned(),
        ranges: Ranges::all(family),
        lists: Vec::new(),
        groups: None,
    }
}
