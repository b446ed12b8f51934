//! Regions, as ids and as the console writes them: <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>.

use super::pattern::patterns;

patterns! {
    /// A region's id where no host name surrounds it: a registry's host names the registry's region, not the task's.
    ID = r"(?:^|[^A-Za-z0-9.-])((?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)-(?:gov-|iso[a-z]?-|de-)?(?:central|(?:north|south)(?:east|west)?|east|west)-\d)(?:$|[^A-Za-z0-9.-]|\.(?:$|\s)|\.console\.)";
}

/// Display names by what stands in the brackets; names without brackets are whole.
const NAMES: [(&str, &str); 38] = [
    ("(N. Virginia)", "us-east-1"),
    ("(Ohio)", "us-east-2"),
    ("(N. California)", "us-west-1"),
    ("(Oregon)", "us-west-2"),
    ("(Cape Town)", "af-south-1"),
    ("(Hong Kong)", "ap-east-1"),
    ("(Taipei)", "ap-east-2"),
    ("(Mumbai)", "ap-south-1"),
    ("(Hyderabad)", "ap-south-2"),
    ("(Singapore)", "ap-southeast-1"),
    ("(Sydney)", "ap-southeast-2"),
    ("(Jakarta)", "ap-southeast-3"),
    ("(Melbourne)", "ap-southeast-4"),
    ("(Malaysia)", "ap-southeast-5"),
    ("(New Zealand)", "ap-southeast-6"),
    ("(Thailand)", "ap-southeast-7"),
    ("(Tokyo)", "ap-northeast-1"),
    ("(Seoul)", "ap-northeast-2"),
    ("(Osaka)", "ap-northeast-3"),
    ("Canada (Central)", "ca-central-1"),
    ("(Calgary)", "ca-west-1"),
    ("(Frankfurt)", "eu-central-1"),
    ("(Zurich)", "eu-central-2"),
    ("(Ireland)", "eu-west-1"),
    ("(London)", "eu-west-2"),
    ("(Paris)", "eu-west-3"),
    ("(Stockholm)", "eu-north-1"),
    ("(Milan)", "eu-south-1"),
    ("(Spain)", "eu-south-2"),
    ("(Tel Aviv)", "il-central-1"),
    ("Mexico (Central)", "mx-central-1"),
    ("(Bahrain)", "me-south-1"),
    ("(UAE)", "me-central-1"),
    ("(Sao Paulo)", "sa-east-1"),
    ("(S\u{e3}o Paulo)", "sa-east-1"),
    ("GovCloud (US-East)", "us-gov-east-1"),
    ("GovCloud (US-West)", "us-gov-west-1"),
    ("(Beijing)", "cn-north-1"),
];

/// The first region that the text names by its id.
pub(super) fn id(text: &str) -> Option<String> {
    ID.captures(text)
        .and_then(|found| found.get(1))
        .map(|id| id.as_str().to_owned())
}

/// The region whose display name stands in the text.
pub(super) fn display(text: &str) -> Option<String> {
    let named = NAMES
        .iter()
        .filter_map(|(name, id)| text.find(name).map(|at| (at, *id)))
        .min();
    named
        .map(|(_, id)| id.to_owned())
        .or_else(|| text.contains("(Ningxia)").then(|| "cn-northwest-1".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{display, id};

    #[test]
    fn ids_stand_alone() {
        for (text, expected) in [
            ("CloudWatch Alarm | x | eu-west-1 | Account", Some("eu-west-1")),
            ("ECS us-gov-west-1", Some("us-gov-west-1")),
            (
                "https://ap-northeast-1.console.aws.amazon.com/",
                Some("ap-northeast-1"),
            ),
            ("region=eusc-de-east-1.", Some("eusc-de-east-1")),
            ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/x", None),
            ("AZ: eu-west-1c", None),
        ] {
            assert_eq!(id(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn both_spellings_of_europe() {
        assert_eq!(display("in EU (Ireland)").as_deref(), Some("eu-west-1"));
        assert_eq!(display("in Europe (Frankfurt)").as_deref(), Some("eu-central-1"));
        assert_eq!(
            display("in AWS GovCloud (US-West)").as_deref(),
            Some("us-gov-west-1")
        );
        assert_eq!(display("in Canada"), None);
    }
}
