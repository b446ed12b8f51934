//! What the paths say, table by table.

use super::testing::{
    add_gateway, add_interface, api, deny, dkr, endpoint, entry, group, hub, isolated, items, net, routes,
    rule, s3, task, to, value, with_endpoints, with_nat,
};
use super::*;
use crate::evidence::network::{NetworkAcl, NetworkEvidence, RouteTarget};

/// The outcome in words.
fn told(net: &NetworkEvidence, place: &Place, need: &Need) -> String {
    match path(net, place, need).outcome {
        PathOutcome::Open => "open".to_owned(),
        PathOutcome::Broken(broken) => format!("broken: {broken}"),
        PathOutcome::Beyond(beyond) => format!("beyond: {beyond}"),
        PathOutcome::Unknown(missing) => {
            let what: Vec<String> = missing
                .iter()
                .map(|missing| format!("{}: {}", missing.what, missing.why))
                .collect();
            format!("unknown: {}", what.join("; "))
        }
    }
}

fn changed(mut net: NetworkEvidence, change: impl FnOnce(&mut NetworkEvidence)) -> NetworkEvidence {
    change(&mut net);
    net
}

fn public_task() -> Place {
    Place {
        subnet: "subnet-public".to_owned(),
        address: None,
        ..task()
    }
}

/// The VPC as the public subnet's tasks see it.
fn in_public(net: NetworkEvidence) -> NetworkEvidence {
    changed(net, |net| {
        let other = items(&mut net.other_subnets).clone();
        items(&mut net.subnets).extend(other);
    })
}

#[test]
fn an_ordinary_network_is_open() {
    for need in [api(), dkr(), s3(), hub()] {
        assert_eq!(told(&with_nat(), &task(), &need), "open", "{need}");
    }
    for need in [api(), dkr(), s3()] {
        assert_eq!(told(&with_endpoints(), &task(), &need), "open", "{need}");
    }
    let with_address = Place {
        public_ip: PublicIp::Yes,
        ..public_task()
    };
    for need in [api(), dkr(), s3(), hub()] {
        assert_eq!(
            told(&in_public(isolated()), &with_address, &need),
            "open",
            "{need}"
        );
    }
}

/// One change to a working network, and what it does to the ECR API, the registry and the layers.
#[test]
fn every_break_is_named() {
    type Change = fn(&mut NetworkEvidence);
    let cases: &[(&str, fn() -> NetworkEvidence, Change)] = &[
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
            *value(&mut net.dns_support) = false
        }),
        ("dns host names off", with_endpoints, |net| {
            *value(&mut net.dns_hostnames) = false
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
            subnet.cidrs = vec![super::testing::net("2001:db8:0:1::/64")];
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
        all broken: NAT gateway nat-1 is failed (InsufficientFreeAddressesInSubnet)

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

/// Places and needs that are out of the ordinary.
#[test]
fn what_is_out_of_the_ordinary_is_told_apart() {
    let elsewhere = Need::LayerStore {
        region: "us-east-1".to_owned(),
    };
    let fips = Need::Registry {
        host: "111122223333.dkr.ecr-fips.eu-west-1.amazonaws.com".to_owned(),
        region: Some("eu-west-1".to_owned()),
        fips: true,
        dual_stack: false,
    };
    let dual = Need::Registry {
        host: "111122223333.dkr-ecr.eu-west-1.on.aws".to_owned(),
        region: Some("eu-west-1".to_owned()),
        fips: false,
        dual_stack: true,
    };
    let own = Need::Registry {
        host: "harbor.example:8443".to_owned(),
        region: None,
        fips: false,
        dual_stack: false,
    };
    let task = task();
    let with_public_ip = Place {
        public_ip: PublicIp::Yes,
        ..public_task()
    };
    let unknown_groups = Place {
        security_groups: None,
        public_ip: PublicIp::Unknown,
        ..task.clone()
    };
    let default_group = Place {
        security_groups: Some(vec![]),
        ..task.clone()
    };
    let no_address = Place {
        address: None,
        ..task.clone()
    };
    let public = public_task();
    let public_unknown = Place {
        public_ip: PublicIp::Unknown,
        ..public_task()
    };
    let cases: Vec<(&str, NetworkEvidence, &Place, Need)> = vec![
        (
            "public subnet, no public address",
            in_public(isolated()),
            &public,
            api(),
        ),
        (
            "public subnet, nobody knows",
            in_public(isolated()),
            &public_unknown,
            api(),
        ),
        (
            "public subnet, no public address, endpoint without its name",
            changed(in_public(with_endpoints()), |net| {
                endpoint(net, "vpce-api").private_dns = false
            }),
            &public,
            api(),
        ),
        (
            "public address under block-ingress",
            changed(in_public(isolated()), |net| {
                value(&mut net.block_public_access).internet_gateway_mode = "block-ingress".to_owned();
            }),
            &with_public_ip,
            api(),
        ),
        (
            "image of another region, no way out",
            with_endpoints(),
            &task,
            elsewhere.clone(),
        ),
        (
            "image of another region, by NAT",
            with_nat(),
            &task,
            elsewhere.clone(),
        ),
        (
            "image of another region, nothing at all",
            isolated(),
            &task,
            elsewhere,
        ),
        ("FIPS host, plain endpoint", with_endpoints(), &task, fips.clone()),
        (
            "FIPS host, FIPS endpoint",
            changed(with_endpoints(), |net| add_interface(net, "ecr.dkr-fips")),
            &task,
            fips.clone(),
        ),
        ("FIPS host, by NAT", with_nat(), &task, fips),
        (
            "token for a FIPS image, plain endpoint",
            with_endpoints(),
            &task,
            Need::EcrApi {
                region: "eu-west-1".to_owned(),
                fips: true,
            },
        ),
        ("dual-stack host, endpoint", with_endpoints(), &task, dual.clone()),
        ("dual-stack host, no way", isolated(), &task, dual),
        ("Docker Hub, endpoints only", with_endpoints(), &task, hub()),
        ("a registry of one's own, by NAT", with_nat(), &task, own.clone()),
        ("a registry of one's own, no way", isolated(), &task, own.clone()),
        (
            "a registry of one's own, groups let nothing out",
            changed(with_nat(), |net| group(net, "sg-task").egress.clear()),
            &task,
            own,
        ),
        ("groups unknown", with_nat(), &unknown_groups, api()),
        ("groups unknown, no way", isolated(), &unknown_groups, api()),
        ("default group", with_nat(), &default_group, api()),
        (
            "default group not read",
            changed(with_nat(), |net| {
                items(&mut net.security_groups).retain(|group| group.id != "sg-default")
            }),
            &default_group,
            api(),
        ),
        (
            "egress to the endpoint's group, and to S3's list",
            changed(with_endpoints(), |net| {
                group(net, "sg-task").egress = vec![
                    rule(Some((443, 443)), "sg-endpoint"),
                    rule(Some((443, 443)), "pl-s3"),
                ];
                deny(&mut net.prefix_lists);
            }),
            &task,
            s3(),
        ),
        (
            "egress to a list nobody can read",
            changed(with_nat(), |net| {
                group(net, "sg-task").egress = vec![rule(None, "pl-own")]
            }),
            &task,
            api(),
        ),
        (
            "endpoint lets a half of the subnet in",
            changed(with_endpoints(), |net| {
                group(net, "sg-endpoint").ingress = vec![rule(Some((443, 443)), "10.0.1.0/25")];
            }),
            &no_address,
            api(),
        ),
        (
            "endpoint lets the half of the subnet in where the task is",
            changed(with_endpoints(), |net| {
                group(net, "sg-endpoint").ingress = vec![rule(Some((443, 443)), "10.0.1.0/25")];
            }),
            &task,
            api(),
        ),
        (
            "broken endpoint beside a healthy NAT gateway",
            changed(with_nat(), |net| {
                add_interface(net, "ecr.api");
                group(net, "sg-endpoint").ingress.clear();
            }),
            &task,
            api(),
        ),
        (
            "pending endpoint beside a healthy NAT gateway",
            changed(with_nat(), |net| {
                add_interface(net, "ecr.api");
                endpoint(net, "vpce-api").state = "pending".to_owned();
            }),
            &task,
            api(),
        ),
        (
            "endpoint without its name beside a healthy NAT gateway",
            changed(with_nat(), |net| {
                add_interface(net, "ecr.api");
                endpoint(net, "vpce-api").private_dns = false;
            }),
            &task,
            api(),
        ),
        (
            "S3 by an interface endpoint",
            changed(isolated(), |net| add_interface(net, "s3")),
            &task,
            s3(),
        ),
        (
            "S3 by an interface endpoint beside a gateway endpoint elsewhere",
            changed(isolated(), |net| {
                add_interface(net, "s3");
                add_gateway(net, &["rtb-main"]);
            }),
            &task,
            s3(),
        ),
        (
            "VPC shared by another account",
            changed(isolated(), |net| {
                items(&mut net.subnets)[0].owner = "444455556666".to_owned()
            }),
            &task,
            api(),
        ),
        (
            "VPC shared by another account, groups let nothing out",
            changed(isolated(), |net| {
                items(&mut net.subnets)[0].owner = "444455556666".to_owned();
                group(net, "sg-task").egress.clear();
            }),
            &task,
            hub(),
        ),
        (
            "endpoints not read",
            changed(isolated(), |net| deny(&mut net.endpoints)),
            &task,
            api(),
        ),
        (
            "routes not read",
            changed(with_nat(), |net| deny(&mut net.route_tables)),
            &task,
            api(),
        ),
        (
            "ACLs not read, no way",
            changed(isolated(), |net| deny(&mut net.network_acls)),
            &task,
            api(),
        ),
        (
            "ACLs not read",
            changed(with_nat(), |net| deny(&mut net.network_acls)),
            &task,
            api(),
        ),
        (
            "firewall between NAT gateway and internet gateway",
            changed(with_nat(), |net| {
                add_interface(net, "firewall");
                endpoint(net, "vpce-firewall").kind = "GatewayLoadBalancer".to_owned();
                routes(net, "rtb-public")[1].target = RouteTarget::VpcEndpoint("vpce-firewall".to_owned());
            }),
            &task,
            api(),
        ),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(name, net, place, need)| format!("# {name}\n{}", told(net, place, need)))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"), @"
        # public subnet, no public address
        broken: subnet-public leads to internet gateway igw-1 and the puller has no public IP address

        # public subnet, nobody knows
        unknown: whether the puller in subnet-public has a public IP address: what started the task, and with which settings, is not known

        # public subnet, no public address, endpoint without its name
        broken: endpoint vpce-api for com.amazonaws.eu-west-1.ecr.api has private DNS switched off

        # public address under block-ingress
        broken: VPC Block Public Access is on (block-ingress) and subnet-public is not exempt

        # image of another region, no way out
        broken: the image is in us-east-1, the endpoints are for eu-west-1, and there is no other way out

        # image of another region, by NAT
        open

        # image of another region, nothing at all
        broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve

        # FIPS host, plain endpoint
        broken: the host is a FIPS one, endpoint service com.amazonaws.eu-west-1.ecr.dkr does not serve it, and there is no other way out

        # FIPS host, FIPS endpoint
        open

        # FIPS host, by NAT
        open

        # token for a FIPS image, plain endpoint
        unknown: whether the token is asked for at the FIPS host of api.ecr.eu-west-1.amazonaws.com: that is a setting of the account or agent, and is not read

        # dual-stack host, endpoint
        unknown: whether endpoint vpce-dkr serves the dual-stack name 111122223333.dkr-ecr.eu-west-1.on.aws: that depends on how the endpoint was made

        # dual-stack host, no way
        broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve

        # Docker Hub, endpoints only
        broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve

        # a registry of one's own, by NAT
        unknown: which address harbor.example:8443 has: it is not one of the well-known public registries, and names are not resolved from here

        # a registry of one's own, no way
        unknown: which address harbor.example:8443 has: it is not one of the well-known public registries, and names are not resolved from here

        # a registry of one's own, groups let nothing out
        broken: security groups sg-task let no TCP 8443 out to any address

        # groups unknown
        unknown: security groups of the puller in subnet-a: what started the task, and with which groups, is not known

        # groups unknown, no way
        broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve

        # default group
        open

        # default group not read
        unknown: default security group of vpc-1: it is not among the groups that were read

        # egress to the endpoint's group, and to S3's list
        open

        # egress to a list nobody can read
        unknown: ranges of prefix list pl-own: it is not one of AWS's own, and others are not read

        # endpoint lets a half of the subnet in
        unknown: which address the puller has: the security groups let only some of those through that it can have

        # endpoint lets the half of the subnet in where the task is
        open

        # broken endpoint beside a healthy NAT gateway
        broken: security groups sg-endpoint of endpoint vpce-api let no TCP 443 in from the puller

        # pending endpoint beside a healthy NAT gateway
        unknown: whether api.ecr.eu-west-1.amazonaws.com resolves to endpoint vpce-api: the endpoint is pending

        # endpoint without its name beside a healthy NAT gateway
        open

        # S3 by an interface endpoint
        open

        # S3 by an interface endpoint beside a gateway endpoint elsewhere
        unknown: whether prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com resolves to endpoint vpce-s3: with a gateway endpoint beside it, its private name may be for on-premises callers only, which is not read

        # VPC shared by another account
        unknown: what account 444455556666 has in the VPC it shares: only its owner sees all of it: ask account 444455556666

        # VPC shared by another account, groups let nothing out
        broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve

        # endpoints not read
        unknown: VPC endpoints of vpc-1: the bot lacks ec2:DescribeVpcEndpoints

        # routes not read
        unknown: route tables of vpc-1: the bot lacks ec2:DescribeRouteTables

        # ACLs not read, no way
        broken: subnet-a has no way out (route table rtb-private) and no endpoint that would serve

        # ACLs not read
        unknown: network ACLs of vpc-1: the bot lacks ec2:DescribeNetworkAcls

        # firewall between NAT gateway and internet gateway
        beyond: firewall endpoint vpce-firewall (route 0.0.0.0/0 of rtb-public): ask whoever runs that firewall
        ");
}
