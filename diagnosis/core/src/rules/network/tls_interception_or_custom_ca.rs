//! The registry's certificate is not trusted by the puller.
//!
//! # What fails
//! A firewall or proxy on the way ends TLS and shows a certificate of its own, or a private registry has a certificate
//! of its own authority. Fargate trusts public authorities only; an instance trusts what it was given. A clock that is
//! wrong makes every certificate invalid.
//!
//! # What the pull says
//! "x509: certificate signed by unknown authority", "x509: certificate has expired or is not yet valid", "tls:
//! handshake failure", "http: server gave HTTP response to HTTPS client".
//!
//! # What proves it
//! Nothing that AWS tells: the words say it, so that it is likely at most. AWS's own hosts have certificates that
//! everybody trusts: there something on the way shows another one.
//!
//! # What rules it out
//! A failure without these words.
//!
//! # What cannot be known
//! Who shows the certificate.
//!
//! # Remedies
//! ECR and S3 exempted from inspection; the authority's certificate on the instances; a certificate of a public
//! authority for the registry.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html>,
//! <https://docs.docker.com/engine/security/certificates/>

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::images::{ImageReference, Registry};
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(attempt) = case.said(&[StopClass::TlsFailure]) else {
        return Vec::new();
    };
    let reference = attempt
        .image
        .as_deref()
        .and_then(|image| ImageReference::parse(image).ok());
    let host = attempt
        .reason
        .detail
        .tried_host
        .clone()
        .or_else(|| attempt.reason.registry_host.clone())
        .or_else(|| Some(reference.as_ref()?.host.clone()));
    let Some(host) = host else { return Vec::new() };
    let is_awss = reference.is_some_and(|reference| {
        matches!(
            reference.registry,
            Registry::EcrPrivate { .. } | Registry::EcrPublic
        )
    });
    let summary = summary(attempt, &host, is_awss);
    let finding = Finding::observed(
        attempt.reason.detail.phase.unwrap_or(Stage::RegistryNetwork),
        summary,
    )
    .facts([attempt.fact.clone()])
    .missing([Missing::unknowable(
        format!("who shows the certificate for {host}"),
        "the failure does not name its issuer, and hosts that a failure names are not asked from here",
    )])
    .remedies([trust(case, &host, is_awss)]);
    vec![(
        Subject::new(SubjectKind::Registry, host),
        Judgement::Likely(finding),
    )]
}

fn summary(attempt: &Attempt<'_>, host: &str, is_awss: bool) -> String {
    let text = attempt.text.to_lowercase();
    if text.contains("http response to https client") {
        format!("{host} answers without TLS, which the puller insists on")
    } else if text.contains("not yet valid") || text.contains("expired") {
        format!("the certificate of {host} is not valid now: it has expired, or the puller's clock is wrong")
    } else if is_awss {
        format!("the certificate shown for {host} is not AWS's own: something on the way ends TLS")
    } else {
        format!("the certificate of {host} is not trusted by the puller")
    }
}

fn trust(case: &Case<'_>, host: &str, is_awss: bool) -> Remedy {
    let cli = if is_awss {
        format!("# on the firewall or proxy on the way: exempt {host} from TLS inspection")
    } else if case.fargate() == Some(true) {
        format!(
            "# Fargate trusts public authorities only: give {host} a certificate of one, or copy the image to ECR"
        )
    } else {
        format!(
            "# on each container instance\n\
             sudo mkdir -p /etc/docker/certs.d/{host}\n\
             sudo cp ca.crt /etc/docker/certs.d/{host}/ca.crt"
        )
    };
    manual(
        "trust_certificate",
        "Have the puller trust the certificate",
        Risk::Medium,
        cli,
        None,
    )
}
