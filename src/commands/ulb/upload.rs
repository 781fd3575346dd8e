//! `certctl ulb upload`: a certificate of one's own, or one of USSL, for load balancers.
//!
//! The cloud refuses no duplicate, and its call is not to be repeated. A certificate that is there
//! already is found again by the fingerprint of its leaf.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;

use super::location::{LocationArgs, location};
use super::read::{certificate, certificates};
use super::send::settle;
use super::{already, certificate_name, is_name_char};
use crate::cert::{Bundle, leaf_fingerprint};
use crate::cloud::Cloud;
use crate::commands::args::id;
use crate::commands::wait::{Seen, WaitArgs};
use crate::commands::{Session, concluded};
use crate::error::{Error, is_pem};
use crate::output::{Answer, Document, Row, Status};
use crate::providers::Operation;
use crate::providers::ucloud::ulb::{
    Certificate, CreateSSL, DescribeSSLV2, Material, NAME_LIMIT, PAGE_LIMIT, Part, ULB,
};
use crate::transport::{Failure, Patience, Reconciled, plan, reconcile};

/// Upload a certificate, or take one over from USSL, unless it is there already
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ulb upload --cert fullchain.pem --key privkey.pem
  certctl ulb upload --cert fullchain.pem --key privkey.pem --name example.com-2026
  certctl ulb upload --ussl usecure_ussl-sandbox1")]
pub struct UploadArgs {
    /// Certificate chain, PEM
    #[arg(
        long,
        value_name = "FILE",
        requires = "key",
        required_unless_present = "ussl"
    )]
    cert: Option<PathBuf>,
    /// Private key of the certificate, PEM, not encrypted
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Take over this certificate of USSL: its key does not leave the cloud
    #[arg(long, value_name = "ID", value_parser = id, conflicts_with_all = ["cert", "key"])]
    ussl: Option<String>,
    /// Name for it, up to 50 letters, digits, Chinese characters and -_. [default: made of the
    /// first domain and the fingerprint]
    #[arg(long, value_name = "NAME", value_parser = certificate_name)]
    name: Option<String>,
    #[command(flatten)]
    location: LocationArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

const COMMAND: &str = "ulb upload";

/// Runs the command.
pub fn run(session: &Session<'_>, args: &UploadArgs) -> Result<Answer, Error> {
    let source = Source::read(session, args)?;
    let name = args.name.clone().unwrap_or_else(|| source.default_name());
    let settings = args.location.settle(session)?;
    let location = location(&settings);
    let call = CreateSSL {
        location,
        name: &name,
        material: source.material(),
    };
    let mut row = Row::new(Cloud::Ucloud, ULB.name, CreateSSL::ACTION, &source.target());
    if session.globals.dry_run {
        let read = DescribeSSLV2 {
            location,
            ssl_id: None,
            part: Part::FIRST,
        };
        let targets = || vec![source.target()];
        let requests = vec![
            plan(&settings, &read, targets()),
            plan(&settings, &call, targets()),
        ];
        return Ok(Answer::Targets(Document::planned(
            COMMAND,
            vec![row],
            requests,
        )));
    }
    session.online(&ULB, &settings, async |client| {
        let there = certificates(client, location, PAGE_LIMIT).await?;
        if let Some(found) = there.iter().find(|one| source.is(one)) {
            already(&mut row);
            row.certificate = Some(found.ssl_id.clone());
            row.note = Some(source.difference(found, args.name.as_deref()).into());
            return Ok(concluded(COMMAND, vec![row], None, client));
        }
        let looked = Cell::new(false);
        let all = async || {
            let there = certificates(client, location, PAGE_LIMIT).await?;
            Ok(there
                .into_iter()
                .filter(|one| source.is(one))
                .collect::<Vec<_>>())
        };
        let look = async || {
            looked.set(true);
            Ok::<_, Failure>(all().await?.pop())
        };
        // Another one would stay for good.
        let sent = reconcile(client, &call, Patience::ALWAYS, look).await;
        row.certificate = match &sent {
            Ok(Reconciled::Answered(done)) => Some(done.reply.ssl_id.clone()),
            Ok(Reconciled::Seen(found)) => Some(found.ssl_id.clone()),
            Err(_) => None,
        };
        settle(&mut row, sent);
        let id = row.certificate.clone().unwrap_or_default();
        if row.status == Status::Changed {
            // The cloud refuses no second copy: another process may have made one meanwhile.
            let copies: Result<_, Failure> = all().await;
            let twin = copies.ok().and_then(|all| twin(&all, &id, looked.get()));
            row.note = twin.or(row.note);
        }
        let mut rows = vec![row];
        let see = async |targets: &[usize]| {
            let seen = certificate(client, location, &id)
                .await
                .map(|seen| match seen {
                    None => Seen::Pending(format!("{id} cannot be read yet")),
                    Some(one) if source.contradicts(&one) => {
                        Seen::Pending(format!("{id} reads as another certificate"))
                    }
                    Some(_) => Seen::Confirmed,
                });
            targets
                .iter()
                .map(|target| (*target, seen.clone()))
                .collect()
        };
        session.confirm(client, &args.wait, &mut rows, see).await;
        Ok(concluded(COMMAND, rows, None, client))
    })
}

/// Another copy of the certificate: what a call whose answer was lost has made after all, where it
/// could not be seen in time, or what another process has uploaded at the same time.
fn twin(all: &[Certificate], id: &str, lost: bool) -> Option<Rc<str>> {
    let twin = all.iter().find(|one| one.ssl_id != id)?;
    let twin = &twin.ssl_id;
    let text = match lost {
        true => format!("a call before made {twin} of it as well: `certctl ulb delete {twin}`"),
        false => {
            format!("{twin} is the same certificate: `certctl ulb delete ID` of one of the two")
        }
    };
    Some(text.into())
}

/// What the certificate is made of.
enum Source<'a> {
    Pem {
        path: &'a Path,
        bundle: Box<Bundle>,
        /// Each certificate of the chain in PEM, the leaf first.
        chain: Vec<String>,
    },
    Ussl(&'a str),
}

impl<'a> Source<'a> {
    fn read(session: &Session<'_>, args: &'a UploadArgs) -> Result<Self, Error> {
        let (path, key) = match (&args.cert, &args.key, &args.ussl) {
            (_, _, Some(id)) => return Ok(Source::Ussl(id)),
            (Some(path), Some(key), None) => (path, key),
            _ => {
                return Err(Error::usage(
                    "nothing to upload: neither --cert and --key nor --ussl is given",
                    "add --cert FILE --key FILE, or --ussl ID: nothing was sent",
                ));
            }
        };
        if [path, key]
            .iter()
            .any(|file| is_pem(&file.to_string_lossy()))
        {
            return Err(Error::pem_as_argument());
        }
        let bundle = session.bundle(path, Some(key))?;
        let chain = blocks(bundle.chain_pem());
        Ok(Source::Pem {
            path,
            bundle: Box::new(bundle),
            chain,
        })
    }

    /// As it was asked for.
    fn target(&self) -> String {
        match self {
            Source::Pem { path, .. } => path.display().to_string(),
            Source::Ussl(id) => (*id).to_owned(),
        }
    }

    fn material(&self) -> Material<'_> {
        match self {
            Source::Pem { bundle, chain, .. } => Material::Pem {
                leaf: &chain[0],
                issuers: &bundle.chain_pem()[chain[0].len()..],
                key: bundle
                    .key_pem()
                    .expect("a bundle that was read with its key"),
            },
            Source::Ussl(id) => Material::Ussl(id),
        }
    }

    /// A name that tells what it is; the cloud wants one.
    fn default_name(&self) -> String {
        let (words, mark) = match self {
            Source::Pem { bundle, .. } => {
                let leaf = bundle.leaf();
                let first = leaf.names.first().map_or("", String::as_str);
                let first = first.strip_prefix("*.").unwrap_or(first);
                (first.to_owned(), format!("-{}", &leaf.fingerprint[..8]))
            }
            Source::Ussl(id) => ((*id).to_owned(), String::new()),
        };
        let prefix = "certctl-";
        let room = NAME_LIMIT - prefix.len() - mark.len();
        let words = words.chars().filter(|c| is_name_char(*c)).take(room);
        format!("{prefix}{}{mark}", words.collect::<String>())
    }

    /// Whether a certificate of the cloud is this one.
    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Source::Pem { bundle, .. } => {
                let there = certificate.content.fingerprints();
                there.contains(&bundle.leaf().fingerprint)
            }
            Source::Ussl(id) => certificate.ussl_id == *id,
        }
    }

    /// Whether a certificate of the cloud is another one; where its content is not shown, nobody
    /// knows.
    fn contradicts(&self, certificate: &Certificate) -> bool {
        !self.is(certificate) && !certificate.content.fingerprints().is_empty()
    }

    /// What is to be known of the certificate that is there already.
    fn difference(&self, there: &Certificate, name: Option<&str>) -> String {
        let mut notes = vec![format!("there already, called {}", there.name)];
        if name.is_some_and(|name| name != there.name) {
            let ssl_id = &there.ssl_id;
            notes.push(format!(
                "`certctl ulb rename {ssl_id} --name NAME` gives it another name"
            ));
        }
        if let Source::Pem { chain, .. } = self {
            let own = chain.iter().map(|pem| leaf_fingerprint(pem.as_bytes()));
            let own: Option<Vec<String>> = own.collect();
            let mut there = there.content.fingerprints().to_vec();
            let mut own = own.unwrap_or_default();
            own.sort();
            there.sort();
            if own != there {
                notes.push("its intermediates are others than those of the file".into());
            }
        }
        notes.join("; ")
    }
}

/// The certificates of a chain as [`Bundle::chain_pem`] writes it, one by one.
fn blocks(chain: &str) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----\n";
    chain.split_inclusive(END).map(str::to_owned).collect()
}
