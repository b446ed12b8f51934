//! Reports, and a diagnoser that gives them out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diagnosis::Report;
use ecs_pull_why::conversation::{DiagnoseError, Diagnoser, Progress, Question};
use ecs_pull_why::slack::render::progress::Step;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// A report with one proved cause, one remedy, and this headline.
pub(crate) fn report(headline: &str) -> Report {
    serde_json::from_value(pull_failure(headline)).unwrap()
}

fn pull_failure(headline: &str) -> Value {
    json!({
        "schema_version": 1,
        "observed_at": "2026-03-02T13:12:00Z",
        "target": { "account": "111122223333", "region": "eu-west-1", "cluster": "prod", "service": "payments", "task": null, "task_definition": "payments:42" },
        "outcome": "pull_failure",
        "headline": headline,
        "impact": { "running": 0, "desired": 2, "serving_revision": null, "rollback_in_progress": false },
        "failure": null, "failures": [],
        "causes": [{
            "cause": "tag_not_found", "subject": { "kind": "image", "id": "payments:1.4.3" }, "stage": "manifest",
            "effect": "observed", "confidence": "confirmed", "summary": "tag 1.4.3 does not exist",
            "evidence": [{ "fact": "no image with tag 1.4.3", "source": "payments", "call": "ecr:DescribeImages", "observed_at": "2026-03-02T13:12:00Z", "link": null }],
            "missing": [], "remedies": ["roll_back"],
        }],
        "ruled_out": [], "unknown": [],
        "checks": [{ "step": 5, "title": "Repository and tag", "status": "problem", "detail": "payments has no such tag" }],
        "timeline": [],
        "blast_radius": { "task_definitions": [], "services": [], "shared": { "image": null, "execution_role": null, "subnet": null, "instance": null }, "running_siblings": 0 },
        "remedies": [{
            "id": "roll_back", "title": "Back to payments:41", "risk": "low", "mode": "automatic",
            "calls": [], "before": "payments:42", "after": "payments:41", "notes": [],
            "cli": "aws ecs update-service --task-definition payments:41", "terraform": null, "action": null,
        }],
        "cost": { "aws_calls": 27, "elapsed_ms": 612 },
    })
}

/// What the next diagnoses come to.
#[derive(Debug, Clone)]
pub(crate) enum Comes {
    /// A report; with change events read, this other one.
    To(Box<Report>, Box<Report>),
    /// An error.
    ToNothing(DiagnoseError),
}

impl Comes {
    pub(crate) fn to(report: Report) -> Self {
        Self::To(Box::new(report.clone()), Box::new(report))
    }
}

/// Gives out what it was told to, once it may.
#[derive(Debug, Clone)]
pub(crate) struct Oracle {
    comes: Comes,
    /// What a second look comes to instead.
    second_look: Option<DiagnoseError>,
    /// One permit for each diagnosis that may end.
    pub(crate) may_end: Arc<Semaphore>,
    asked: Arc<AtomicUsize>,
}

impl Oracle {
    /// Answers at once.
    pub(crate) fn new(comes: Comes) -> Self {
        Self {
            comes,
            second_look: None,
            may_end: Arc::new(Semaphore::new(1_000)),
            asked: Arc::default(),
        }
    }

    /// Answers when a permit is added.
    pub(crate) fn slow(comes: Comes) -> Self {
        Self {
            may_end: Arc::new(Semaphore::new(0)),
            ..Self::new(comes)
        }
    }

    /// Fails where fresh evidence is asked for.
    pub(crate) fn failing_when_fresh(self, error: DiagnoseError) -> Self {
        Self {
            second_look: Some(error),
            ..self
        }
    }

    /// How many diagnoses were begun.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Diagnoser for Oracle {
    type Rest = Report;

    async fn diagnose(
        &self,
        question: &Question,
        progress: Progress<'_>,
    ) -> Result<(Report, Report), DiagnoseError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        progress(1, Step::Reading);
        self.may_end.acquire().await.unwrap().forget();
        if let (true, Some(error)) = (question.fresh, &self.second_look) {
            return Err(error.clone());
        }
        match &self.comes {
            Comes::To(first, complete) => {
                let mut first = (**first).clone();
                if question.fresh {
                    first.headline = format!("{} (fresh)", first.headline);
                    return Ok((first.clone(), first));
                }
                Ok((first, (**complete).clone()))
            }
            Comes::ToNothing(error) => Err(error.clone()),
        }
    }

    async fn with_history(&self, rest: Report) -> Report {
        rest
    }
}
