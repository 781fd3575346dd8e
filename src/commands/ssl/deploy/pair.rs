//! `certctl ssl deploy A,B --to teo`: two certificates of different algorithms on domains of EdgeOne.

use super::{COMMAND, DeployArgs, placed_on, refuse_misfits, uncovered};
use crate::cert::Certificate;
use crate::cloud::Cloud;
use crate::commands::certificate::{Given, check_file_flags};
use crate::commands::list::without_foreign_comma;
use crate::commands::{Session, concluded};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::ssl::bind::grouped;
use crate::products::ssl::edge::{EdgeHost, Pair};
use crate::products::ssl::hosts;
use crate::products::ssl::look_into_or_up;
use crate::products::{Current, Reason, Seen, Settled};
use crate::providers::Operation;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::certificates::DescribeCertificateDetail;
use crate::providers::tencent::ssl::resource::{Instance, ResourceType};
use crate::providers::tencent::teo::{ModifyHostsCertificate, TEO};
use crate::transport::{Failure, PlannedCall, plan, plan_beside};

/// Stands in a dry run for the zone that reading tells.
const ZONE: &str = "(the zone of the domains)";

/// What is given as the certificate.
#[derive(Clone, Debug)]
pub enum Asked {
    /// One.
    One(Given),
    /// Two ids: a pair of algorithms.
    Pair([String; 2]),
}

impl Asked {
    /// Reads it. The error is a phrase that goes behind the value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        // A name may have commas in it.
        let is_file = std::path::Path::new(text).exists();
        if !is_file {
            without_foreign_comma(text)?;
        }
        if is_file || parts.len() == 1 {
            return Given::of_ssl(text).map(Asked::One);
        }
        let given = parts.iter().map(|part| Given::of_ssl(part));
        let given = given.collect::<Result<Vec<_>, _>>()?;
        match &given[..] {
            [Given::Id(first), Given::Id(second)] if first.id == second.id => Err(format!(
                "{} is given twice: a pair needs two certificates",
                first.id
            )),
            [Given::Id(first), Given::Id(second)] => {
                Ok(Asked::Pair([first.id.clone(), second.id.clone()]))
            }
            [_, _] => Err(
                "a pair needs ids: upload the files first, one at a time, with `certctl ssl \
                 upload`"
                    .into(),
            ),
            _ => Err("a pair is two certificates, one for each algorithm".into()),
        }
    }
}

/// Runs the command with two certificates.
///
/// # Errors
/// What is refused here; what keeps the certificates from being read.
pub fn run(
    session: &Session<'_>,
    args: &DeployArgs,
    certificates: &[String; 2],
    instances: Vec<Instance>,
) -> Result<Answer, Error> {
    let called = certificates.join(",");
    if args.to != ResourceType::Teo {
        return Err(Error::usage(
            format!(
                "{called} are two certificates, but {} accepts only one",
                args.to
            ),
            "use one of them; only EdgeOne (--to teo) accepts a pair: nothing was sent",
        ));
    }
    check_file_flags([], &args.file)?;
    if args.fit.no_preview {
        return Err(Error::usage(
            "--no-preview reads nothing, but certctl must read the zone of an EdgeOne domain",
            "remove --no-preview: nothing was sent",
        ));
    }
    let (settings, instances) = placed_on(session, args, instances)?;
    let rows: Vec<Row> = instances.iter().map(row).collect();
    if session.globals.sends_nothing() {
        let requests = planned(&settings, certificates, &instances);
        return Ok(Answer::planned(COMMAND, rows, requests));
    }
    session.online(&SSL, &settings, async |client| {
        let mut known = Vec::with_capacity(certificates.len());
        for id in certificates {
            let stored = look_into_or_up(client, id).await;
            let certificate = stored.map_err(|failure| unread(id, failure))?.certificate;
            session.fit(&certificate, id, [], &args.fit, client.now())?;
            args.file.check_stored(&certificate, id)?;
            known.push(certificate);
        }
        check_algorithms(certificates, &known)?;
        let mut settled = vec![Settled::default(); instances.len()];
        for (id, certificate) in certificates.iter().zip(&known) {
            refuse_misfits(session, args, (certificate, id), &instances, &mut settled);
        }
        let edge = client.beside(&TEO)?;
        let change = Change {
            session,
            args,
            called: &called,
            pair: Pair {
                store: client,
                edge: &edge,
                certificates: [&certificates[0], &certificates[1]],
            },
            instances: &instances,
        };
        let ended = change.run(&mut settled).await;
        change.confirm(&mut settled).await;
        let rows = rows.into_iter().zip(&settled);
        let rows = rows.map(|(row, settled)| row.of(settled)).collect();
        Ok(concluded(COMMAND, rows, ended.as_ref(), client))
    })
}

fn row(instance: &Instance) -> Row {
    let action = ModifyHostsCertificate::ACTION;
    Row::new(Cloud::Tencent, TEO.name, action, &instance.asked)
}

/// Without the names and the algorithms nothing is sent.
fn unread(id: &str, failure: Failure) -> Error {
    match failure.kind {
        Kind::Permission => Error::from(Failure {
            message: format!("could not read the names of {id}: {}", failure.message),
            hint: "allow this access key to read the certificates (`ssl:DescribeCertificate`): a \
                   pair requires it",
            ..failure
        }),
        _ => Error::from(failure),
    }
}

/// Two certificates of one algorithm are no pair: only one of them would be served.
fn check_algorithms(ids: &[String; 2], known: &[Certificate]) -> Result<(), Error> {
    let families: Vec<Option<&str>> = known.iter().map(Certificate::key_family).collect();
    match &families[..] {
        [Some(first), Some(second)] if first == second => Err(Error::new(
            Kind::Certificate,
            format!(
                "{} and {} both have a key of {first}: a pair needs two algorithms",
                ids[0], ids[1]
            ),
            "use one certificate with an RSA key and one with an ECDSA key: nothing was sent",
        )),
        _ => Ok(()),
    }
}

/// What is read, and the call as it is if all domains are of one zone.
fn planned(
    settings: &Settings,
    certificates: &[String; 2],
    instances: &[Instance],
) -> Vec<PlannedCall> {
    let mut requests = Vec::new();
    for certificate in certificates {
        let read = DescribeCertificateDetail { certificate };
        requests.push(plan(settings, &read, Vec::new()));
    }
    requests.extend(hosts::planned(
        settings,
        ResourceType::Teo,
        &certificates[0],
        None,
    ));
    let hosts: Vec<&str> = instances.iter().map(name).collect();
    let call = ModifyHostsCertificate {
        zone: ZONE,
        hosts: &hosts,
        certificates: &[&certificates[0], &certificates[1]],
    };
    let targets = instances.iter().map(|instance| instance.asked.clone());
    requests.push(plan_beside(settings, &call, targets.collect()));
    requests
}

/// The domain as the list of hosts has it.
fn name(instance: &Instance) -> &str {
    &instance.parts[0]
}

/// A pair on its way to domains.
struct Change<'a> {
    session: &'a Session<'a>,
    args: &'a DeployArgs,
    called: &'a str,
    pair: Pair<'a>,
    instances: &'a [Instance],
}

impl Change<'_> {
    /// Finds the zones and sends, zone by zone; returns why the rest was not sent, if it was not.
    async fn run(&self, settled: &mut [Settled]) -> Option<Failure> {
        let open: Vec<usize> = (0..settled.len())
            .filter(|at| settled[*at].is_open())
            .collect();
        if open.is_empty() {
            return None;
        }
        let names: Vec<&str> = open.iter().map(|at| name(&self.instances[*at])).collect();
        let hosts = match self.pair.look(&names).await {
            Ok(hosts) => hosts,
            Err(failure) => {
                let failed = Settled::failed(failure.clone());
                open.iter().for_each(|at| settled[*at] = failed.clone());
                return Some(failure);
            }
        };
        let mut due: Vec<(usize, &str, &str)> = Vec::new();
        let mut current = Current::default();
        for (at, name) in open.iter().zip(&names) {
            let host = match hosts.get(*name) {
                Some(host) => host,
                None => {
                    settled[*at] = Settled::refused(absent(name));
                    continue;
                }
            };
            match self.decided(name, host) {
                Some(decided) => settled[*at] = decided,
                None => {
                    due.push((*at, name, &host.zone));
                    current.put(*at, bears(host));
                }
            }
        }
        for group in grouped(due.iter().map(|(_, _, zone)| *zone)) {
            let (_, _, zone) = due[group[0]];
            let names: Vec<&str> = group.iter().map(|nth| due[*nth].1).collect();
            let (made, ended) = self.pair.put(zone, &names).await;
            for (nth, one) in group.into_iter().zip(made) {
                settled[due[nth].0] = one;
            }
            if ended.is_some() {
                return ended;
            }
        }
        current.tell(settled);
        None
    }

    /// What becomes of a domain without a call.
    fn decided(&self, name: &str, host: &EdgeHost) -> Option<Settled> {
        if !host.matches && self.args.fit.checks() {
            let message = format!(
                "the cloud reports that {} does not cover {name}",
                self.called
            );
            return Some(Settled::refused(uncovered(message)));
        }
        if host.bears(&self.pair.certificates) && host.is_deployed() {
            let note = format!("already has {}", self.called);
            return Some(Settled::unchanged().with(&note));
        }
        host.zone.is_empty().then(|| {
            Settled::refused(Reason::new(
                Kind::State,
                format!("not sent: the cloud does not report the zone of {name}"),
                "set it with `certctl api tencent teo ModifyHostsCertificate` and its ZoneId",
            ))
        })
    }

    /// Waits until the list of hosts shows the pair on each domain.
    async fn confirm(&self, settled: &mut [Settled]) {
        let called = |target: usize| self.instances[target].asked.clone();
        let see = async |targets: &[usize]| {
            let names: Vec<&str> = targets
                .iter()
                .map(|at| name(&self.instances[*at]))
                .collect();
            let hosts = self.pair.look(&names).await;
            let seen = |(at, name): (&usize, &&str)| {
                let seen = match &hosts {
                    Ok(hosts) => Ok(self.seen(hosts.get(*name))),
                    Err(failure) => Err(failure.clone()),
                };
                (*at, seen)
            };
            targets.iter().zip(&names).map(seen).collect()
        };
        self.session
            .confirm(self.pair.store, &self.args.wait, settled, called, see)
            .await;
    }

    fn seen(&self, host: Option<&EdgeHost>) -> Seen {
        match host {
            Some(host) if host.bears(&self.pair.certificates) && host.is_deployed() => {
                Seen::Confirmed
            }
            Some(host) if host.certificates.is_empty() => {
                Seen::Pending("has no certificate yet".into())
            }
            Some(host) => Seen::Pending(format!(
                "has {} ({})",
                host.certificates.join(","),
                host.states.join(",")
            )),
            None => Seen::Pending("not a domain of EdgeOne".into()),
        }
    }
}

/// What a domain bears, in words.
fn bears(host: &EdgeHost) -> String {
    match host.certificates.is_empty() {
        true => "no certificate".into(),
        false => host.certificates.join(", "),
    }
}

/// Why nothing is sent for a domain.
fn absent(name: &str) -> Reason {
    Reason::new(
        Kind::NotFound,
        format!("not sent: EdgeOne has no domain {name} in this account"),
        "check the name and the account; it may belong to the other site: `--site mainland` or \
         `--site intl`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_certificates_are_told_apart() {
        let parse = Asked::parse;
        assert!(matches!(parse("example1"), Ok(Asked::One(Given::Id(_)))));
        assert!(matches!(parse("a.pem"), Ok(Asked::One(Given::File(_)))));
        for text in ["example1,example2", "example1, example2"] {
            let Ok(Asked::Pair(ids)) = parse(text) else {
                panic!("{text} is a pair");
            };
            assert_eq!(ids, ["example1", "example2"]);
        }
        for (text, reason) in [
            ("example1,example1", "is given twice"),
            ("example1,a.pem", "a pair needs ids"),
            ("a.pem,b.pem", "a pair needs ids"),
            ("example1,example2,example3", "two certificates"),
            ("example1,", "empty"),
            ("example1，example2", "contains the comma"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
