//! A desk: an answer of the bot in Slack, people who press its buttons, and workers who do what they ask for.

use std::sync::Arc;
use std::time::Duration;

use diagnosis::remedy::Remedy;
use ecs_pull_why::conversation::{Kept, Remediator, Trouble, Voice};
use ecs_pull_why::jobs::{
    Audit, DeadJob, Handler, Handles, Job, JobId, Keys, Lease, NewJob, Outcome, Pacing, Queue, QueueLimits,
    Redis, Worker, WorkerSettings,
};
use ecs_pull_why::remediate::{AwsRemediator, Deed, Record};
use ecs_pull_why::settings::Settings;
use ecs_pull_why::slack::api::SlackApi;
use ecs_pull_why::slack::render::buttons::{Verb, split_value};
use ecs_pull_why::work::{Place, Press, Work};
use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use url::Url;

use crate::aws::Aws;
use crate::hired::Hired;
use crate::remedies::kept;
use crate::server::RedisServer;
use crate::slack::{Message, Slack};

/// Longest wait for something that must happen.
const SOON: Duration = Duration::from_mins(1);
const CHANNEL: &str = "C0PAY";
/// Approvers.
pub(crate) const BEN: &str = "U0BEN";
pub(crate) const CLEO: &str = "U0CLEO";
/// An approver by her group.
pub(crate) const DORA: &str = "U0DORA";
/// Two groups of approvers.
pub(crate) const NIGHT: &str = "S0NIGHT";
pub(crate) const SRE: &str = "S0SRE";
/// No approver.
pub(crate) const ANA: &str = "U0ANA";

pub(crate) struct Desk {
    pub(crate) aws: Aws,
    pub(crate) slack: Slack,
    pub(crate) redis: RedisServer,
    pub(crate) handles: Handles,
    queue: Queue<Work>,
    audit: Audit,
    settings: Arc<Settings>,
    api_url: Url,
    account: Option<&'static str>,
    /// `ts` of the channel's message.
    pub(crate) root: String,
}

impl Desk {
    /// In the account that the process's credentials belong to.
    pub(crate) async fn at(scenario: &str) -> Self {
        Self::set_up(scenario, |_| None).await
    }

    /// Where roles ask for an external id, with an account of the settings that has this one.
    pub(crate) async fn with_external_id(scenario: &str, external_id: &dyn Fn(&Aws) -> String) -> Self {
        let desk = Self::set_up(scenario, |aws| {
            let role = aws.world["remediation_role_arn"].as_str().unwrap();
            Some(format!(
                "[[accounts]]\nalias = \"shop\"\nid = \"{}\"\nexternal_id = \"{}\"\nremediation_role_arn = \"{role}\"\n",
                aws.account,
                external_id(aws)
            ))
        })
        .await;
        desk.aws.control("require_external_id", json!({})).await;
        desk
    }

    async fn set_up(scenario: &str, file: impl Fn(&Aws) -> Option<String>) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let aws = Aws::with(scenario).await;
        let redis = RedisServer::start();
        let (slack, api_url) = Slack::start().await;
        slack.group(NIGHT, &[]);
        slack.group(SRE, &[DORA]);
        let folder = TempDir::new().unwrap();
        let file = file(&aws).map(|text| {
            let path = folder.path().join("settings.toml");
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        });
        let settings = Settings::from_variables(&|name| match name {
            "SLACK_API_URL" => Some(api_url.to_string()),
            "APPROVERS" => Some(format!("{BEN},{CLEO},{NIGHT},{SRE}")),
            "REMEDIATION_ROLE_ARN" => aws.world["remediation_role_arn"].as_str().map(str::to_owned),
            "ECS_PULL_WHY_CONFIG" => file.clone(),
            _ => None,
        })
        .unwrap();
        let store = Redis::open(&SecretString::from(redis.url())).unwrap();
        let root = slack.post(CHANNEL, json!({ "text": "prod/payments cannot pull its image" }));
        aws.forget_calls().await;
        Self {
            slack,
            handles: Handles::new(store.clone(), Keys::default()),
            queue: Queue::new(store.clone(), Keys::default(), QueueLimits::default()),
            audit: Audit::new(store, Keys::default()),
            settings: Arc::new(settings),
            api_url,
            redis,
            account: file.is_some().then_some("shop"),
            aws,
            root,
        }
    }

    /// Starts a worker.
    pub(crate) fn hire(&self) -> Hired {
        self.hire_leasing(WorkerSettings::default().lease)
    }

    /// Starts a worker whose jobs are claimed by others this long after its last sign of life; on threads and
    /// connections of its own, as a process has them.
    pub(crate) fn hire_leasing(&self, lease: Duration) -> Hired {
        let (url, api_url) = (SecretString::from(self.redis.url()), self.api_url.clone());
        let (settings, aws) = (Arc::clone(&self.settings), self.aws.config.clone());
        Hired::start(async move |stopped| {
            let (store, keys) = (Redis::open(&url).unwrap(), Keys::default());
            let handles = Handles::new(store.clone(), keys.clone());
            let audit = Audit::new(store.clone(), keys.clone());
            let clerk = Clerk {
                remediator: AwsRemediator::new(settings, handles.clone(), audit).with_aws(aws),
                slack: SlackApi::new(&api_url, &SecretString::from("xoxb-1")).unwrap(),
                pacing: Pacing::new(store.clone(), keys.clone()),
                handles,
            };
            let settings = WorkerSettings {
                lease,
                heartbeat: lease / 3,
                reap: lease / 3,
                block: Duration::from_millis(50),
                ..WorkerSettings::default()
            };
            Worker::new(store, keys, settings)
                .run(Arc::new(clerk), stopped)
                .await;
        })
    }

    /// Somebody chooses a remedy; its plan in the thread.
    pub(crate) async fn plans(&self, remedy: Remedy) -> Message {
        let id = remedy.id.clone();
        let kept = kept(&self.aws, self.account, &self.root, &remedy);
        let handle = kept.keep(&self.handles).await.unwrap();
        let press = self.press(Verb::Plan, &handle, Some(&id), ANA, &self.root);
        self.asks(press).await;
        self.sees("the plan", |message| message.text().contains("Plan: "))
            .await
    }

    /// Somebody presses a button of a message; the job.
    pub(crate) async fn presses(&self, user: &str, message: &Message, label: &str) -> JobId {
        let (action_id, value) = message.button(label);
        let (handle, remedy) = split_value(&value);
        let verb = Verb::of(&action_id).unwrap();
        let press = self.press(verb, handle, remedy, user, &message.ts);
        self.asks(press).await
    }

    pub(crate) fn press(
        &self,
        verb: Verb,
        handle: &str,
        remedy: Option<&str>,
        user: &str,
        ts: &str,
    ) -> Press {
        Press {
            verb,
            handle: handle.to_owned(),
            remedy: remedy.map(str::to_owned),
            user: user.to_owned(),
            user_team: Some("T0SHOP".to_owned()),
            team: Some("T0SHOP".to_owned()),
            message: Place {
                channel: CHANNEL.to_owned(),
                ts: ts.to_owned(),
            },
            thread_ts: self.root.clone(),
            reply: None,
        }
    }

    pub(crate) async fn asks(&self, press: Press) -> JobId {
        let job = NewJob::new(Work::Press(press));
        self.queue.enqueue(job).await.unwrap().job()
    }

    /// The message of the thread of which something holds, once it does.
    pub(crate) async fn sees(&self, what: &str, holds: impl Fn(&Message) -> bool) -> Message {
        let mut found = None;
        let look = async || {
            found = self.slack.thread(&self.root).into_iter().find(&holds);
            found.is_some()
        };
        eventually(what, look, || self.said()).await;
        found.unwrap()
    }

    /// The message of the thread that says something, once one does.
    pub(crate) async fn reads(&self, text: &str) -> Message {
        self.sees(text, |message| message.text().contains(text)).await
    }

    /// What the channel's message says.
    pub(crate) fn headline(&self) -> String {
        let channel = self.slack.channel(CHANNEL);
        channel
            .iter()
            .find(|message| message.ts == self.root)
            .unwrap()
            .text()
    }

    /// Everything that is said, for a test that fails.
    fn said(&self) -> String {
        let thread = self.slack.thread(&self.root);
        let all = thread
            .iter()
            .chain(&self.slack.whispers())
            .map(Message::text)
            .collect::<Vec<_>>();
        all.join("\n---\n")
    }

    /// Waits until a job has ended.
    pub(crate) async fn ends(&self, job: JobId) {
        let ended = async || {
            let view = self.queue.look(job).await.unwrap().unwrap();
            assert_ne!(view.status, "dead", "{view:?}");
            view.status == "done"
        };
        eventually("the job has ended", ended, || self.said()).await;
    }

    /// Waits until a job has noted something.
    pub(crate) async fn notes(&self, job: JobId, field: &str) {
        let noted = async || {
            let view = self.queue.look(job).await.unwrap();
            view.is_some_and(|view| view.state.contains_key(field))
        };
        eventually(field, noted, || self.said()).await;
    }

    /// What a person alone is told, once they are.
    pub(crate) async fn tells(&self, text: &str) -> String {
        let mut told = None;
        let look = async || {
            let mut whispers = self.slack.whispers().into_iter().map(|message| message.text());
            told = whispers.find(|said| said.contains(text));
            told.is_some()
        };
        eventually(text, look, || self.said()).await;
        told.unwrap()
    }

    /// The audit log.
    pub(crate) async fn records(&self) -> Vec<Record> {
        let records = self.audit.read(None, 100).await.unwrap();
        records.into_iter().map(|recorded| recorded.record).collect()
    }

    /// What the audit log says happened.
    pub(crate) async fn deeds(&self) -> Vec<Deed> {
        self.records()
            .await
            .into_iter()
            .map(|record| record.deed)
            .collect()
    }
}

/// Does what buttons ask for.
struct Clerk {
    remediator: AwsRemediator,
    slack: SlackApi,
    pacing: Pacing,
    handles: Handles,
}

impl Clerk {
    async fn answer(&self, work: Work, lease: Lease) -> Result<(), Trouble> {
        let voice = Voice::new(
            self.slack.clone(),
            self.pacing.clone(),
            self.handles.clone(),
            lease,
        );
        let Work::Press(press) = work else {
            panic!("only presses are tested here");
        };
        if press.verb != Verb::Plan {
            return self.remediator.act(&press, &voice).await;
        }
        let kept = Kept::find(&self.handles, &press.handle).await?.unwrap();
        let remedy = kept.report.remedies.first().unwrap();
        self.remediator.plan(&press, &kept, remedy, &voice).await
    }
}

impl Handler<Work> for Clerk {
    async fn handle(&self, job: Job<Work>, lease: Lease) -> Outcome {
        match self.answer(job.payload, lease).await {
            Ok(()) => Outcome::Done,
            Err(trouble) => trouble.into(),
        }
    }

    async fn dead(&self, _: DeadJob<Work>, _: Lease) -> Outcome {
        Outcome::Done
    }
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool, said: impl Fn() -> String) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(
        timeout(SOON, waiting).await.is_ok(),
        "not within {SOON:?}: {what}\n{}",
        said()
    );
}
