//! `certctl ga show`: an accelerator or a listener with everything that hangs below it.

use clap::Args;
use serde::Serialize;

use super::list::ports;
use crate::cloud::Cloud;
use crate::commands::args::{PageArgs, id};
use crate::commands::{Place, Session, planned_reads};
use crate::error::Error;
use crate::output::Answer;
use crate::products::ga::{self, id_of};
use crate::providers::alibaba::ga::{
    DescribeAccelerator, DescribeListener, GA, ListenerCertificate, ListenerInfo, PAGE_LIMIT,
};
use crate::providers::time::Time;
use crate::transport::plan;

/// Show an accelerator or a listener with its certificates
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ga show ga-bp1sandboxsecond0001
  certctl ga show lsr-bp1sandboxsecond001")]
pub struct ShowArgs {
    /// Accelerator id, or listener id (lsr-…)
    #[arg(value_name = "ID", value_parser = id,
          required_unless_present_any = ["accelerator", "listener"],
          conflicts_with_all = ["accelerator", "listener"])]
    id: Option<String>,
    /// Accelerator
    #[arg(long, value_name = "ID", value_parser = id, conflicts_with = "listener")]
    accelerator: Option<String>,
    /// Listener id
    #[arg(long, value_name = "ID", value_parser = id)]
    listener: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

const COMMAND: &str = "ga show";

/// The ids of listeners begin with it, those of accelerators with `ga-`.
const LISTENER: &str = "lsr-";

#[derive(Serialize)]
struct Accelerator {
    accelerator: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    dns_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    spec: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_until: Option<Time>,
    listeners: Vec<Listener>,
    certificates: Vec<Certificate>,
}

#[derive(Serialize)]
struct Listener {
    listener: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    accelerator: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<String>,
    status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    security_policy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Time>,
    /// Where one listener was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: Option<Vec<Certificate>>,
}

#[derive(Serialize)]
struct Certificate {
    #[serde(skip_serializing_if = "Option::is_none")]
    listener: Option<String>,
    certificate: String,
    /// Where it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    domain: String,
    default: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    status: String,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &ShowArgs) -> Result<Answer, Error> {
    let settings = session.settings(Cloud::Alibaba, Place::default())?;
    let size = args.page.size(PAGE_LIMIT);
    let is_listener = |id: &&String| id.starts_with(LISTENER);
    let named = args.listener.as_ref();
    let named = named.or(args.id.as_ref().filter(is_listener));
    let asked = named.or(args.id.as_ref()).or(args.accelerator.as_ref());
    let asked: Vec<String> = asked.into_iter().cloned().collect();
    if session.globals.sends_nothing() {
        let (id, targets) = (&asked[0], asked.clone());
        let request = match named.is_some() {
            true => plan(&settings, &DescribeListener { listener_id: id }, targets),
            false => plan(
                &settings,
                &DescribeAccelerator { accelerator_id: id },
                targets,
            ),
        };
        return Ok(planned_reads(COMMAND, vec![request]));
    }
    session.online(&GA, &settings, async |client| {
        if let Some(id) = named {
            let ga::Listener { info, certificates } = ga::listener(client, id, size).await?;
            let accelerator = info.accelerator_id.clone();
            let certificates = certificates.into_iter().map(|one| certificate(one, None));
            let listener = Listener {
                accelerator: (!accelerator.is_empty()).then_some(accelerator),
                certificates: Some(certificates.collect()),
                ..listener(info)
            };
            return Ok(Answer::show(COMMAND, vec![listener]));
        }
        let found = ga::accelerators(client, &asked, size).await?;
        let shown: Vec<_> = found.into_iter().map(accelerator).collect();
        Ok(Answer::show(COMMAND, shown))
    })
}

fn accelerator(ga::Accelerator { info, listeners }: ga::Accelerator) -> Accelerator {
    let (mut below, mut certificates) = (Vec::new(), Vec::new());
    for one in listeners {
        let id = Some(one.info.listener_id.as_str());
        let own = one.certificates.into_iter();
        certificates.extend(own.map(|binding| certificate(binding, id)));
        below.push(listener(one.info));
    }
    Accelerator {
        accelerator: info.accelerator_id,
        name: info.name,
        status: info.state.to_lowercase(),
        dns_name: info.dns_name,
        spec: info.spec,
        created: info.create_time,
        paid_until: info.expired_time,
        listeners: below,
        certificates,
    }
}

fn listener(info: ListenerInfo) -> Listener {
    Listener {
        listener: info.listener_id,
        accelerator: None,
        name: info.name,
        protocol: info.protocol.to_lowercase(),
        ports: ports(&info.port_ranges),
        status: info.state.to_lowercase(),
        security_policy: info.security_policy_id,
        created: info.create_time,
        certificates: None,
    }
}

fn certificate(binding: ListenerCertificate, listener: Option<&str>) -> Certificate {
    let (certificate, identifier) = match id_of(&binding) {
        Some(id) => (id.id, Some(binding.certificate_id)),
        None => (binding.certificate_id, None),
    };
    Certificate {
        listener: listener.map(str::to_owned),
        certificate,
        identifier,
        domain: binding.domain,
        default: binding.is_default,
        status: binding.state.to_lowercase(),
    }
}
