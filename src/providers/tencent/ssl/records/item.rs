//! An item of a record: what became of one instance.

use serde::Deserialize;

use crate::providers::tencent::ssl::resource::{Instance, ResourceType};
use crate::providers::time::{self, Time};
use crate::providers::{id_as_text, null_as_default};

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// 0: not begun.
    Pending,
    /// 1: gone well.
    Succeeded,
    /// 2: failed.
    Failed,
    /// 3: under way.
    Running,
    /// 4: the old certificate is in place again.
    RolledBack,
    /// 5: the old certificate could not be put back.
    RollbackFailed,
    /// 6: there was nothing to do.
    NothingToDo,
    /// A number that the vendor does not document.
    Other(i64),
}

impl State {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::Running => "running",
            State::RolledBack => "rolled-back",
            State::RollbackFailed => "rollback-failed",
            State::NothingToDo => "nothing-to-do",
            State::Other(_) => "other",
        }
    }

    /// Whether it changes no more by itself.
    pub const fn is_settled(self) -> bool {
        !matches!(self, State::Pending | State::Running | State::Other(_))
    }

    /// Whether it went wrong.
    pub const fn is_failure(self) -> bool {
        matches!(self, State::Failed | State::RollbackFailed)
    }
}

/// An item of a record: one instance. Which members it has depends on the type.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Item {
    /// Its id, by which it alone is tried again.
    #[serde(deserialize_with = "id_as_text")]
    pub id: String,
    /// The certificate to be put in place.
    #[serde(deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// The certificate that was there.
    #[serde(deserialize_with = "id_as_text")]
    pub old_cert_id: String,
    /// The type; a deployment's record leaves it out.
    #[serde(deserialize_with = "null_as_default")]
    pub resource_type: String,
    /// The region.
    #[serde(deserialize_with = "null_as_default")]
    pub region: String,
    /// Why it failed.
    #[serde(deserialize_with = "null_as_default")]
    pub error_msg: String,
    /// When it was last heard of.
    #[serde(deserialize_with = "time::utc")]
    pub update_time: Option<Time>,
    #[serde(deserialize_with = "null_as_default")]
    status: i64,
    #[serde(deserialize_with = "id_as_text")]
    instance_id: String,
    #[serde(deserialize_with = "id_as_text")]
    listener_id: String,
    /// CDN's with the billing switch behind: `a.com|on`.
    #[serde(deserialize_with = "null_as_default")]
    domains: Vec<String>,
    #[serde(deserialize_with = "id_as_text")]
    bucket: String,
    #[serde(deserialize_with = "id_as_text")]
    namespace: String,
    #[serde(deserialize_with = "id_as_text")]
    secret_name: String,
    /// A number, or a text of digits; 0 where there is none.
    #[serde(deserialize_with = "id_as_text")]
    port: String,
    #[serde(deserialize_with = "id_as_text")]
    env_id: String,
    #[serde(rename = "TCBType", deserialize_with = "id_as_text")]
    tcb_type: String,
}

impl Item {
    /// Tells it from every other one of a record.
    pub fn key(&self) -> String {
        match self.id.is_empty() {
            true => format!("{self:?}"),
            false => self.id.clone(),
        }
    }

    /// How far it is.
    pub fn state(&self) -> State {
        match self.status {
            0 => State::Pending,
            1 => State::Succeeded,
            2 => State::Failed,
            3 => State::Running,
            4 => State::RolledBack,
            5 => State::RollbackFailed,
            6 => State::NothingToDo,
            other => State::Other(other),
        }
    }

    /// Its domains, without CDN's billing switch.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        let bare = |domain: &'_ String| domain.split('|').next().map(str::len);
        self.domains
            .iter()
            .filter_map(move |domain| Some(&domain[..bare(domain)?]))
    }

    /// What it is, as far as its members tell; parts that it lacks are left out.
    pub fn place(&self) -> String {
        let port = Some(self.port.as_str()).filter(|port| *port != "0");
        let domain = self.domains().collect::<Vec<_>>().join(",");
        let parts = [
            self.tcb_type.as_str(),
            match self.tcb_type.is_empty() {
                true => "",
                false => &self.region,
            },
            &self.env_id,
            &self.instance_id,
            &self.listener_id,
            &self.bucket,
            &self.namespace,
            &self.secret_name,
            &domain,
            port.unwrap_or_default(),
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("|")
    }

    /// Whether it is an instance's. Of a listener without SNI it names the domains, which are no
    /// part of the instance.
    pub fn is_of(&self, of: ResourceType, instance: &Instance) -> bool {
        let part = |at: usize| instance.parts.get(at).map_or("", String::as_str);
        let has_domain = |at: usize| {
            let wanted = part(at);
            wanted.is_empty()
                || self
                    .domains()
                    .any(|domain| domain.eq_ignore_ascii_case(wanted))
        };
        match of {
            ResourceType::Cdn
            | ResourceType::Live
            | ResourceType::Teo
            | ResourceType::Vod
            | ResourceType::Waf => has_domain(0),
            ResourceType::Clb => {
                self.instance_id == part(0) && self.listener_id == part(1) && has_domain(2)
            }
            ResourceType::Ddos => {
                let port = ["", "0", part(2)].contains(&self.port.as_str());
                self.instance_id == part(0) && has_domain(1) && port
            }
            ResourceType::ApiGateway => self.instance_id == part(0) && has_domain(1),
            ResourceType::Cos => self.bucket == part(1) && has_domain(2),
            ResourceType::Lighthouse => self.instance_id == part(1) && has_domain(2),
            ResourceType::Tcb => self.env_id == part(2) && has_domain(3),
            ResourceType::Tke => {
                self.instance_id == part(0)
                    && self.namespace == part(1)
                    && self.secret_name == part(2)
            }
            ResourceType::Tse | ResourceType::Gaap => {
                self.instance_id == part(0) && self.listener_id == part(1)
            }
            ResourceType::Mqtt => self.instance_id == part(0),
            ResourceType::Scf | ResourceType::Tdmq => false,
        }
    }
}
