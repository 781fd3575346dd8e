//! What all calls of an account share: one login, one clock, the rate windows. Any number of clients
//! stand on it, one for each service.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use url::Url;

use super::http::{Http, Network};
use super::identity::{Clock, Identity};
use super::memory::Memory;
use super::stop::Stop;
use super::throttle::Window;
use super::{Client, Failure, Fate, Limits, PlannedCall, address, address_beside, beside_or};
use crate::config::{ConfigError, Settings};
use crate::fault::Kind;
use crate::providers::Service;
use crate::ui::Ui;

/// Who calls, and what is known of it so far.
pub struct Account<'a> {
    /// Whose host a given endpoint is, if it is a host of the vendor's.
    pub(super) service: &'static Service,
    pub(super) settings: Cow<'a, Settings>,
    pub(super) identity: Identity<'a>,
    pub(super) network: Network<'a>,
    /// By address: whoever calls one goes over the connections that are there.
    pub(super) links: RefCell<BTreeMap<String, Rc<Http>>>,
    /// What must not be seen of this account and every other one of the run.
    pub(super) memory: &'a Memory,
    /// The changes that are only shown.
    pub(super) planned: RefCell<Vec<PlannedCall>>,
    /// The ids of the requests that were answered: another answer with one of them is none.
    pub(super) answered: RefCell<HashSet<String>>,
    pub(super) limits: Limits,
    /// By service and action.
    pub(super) windows: RefCell<BTreeMap<(&'static str, &'static str), Window>>,
    pub(super) freed: Notify,
    pub(super) clock: Rc<Clock>,
    pub(super) stop: &'a Stop,
    pub(super) ui: &'a Ui,
}

impl<'a> Account<'a> {
    /// A client of a service: it shares the login, the clock and the rate windows with every other one. An endpoint that is the host of another product of the vendor's
    /// is not this service's.
    ///
    /// # Errors
    /// The proxy's variable is broken.
    pub fn client(self: &Rc<Self>, service: &'static Service) -> Result<Client<'a>, ConfigError> {
        let base = match std::ptr::eq(service, self.service) {
            true => address(service, &self.settings),
            false => address_beside(service, &self.settings),
        };
        Client::on(Rc::clone(self), service, base)
    }

    /// [`Account::client`] for a service whose regions do not see what is in the others: at the host
    /// of this one.
    ///
    /// # Errors
    /// The proxy's variable is broken.
    pub fn client_in(
        self: &Rc<Self>,
        service: &'static Service,
        region: &str,
    ) -> Result<Client<'a>, ConfigError> {
        Client::on(Rc::clone(self), service, self.address_in(service, region))
    }

    /// Where the calls of such a client go.
    pub fn address_in(&self, service: &Service, region: &str) -> Url {
        beside_or(service, &self.settings, Some(region))
    }

    /// The time, by the cloud's clock where ours was found to be off.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.clock.offset.get()
    }

    /// How it is set up: project, region, site.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// A client that could not be made: nothing was sent.
impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure {
            message: error.to_string(),
            ..Failure::of(Kind::Config, Fate::NotSent)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cloud::Cloud;
    use crate::config::{Env, Flags, load, resolve};
    use crate::providers::alibaba::{cas::CAS, ga::GA};
    use crate::transport::Sends;
    use crate::transport::tls::Trust;
    use crate::ui::{Color, Volume};

    /// A host of the vendor's is that of the service that it was given for, by whatever way its client
    /// is made, and of no other; any other address is everybody's.
    #[test]
    fn an_endpoint_is_that_of_the_service_it_was_given_for() {
        let env: Env = [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tUnitTest0000000001"),
            (
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
                "unit-secret-unit-secret-unit-1",
            ),
        ]
        .into_iter()
        .collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let bases = |endpoint: &str| {
            let flags = Flags {
                endpoint: Some(endpoint),
                ..Flags::default()
            };
            let sources = load(&[Cloud::Alibaba], &flags, &env);
            let settings = resolve(Cloud::Alibaba, &flags, &env, &sources).unwrap();
            let network = Network {
                timeout: Duration::from_secs(1),
                trust: Trust::Nobody,
                env: &env,
            };
            let limits = Limits {
                sends: Sends::Everything,
                max_attempts: 1,
                rate: None,
                deadline: None,
            };
            let ui = Ui::new(Volume::Quiet, Color::Never);
            let memory = Memory::new();
            runtime.block_on(async {
                let stop = Stop::listen().unwrap();
                let client =
                    Client::new(&GA, &settings, network, limits, &memory, &stop, &ui).unwrap();
                let again = client.account().client(&GA).unwrap();
                let other = client.account().client(&CAS).unwrap();
                [client, again, other].map(|one| one.host)
            })
        };
        let own = "ga-vpc.cn-hangzhou.aliyuncs.com";
        let store = CAS.host(crate::config::Site::Intl, None);
        assert_eq!(
            bases(&format!("https://{own}")),
            [own.to_owned(), own.to_owned(), store.to_string()]
        );
        let gateway = "gateway.example:8443";
        assert_eq!(bases(&format!("https://{gateway}")), [gateway; 3]);
    }
}
