//! What stands where: load balancers, certificates and bindings, by project and region.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::emulator::actions::Call;
use crate::emulator::material::{self, Facts};
use crate::emulator::pki::{Authority, Issued};
use crate::emulator::reply::Refusal;
use crate::emulator::scenario::AccountChanges;

use super::{absent, required};

/// The project and region of the sandbox's environment.
pub const PROJECT: &str = "org-sandbox";
/// As [`PROJECT`].
pub const REGION: &str = "cn-bj2";

/// Every project of the account.
pub const PROJECTS: [&str; 3] = [PROJECT, "org-sandbox2", "fFdbMoEE"];

/// <https://docs.ucloud.cn/api/summary/regionlist>; the last one is the sample's in the page of
/// UpdateSSLBinding.
const REGIONS: [&str; 34] = [
    "cn-bj1",
    "cn-bj2",
    "cn-wlcb",
    "cn-wlcb2",
    "cn-sh2",
    "cn-jx",
    "cn-sh",
    "cn-gd2",
    "cn-gd",
    "cn-guiyang1",
    "hk",
    "tw-tp",
    "sg",
    "jpn-tky",
    "kr-seoul",
    "th-bkk",
    "idn-jakarta",
    "vn-sng",
    "ph-mnl",
    "ind-mumbai",
    "pk-khi",
    "us-den",
    "us-ca",
    "us-ws",
    "bra-saopaulo",
    "rus-mosc",
    "ge-fra",
    "uk-london",
    "uae-dubai",
    "afr-nigeria",
    "uz-tas",
    "kz-ala",
    "mx-mex",
    "rlOKcLRx",
];

/// The names of most of the fixture's certificates.
const USUAL: [&str; 2] = ["example.com", "*.example.com"];

/// The account's projects and what stands in each region of them.
pub struct Store {
    places: BTreeMap<(&'static str, &'static str), Place>,
    ussl: Vec<Certificate>,
}

/// One project in one region.
#[derive(Default)]
pub struct Place {
    now: State,
    /// What reading showed before each change that it does not show yet, and until when.
    past: Vec<(Instant, State)>,
    settle: Duration,
}

/// What there is.
#[derive(Clone, Default)]
pub struct State {
    pub balancers: Vec<Balancer>,
    pub certificates: Vec<Certificate>,
    pub bindings: Vec<Binding>,
}

/// Classic or application.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Clb,
    Alb,
}

#[derive(Clone)]
pub struct Balancer {
    pub id: &'static str,
    pub family: Family,
    pub listeners: Vec<Listener>,
}

#[derive(Clone)]
pub struct Listener {
    pub id: &'static str,
    pub name: String,
    pub protocol: &'static str,
    pub port: u16,
}

#[derive(Clone)]
pub struct Certificate {
    pub id: String,
    pub name: String,
    pub content: String,
    pub facts: Facts,
    /// The certificate of USSL that it was made of.
    pub ussl: Option<String>,
}

#[derive(Clone)]
pub struct Binding {
    pub balancer: String,
    pub listener: String,
    pub certificate: String,
    pub default: bool,
}

impl Store {
    /// The fixture's load balancers.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority, changes: &AccountChanges) -> Result<Self, rcgen::Error> {
        let mut main = main(authority)?;
        for number in 1..=changes.ulb_certificates {
            let name = format!("host{number}.example.net");
            let id = format!("ssl-more{number:04}");
            let issued = authority.issue(&[&name], 90)?;
            main.certificates.push(certificate(&id, &name, issued));
        }
        let mut states = BTreeMap::from([
            ((PROJECT, REGION), main),
            (("fFdbMoEE", "rlOKcLRx"), sample(authority)?),
        ]);
        let place = |(project, region)| {
            let place = Place {
                now: states.remove(&(project, region)).unwrap_or_default(),
                settle: Duration::from_millis(changes.ulb_settle_ms),
                ..Place::default()
            };
            ((project, region), place)
        };
        let everywhere = PROJECTS
            .into_iter()
            .flat_map(|project| REGIONS.map(|region| (project, region)));
        let issued = authority.issue(&["example.net", "www.example.net"], 60)?;
        Ok(Store {
            places: everywhere.map(place).collect(),
            ussl: vec![certificate("usecure_ussl-sandbox1", "", issued)],
        })
    }

    /// The project and region of a call.
    pub fn place(&mut self, call: &Call<'_>) -> Result<&mut Place, Refusal> {
        let region = required(call, "Region")?;
        // What a call without its project is really told.
        let project = call
            .params
            .filled("ProjectId")
            .ok_or_else(|| Refusal::inside("299", "IAM permission denied"))?;
        if !PROJECTS.contains(&project) {
            return Err(Refusal::inside("292", "Project Not Exists"));
        }
        self.places
            .iter_mut()
            .find(|((owner, place), _)| *owner == project && *place == region)
            .map(|(_, place)| place)
            .ok_or_else(|| Refusal::inside("293", "Region permission error"))
    }

    /// A certificate of USSL, which has neither projects nor regions.
    pub fn ussl(&self, id: &str) -> Result<Certificate, Refusal> {
        let found = self.ussl.iter().find(|certificate| certificate.id == id);
        found.cloned().ok_or_else(absent)
    }
}

impl Place {
    /// What is really so: what changes are judged by.
    pub fn now(&self) -> &State {
        &self.now
    }

    /// What reading shows at an instant.
    pub fn seen(&self, instant: Instant) -> &State {
        let hidden = self.past.iter().find(|(until, _)| *until > instant);
        hidden.map_or(&self.now, |(_, state)| state)
    }

    /// What a change is made to; reading shows it in a while.
    pub fn change(&mut self, instant: Instant) -> &mut State {
        self.past.retain(|(until, _)| *until > instant);
        if !self.settle.is_zero() {
            self.past.push((instant + self.settle, self.now.clone()));
        }
        &mut self.now
    }
}

impl State {
    pub fn certificate(&self, id: &str) -> Result<&Certificate, Refusal> {
        let found = self.certificates.iter().find(|one| one.id == id);
        found.ok_or_else(absent)
    }

    pub fn balancer(&self, id: &str, family: Family) -> Result<&Balancer, Refusal> {
        let mut balancers = self.balancers.iter();
        balancers
            .find(|one| one.id == id && one.family == family)
            .ok_or_else(absent)
    }

    pub fn bound_to(&self, listener: &str) -> impl Iterator<Item = &Binding> {
        self.bindings
            .iter()
            .filter(move |one| one.listener == listener)
    }
}

fn main(authority: &Authority) -> Result<State, rcgen::Error> {
    let issue = |id, name, names: &[&str], days| {
        let issued = authority.issue(names, days)?;
        Ok::<_, rcgen::Error>(certificate(id, name, issued))
    };
    let first = vec![
        listener("vserver-https1", "HTTPS", 443),
        listener("vserver-https2", "HTTPS", 8443),
        listener("vserver-http1", "HTTP", 80),
        listener("vserver-tcp1", "TCP", 22),
    ];
    let second = vec![
        listener("vserver-https3", "HTTPS", 443),
        listener("vserver-https4", "HTTPS", 8443),
    ];
    let third = vec![
        listener("als-https1", "HTTPS", 443),
        listener("als-https2", "HTTPS", 8443),
        listener("als-http1", "HTTP", 80),
    ];
    Ok(State {
        balancers: vec![
            balancer("ulb-sandbox1", Family::Clb, first),
            balancer("ulb-sandbox2", Family::Clb, second),
            balancer("alb-sandbox1", Family::Alb, third),
        ],
        certificates: vec![
            issue("ssl-old0001", "example.com-old", &USUAL, 10)?,
            issue("ssl-new0001", "example.com-new", &USUAL, 90)?,
            issue("ssl-idle001", "example.com-idle", &USUAL, 90)?,
            issue("ssl-other01", "example.org", &["example.org"], 90)?,
            issue("ssl-expired", "example.com-expired", &USUAL, 0)?,
        ],
        bindings: vec![
            binding("ulb-sandbox1", "vserver-https1", "ssl-old0001", true),
            binding("ulb-sandbox1", "vserver-https2", "ssl-old0001", true),
            binding("ulb-sandbox2", "vserver-https3", "ssl-old0001", true),
            binding("alb-sandbox1", "als-https1", "ssl-old0001", true),
            binding("alb-sandbox1", "als-https2", "ssl-other01", true),
            binding("alb-sandbox1", "als-https2", "ssl-old0001", false),
        ],
    })
}

/// The ids of the vendor's sample.
fn sample(authority: &Authority) -> Result<State, rcgen::Error> {
    let issue = |id, days| {
        let issued = authority.issue(&USUAL, days)?;
        Ok::<_, rcgen::Error>(certificate(id, id, issued))
    };
    let https = |id| vec![listener(id, "HTTPS", 443)];
    Ok(State {
        balancers: vec![
            balancer("pecWyopE", Family::Clb, https("FvbeTLVk")),
            balancer("zEuiHKHC", Family::Clb, https("fUAheFtz")),
            balancer("WtoMKBTg", Family::Clb, https("nMcQugdp")),
        ],
        certificates: vec![issue("CbnyEXQg", 10)?, issue("wezHQFgd", 90)?],
        bindings: vec![
            binding("pecWyopE", "FvbeTLVk", "CbnyEXQg", true),
            binding("zEuiHKHC", "fUAheFtz", "CbnyEXQg", true),
            binding("WtoMKBTg", "nMcQugdp", "CbnyEXQg", true),
        ],
    })
}

fn balancer(id: &'static str, family: Family, listeners: Vec<Listener>) -> Balancer {
    Balancer {
        id,
        family,
        listeners,
    }
}

fn listener(id: &'static str, protocol: &'static str, port: u16) -> Listener {
    Listener {
        id,
        name: id.to_owned(),
        protocol,
        port,
    }
}

fn certificate(id: &str, name: &str, issued: Issued) -> Certificate {
    let facts =
        material::read(&issued.fullchain, &issued.key).expect("the fixture's certificate is fit");
    Certificate {
        id: id.to_owned(),
        name: name.to_owned(),
        content: issued.key + &issued.fullchain,
        facts,
        ussl: None,
    }
}

/// A certificate on a listener.
pub fn binding(balancer: &str, listener: &str, certificate: &str, default: bool) -> Binding {
    Binding {
        balancer: balancer.to_owned(),
        listener: listener.to_owned(),
        certificate: certificate.to_owned(),
        default,
    }
}
