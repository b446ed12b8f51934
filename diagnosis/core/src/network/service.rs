//! AWS services that VPC endpoints serve, by the names that endpoints have.

use crate::images::host::dns_suffix;

/// An AWS service that a VPC endpoint can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Service<'a> {
    /// `ecr.api`, `ecr.dkr`, `s3`, …
    pub(super) name: &'static str,
    pub(super) region: &'a str,
    pub(super) fips: bool,
}

impl Service<'_> {
    /// The name as `aws ec2 create-vpc-endpoint` takes it.
    pub(super) fn endpoint_name(self) -> String {
        let prefix = match dns_suffix(self.region) {
            "amazonaws.com.cn" => "cn.com.amazonaws",
            "amazonaws.eu" => "eu.amazonaws",
            "c2s.ic.gov" => "gov.ic.c2s",
            "sc2s.sgov.gov" => "gov.sgov.sc2s",
            "cloud.adc-e.uk" => "uk.adc-e.cloud",
            "csp.hci.ic.gov" => "gov.ic.hci.csp",
            _ => "com.amazonaws",
        };
        let fips = if self.fips { "-fips" } else { "" };
        format!("{prefix}.{}.{}{fips}", self.region, self.name)
    }

    /// Whether an endpoint of this service name serves it, whatever the partition's prefix is.
    ///
    /// The plain endpoints of ECR do not serve its FIPS hosts, which have services of their own.
    pub(super) fn is_served_by(self, service: &str) -> bool {
        let Some((_, name)) = service.split_once(&format!(".{}.", self.region)) else {
            return false;
        };
        if self.fips {
            name.contains("-fips") && name.replace("-fips", "") == self.name
        } else {
            name == self.name
        }
    }

    pub(super) fn plain(self) -> Self {
        Self { fips: false, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_serves_its_own_region_and_kind_only() {
        let service = |fips| Service {
            name: "ecr.dkr",
            region: "eu-west-1",
            fips,
        };
        for (name, plain, fips) in [
            ("com.amazonaws.eu-west-1.ecr.dkr", true, false),
            ("cn.com.amazonaws.eu-west-1.ecr.dkr", true, false),
            ("com.amazonaws.eu-west-1.ecr.dkr-fips", false, true),
            ("com.amazonaws.eu-west-1.ecr-fips.dkr", false, true),
            ("com.amazonaws.eu-west-1.ecr.api", false, false),
            ("com.amazonaws.eu-west-2.ecr.dkr", false, false),
            ("com.amazonaws.vpce.eu-west-1.vpce-svc-0123", false, false),
        ] {
            assert_eq!(service(false).is_served_by(name), plain, "{name}");
            assert_eq!(service(true).is_served_by(name), fips, "{name}");
        }
    }
}
