//! One diagnosis under way: every read passes through [`Session::read`], which knows the cache, the deadline, the
//! cost and what an error means.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diagnosis::{Observed, Outcome, Source};
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::actions::Action;
use crate::aws::{Aws, iam_region, partition};
use crate::clients::Clients;
use crate::observe::{NotSeen, Trouble, outcome};
use crate::reader::{CacheKey, Kind, Reader};
use crate::tally::{Budget, Chain, Tally};

/// How long to wait for the account's number before going on without it.
const ACCOUNT_TIMEOUT: Duration = Duration::from_secs(3);

/// What is asked, and what had to be known first.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) action: &'static Action,
    /// For people and for the evidence: an ARN or an id.
    pub(crate) resource: String,
    /// What tells this question from others about the same resource.
    pub(crate) variant: String,
    pub(crate) region: String,
    /// Account that is asked about, where it is not the caller's own.
    pub(crate) account: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) after: Chain,
}

impl Query {
    pub(crate) fn new(
        action: &'static Action,
        resource: impl Into<String>,
        region: &str,
        kind: Kind,
        after: Chain,
    ) -> Self {
        Self {
            action,
            resource: resource.into(),
            variant: String::new(),
            region: region.to_owned(),
            account: None,
            kind,
            after,
        }
    }

    pub(crate) fn variant(mut self, variant: impl Into<String>) -> Self {
        self.variant = variant.into();
        self
    }

    pub(crate) fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }
}

/// An observation, and how long the chain of calls is that ends in it.
#[derive(Debug, Clone)]
pub(crate) struct Seen<T> {
    pub(crate) item: Observed<T>,
    pub(crate) chain: Chain,
}

impl<T> Seen<T> {
    pub(crate) fn value(&self) -> Option<&T> {
        self.item.value()
    }
}

type Memo = Mutex<HashMap<CacheKey, Arc<OnceCell<(String, Chain)>>>>;

/// One diagnosis under way.
pub(crate) struct Session<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) reader: &'a dyn Reader,
    clients: Clients,
    tally: Arc<Tally>,
    memo: Memo,
    troubles: Mutex<Vec<Trouble>>,
    answered: std::sync::atomic::AtomicBool,
    /// Region of the target.
    pub(crate) region: String,
    account: OnceCell<String>,
    /// Account to go by where AWS will not say: the one that an ARN in the question names.
    account_hint: Option<String>,
    deadline: Instant,
    limit: Duration,
    fresh: bool,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        aws: &'a Aws,
        reader: &'a dyn Reader,
        region: String,
        account_hint: Option<String>,
        limit: Duration,
        fresh: bool,
        budget: Budget,
    ) -> Self {
        let tally = Tally::new(budget);
        Self {
            aws,
            reader,
            clients: Clients::new(aws.config(), &tally),
            tally,
            memo: Memo::default(),
            troubles: Mutex::default(),
            answered: std::sync::atomic::AtomicBool::new(false),
            region,
            account: OnceCell::new(),
            account_hint,
            deadline: Instant::now() + limit,
            limit,
            fresh,
        }
    }

    pub(crate) fn partition(&self) -> &'static str {
        partition(&self.region)
    }

    /// Region in which IAM is asked.
    pub(crate) fn iam_region(&self) -> &'static str {
        iam_region(self.partition())
    }

    pub(crate) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// Whether AWS has answered anything (present or absent) so far.
    pub(crate) fn answered(&self) -> bool {
        self.answered.load(std::sync::atomic::Ordering::Relaxed)
    }

    pub(crate) fn troubles(&self) -> Vec<Trouble> {
        self.troubles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The caller's account, once AWS has said so.
    pub(crate) fn known_account(&self) -> Option<&str> {
        self.aws
            .account
            .get()
            .map(String::as_str)
            .or(self.account_hint.as_deref())
    }

    /// The caller's account: asked once, and not waited for long.
    pub(crate) async fn account(&self) -> String {
        if let Some(account) = self.aws.account.get() {
            return account.clone();
        }
        self.account
            .get_or_init(|| async {
                let asked = tokio::time::timeout(ACCOUNT_TIMEOUT, crate::sts::account(self)).await;
                if let Ok(Some(account)) = asked {
                    let _ = self.aws.account.set(account.clone());
                    return account;
                }
                self.account_hint.clone().unwrap_or_default()
            })
            .await
            .clone()
    }

    pub(crate) fn note(&self, trouble: Option<Trouble>) {
        if let Some(trouble) = trouble {
            self.troubles
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(trouble);
        }
    }

    /// Where something is looked up.
    pub(crate) fn source(&self, action: &Action, resource: impl Into<String>, region: &str) -> Source {
        Source {
            call: action.action.to_owned(),
            resource: resource.into(),
            region: region.to_owned(),
            account: self.known_account().unwrap_or_default().to_owned(),
        }
    }

    /// Something that was not looked for.
    pub(crate) fn skipped<T>(
        &self,
        action: &Action,
        resource: impl Into<String>,
        why: impl Into<String>,
    ) -> Observed<T> {
        self.skipped_in(action, resource, &self.region, why)
    }

    /// Something that was not looked for, in another region than the target's.
    pub(crate) fn skipped_in<T>(
        &self,
        action: &Action,
        resource: impl Into<String>,
        region: &str,
        why: impl Into<String>,
    ) -> Observed<T> {
        Observed::not_collected(self.source(action, resource, region), Timestamp::now(), why)
    }

    /// Reads one thing: from this diagnosis' memory, the cache, or AWS.
    ///
    /// `fetch` is not polled unless it is needed. Two reads of the same thing make one call. The future is boxed here,
    /// because the SDK's own are so large that a tree of them would not fit on a thread's stack.
    pub(crate) fn read<'f, T, F>(&'f self, query: Query, fetch: F) -> BoxFuture<'f, Seen<T>>
    where
        T: Serialize + DeserializeOwned + Send + 'f,
        F: Future<Output = Result<T, NotSeen>> + Send + 'f,
    {
        let fetch = Box::pin(fetch);
        Box::pin(async move {
            let key = Self::key(&query, "");
            let cell = {
                let mut memo = self.memo.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(memo.entry(key).or_default())
            };
            let mut mine = None;
            let (json, chain) = cell
                .get_or_init(|| async {
                    let (item, chain) = self.read_once(&query, fetch).await;
                    let json = serde_json::to_string(&item).unwrap_or_default();
                    mine = Some(item);
                    (json, chain)
                })
                .await;
            let chain = (*chain).max(query.after);
            let item = match mine {
                Some(item) => item,
                None => serde_json::from_str(json).unwrap_or_else(|error| Observed {
                    source: self.source(query.action, query.resource.clone(), &query.region),
                    at: Timestamp::now(),
                    outcome: Outcome::Failed {
                        error: format!("what was read cannot be read again: {error}"),
                    },
                }),
            };
            Seen { item, chain }
        })
    }

    fn key(query: &Query, account: &str) -> CacheKey {
        let Query {
            action,
            resource,
            variant,
            region,
            account: other,
            kind,
            ..
        } = query;
        let registry = other.as_deref().unwrap_or_default();
        CacheKey {
            account: account.to_owned(),
            region: region.clone(),
            kind: *kind,
            resource: format!("{}|{registry}|{resource}|{variant}", action.action),
        }
    }

    async fn read_once<T, F>(&self, query: &Query, fetch: F) -> (Observed<T>, Chain)
    where
        T: Serialize + DeserializeOwned + Send,
        F: Future<Output = Result<T, NotSeen>> + Send,
    {
        let started = Instant::now();
        let call = query.action.action;
        if let Some(account) = self.aws.account.get()
            && !self.fresh
            && let Some(json) = self.reader.cached(&Self::key(query, account)).await
            && let Ok(item) = serde_json::from_str::<Observed<T>>(&json)
        {
            let chain = Chain(query.after.0 + started.elapsed());
            self.answered.store(true, std::sync::atomic::Ordering::Relaxed);
            self.tally.read(call, &query.resource, started, "cached", chain);
            return (item, chain);
        }
        // The account is asked beside the first calls, not before them.
        let (result, account) = tokio::join!(self.in_time(fetch), self.account());
        let chain = Chain(query.after.0 + started.elapsed());
        let (outcome, trouble) = outcome(query.action, result);
        self.note(trouble);
        self.tally
            .read(call, &query.resource, started, outcome_name(&outcome), chain);
        let keep = matches!(outcome, Outcome::Present(_) | Outcome::Absent);
        let key = Self::key(query, &account);
        let item = Observed {
            source: Source {
                call: call.to_owned(),
                resource: query.resource.clone(),
                region: query.region.clone(),
                account: query.account.clone().unwrap_or(account),
            },
            at: Timestamp::now(),
            outcome,
        };
        if keep {
            self.answered.store(true, std::sync::atomic::Ordering::Relaxed);
            if !key.account.is_empty()
                && let Ok(json) = serde_json::to_string(&item)
            {
                self.reader.store(&key, json).await;
            }
        }
        (item, chain)
    }

    async fn in_time<T>(&self, fetch: impl Future<Output = Result<T, NotSeen>> + Send) -> Result<T, NotSeen> {
        let late = || NotSeen::Failed(format!("not read within {} s", self.limit.as_secs()));
        if Instant::now() >= self.deadline {
            return Err(late());
        }
        tokio::time::timeout_at(self.deadline, fetch)
            .await
            .unwrap_or_else(|_| Err(late()))
    }
}

macro_rules! services {
    ($($service:ident: $sdk:ident),+ $(,)?) => {
        impl Session<'_> {
            $(pub(crate) fn $service(&self, region: &str) -> $sdk::Client {
                self.clients.$service(region)
            })+
        }
    };
}

services! {
    sts: aws_sdk_sts,
    ecs: aws_sdk_ecs,
    ecr: aws_sdk_ecr,
    iam: aws_sdk_iam,
    ec2: aws_sdk_ec2,
    logs: aws_sdk_cloudwatchlogs,
    cloudwatch: aws_sdk_cloudwatch,
    cloudtrail: aws_sdk_cloudtrail,
    health: aws_sdk_health,
    kms: aws_sdk_kms,
    organizations: aws_sdk_organizations,
    secretsmanager: aws_sdk_secretsmanager,
    route53: aws_sdk_route53,
    route53resolver: aws_sdk_route53resolver,
}

pub(crate) fn outcome_name<T>(outcome: &Outcome<T>) -> &'static str {
    match outcome {
        Outcome::Present(_) => "present",
        Outcome::Absent => "absent",
        Outcome::Denied { .. } => "denied",
        Outcome::Failed { .. } => "failed",
        Outcome::NotCollected { .. } => "not_collected",
    }
}
