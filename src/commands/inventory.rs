//! `certctl inventory`: every certificate and every place, across accounts and products.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::across::{self, AcrossArgs};
use super::args::duration;
use super::{Session, expiring, list};
use crate::cert::covers;
use crate::deploy::{Holding, Known, Manifest, World};
use crate::domain::Domain;
use crate::error::Error;
use crate::output::{Answer, Column, Listing, RowError};
use crate::products::Bears;
use crate::providers::time::Time;

/// Show every certificate and every place that serves one, in all accounts
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl inventory
  certctl inventory --expiring 30d
  certctl inventory --places --names www.example.com
  certctl inventory --unused -o csv
  certctl inventory --as-manifest > certs.toml
  certctl inventory --query 'results[?days_left<`14`].names'")]
pub struct InventoryArgs {
    /// Show one row for each place instead of each certificate
    #[arg(long)]
    places: bool,
    /// Show only certificates that expire within DURATION (30d, 12h), have expired, or have no
    /// known expiry date
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expiring: Option<Duration>,
    /// Show only certificates that no place serves
    #[arg(long, conflicts_with_all = ["places", "product"])]
    unused: bool,
    /// Write what is there as a manifest, for `certctl plan -f` (docs/manifest.md)
    #[arg(long, conflicts_with_all = ["places", "expiring", "unused", "names"])]
    as_manifest: bool,
    /// Show only certificates and places for these names
    #[arg(long, value_name = "NAME,…")]
    names: Vec<String>,
    #[command(flatten)]
    across: AcrossArgs,
}

const COMMAND: &str = "inventory";

const CERTIFICATES: &[Column] = &[
    ("NAMES", "names"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
    ("ACCOUNTS", "accounts"),
    ("CERTIFICATES", "certificates"),
    ("USED BY", "used_by"),
];

const PLACES: &[Column] = &[
    ("PLACE", "place"),
    ("ACCOUNT", "account"),
    ("CERTIFICATES", "certificates"),
    ("NAMES", "names"),
    ("EXPIRES", "expires"),
    ("DAYS LEFT", "days_left"),
];

/// A certificate, and where it is.
#[derive(Serialize)]
struct CertificateRow {
    names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint_sha1: Option<String>,
    /// Its ids in the accounts' stores; none where it was given to a place alone.
    certificates: Vec<String>,
    accounts: Vec<String>,
    /// Whether a place serves it; left out where not every list could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<bool>,
    used_by: Vec<String>,
}

/// A place, and what it bears.
#[derive(Serialize)]
struct PlaceRow {
    place: String,
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// The ids of what it bears, where that is in a store.
    certificates: Vec<String>,
    names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hosts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    /// What keeps it from being changed now.
    #[serde(skip_serializing_if = "String::is_empty")]
    unsettled: String,
    /// Why it is not known what it bears.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<RowError>,
}

/// An account that was read.
#[derive(Serialize)]
struct AccountRow {
    account: String,
    cloud: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    complete: bool,
    gaps: Vec<GapRow>,
}

/// A list that could not be read whole.
#[derive(Serialize)]
struct GapRow {
    list: String,
    error: RowError,
}

/// Runs the command.
///
/// # Errors
/// A broken value, no login at all, or nothing could be read.
pub fn run(session: &Session<'_>, args: &InventoryArgs) -> Result<Answer, Error> {
    let names = list::of_flag("names", &args.names)?;
    let names = list::parse_distinct(names, Domain::parse, |domain| domain.ascii().to_owned())?;
    let names: Vec<&str> = names.iter().map(Domain::ascii).collect();
    let parties = args.across.parties(session)?;
    if session.globals.sends_nothing() {
        return Err(Error::usage(
            "an inventory is read, and changes nothing: there is nothing that --dry-run could leave out",
            "run it without --dry-run: nothing was sent",
        ));
    }
    let settings: Vec<_> = parties.iter().map(|party| party.settings.clone()).collect();
    session.with_accounts(&settings, async |accounts| {
        let world = across::world(&parties, accounts, false).await?;
        across::tell_gaps(session, &world);
        if args.as_manifest {
            let (manifest, comments) = Manifest::of(&world);
            let text = manifest.to_toml(&comments);
            return Ok(Answer::Text(
                session.secrets.redactor().mask(&text).into_owned(),
            ));
        }
        let mut logged_in = accounts.iter().flatten();
        let now = logged_in
            .next()
            .map_or_else(Utc::now, |account| account.now());
        let shown = Shown {
            session,
            args,
            world: &world,
            names: &names,
            now,
        };
        let listing = match args.places {
            true => shown.places(),
            false => shown.certificates(),
        };
        let listing = listing.beside("complete", world.is_complete());
        let accounts: Vec<AccountRow> = world.holdings.iter().map(AccountRow::new).collect();
        Ok(Answer::List(listing.beside("accounts", accounts)))
    })
}

/// What is shown of the world.
struct Shown<'s> {
    session: &'s Session<'s>,
    args: &'s InventoryArgs,
    world: &'s World,
    names: &'s [&'s str],
    now: DateTime<Utc>,
}

impl Shown<'_> {
    /// A row for each certificate, those that end first above.
    fn certificates(&self) -> Listing {
        let all = self.world.certificates().iter();
        let mut rows: Vec<CertificateRow> = all
            .filter(|known| self.is_for(&known.certificate.names))
            .map(|known| self.certificate(known))
            .collect();
        if self.args.unused {
            self.keep_unused(&mut rows);
        }
        rows.sort_by(|one, other| {
            let end = |row: &CertificateRow| row.expires.map(|end| end.0);
            (end(one).is_none(), end(one), &one.names).cmp(&(
                end(other).is_none(),
                end(other),
                &other.names,
            ))
        });
        let called = |row: &CertificateRow| match row.certificates.first() {
            Some(id) => id.clone(),
            None => row.names.join(","),
        };
        self.keep_expiring(&mut rows, |row| row.expires, called);
        Listing::new(COMMAND, CERTIFICATES, rows)
    }

    fn certificate(&self, known: &Known) -> CertificateRow {
        let certificate = &known.certificate;
        let account = |at: usize| self.world.holdings[at].name();
        let mut accounts: Vec<String> = Vec::new();
        let stores = known.stored.iter().map(|(at, ..)| *at);
        for at in stores.chain(known.places.iter().map(|(at, _)| *at)) {
            if !accounts.contains(&account(at)) {
                accounts.push(account(at));
            }
        }
        let expires = certificate.expires.map(Time);
        let used = !known.places.is_empty();
        CertificateRow {
            names: certificate.names.clone(),
            expires,
            days_left: expires.map(|end| end.days_left(self.now)),
            issuer: certificate.issuer.clone(),
            algorithm: certificate.algorithm.clone(),
            fingerprint: certificate.sha256.clone(),
            fingerprint_sha1: certificate.sha1.clone(),
            certificates: known
                .stored
                .iter()
                .map(|(_, id, _)| id.id.clone())
                .collect(),
            accounts,
            used: (used || self.world.is_complete()).then_some(used),
            used_by: known.places.iter().map(|at| self.place_text(*at)).collect(),
        }
    }

    /// Keeps what no place serves. What a list that was not read may show is left out, and counted.
    fn keep_unused(&self, rows: &mut Vec<CertificateRow>) {
        let untold = rows.iter().filter(|row| row.used.is_none()).count();
        rows.retain(|row| row.used == Some(false));
        if untold > 0 {
            self.session.ui.warn(&format!(
                "{} not shown: a list could not be read, so a place there may serve {}",
                super::counted(untold, "certificate"),
                if untold == 1 { "it" } else { "them" }
            ));
        }
    }

    /// A row for each place, as the products list them.
    fn places(&self) -> Listing {
        let all = self.world.places();
        let mut rows: Vec<PlaceRow> = all
            .filter(|at| {
                let names: Vec<String> = self
                    .world
                    .names(*at)
                    .into_iter()
                    .map(str::to_owned)
                    .collect();
                self.is_for(&names)
            })
            .map(|at| self.place(at))
            .collect();
        if self.args.expiring.is_some() {
            rows.retain(|row| {
                !row.certificates.is_empty() || !row.names.is_empty() || row.error.is_some()
            });
        }
        self.keep_expiring(&mut rows, |row| row.expires, |row| row.place.clone());
        Listing::new(COMMAND, PLACES, rows)
    }

    fn place(&self, at: (usize, usize)) -> PlaceRow {
        let binding = self.world.binding(at);
        let borne = self.world.borne(at);
        let names = self.world.certificate_names(at).into_iter();
        // Of several the one that ends first is what has to be seen to.
        let ends = borne.iter().filter_map(|one| one.known.certificate.expires);
        let expires = ends.min().map(Time);
        let ids = borne.iter().filter_map(|one| one.id);
        PlaceRow {
            place: binding.place.to_string(),
            account: self.world.holdings[at.0].name(),
            region: binding.region.clone(),
            certificates: ids.map(|id| id.id.clone()).collect(),
            names: names.map(str::to_owned).collect(),
            hosts: binding.hosts.clone(),
            expires,
            days_left: expires.map(|end| end.days_left(self.now)),
            unsettled: binding.unsettled.clone(),
            error: match &binding.bears {
                Bears::These(_) => None,
                Bears::Unread(failure) => Some(RowError::from(failure)),
            },
        }
    }

    /// Keeps what `--expiring` asks for.
    fn keep_expiring<T>(
        &self,
        rows: &mut Vec<T>,
        end: impl Fn(&T) -> Option<Time>,
        called: impl Fn(&T) -> String,
    ) {
        let within = self.args.expiring;
        expiring::keep_and_name(self.session, rows, within, self.now, end, called);
    }

    fn place_text(&self, at: (usize, usize)) -> String {
        self.world.binding(at).place.to_string()
    }

    /// Whether it is for one of the names that are asked about.
    fn is_for(&self, names: &[String]) -> bool {
        let asked = |asked: &&str| covers(names, asked) || names.iter().any(|name| name == asked);
        self.names.is_empty() || self.names.iter().any(asked)
    }
}

impl AccountRow {
    fn new(holding: &Holding) -> Self {
        let gaps = &holding.inventory.gaps;
        AccountRow {
            account: holding.name(),
            cloud: holding.cloud.as_str(),
            profile: holding.profile.clone(),
            complete: gaps.is_empty(),
            gaps: gaps
                .iter()
                .map(|gap| GapRow {
                    list: gap.of.clone(),
                    error: RowError::from(&gap.failure),
                })
                .collect(),
        }
    }
}
