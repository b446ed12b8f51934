//! EC2 instances that pull.

use aws_sdk_ec2::types;
use diagnosis::evidence::ecs::Ec2Instance;

use crate::actions::EC2_DESCRIBE_INSTANCES;
use crate::convert::{maybe_text, text};
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// The instance of this id. Its role is read where it is what pulls.
pub(crate) async fn describe(session: &Session<'_>, id: &str, after: Chain) -> Seen<Ec2Instance> {
    let query = Query::new(
        &EC2_DESCRIBE_INSTANCES,
        id,
        &session.region,
        Kind::Instance,
        after,
    );
    session
        .read(query, async {
            let answer = session
                .ec2(&session.region)
                .describe_instances()
                .instance_ids(id)
                .send()
                .await?;
            let instances = answer
                .reservations()
                .iter()
                .flat_map(types::Reservation::instances);
            instances.map(convert).next().ok_or(NotSeen::Absent)
        })
        .await
}

fn convert(instance: &types::Instance) -> Ec2Instance {
    Ec2Instance {
        id: text(instance.instance_id()),
        instance_profile: instance
            .iam_instance_profile()
            .and_then(types::IamInstanceProfile::arn)
            .map(str::to_owned),
        role: None,
        subnet: maybe_text(instance.subnet_id()),
        vpc: maybe_text(instance.vpc_id()),
        security_groups: instance
            .security_groups()
            .iter()
            .filter_map(types::GroupIdentifier::group_id)
            .map(str::to_owned)
            .collect(),
        public_ip: instance
            .public_ip_address()
            .is_some_and(|address| !address.is_empty()),
        private_ip: maybe_text(instance.private_ip_address()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_tells_its_profile_and_its_network() {
        let profile = types::IamInstanceProfile::builder()
            .arn("arn:aws:iam::111122223333:instance-profile/ecs")
            .build();
        let built = types::Instance::builder()
            .instance_id("i-1")
            .iam_instance_profile(profile)
            .subnet_id("subnet-1")
            .security_groups(types::GroupIdentifier::builder().group_id("sg-1").build())
            .build();
        let converted = convert(&built);
        assert_eq!(converted.subnet.as_deref(), Some("subnet-1"));
        assert_eq!(converted.security_groups, ["sg-1"]);
        assert!(!converted.public_ip);
        assert!(converted.instance_profile.unwrap().ends_with("/ecs"));
    }
}
