//! What a manifest asks for: its accounts with their logins, its certificates with their files.

use std::collections::BTreeSet;
use std::path::Path;

use super::across::Party;
use super::wanted::Asked;
use super::{Place as Narrowed, Session};
use crate::cert::{Bundle, Certificate};
use crate::deploy::manifest::{self, AccountEntry, CertificateEntry, Regions, Source};
use crate::deploy::{Block, Files, Guard, Manifest, Wanted};
use crate::error::Error;
use crate::fault::Kind;
use crate::files;
use crate::products::spec_of;

/// The largest manifest.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Reads a manifest and the certificates that it names; no key.
///
/// # Errors
/// It is broken, with its line and column; a certificate that cannot be read, or is for fewer names than
/// the manifest says; an account without a login.
pub fn read(session: &Session<'_>, path: &Path, allow: &BTreeSet<Guard>) -> Result<Asked, Error> {
    if !session.globals.profiles().is_empty() {
        return Err(Error::usage(
            "--profile and -f do not go together: the manifest names the profile of each account",
            "leave --profile out: nothing was sent",
        ));
    }
    let (shown, text) = files::read_or_stdin(path, LIMIT)?;
    let text = std::str::from_utf8(&text).map_err(|_| {
        Error::usage(
            format!("{shown} is not UTF-8"),
            "write the manifest in TOML or JSON: nothing was sent",
        )
    })?;
    // Of standard input that is the folder that the command runs in.
    let base = path.parent().unwrap_or(Path::new(""));
    let manifest =
        Manifest::parse(text, base).map_err(|error| Error::of_manifest(&shown, &error))?;
    let used = |account: &&AccountEntry| {
        let mut certificates = manifest.certificates.iter();
        certificates.any(|one| one.on.iter().any(|on| on.account == account.name))
    };
    let accounts: Vec<&AccountEntry> = manifest.accounts.iter().filter(used).collect();
    let mut asked = Asked {
        parties: Vec::with_capacity(accounts.len()),
        wanted: Vec::with_capacity(manifest.certificates.len()),
        bundles: Vec::with_capacity(manifest.certificates.len()),
    };
    for account in &accounts {
        asked.parties.push(party(session, account, &manifest)?);
    }
    let number = |name: &str| {
        let at = accounts.iter().position(|account| account.name == name);
        at.expect("a manifest names its accounts")
    };
    for certificate in &manifest.certificates {
        let (bundle, files) = files_of(session, certificate)?;
        if certificate.on.iter().any(|on| on.wide) {
            return Err(unknown_yet(
                &format!("certificate {}: wide = true", certificate.name),
                "leave it out, and use `certctl ssl update` for these resources",
            ));
        }
        let on = certificate.on.iter();
        let on = on.map(|on| block(on, number(&on.account))).collect();
        asked.wanted.push(Wanted {
            called: certificate.name.clone(),
            certificate: bundle.as_ref().map(Bundle::certificate).unwrap_or_default(),
            files,
            stored: match &certificate.source {
                Source::Stored { account, id } => Some((number(account), id.clone())),
                Source::Files { .. } => None,
            },
            on,
            allow: allow.clone(),
        });
        asked.bundles.push(bundle);
    }
    Ok(asked)
}

/// The files of a certificate, where it comes from files, and what is in them but for the key.
fn files_of(
    session: &Session<'_>,
    certificate: &CertificateEntry,
) -> Result<(Option<Bundle>, Option<Files>), Error> {
    let Source::Files { cert, chain, key } = &certificate.source else {
        return Ok((None, None));
    };
    let bundle = session.bundle_of(cert, chain.as_deref(), None)?;
    check_names(certificate, &bundle.certificate(), cert)?;
    let files = Files {
        cert: cert.clone(),
        chain: chain.clone(),
        key: key.clone(),
    };
    Ok((Some(bundle), Some(files)))
}

/// Refuses a file that is for fewer names than the manifest says.
fn check_names(entry: &CertificateEntry, found: &Certificate, cert: &Path) -> Result<(), Error> {
    let lacks = |name: &&String| !found.names.contains(*name) && found.covers(name) != Some(true);
    let lacking: Vec<&str> = entry
        .names
        .iter()
        .filter(lacks)
        .map(String::as_str)
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        Kind::Certificate,
        format!(
            "{}: {} is not for {}, as the manifest says: it is for {}",
            entry.name,
            cert.display(),
            lacking.join(", "),
            found.names.join(", ")
        ),
        "renew it with all its names, or correct `names`: nothing was sent",
    ))
}

fn block(on: &manifest::Block, account: usize) -> Block {
    Block {
        account: Some(account),
        find: (!on.find.is_empty())
            .then(|| on.find.iter().map(|word| (*word).to_owned()).collect()),
        places: on.places.clone(),
        except: on.except.clone(),
        expect: on.expect.clone(),
        lose: on.lose.clone(),
        on: on.on,
    }
}

/// What the form of a manifest has, and nothing works by yet.
fn unknown_yet(what: &str, instead: &str) -> Error {
    Error::new(
        Kind::Config,
        format!("{what} is not supported yet"),
        format!("{instead}: nothing was sent"),
    )
}

/// An account of the manifest, as it is called.
fn party(
    session: &Session<'_>,
    account: &AccountEntry,
    manifest: &Manifest,
) -> Result<Party, Error> {
    let regions = match &account.regions {
        Regions::Own => Vec::new(),
        Regions::These(regions) => regions.clone(),
        Regions::All => {
            let what = format!("account {}: regions = \"all\"", account.name);
            return Err(unknown_yet(&what, "name the regions"));
        }
    };
    let settings = session.settings(
        account.cloud,
        Narrowed {
            profile: account.profile.as_deref(),
            region: regions.first().map(String::as_str),
            project_id: account.project.as_deref(),
            site: account.site.map(|site| site.as_str()),
        },
    )?;
    if let Err(error) = &settings.login {
        let error = Error::from(error.clone());
        return Err(Error {
            message: format!("account {}: {}", account.name, error.message),
            ..error
        });
    }
    let on = manifest.certificates.iter().flat_map(|one| &one.on);
    let mut products: BTreeSet<&str> = BTreeSet::new();
    for on in on.filter(|on| on.account == account.name) {
        products.extend(on.find.iter().copied());
        products.extend(on.places.iter().map(|place| spec_of(place.product).word));
    }
    Ok(Party {
        profile: account.profile.clone(),
        label: Some(account.name.clone()),
        pinned: account.identity.clone(),
        settings,
        products: products.into_iter().map(str::to_owned).collect(),
        regions,
    })
}
