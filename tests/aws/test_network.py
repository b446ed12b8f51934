"""EC2 through boto3: what moto forgets and AWS says, and every filter that reading a network takes."""


from .testing import Case


class Network(Case):
    def test_private_subnets_lead_to_nat_and_its_loss_is_a_blackhole(self) -> None:
        world = self.world()
        ec2 = world.client("ec2")
        network = world.loaded["network"]
        wanted = [{"Name": "association.subnet-id", "Values": [network["subnets"]["private-a"]]}]

        def route() -> dict:
            routes = ec2.describe_route_tables(Filters=wanted)["RouteTables"][0]["Routes"]
            return next(one for one in routes if one.get("DestinationCidrBlock") == "0.0.0.0/0")

        self.assertEqual((route()["NatGatewayId"], route()["State"]), (network["nat"], "active"))
        ec2.delete_nat_gateway(NatGatewayId=network["nat"])
        self.assertEqual(route()["State"], "blackhole")
        acl = ec2.describe_network_acls(Filters=wanted)["NetworkAcls"][0]
        self.assertTrue(acl["IsDefault"])
        self.assertEqual(len(acl["Entries"]), 4)
        self.assertTrue(ec2.describe_vpc_attribute(VpcId=network["vpc"], Attribute="enableDnsSupport")
                        ["EnableDnsSupport"]["Value"])
        groups = ec2.describe_security_groups(GroupIds=[network["groups"]["app"]])["SecurityGroups"]
        self.assertEqual(groups[0]["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"], "0.0.0.0/0")
        options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
        self.assertEqual(options["InternetGatewayBlockMode"], "off")
        self.assertTrue(ec2.describe_prefix_lists()["PrefixLists"])

    def test_endpoints_keep_policy_dns_and_groups(self) -> None:
        world = self.world()
        ec2 = world.client("ec2")
        network = world.loaded["network"]
        policy = '{"Version":"2012-10-17","Statement":[]}'
        made = ec2.create_vpc_endpoint(
            VpcId=network["vpc"], ServiceName="com.amazonaws.eu-west-1.ecr.api", VpcEndpointType="Interface",
            SubnetIds=[network["subnets"]["private-a"]], SecurityGroupIds=[network["groups"]["endpoints"]],
            PolicyDocument=policy, PrivateDnsEnabled=True)["VpcEndpoint"]["VpcEndpointId"]
        ec2.modify_vpc_endpoint(VpcEndpointId=made, PrivateDnsEnabled=False)
        found = ec2.describe_vpc_endpoints(Filters=[
            {"Name": "vpc-id", "Values": [network["vpc"]]},
            {"Name": "service-name", "Values": ["com.amazonaws.eu-west-1.ecr.api"]}])["VpcEndpoints"][0]
        self.assertEqual((found["PolicyDocument"], found["PrivateDnsEnabled"], found["State"]),
                         (policy, False, "available"))
        self.assertEqual(found["Groups"][0]["GroupId"], network["groups"]["endpoints"])
        interface = ec2.describe_network_interfaces(
            NetworkInterfaceIds=found["NetworkInterfaceIds"])["NetworkInterfaces"][0]
        self.assertTrue(interface["PrivateIpAddress"].startswith("10.0.10."))

    def test_every_filter_and_page_that_reading_takes(self) -> None:
        world = self.written("""
            [network]
            kind = "isolated"
            endpoints = [
                { service = "ecr.api" },
                { service = "ecr.dkr", private_dns = false, subnets = ["private-b"], state = "pending" },
                { service = "s3" },
            ]
            """)
        ec2, network = world.client("ec2"), world.loaded["network"]
        vpc = [{"Name": "vpc-id", "Values": [network["vpc"]]}]
        endpoints = {one["ServiceName"].rsplit("eu-west-1.", 1)[1]: one
                     for one in ec2.describe_vpc_endpoints(Filters=vpc, MaxResults=100)["VpcEndpoints"]}
        self.assertEqual(sorted(endpoints), ["ecr.api", "ecr.dkr", "s3"])
        self.assertEqual((endpoints["ecr.dkr"]["PrivateDnsEnabled"], endpoints["ecr.dkr"]["State"]), (False, "pending"))
        self.assertEqual(endpoints["s3"]["RouteTableIds"], [network["tables"]["private"]])
        self.assertEqual(endpoints["s3"]["VpcEndpointType"], "Gateway")
        interfaces = ec2.describe_network_interfaces(Filters=[
            {"Name": "network-interface-id", "Values": endpoints["ecr.api"]["NetworkInterfaceIds"]}])
        zones = {one["AvailabilityZone"] for one in interfaces["NetworkInterfaces"]}
        self.assertEqual(zones, {"eu-west-1a", "eu-west-1b"})
        tables = ec2.describe_route_tables(Filters=vpc, MaxResults=100)["RouteTables"]
        routes = [route for table in tables for route in table["Routes"]]
        lists = ec2.describe_prefix_lists(Filters=[
            {"Name": "prefix-list-name", "Values": ["com.amazonaws.eu-west-1.s3"]}])["PrefixLists"]
        self.assertEqual([route.get("DestinationPrefixListId") for route in routes if "DestinationPrefixListId" in route],
                         [lists[0]["PrefixListId"]])
        self.assertTrue(lists[0]["Cidrs"])
        subnets = list(network["subnets"].values())
        found = ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": subnets}])["Subnets"]
        self.assertEqual(len(found), 2)
        self.assertEqual(ec2.describe_nat_gateways(Filters=vpc)["NatGateways"], [])
        self.assertEqual(ec2.describe_internet_gateways(Filters=[
            {"Name": "attachment.vpc-id", "Values": [network["vpc"]]}])["InternetGateways"], [])
        dhcp = ec2.describe_vpcs(VpcIds=[network["vpc"]])["Vpcs"][0]["DhcpOptionsId"]
        options = ec2.describe_dhcp_options(DhcpOptionsIds=[dhcp])["DhcpOptions"][0]["DhcpConfigurations"]
        servers = next(one for one in options if one["Key"] == "domain-name-servers")
        self.assertEqual([one["Value"] for one in servers["Values"]], ["AmazonProvidedDNS"])

    def test_groups_acls_and_routes_as_a_scenario_writes_them(self) -> None:
        world = self.written("""
            [network]
            dns_hostnames = false
            block_public_access = "block-ingress"
            groups.app.egress = [{ prefix_list = "s3", from = 443, to = 443 }, { cidr = "10.0.0.0/16", from = 443, to = 443 }]
            acls.strict = { subnets = ["private-a"], egress = [{ rule = 90, action = "deny", from = 443, to = 443 }] }
            routes.private = { "0.0.0.0/0" = "none", "52.0.0.0/8" = "nat" }
            """)
        ec2, network = world.client("ec2"), world.loaded["network"]
        group = ec2.describe_security_groups(GroupIds=[network["groups"]["app"]])["SecurityGroups"][0]
        rules = group["IpPermissionsEgress"]
        self.assertEqual({(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in rules}, {(443, 443, "tcp")})
        self.assertTrue(any(rule["PrefixListIds"] for rule in rules))
        acl = ec2.describe_network_acls(Filters=[
            {"Name": "association.subnet-id", "Values": [network["subnets"]["private-a"]]}])["NetworkAcls"][0]
        egress = [(one["RuleNumber"], one["RuleAction"], one.get("PortRange")) for one in acl["Entries"] if one["Egress"]]
        self.assertEqual(egress, [(90, "deny", {"From": 443, "To": 443}), (32767, "deny", None)])
        table = ec2.describe_route_tables(RouteTableIds=[network["tables"]["private"]])["RouteTables"][0]
        self.assertEqual({route["DestinationCidrBlock"] for route in table["Routes"]}, {"10.0.0.0/16", "52.0.0.0/8"})
        options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
        self.assertEqual(options["InternetGatewayBlockMode"], "block-ingress")
        self.assertFalse(ec2.describe_vpc_attribute(VpcId=network["vpc"], Attribute="enableDnsHostnames")
                         ["EnableDnsHostnames"]["Value"])

    def test_unknown_identifiers_are_refused_by_aws_codes(self) -> None:
        ec2 = self.world().client("ec2")
        for code, call, given in (
                ("InvalidVpcID.NotFound", ec2.describe_vpcs, {"VpcIds": ["vpc-0123456789abcdef0"]}),
                ("InvalidSubnetID.NotFound", ec2.describe_subnets, {"SubnetIds": ["subnet-0123456789abcdef0"]}),
                ("InvalidGroup.NotFound", ec2.describe_security_groups, {"GroupIds": ["sg-0123456789abcdef0"]}),
                ("InvalidRouteTableID.NotFound", ec2.describe_route_tables, {"RouteTableIds": ["rtb-0123456789abcdef0"]}),
                ("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces,
                 {"NetworkInterfaceIds": ["eni-0123456789abcdef0"]}),
                ("InvalidInstanceID.NotFound", ec2.describe_instances, {"InstanceIds": ["i-0123456789abcdef0"]})):
            with self.subTest(code):
                self.refused(code, call, **given)
