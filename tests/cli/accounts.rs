//! Several accounts on one thread: each has a login, a clock and rate windows of its own; the memory of
//! secrets is the run's.

use certctl::cloud::Cloud;
use certctl::config::{Env, Flags, Settings, load, resolve};
use certctl::products::cas;
use certctl::providers::alibaba::cas::{CAS, Validity};
use certctl::providers::alibaba::cdn::{CDN, DescribeUserDomains};
use certctl::transport::stop::Stop;
use certctl::transport::{Client, Memory};
use certctl::ui::{Color, Ui, Volume};
use futures_util::future::join_all;

use crate::support::{Clouds, client, private};

/// An account: its clouds, and what it is called with.
struct Account {
    clouds: Clouds,
    env: Env,
    settings: Settings,
}

impl Account {
    /// Keys that assume a role.
    fn new() -> Self {
        let clouds = Clouds::new();
        let of = |name: &str| {
            let env = clouds.env().into_iter();
            let mut found = env.filter(|(variable, _)| *variable == name);
            found.next().expect("a variable").1
        };
        let profile = format!(
            "[profiles.default.alibaba]\naccess_key_id = '{}'\naccess_key_secret = '{}'\n\
             role_arn = 'acs:ram::1234567890123456:role/sandbox'\nendpoint = '{}'\n",
            of("ALIBABA_CLOUD_ACCESS_KEY_ID"),
            of("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
            clouds.endpoint()
        );
        let file = clouds.file("certctl.toml", profile);
        private(&file);
        let env: Env = [("HOME", clouds.home())].into_iter().collect();
        let flags = Flags {
            config: Some(&file),
            ..Flags::default()
        };
        let sources = load(&[Cloud::Alibaba], &flags, &env);
        let settings = resolve(Cloud::Alibaba, &flags, &env, &sources).expect("settings");
        Account {
            clouds,
            env,
            settings,
        }
    }

    fn client<'a>(&'a self, memory: &'a Memory, stop: &'a Stop, ui: &'a Ui) -> Client<'a> {
        client(&CDN, &self.settings, &self.env, memory, stop, ui)
    }
}

#[test]
fn accounts_stand_side_by_side() {
    let accounts = [(); 3].map(|()| Account::new());
    let ui = Ui::new(Volume::Quiet, Color::Never);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let stop = Stop::listen().expect("signals can be heard");
        let memory = Memory::new();
        let clients: Vec<Client<'_>> = accounts
            .iter()
            .map(|account| account.client(&memory, &stop, &ui))
            .collect();
        let mut calls = Vec::new();
        for client in &clients {
            for number in 1..=5 {
                calls.push(pages(client, number));
            }
        }
        for total in join_all(calls).await {
            assert_eq!(total, 5);
        }
        // Another service of an account has its login already.
        let stores = clients
            .iter()
            .map(|client| client.beside(&CAS).expect("a client"));
        let stores: Vec<Client<'_>> = stores.collect();
        let lists = stores
            .iter()
            .map(|store| cas::list(store, Validity::Valid, 50));
        for listed in join_all(lists).await {
            assert!(!listed.expect("a list").is_empty());
        }
    });
    for account in &accounts {
        assert_eq!(account.clouds.calls("AssumeRole").len(), 1);
        assert_eq!(account.clouds.calls("DescribeUserDomains").len(), 5);
    }
}

async fn pages(client: &Client<'_>, page_number: u32) -> usize {
    let call = DescribeUserDomains {
        page_number,
        page_size: 1,
        name_part: None,
        domain_status: None,
    };
    let done = client.call(&call).await.expect("an answer");
    done.reply.total_count
}
