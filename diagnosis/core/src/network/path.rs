//! What is said of one way through the network.

use std::fmt;

use super::breaks::Break;
use super::need::Need;
use super::place::Place;
use crate::observed::{Fact, Missing};

/// The way from one place to one host.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// What must be reached.
    pub need: Need,
    /// From where.
    pub place: Place,
    /// What lies on the way, in the order in which it is met.
    pub hops: Vec<Hop>,
    /// Whether the way is open.
    pub outcome: PathOutcome,
    /// What else breaks it, once the first is mended.
    pub also: Vec<Break>,
    /// What is on it whose inside cannot be read, with what that was read off.
    pub unseen: Vec<(Beyond, Vec<Fact>)>,
    /// What the outcome rests on.
    pub proof: Vec<Fact>,
    /// What no call of ours reads and could still make a difference, private hosted zones for one.
    pub caveats: Vec<Missing>,
}

impl Path {
    /// The hop that breaks, if one does.
    pub fn broken_hop(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| hop.state == HopState::Broken)
    }

    /// What breaks it first, if something does.
    pub fn broken(&self) -> Option<&Break> {
        match &self.outcome {
            PathOutcome::Broken(broken) => Some(broken),
            _ => None,
        }
    }

    /// What one of its breaks rests on: the way up to the first, the hop itself for those that come after it.
    pub fn proof_of(&self, at: &Break) -> Vec<Fact> {
        let later = self.broken() != Some(at);
        let says = at.to_string();
        self.hops
            .iter()
            .filter(|hop| later && hop.state == HopState::Broken && hop.what == says && !hop.facts.is_empty())
            .map(|hop| hop.facts.clone())
            .next()
            .unwrap_or_else(|| self.proof.clone())
    }

    /// Everything that breaks it, the first first.
    pub fn breaks(&self) -> impl Iterator<Item = &Break> {
        self.broken().into_iter().chain(&self.also)
    }
}

/// One thing on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// What it is and what it does, as a sentence without a full stop.
    pub what: String,
    /// Whether it lets the pull through.
    pub state: HopState,
    /// What that was read off.
    pub facts: Vec<Fact>,
}

/// Whether a hop lets the pull through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HopState {
    /// It does.
    Ok,
    /// It does not.
    Broken,
    /// It cannot be told.
    Unknown,
}

/// Whether a way is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathOutcome {
    /// Everything that was needed was read, and lets the pull through.
    Open,
    /// It is broken, whatever was not read.
    Broken(Break),
    /// It leads through something whose inside cannot be read.
    Beyond(Beyond),
    /// It cannot be told.
    Unknown(Vec<Missing>),
}

/// A hop whose inside cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Beyond {
    /// What kind of thing it is.
    pub kind: BeyondKind,
    /// Its id or address.
    pub hop: String,
    /// What leads there: a route table and destination, or a DHCP options set.
    pub via: String,
    /// Who can tell, for a person.
    pub whom_to_ask: String,
}

/// Kinds of hops whose inside cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BeyondKind {
    /// A transit gateway.
    TransitGateway,
    /// A peering connection.
    Peering,
    /// A virtual private gateway: VPN or Direct Connect.
    VirtualPrivateGateway,
    /// A Gateway Load Balancer endpoint: a firewall.
    Firewall,
    /// A network interface or instance that forwards: an appliance.
    Appliance,
    /// A DNS server of one's own.
    DnsServer,
    /// Another target of a route.
    Other,
}

impl fmt::Display for BeyondKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TransitGateway => "transit gateway",
            Self::Peering => "peering connection",
            Self::VirtualPrivateGateway => "virtual private gateway",
            Self::Firewall => "firewall endpoint",
            Self::Appliance => "appliance",
            Self::DnsServer => "DNS server",
            Self::Other => "route target",
        })
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} ({}): ask {}",
            self.kind, self.hop, self.via, self.whom_to_ask
        )
    }
}
