//! SDK clients of one diagnosis, made when first needed.
//!
//! Clients are cheap next to what they share: the HTTP client, the credentials and the retry limits live in the
//! account's configuration. Their own part is the counter of this diagnosis.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{Region, SdkConfig};

use crate::tally::{Counter, Tally};

#[derive(Debug)]
struct PerRegion<C>(Mutex<BTreeMap<String, C>>);

impl<C> Default for PerRegion<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Clone> PerRegion<C> {
    fn get(&self, region: &str, make: impl FnOnce() -> C) -> C {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.to_owned()).or_insert_with(make).clone()
    }
}

macro_rules! clients {
    ($($service:ident: $sdk:ident),+ $(,)?) => {
        /// One client per service and region.
        #[derive(Debug)]
        pub(crate) struct Clients {
            config: SdkConfig,
            counter: Counter,
            $($service: PerRegion<$sdk::Client>,)+
        }

        impl Clients {
            pub(crate) fn new(config: &SdkConfig, tally: &Arc<Tally>) -> Self {
                Self {
                    config: config.clone(),
                    counter: Counter(Arc::clone(tally)),
                    $($service: PerRegion::default(),)+
                }
            }

            $(
                pub(crate) fn $service(&self, region: &str) -> $sdk::Client {
                    self.$service.get(region, || {
                        let config = $sdk::config::Builder::from(&self.config)
                            .region(Region::new(region.to_owned()))
                            .interceptor(self.counter.clone())
                            .build();
                        $sdk::Client::from_conf(config)
                    })
                }
            )+
        }
    };
}

clients! {
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
