//! The Resolver DNS Firewall on a VPC.
//!
//! <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html>

use aws_sdk_route53resolver::types;
use diagnosis::evidence::network::DnsFirewallRule;
use diagnosis::{Listing, Observed};
use futures::future::join_all;
use serde::{Deserialize, Serialize};

use crate::actions::{
    ROUTE53RESOLVER_LIST_FIREWALL_DOMAIN_LISTS, ROUTE53RESOLVER_LIST_FIREWALL_DOMAINS,
    ROUTE53RESOLVER_LIST_FIREWALL_RULE_GROUP_ASSOCIATIONS, ROUTE53RESOLVER_LIST_FIREWALL_RULES,
};
use crate::convert::{maybe_text, text};
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// Pages of any of these lists that are read.
const PAGES: usize = 2;
/// Rule groups that are read. A VPC has at most five (a quota that can be raised).
const MOST_GROUPS: usize = 3;
/// Domain lists that are read.
const MOST_LISTS: usize = 4;

/// A rule group on the VPC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Association {
    priority: i32,
    group: String,
}

/// A rule as its group lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Rule {
    priority: i32,
    group: String,
    name: String,
    action: String,
    block_response: Option<String>,
    list: Option<String>,
}

/// The rules on the VPC, in the order in which they are asked.
pub(crate) async fn of_vpc(
    session: &Session<'_>,
    vpc: &str,
    after: Chain,
) -> Observed<Listing<DnsFirewallRule>> {
    let associations = associations(session, vpc, after).await;
    let Some(listing) = associations.value() else {
        return associations.item.map(|_| Listing::partial(Vec::new()));
    };
    let groups = &listing.items;
    let complete = listing.complete && groups.len() <= MOST_GROUPS;
    let chain = associations.chain;
    let reads = groups
        .iter()
        .take(MOST_GROUPS)
        .map(|one| rules(session, &one.group, chain));
    let (of_groups, managed) = tokio::join!(join_all(reads), async {
        if groups.is_empty() {
            None
        } else {
            Some(managed_lists(session, chain).await)
        }
    });
    let mut found: Vec<Rule> = Vec::new();
    for group in of_groups {
        match group.value() {
            Some(rules) => found.extend(rules.items.iter().cloned()),
            None => return group.item.map(|_| Listing::partial(Vec::new())),
        }
    }
    let chain = managed.as_ref().map_or(chain, |managed| managed.chain);
    let managed = managed
        .as_ref()
        .and_then(Seen::value)
        .map_or(&[][..], |lists| lists.items.as_slice());
    let mut lists: Vec<&str> = found
        .iter()
        .filter_map(|rule| rule.list.as_deref())
        .filter(|list| !managed.iter().any(|known| known == list))
        .collect();
    lists.dedup();
    lists.truncate(MOST_LISTS);
    let domains = join_all(lists.iter().map(|list| domains(session, list, chain))).await;
    let items = found
        .iter()
        .map(|rule| {
            let read = lists
                .iter()
                .zip(&domains)
                .find(|(list, _)| Some(**list) == rule.list.as_deref())
                .map(|(_, domains)| domains.clone());
            let managed = rule
                .list
                .as_ref()
                .is_none_or(|list| managed.iter().any(|known| known == list));
            rule_of(session, rule, managed, read)
        })
        .collect();
    associations.item.map(|_| Listing {
        items,
        complete,
        window: None,
    })
}

fn rule_of(
    session: &Session<'_>,
    rule: &Rule,
    managed_list: bool,
    domains: Option<Observed<Listing<String>>>,
) -> DnsFirewallRule {
    let unread = || {
        let why = if managed_list {
            "AWS does not tell the domains of its own lists"
        } else {
            "the rules name more lists than are read"
        };
        let list = rule.list.as_deref().unwrap_or_default();
        session.skipped(&ROUTE53RESOLVER_LIST_FIREWALL_DOMAINS, list, why)
    };
    DnsFirewallRule {
        group: rule.group.clone(),
        name: rule.name.clone(),
        action: rule.action.clone(),
        block_response: rule.block_response.clone(),
        managed_list,
        domains: domains.unwrap_or_else(unread),
    }
}

async fn associations(session: &Session<'_>, vpc: &str, after: Chain) -> Seen<Listing<Association>> {
    let action = &ROUTE53RESOLVER_LIST_FIREWALL_RULE_GROUP_ASSOCIATIONS;
    let query = Query::new(action, vpc, &session.region, Kind::Network, after);
    session
        .read(query, async {
            let mut listing = pages(PAGES, |token| async {
                let answer = session
                    .route53resolver(&session.region)
                    .list_firewall_rule_group_associations()
                    .vpc_id(vpc)
                    .set_next_token(token)
                    .send()
                    .await?;
                let found = answer
                    .firewall_rule_group_associations()
                    .iter()
                    .map(|one| Association {
                        priority: one.priority().unwrap_or_default(),
                        group: text(one.firewall_rule_group_id()),
                    });
                Ok((found.collect(), answer.next_token.clone()))
            })
            .await?;
            listing.items.sort();
            Ok(listing)
        })
        .await
}

async fn rules(session: &Session<'_>, group: &str, after: Chain) -> Seen<Listing<Rule>> {
    let action = &ROUTE53RESOLVER_LIST_FIREWALL_RULES;
    let query = Query::new(action, group, &session.region, Kind::Network, after);
    session
        .read(query, async {
            let mut listing = pages(PAGES, |token| async {
                let answer = session
                    .route53resolver(&session.region)
                    .list_firewall_rules()
                    .firewall_rule_group_id(group)
                    .set_next_token(token)
                    .send()
                    .await?;
                let found = answer
                    .firewall_rules()
                    .iter()
                    .filter(|rule| is_about_addresses(rule));
                Ok((found.map(convert).collect(), answer.next_token.clone()))
            })
            .await?;
            listing.items.sort();
            Ok(listing)
        })
        .await
}

/// Whether a rule is about addresses: without a query type it is about every one.
fn is_about_addresses(rule: &types::FirewallRule) -> bool {
    rule.qtype().is_none_or(|kind| matches!(kind, "A" | "AAAA" | ""))
}

fn convert(rule: &types::FirewallRule) -> Rule {
    Rule {
        priority: rule.priority().unwrap_or_default(),
        group: text(rule.firewall_rule_group_id()),
        name: text(rule.name()),
        action: rule.action().map_or("", |action| action.as_str()).to_owned(),
        block_response: rule.block_response().map(|answer| answer.as_str().to_owned()),
        list: maybe_text(rule.firewall_domain_list_id()),
    }
}

/// Ids of AWS's own domain lists.
async fn managed_lists(session: &Session<'_>, after: Chain) -> Seen<Listing<String>> {
    let action = &ROUTE53RESOLVER_LIST_FIREWALL_DOMAIN_LISTS;
    let query = Query::new(action, "", &session.region, Kind::Region, after);
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .route53resolver(&session.region)
                    .list_firewall_domain_lists()
                    .set_next_token(token)
                    .send()
                    .await?;
                let managed = answer
                    .firewall_domain_lists()
                    .iter()
                    .filter(|list| list.managed_owner_name().is_some_and(|owner| !owner.is_empty()))
                    .map(|list| text(list.id()));
                Ok((managed.collect(), answer.next_token.clone()))
            })
            .await
        })
        .await
}

async fn domains(session: &Session<'_>, list: &str, after: Chain) -> Observed<Listing<String>> {
    let action = &ROUTE53RESOLVER_LIST_FIREWALL_DOMAINS;
    let query = Query::new(action, list, &session.region, Kind::Network, after);
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .route53resolver(&session.region)
                    .list_firewall_domains()
                    .firewall_domain_list_id(list)
                    .set_next_token(token)
                    .send()
                    .await?;
                let found = answer.domains().iter().map(|domain| domain.to_ascii_lowercase());
                Ok((found.collect(), answer.next_token.clone()))
            })
            .await
        })
        .await
        .item
}
