//! The registry's host name does not exist: a typo, or a registry that was retired.
//!
//! # What fails
//! The reference names a host that has no address anywhere: a region that does not exist, an account id with a digit too
//! few, a misspelt company registry.
//!
//! # What the pull says
//! "dial tcp: lookup HOST: no such host".
//!
//! # What proves it
//! The text; for what looks like an ECR host, the forms that ECR hosts have.
//!
//! # What rules it out
//! A host of the form of ECR's, or that is known: then it is name resolution that fails.
//!
//! # What cannot be known
//! Whether a private zone ought to have the name.
//!
//! # Remedies
//! A revision that names the right host; back to the last revision whose images exist.
//!
//! # References
//! <https://docs.aws.amazon.com/general/latest/gr/ecr.html>

use super::way_to;
use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::fate::ImageCase;
use crate::images::Registry;
use crate::images::host::almost_ecr;
use crate::judgement::{Finding, Judgement, Subject};
use crate::network::PathOutcome;
use crate::observed::Missing;
use crate::remedy::Risk;
use crate::rules::image;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::DnsFailure];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    image::each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Ok(parsed), Some(definition)) = (&image.parsed, case.definition) else {
        return Judgement::NotApplicable;
    };
    if parsed.registry != Registry::Other {
        return Judgement::NotApplicable;
    }
    let name = definition.name();
    let said = case
        .newest_saying(image.reference, SAYS)
        .filter(|attempt| attempt.text.contains("no such host"))
        .filter(|attempt| {
            attempt
                .reason
                .detail
                .tried_host
                .as_deref()
                .is_none_or(|host| same(host, &parsed.host))
        });
    let almost = almost_ecr(&parsed.host);
    let fact = definition.fact(format!("{name} names host {}", parsed.host));
    let meant = almost.as_ref().and_then(|(_, meant)| meant.clone());
    let finding = |why: String| {
        let instead = meant.as_ref().map(|host| {
            let wanted = image.reference.replacen(&parsed.host, host, 1);
            case.revise(
                "correct_host",
                "Name the right registry",
                Risk::Medium,
                &format!("set the image to {wanted}"),
                None,
            )
        });
        Finding::observed(
            Stage::RegistryNetwork,
            format!("host {} of {} does not exist{why}", parsed.host, image.reference),
        )
        .facts(said.map(|attempt| attempt.fact.clone()))
        .facts([fact.clone()])
        .remedies(instead)
        .remedies(case.roll_back())
    };
    match (said, almost) {
        (Some(_), Some((why, _))) => Judgement::Confirmed(finding(format!(": {why}"))),
        (None, Some((why, _)))
            if case
                .attempts
                .newest_pull(Some(image.reference))
                .is_none_or(Attempt::is_vague) =>
        {
            Judgement::Likely(finding(format!(": {why}")))
        }
        (Some(_), None) if matches!(way_to(case, image), Some(PathOutcome::Broken(_))) => {
            Judgement::NotApplicable
        }
        (Some(_), None) => {
            Judgement::Likely(
                finding(", says the resolver".to_owned()).missing([Missing::unknowable(
                    format!("whether a private zone ought to have {}", parsed.host),
                    "only its owner knows",
                )]),
            )
        }
        _ => Judgement::NotApplicable,
    }
}

/// Whether two hosts are the same but for port and case.
fn same(a: &str, b: &str) -> bool {
    let name = |host: &str| host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    name(a) == name(b)
}
