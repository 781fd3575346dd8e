//! The certificates that a listener is given: by their ids in the store, or as a file that is
//! uploaded there first. They are found to be there, to be valid and to cover what they are for
//! before anything is sent.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cert::Bundle;
use crate::commands::cas::store::{SiteArgs, of_site};
use crate::commands::certificate::{
    FileArgs, FitArgs, Given, also_a_file, check_file_flags, unread_names,
};
use crate::commands::list::without_foreign_comma;
use crate::commands::{Place, Session};
use crate::config::Settings;
use crate::domain::Domain;
use crate::error::Error;
use crate::fault::Kind;
use crate::products::cas::{self, Beforehand, Kept};
use crate::products::{Settled, StoreId};
use crate::providers::alibaba::cas::{CAS, GetUserCertificateDetail, INTERNATIONAL, MAINLAND};
use crate::transport::{Client, Failure, PlannedCall, in_order, nonce, plan_beside};

/// What goes with `--cert`.
#[derive(Debug, Args)]
pub struct CertArgs {
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    fit: FitArgs,
    #[command(flatten)]
    site: SiteArgs,
}

impl CertArgs {
    /// The flags that configure.
    pub fn place(&self) -> Place<'_> {
        Place {
            region: self.site.region.as_deref(),
            ..Place::default()
        }
    }
}

/// What `--cert` names, and how.
#[derive(Clone, Debug)]
pub struct Choice {
    given: Given,
    text: String,
}

impl Choice {
    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Reads the id of a certificate, or the name of its file.
pub fn choice(text: &str) -> Result<Choice, String> {
    let given = Given::of_cas(text)?;
    let text = text.to_owned();
    Ok(Choice { given, text })
}

/// Reads a certificate and the domain that it is for.
pub fn pair(text: &str) -> Result<(Choice, String), String> {
    // A file's name may have an equals sign in it, a domain has none.
    let (certificate, domain) = text
        .rsplit_once('=')
        .ok_or("write CERT=DOMAIN, such as 123-cn-hangzhou=example.com")?;
    // The name of a file may have any comma in it.
    if !Path::new(certificate).exists() {
        without_foreign_comma(text)?;
    }
    let choice = choice(certificate).map_err(|reason| format!("certificate: {reason}"))?;
    let domain = Domain::parse(domain).map_err(|reason| format!("domain '{domain}' {reason}"))?;
    Ok((choice, domain.ascii().to_owned()))
}

/// A certificate that is wanted somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// One of the store's; the id has its site.
    Id(StoreId),
    /// That of the file.
    File,
}

/// A certificate that is given as a file.
struct File {
    path: PathBuf,
    bundle: Bundle,
}

impl Chosen {
    /// The id, once it is known which one the file's certificate has.
    pub fn id<'i>(&'i self, of_file: Option<&'i StoreId>) -> Option<&'i StoreId> {
        match self {
            Chosen::Id(id) => Some(id),
            Chosen::File => of_file,
        }
    }
}

/// The certificates of a command.
pub struct Certificates<'s> {
    session: &'s Session<'s>,
    args: &'s CertArgs,
    site: &'static str,
    file: Option<File>,
}

impl<'s> Certificates<'s> {
    /// Reads the file, if one is given, and checks the ids as far as that goes without the store.
    /// Each becomes what Global Accelerator takes, which is said where it was given otherwise.
    ///
    /// # Errors
    /// Flags that do not go together, a file that is unfit, an id of the other site's store.
    pub fn new(
        session: &'s Session<'s>,
        args: &'s CertArgs,
        settings: &Settings,
        choices: &[Choice],
    ) -> Result<(Self, Vec<Chosen>), Error> {
        check_file_flags(choices.iter().map(|choice| &choice.given), &args.file)?;
        // The product itself has one region, wherever its accelerators are.
        let site = cas::site(settings.region.as_ref().map(|given| given.value.as_str()));
        let mut certificates = Certificates {
            session,
            args,
            site,
            file: None,
        };
        let mut chosen: Vec<Chosen> = Vec::with_capacity(choices.len());
        for choice in choices {
            let one = match &choice.given {
                Given::Id(id) => Chosen::Id(of_site(id, site)?),
                Given::File(_) => Chosen::File,
            };
            if let Chosen::Id(id) = &one
                && id.identifier_or_id() != choice.text
                && !chosen.contains(&one)
            {
                session.ui.note(&format!(
                    "{} has the id {} in Global Accelerator",
                    choice.text,
                    id.identifier_or_id()
                ));
            }
            if let (Given::File(path), None) = (&choice.given, &certificates.file) {
                certificates.file = Some(File {
                    path: path.clone(),
                    bundle: session.material(path, &args.file)?,
                });
            }
            chosen.push(one);
        }
        Ok((certificates, chosen))
    }

    /// A client of the store.
    ///
    /// # Errors
    /// The proxy's variable is broken.
    pub fn store<'c>(&self, client: &Client<'c>) -> Result<Client<'c>, Error> {
        Ok(client.beside_in(&CAS, self.site)?)
    }

    /// Whether anything may be read before the change.
    pub fn previews(&self) -> bool {
        !self.args.fit.no_preview
    }

    /// Whether the names are read and compared.
    pub fn checks(&self) -> bool {
        self.args.fit.checks()
    }

    /// How the store is treated before a file is uploaded.
    fn beforehand(&self) -> Beforehand {
        match self.args.fit.no_preview {
            true => Beforehand::Nothing,
            false => Beforehand::Look,
        }
    }

    /// What is read and uploaded before the listener is changed, for a dry run.
    pub fn planned(&self, settings: &Settings, chosen: &[Chosen]) -> Vec<PlannedCall> {
        let look_up = |id: &StoreId| {
            let call = GetUserCertificateDetail { cert_id: &id.id };
            plan_beside(settings, &call, vec![id.id.clone()])
        };
        let mut calls: Vec<PlannedCall> = match self.args.fit.checks() {
            true => distinct(chosen).into_iter().map(look_up).collect(),
            false => Vec::new(),
        };
        if let Some(file) = &self.file {
            if self.previews() {
                calls.push(plan_beside(settings, &cas::first_page(), Vec::new()));
            }
            let (name, token) = (file.bundle.certificate().store_name(), nonce());
            let upload = cas::uploading(&file.bundle, &name, &token);
            let target = file.path.display().to_string();
            calls.push(plan_beside(settings, &upload, vec![target]));
        }
        calls
    }

    /// The spelling that Global Accelerator takes, as far as it is known before an upload.
    pub fn identifier(&self, chosen: &Chosen) -> String {
        match (chosen, &self.file) {
            (Chosen::Id(id), _) => id.identifier_or_id(),
            (Chosen::File, Some(file)) => format!("(id of {})", file.path.display()),
            (Chosen::File, None) => String::new(),
        }
    }

    /// Refuses a certificate that is not there, has expired or does not cover what it is for. Each is
    /// read once; where nothing is to be read, the file's alone is looked at.
    ///
    /// # Errors
    /// Why one does not fit; the store cannot be read.
    pub async fn check(
        &self,
        cas: &Client<'_>,
        wanted: &[(&Chosen, Vec<String>)],
    ) -> Result<(), Error> {
        let places = |certificate: &Chosen| {
            let own = wanted.iter().filter(|(one, _)| **one == *certificate);
            own.flat_map(|(_, names)| names.iter().map(String::as_str))
                .collect::<Vec<&str>>()
        };
        let now = cas.now();
        if let Some(file) = &self.file {
            let called = file.path.display().to_string();
            let places = places(&Chosen::File);
            let certificate = file.bundle.certificate();
            self.session
                .fit(&certificate, &called, places, &self.args.fit, now)?;
        }
        if !self.args.fit.checks() {
            return Ok(());
        }
        let chosen: Vec<Chosen> = wanted.iter().map(|(one, _)| (*one).clone()).collect();
        let ids = distinct(&chosen);
        let read = async |at: usize| cas::look_up(cas, ids[at], self.site).await;
        let read = in_order(ids.len(), read).await;
        for (id, answer) in ids.into_iter().zip(read) {
            let stored = answer.map_err(|failure| self.unread(id, failure))?;
            let called = format!("certificate {}", id.identifier_or_id());
            let places = places(&Chosen::Id(id.clone()));
            self.session
                .fit(&stored.certificate, &called, places, &self.args.fit, now)?;
            self.args.file.check_stored(&stored.certificate, &called)?;
        }
        Ok(())
    }

    /// The names of the certificate that a listener has; none where the store has it no more.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn names_of(&self, cas: &Client<'_>, id: &StoreId) -> Result<Vec<String>, Error> {
        match cas::look_up(cas, id, self.site).await {
            Ok(stored) => Ok(stored.certificate.names),
            Err(failure) if failure.kind == Kind::NotFound => Ok(Vec::new()),
            Err(failure) => Err(unread_names(failure).into()),
        }
    }

    fn unread(&self, id: &StoreId, failure: Failure) -> Error {
        if failure.kind != Kind::NotFound {
            return unread_names(failure).into();
        }
        let (number, site) = (&id.id, self.site);
        let other = match site {
            MAINLAND => INTERNATIONAL,
            _ => MAINLAND,
        };
        let list = format!(
            "list its certificates with `certctl cas list --region {site}`; for a certificate of \
             the other store add `--region {other}`: nothing was sent"
        );
        Error {
            code: failure.code,
            request_id: failure.request_id,
            ..Error::new(
                Kind::NotFound,
                format!("certificate {number} is not in the store of {site}"),
                also_a_file(number).unwrap_or(list),
            )
        }
    }

    /// Uploads the file's certificate, or finds it again in the store; what became of that comes back
    /// where it is not there then.
    pub async fn upload(&self, cas: &Client<'_>) -> Result<Option<StoreId>, Box<Settled>> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let (bundle, look) = (&file.bundle, self.beforehand());
        let Kept { stored, settled } = cas::ensure(cas, bundle, None, self.site, look).await;
        let stored = match stored {
            Some(stored) => stored,
            // A dry run goes on without its number.
            None if settled.is_planned() => {
                let id = self.identifier(&Chosen::File);
                return Ok(Some(cas::id(&id, self.site)));
            }
            None => return Err(Box::new(settled)),
        };
        let (path, id) = (file.path.display(), stored.id.identifier_or_id());
        let how = settled.note.as_deref().unwrap_or_default();
        cas.note(&format!("{path} is {id} in the store: {how}"));
        Ok(Some(stored.id))
    }
}

/// The ids, each once.
fn distinct(chosen: &[Chosen]) -> Vec<&StoreId> {
    let mut ids = Vec::new();
    for one in chosen {
        if let Chosen::Id(id) = one
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_split_at_its_last_equals_sign() {
        let read = |text: &str| pair(text).map(|(choice, domain)| (choice.given, domain));
        let (given, domain) = read("certs/a=b.pem=a.com").unwrap();
        assert_eq!(given, Given::File("certs/a=b.pem".into()));
        assert_eq!(domain, "a.com");
        let (given, _) = read("19580016-cas.aliyuncs.com=A.com").unwrap();
        let id = cas::id("19580016", MAINLAND);
        assert_eq!(given, Given::Id(id));
        for text in ["1", "=a.com", "1=", "bad=a.com", "uI1rdSju=a.com"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
