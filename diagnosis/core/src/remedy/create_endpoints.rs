//! Making the VPC endpoints that a pull lacks.

use super::{Remedy, Risk, manual};

/// Where endpoints are to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointPlan {
    /// The VPC.
    pub vpc: String,
    /// Service names, `com.amazonaws.eu-west-1.ecr.api`: interface endpoints, but for S3's, which is a gateway.
    pub services: Vec<String>,
    /// Subnets to put interface endpoints in.
    pub subnets: Vec<String>,
    /// Security groups of the puller, whose port 443 the endpoints' group must let in.
    pub from_groups: Vec<String>,
    /// Route tables to put a gateway endpoint on.
    pub route_tables: Vec<String>,
}

/// The endpoints of a plan. `None` where it names none.
pub fn create_endpoints(plan: &EndpointPlan) -> Option<Remedy> {
    let short = |service: &str| service.splitn(4, '.').nth(3).unwrap_or(service).to_owned();
    let (gateways, interfaces): (Vec<&String>, Vec<&String>) = plan
        .services
        .iter()
        .partition(|service| service.rsplit('.').next() == Some("s3"));
    if plan.services.is_empty() {
        return None;
    }
    let or = |items: &[String], word: &str| {
        if items.is_empty() {
            word.to_owned()
        } else {
            items.join(" ")
        }
    };
    let from = or(&plan.from_groups, "the tasks' group");
    let mut cli: Vec<String> = Vec::new();
    let mut terraform: Vec<String> = Vec::new();
    let quoted = |items: &[String]| {
        items
            .iter()
            .map(|item| format!("\"{item}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !interfaces.is_empty() {
        cli.push(format!(
            "# GROUP_ID: a security group that lets TCP 443 in from {from}"
        ));
    }
    for service in &interfaces {
        cli.push(format!(
            "aws ec2 create-vpc-endpoint --vpc-id {} --vpc-endpoint-type Interface --service-name {service} --private-dns-enabled --subnet-ids {} --security-group-ids GROUP_ID",
            plan.vpc,
            or(&plan.subnets, "SUBNET_IDS")
        ));
        terraform.push(format!(
            "resource \"aws_vpc_endpoint\" \"{}\" {{\n  vpc_id              = \"{}\"\n  service_name        = \"{service}\"\n  vpc_endpoint_type   = \"Interface\"\n  private_dns_enabled = true\n  subnet_ids          = [{}]\n  security_group_ids  = [] # one that lets TCP 443 in from {from}\n}}",
            short(service).replace(['.', '-'], "_"),
            plan.vpc,
            quoted(&plan.subnets)
        ));
    }
    for service in &gateways {
        cli.push(format!(
            "aws ec2 create-vpc-endpoint --vpc-id {} --vpc-endpoint-type Gateway --service-name {service} --route-table-ids {}",
            plan.vpc,
            or(&plan.route_tables, "ROUTE_TABLE_IDS")
        ));
        terraform.push(format!(
            "resource \"aws_vpc_endpoint\" \"s3\" {{\n  vpc_id            = \"{}\"\n  service_name      = \"{service}\"\n  vpc_endpoint_type = \"Gateway\"\n  route_table_ids   = [{}]\n}}",
            plan.vpc,
            quoted(&plan.route_tables)
        ));
    }
    let names: Vec<String> = plan.services.iter().map(|service| short(service)).collect();
    let title = match names.as_slice() {
        [one] => format!("Create the endpoint for {one}"),
        _ => "Create the endpoints that are missing".to_owned(),
    };
    let mut remedy = manual(
        "create_endpoints",
        &title,
        Risk::Medium,
        cli.join("\n"),
        Some(terraform.join("\n\n")),
    );
    remedy.before = Some(format!("no endpoint for {}", names.join(", ")));
    remedy.after = Some(format!("endpoints for {} in {}", names.join(", "), plan.vpc));
    if !interfaces.is_empty() {
        remedy
            .notes
            .push("Private DNS changes what the names resolve to in the whole VPC at once.".to_owned());
    }
    Some(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_becomes_commands_with_its_own_ids() {
        let plan = EndpointPlan {
            vpc: "vpc-1".to_owned(),
            services: vec![
                "com.amazonaws.eu-west-1.ecr.api".to_owned(),
                "com.amazonaws.eu-west-1.s3".to_owned(),
            ],
            subnets: vec!["subnet-a".to_owned(), "subnet-b".to_owned()],
            from_groups: vec!["sg-task".to_owned()],
            route_tables: vec!["rtb-1".to_owned()],
        };
        let remedy = create_endpoints(&plan).unwrap();
        insta::assert_snapshot!(remedy.cli, @r"
        # GROUP_ID: a security group that lets TCP 443 in from sg-task
        aws ec2 create-vpc-endpoint --vpc-id vpc-1 --vpc-endpoint-type Interface --service-name com.amazonaws.eu-west-1.ecr.api --private-dns-enabled --subnet-ids subnet-a subnet-b --security-group-ids GROUP_ID
        aws ec2 create-vpc-endpoint --vpc-id vpc-1 --vpc-endpoint-type Gateway --service-name com.amazonaws.eu-west-1.s3 --route-table-ids rtb-1
        ");
        assert_eq!(
            create_endpoints(&EndpointPlan {
                services: vec![],
                ..plan
            }),
            None
        );
    }
}
