//! Places and needs that are out of the ordinary.

use super::super::testing::*;
use super::super::*;
use super::{changed, in_public, public_task, told};
use crate::evidence::network::{NetworkEvidence, RouteTarget};

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
                endpoint(net, "vpce-api").private_dns = false;
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
                items(&mut net.security_groups).retain(|group| group.id != "sg-default");
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
                group(net, "sg-task").egress = vec![rule(None, "pl-own")];
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
                items(&mut net.subnets)[0].owner = "444455556666".to_owned();
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
