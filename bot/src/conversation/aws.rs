//! Answers made from AWS.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use collect::{Aws, CollectOptions, PreflightAsk, Profile, State};
use diagnosis::Report;
use tokio::sync::Mutex;

use super::diagnoser::{DiagnoseError, Diagnoser, Progress, Question};
use crate::diagnoser::{Verdict, preflight, verdict};
use crate::reader::RedisReader;
use crate::slack::render::progress::Step;

/// How far back to look where nobody says: the playbook's window.
const WINDOW: Duration = Duration::from_hours(24);
/// What CloudTrail of a read account shows.
const SESSION: &str = "ecs-pull-why";

/// Alias of an account and region: one set of credentials each, loaded when it is first asked about.
type Loaded = Mutex<HashMap<(Option<String>, Option<String>), Arc<Aws>>>;

/// Diagnoses on real accounts, with evidence cached in Redis.
#[derive(Debug)]
pub struct AwsDiagnoser {
    reader: RedisReader,
    deadline: Duration,
    loaded: Loaded,
}

/// A verdict, and the account it is about.
#[derive(Debug)]
pub struct Rest {
    verdict: Verdict,
    aws: Arc<Aws>,
}

impl AwsDiagnoser {
    /// A diagnoser that makes its report from what was read within `deadline`.
    pub fn new(reader: RedisReader, deadline: Duration) -> Self {
        Self {
            reader,
            deadline,
            loaded: Mutex::default(),
        }
    }

    async fn aws(&self, question: &Question, region: Option<String>) -> Result<Arc<Aws>, DiagnoseError> {
        let account = question.account.as_ref();
        let key = (account.map(|account| account.alias.clone()), region.clone());
        let mut loaded = self.loaded.lock().await;
        if let Some(aws) = loaded.get(&key) {
            return Ok(Arc::clone(aws));
        }
        let assume_role = account.and_then(|account| account.reading_role(SESSION));
        let profile = Profile {
            profile: None,
            region,
            regions: account.map(|account| account.regions.clone()).unwrap_or_default(),
            log_groups: account
                .map(|account| account.log_groups.clone())
                .unwrap_or_default(),
            assume_role,
        };
        let aws = Aws::load(profile)
            .await
            .map_err(|error| DiagnoseError::Cannot(error.to_string()))?;
        let aws = Arc::new(aws);
        loaded.insert(key, Arc::clone(&aws));
        Ok(aws)
    }
}

/// What is asked, of what failed or of what is to be started.
enum Asked {
    Failed(collect::Ask),
    Ahead(PreflightAsk),
}

impl Asked {
    fn parse(question: &Question, words: &[String]) -> Result<Self, DiagnoseError> {
        let cannot = |error: collect::AskError| DiagnoseError::Cannot(error.to_string());
        match &question.ask.preflight {
            None => collect::Ask::parse(words).map(Self::Failed).map_err(cannot),
            Some(ahead) => {
                let mut ask = PreflightAsk::parse(words).map_err(cannot)?;
                ask.service.clone_from(&ahead.service);
                Ok(Self::Ahead(ask))
            }
        }
    }

    /// The account and region that the words name.
    fn place(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Failed(ask) => (ask.account.clone(), ask.region.clone()),
            Self::Ahead(ask) => (ask.account.clone(), ask.region.clone()),
        }
    }

    fn in_place(mut self, account: Option<String>, region: Option<String>) -> Self {
        match &mut self {
            Self::Failed(ask) => (ask.account, ask.region) = (account, region),
            Self::Ahead(ask) => (ask.account, ask.region) = (account, region),
        }
        self
    }
}

impl Diagnoser for AwsDiagnoser {
    type Rest = Rest;

    async fn diagnose(
        &self,
        question: &Question,
        progress: Progress<'_>,
    ) -> Result<(Report, Rest), DiagnoseError> {
        let words: Vec<String> = question
            .ask
            .cluster
            .iter()
            .chain([&question.ask.task])
            .cloned()
            .collect();
        let asked = Asked::parse(question, &words)?;
        let (named, region) = asked.place();
        let account = question.account.as_ref();
        if let (Some(account), Some(named)) = (account, &named)
            && *named != account.id
        {
            return Err(DiagnoseError::Cannot(format!(
                "it is in account {named}, and account {} is {}; name the right one with --account",
                account.alias, account.id
            )));
        }
        let region = question
            .ask
            .region
            .clone()
            .or(region)
            .or_else(|| account.and_then(|account| account.regions.first().cloned()));
        let asked = asked.in_place(
            account.map(|account| account.id.clone()).or(named),
            region.clone(),
        );
        let aws = self.aws(question, region).await?;
        let options = CollectOptions {
            window: question.ask.window_seconds.map_or(WINDOW, Duration::from_secs),
            deadline: self.deadline,
            fresh: question.fresh,
        };
        let tell = |told: collect::Progress| {
            let step = match told.state {
                State::Started => Step::Reading,
                State::Done => Step::Read(told.took),
            };
            progress(told.step, step);
        };
        let made = match &asked {
            Asked::Failed(ask) => verdict(&aws, ask, &options, &self.reader, &tell).await,
            Asked::Ahead(ask) => preflight(&aws, ask, &options, &self.reader, &tell).await,
        };
        match made {
            Ok(verdict) => Ok((verdict.report.clone(), Rest { verdict, aws })),
            Err(error) => Err(DiagnoseError::Cannot(error.to_string())),
        }
    }

    async fn with_history(&self, rest: Rest) -> Report {
        rest.verdict.with_history(&rest.aws, &self.reader).await.report
    }
}
