//! Every break, by one change to a working network.

use super::super::testing::*;
use super::{changed, told};
use crate::evidence::network::{NetworkAcl, NetworkEvidence, RouteTarget};

/// Name, network, and what is changed of it.
type Case = (&'static str, fn() -> NetworkEvidence, fn(&mut NetworkEvidence));

/// One change to a working network, and what it does to the ECR API, the registry and the layers.
#[test]
fn every_break_is_named() {
    let cases: &[Case] = &[
        ("no way at all", isolated, |_| {}),
        ("main table", with_nat, |net| {
            items(&mut net.route_tables).retain(|table| table.id != "rtb-private");
        }),
        ("blackhole", with_nat, |net| {
            routes(net, "rtb-private").last_mut().unwrap().blackhole = true;
        }),
        ("nat failed", with_nat, |net| {
            let nat = &mut items(&mut net.nat_gateways)[0];
            nat.state = "failed".to_owned();
            nat.failure = Some("InsufficientFreeAddressesInSubnet".to_owned());
        }),
        ("nat gone", with_nat, |net| items(&mut net.nat_gateways).clear()),
        ("nat in a private subnet", with_nat, |net| {
            items(&mut net.nat_gateways)[0].subnet = "subnet-b".to_owned();
        }),
        ("nat's subnet lost its route", with_nat, |net| {
            routes(net, "rtb-public").pop();
        }),
        ("private nat", with_nat, |net| {
            items(&mut net.nat_gateways)[0].connectivity = "private".to_owned();
        }),
        ("igw detached", with_nat, |net| {
            items(&mut net.internet_gateways)[0].vpcs.clear();
        }),
        ("no api endpoint", with_endpoints, |net| {
            items(&mut net.endpoints).retain(|endpoint| endpoint.id != "vpce-api");
        }),
        ("no s3 endpoint", with_endpoints, |net| {
            items(&mut net.endpoints).retain(|endpoint| endpoint.id != "vpce-s3");
            routes(net, "rtb-private").pop();
        }),
        ("gateway on another table", with_endpoints, |net| {
            endpoint(net, "vpce-s3").route_tables = vec!["rtb-main".to_owned()];
            routes(net, "rtb-private").pop();
        }),
        ("private dns off", with_endpoints, |net| {
            endpoint(net, "vpce-api").private_dns = false;
            endpoint(net, "vpce-dkr").private_dns = false;
        }),
        ("dns support off", with_endpoints, |net| {
            *value(&mut net.dns_support) = false;
        }),
        ("dns host names off", with_endpoints, |net| {
            *value(&mut net.dns_hostnames) = false;
        }),
        ("egress to the VPC only", with_endpoints, |net| {
            group(net, "sg-task").egress = vec![rule(Some((443, 443)), "10.0.0.0/16")];
        }),
        ("egress on port 80", with_nat, |net| {
            group(net, "sg-task").egress = vec![rule(Some((80, 80)), "0.0.0.0/0")];
        }),
        ("endpoint in the default group", with_endpoints, |net| {
            endpoint(net, "vpce-api").security_groups = vec!["sg-default".to_owned()];
        }),
        ("endpoint lets another group in", with_endpoints, |net| {
            group(net, "sg-endpoint").ingress = vec![rule(Some((443, 443)), "sg-web")];
        }),
        ("acl as the service's side would need it", with_nat, |net| {
            items(&mut net.network_acls)[0]
                .subnets
                .retain(|subnet| subnet != "subnet-a");
            items(&mut net.network_acls).push(NetworkAcl {
                id: "acl-2".to_owned(),
                default: false,
                subnets: vec!["subnet-a".to_owned()],
                entries: vec![
                    entry(100, false, true, Some((443, 443)), "0.0.0.0/0"),
                    entry(100, true, true, Some((1024, 65535)), "0.0.0.0/0"),
                ],
            });
        }),
        ("acl without the way back", with_nat, |net| {
            items(&mut net.network_acls)[0].entries[1] =
                entry(90, false, false, Some((1024, 65535)), "0.0.0.0/0");
        }),
        ("acl of the nat's subnet", with_nat, |net| {
            items(&mut net.network_acls)[0]
                .subnets
                .retain(|subnet| subnet != "subnet-public");
            items(&mut net.network_acls).push(NetworkAcl {
                id: "acl-2".to_owned(),
                default: false,
                subnets: vec!["subnet-public".to_owned()],
                entries: vec![
                    entry(100, false, true, Some((1024, 65535)), "0.0.0.0/0"),
                    entry(100, true, true, None, "0.0.0.0/0"),
                ],
            });
        }),
        ("acl of the endpoints' subnet", with_endpoints, |net| {
            items(&mut net.network_acls)[0]
                .subnets
                .retain(|subnet| subnet != "subnet-b");
            items(&mut net.network_acls).push(NetworkAcl {
                id: "acl-2".to_owned(),
                default: false,
                subnets: vec!["subnet-b".to_owned()],
                entries: vec![
                    entry(50, false, false, Some((443, 443)), "10.0.1.0/24"),
                    entry(100, false, true, None, "0.0.0.0/0"),
                    entry(100, true, true, None, "0.0.0.0/0"),
                ],
            });
        }),
        ("endpoint pending, no other way", with_endpoints, |net| {
            endpoint(net, "vpce-dkr").state = "pending".to_owned();
        }),
        ("block public access", with_nat, |net| {
            value(&mut net.block_public_access).internet_gateway_mode = "block-bidirectional".to_owned();
        }),
        ("block public access, for what comes in only", with_nat, |net| {
            value(&mut net.block_public_access).internet_gateway_mode = "block-ingress".to_owned();
        }),
        ("block public access, VPC exempt", with_nat, |net| {
            let block = value(&mut net.block_public_access);
            block.internet_gateway_mode = "block-bidirectional".to_owned();
            block.exclusions = vec![("vpc-1".to_owned(), "allow-egress".to_owned())];
        }),
        ("ipv6 only", with_nat, |net| {
            let subnet = &mut items(&mut net.subnets)[0];
            subnet.ipv6_only = true;
            subnet.cidrs = vec![cidr("2001:db8:0:1::/64")];
        }),
        ("transit gateway", isolated, |net| {
            routes(net, "rtb-private").push(to("0.0.0.0/0", RouteTarget::TransitGateway("tgw-1".to_owned())));
        }),
        (
            "endpoints in a network behind a transit gateway",
            isolated,
            |net| {
                routes(net, "rtb-private")
                    .push(to("10.0.0.0/8", RouteTarget::TransitGateway("tgw-1".to_owned())));
            },
        ),
        ("dns servers of one's own", with_nat, |net| {
            value(&mut net.dhcp_options).name_servers = vec!["10.0.0.53".to_owned()];
        }),
        ("more specific blackhole", with_nat, |net| {
            let mut route = to("52.0.0.0/8", RouteTarget::Peering("pcx-1".to_owned()));
            route.blackhole = true;
            routes(net, "rtb-private").push(route);
        }),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(name, world, change)| {
            let net = changed(world(), change);
            let [api, dkr, s3] = [api(), dkr(), s3()].map(|need| told(&net, &task(), &need));
            if api == dkr && dkr == s3 {
                format!("# {name}\nall {api}")
            } else {
                format!("# {name}\napi {api}\ndkr {dkr}\ns3  {s3}")
            }
        })
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @"
        # no way at all
        all broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve

        # main table
        all broken: subnet-a has no way out (route table rtb-main) and no endpoint that would serve

        # blackhole
        all broken: the route for 0.0.0.0/0 in rtb-private leads to nat-1, which is gone

        # nat failed
        all broken: NAT gateway nat-1 has failed (InsufficientFreeAddressesInSubnet)

        # nat gone
        all broken: NAT gateway nat-1 is gone

        # nat in a private subnet
        all broken: NAT gateway nat-1 is in subnet-b, whose route table rtb-private has no way to an internet gateway

        # nat's subnet lost its route
        all broken: NAT gateway nat-1 is in subnet-public, whose route table rtb-public has no way to an internet gateway

        # private nat
        all broken: NAT gateway nat-1 is a private one and cannot reach the internet

        # igw detached
        all broken: internet gateway igw-1 is not attached to vpc-1

        # no api endpoint
        api broken: there is no way out and no endpoint for com.amazonaws.eu-west-1.ecr.api
        dkr open
        s3  open

        # no s3 endpoint
        api open
        dkr open
        s3  broken: there is no way out and no endpoint for com.amazonaws.eu-west-1.s3

        # gateway on another table
        api open
        dkr open
        s3  broken: gateway endpoint vpce-s3 is not on route table rtb-private

        # private dns off
        api broken: endpoint vpce-api for com.amazonaws.eu-west-1.ecr.api has private DNS switched off
        dkr broken: endpoint vpce-dkr for com.amazonaws.eu-west-1.ecr.dkr has private DNS switched off
        s3  open

        # dns support off
        all broken: vpc-1 has enableDnsSupport switched off

        # dns host names off
        api broken: vpc-1 has enableDnsHostnames switched off
        dkr broken: vpc-1 has enableDnsHostnames switched off
        s3  open

        # egress to the VPC only
        api open
        dkr open
        s3  broken: security groups sg-task let no TCP 443 out to prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com

        # egress on port 80
        api broken: security groups sg-task let no TCP 443 out to api.ecr.eu-west-1.amazonaws.com
        dkr broken: security groups sg-task let no TCP 443 out to 111122223333.dkr.ecr.eu-west-1.amazonaws.com
        s3  broken: security groups sg-task let no TCP 443 out to prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com

        # endpoint in the default group
        api broken: security groups sg-default of endpoint vpce-api let no TCP 443 in from the puller
        dkr open
        s3  open

        # endpoint lets another group in
        api broken: security groups sg-endpoint of endpoint vpce-api let no TCP 443 in from the puller
        dkr broken: security groups sg-endpoint of endpoint vpce-dkr let no TCP 443 in from the puller
        s3  open

        # acl as the service's side would need it
        all broken: network ACL acl-2 of subnet-a blocks outbound TCP port 443 by its last entry: no other allows it

        # acl without the way back
        all broken: network ACL acl-1 of subnet-public blocks inbound TCP port 443 by its last entry: no other allows it

        # acl of the nat's subnet
        all broken: network ACL acl-2 of subnet-public blocks inbound TCP port 443 by its last entry: no other allows it

        # acl of the endpoints' subnet
        api broken: network ACL acl-2 of subnet-b blocks inbound TCP port 443 by entry 50
        dkr broken: network ACL acl-2 of subnet-b blocks inbound TCP port 443 by entry 50
        s3  open

        # endpoint pending, no other way
        api open
        dkr broken: endpoint vpce-dkr for com.amazonaws.eu-west-1.ecr.dkr is pending
        s3  open

        # block public access
        all broken: VPC Block Public Access is on (block-bidirectional) and subnet-public is not exempt

        # block public access, for what comes in only
        all open

        # block public access, VPC exempt
        all open

        # ipv6 only
        api broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve
        dkr broken: subnet-a has only IPv6 and 111122223333.dkr.ecr.eu-west-1.amazonaws.com has only IPv4
        s3  broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve

        # transit gateway
        all beyond: transit gateway tgw-1 (route 0.0.0.0/0 of rtb-private): ask whoever runs that transit gateway

        # endpoints in a network behind a transit gateway
        all beyond: transit gateway tgw-1 (route 10.0.0.0/8 of rtb-private): ask whoever runs that transit gateway

        # dns servers of one's own
        all beyond: DNS server 10.0.0.53 (DHCP options dopt-1): ask whoever runs that DNS server

        # more specific blackhole
        api unknown: which address api.ecr.eu-west-1.amazonaws.com has: routes of rtb-private take parts of what it can be to different targets
        dkr unknown: which address 111122223333.dkr.ecr.eu-west-1.amazonaws.com has: routes of rtb-private take parts of what it can be to different targets
        s3  unknown: which address prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com has: routes of rtb-private take parts of what it can be to different targets
        ");
}
