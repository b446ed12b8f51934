//! What answers for a name in its owner's place: private hosted zones and the Resolver DNS Firewall of the VPC.
//!
//! A private hosted zone answers for every name under its own: one that it has no record of does not exist, whatever
//! the internet says (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html>).
//! Of the firewall's rules the first that matches decides
//! (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-rule-actions.html>).

use crate::evidence::network::{DnsFirewallRule, HostedZone, NetworkEvidence, ZoneRecord};
use crate::observed::{Fact, Present};

/// What became of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shadow {
    /// It is kept from being found.
    Hidden {
        /// By which rule or zone, for a person.
        by: String,
        /// What that was read off.
        facts: Vec<Fact>,
    },
    /// A private hosted zone leads it somewhere.
    Elsewhere {
        /// The zone, for a person.
        zone: String,
        /// Values of its record.
        leads_to: Vec<String>,
        /// What that was read off.
        facts: Vec<Fact>,
    },
}

/// What is seen to answer for `host` in its owner's place. `None` where nothing is seen to, which proves nothing.
pub fn shadow(net: &NetworkEvidence, host: &str) -> Option<Shadow> {
    let host = host.split(':').next().unwrap_or(host);
    blocked(net, host).or_else(|| zoned(net, host))
}

/// Whether a zone of this name answers for `host`.
pub fn covers(zone: &str, host: &str) -> bool {
    host == zone || host.ends_with(&format!(".{zone}"))
}

fn blocked(net: &NetworkEvidence, host: &str) -> Option<Shadow> {
    let rules = net.dns_firewall.seen()?;
    // A rule whose domains are not known may be the one that decides.
    let decides = rules.each().find_map(|rule| {
        let domains = &rule.value().domains;
        match domains.value() {
            Some(listing) if listing.items.iter().any(|pattern| matches(pattern, host)) => Some(Some(rule)),
            Some(listing) if listing.complete => None,
            // Registries are not among the malicious domains of AWS's own lists.
            None if rule.managed_list => None,
            _ => Some(None),
        }
    })??;
    (decides.action == "BLOCK").then(|| hidden_by_rule(decides, host))
}

fn hidden_by_rule(rule: Present<'_, DnsFirewallRule>, host: &str) -> Shadow {
    let answer = rule.block_response.as_deref().unwrap_or("NODATA");
    Shadow::Hidden {
        by: format!("DNS firewall rule {} of {}", rule.name, rule.group),
        facts: vec![rule.fact(format!(
            "DNS firewall rule {} of {} blocks {host} and answers {answer}",
            rule.name, rule.group
        ))],
    }
}

fn zoned(net: &NetworkEvidence, host: &str) -> Option<Shadow> {
    // Of zones that overlap the longest name answers.
    let zone = net
        .hosted_zones
        .seen()?
        .each()
        .filter(|zone| zone.owning_service.is_none() && covers(&zone.name, host))
        .max_by_key(|zone| zone.name.len())?;
    let records = zone.value().records.seen()?;
    let is_address = |record: &ZoneRecord| matches!(record.kind.as_str(), "A" | "AAAA" | "CNAME");
    let named = |record: &ZoneRecord| is_address(record) && record.name == host;
    let starred = |record: &ZoneRecord| is_address(record) && matches(&record.name, host);
    let is_cut =
        |record: &ZoneRecord| record.kind == "NS" && record.name != zone.name && covers(&record.name, host);
    let title = title(zone.value());
    if let Some(record) = records
        .each()
        .find(|record| named(record))
        .or_else(|| records.each().find(|record| starred(record)))
    {
        return Some(Shadow::Elsewhere {
            leads_to: record.values.clone(),
            facts: vec![record.fact(format!(
                "private hosted zone {title} leads {host} to {}",
                record.values.join(", ")
            ))],
            zone: title,
        });
    }
    let none = records.none(|record| named(record) || starred(record) || is_cut(record))?;
    Some(Shadow::Hidden {
        by: format!("private hosted zone {title}, which has no record of it,"),
        facts: vec![
            zone.fact(format!(
                "private hosted zone {title} answers for names under {}",
                zone.name
            )),
            none.fact(format!("private hosted zone {title} has no record for {host}")),
        ],
    })
}

fn title(zone: &HostedZone) -> String {
    format!("{} ({})", zone.name, zone.id)
}

/// Whether a pattern of a firewall's list, or a record's name, is about `host`: `*` stands for any first labels.
fn matches(pattern: &str, host: &str) -> bool {
    let pattern = pattern.strip_suffix('.').unwrap_or(pattern);
    if pattern == "*" || pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    pattern
        .strip_prefix("*.")
        .is_some_and(|rest| host.len() > rest.len() && covers(&rest.to_ascii_lowercase(), host))
}
