//! What `plan` and `apply` are asked for: certificates, the places that are to serve them, and the
//! accounts of these; and what comes of it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use chrono::{DateTime, Utc};
use clap::Args;
use futures_util::future::join_all;

use super::across::{self, AcrossArgs, Party};
use super::{Session, listed};
use crate::cert::Bundle;
use crate::config::Settings;
use crate::deploy::{
    Block, Blocked, Files, Guard, KeySource, Missing, Plan, Shelved, Shown, Target, Upload, Wanted,
    World, plan, shelf, targets,
};
use crate::error::Error;
use crate::fault::Kind;
use crate::products::{Place, store_of};
use crate::redact::one_line;
use crate::transport::{Account, Failure};

/// A certificate, and where it is wanted.
#[derive(Debug, Args)]
pub struct WantedArgs {
    /// Manifest: which certificates are wanted where, in TOML or JSON (docs/manifest.md); - reads
    /// standard input
    #[arg(short = 'f', long, value_name = "FILE",
          conflicts_with_all = ["cert", "cloud", "product", "region", "project_id", "site"])]
    pub file: Option<PathBuf>,
    /// Certificate file, with its intermediates
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// File of the intermediates, where they are apart
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub chain: Option<PathBuf>,
    /// Change this place only, as `certctl inventory --places` writes it; may be repeated [default:
    /// every place that the certificate covers a name of]
    #[arg(long, value_name = "PLACE", requires = "cert")]
    place: Vec<String>,
    /// Leave this place alone; may be repeated
    #[arg(long, value_name = "PLACE", requires = "cert")]
    except: Vec<String>,
    /// Do not let these guards block a place
    #[arg(long, value_name = "GUARD,…", value_delimiter = ',',
          value_parser = ["names", "older", "short", "issuer", "algorithm", "chain"])]
    allow: Vec<String>,
    #[command(flatten)]
    pub across: AcrossArgs,
}

/// What is asked for, read from files, before any call.
pub struct Asked {
    /// The accounts.
    pub parties: Vec<Party>,
    /// The certificates.
    pub wanted: Vec<Wanted>,
    /// The files of each, where it comes from files.
    pub bundles: Vec<Option<Bundle>>,
}

/// What was planned, and from what.
pub struct Planned {
    /// What is wanted.
    pub wanted: Vec<Wanted>,
    /// What is there.
    pub world: World,
    /// Where the certificates are already.
    pub shelved: Shelved,
    /// The stores that could not be searched: there it counts as not there.
    pub unsearched: Vec<(Upload, Failure)>,
    /// What has to be done.
    pub plan: Plan,
    /// When it was made.
    pub made: DateTime<Utc>,
}

impl WantedArgs {
    /// What is asked for. With a key the certificate can be uploaded.
    ///
    /// # Errors
    /// A broken value, a certificate that cannot be read, no login.
    pub fn asked(&self, session: &Session<'_>, key: Option<&Path>) -> Result<Asked, Error> {
        let guards = self.allow.iter().filter_map(|name| Guard::named(name));
        let allow: BTreeSet<Guard> = guards.collect();
        let cert = match (&self.file, &self.cert) {
            (Some(file), _) => return listed::read(session, file, &allow),
            (None, Some(cert)) => cert,
            (None, None) => {
                return Err(Error::usage(
                    "no certificate was given",
                    "add --cert FILE, or -f FILE with a manifest: nothing was sent",
                ));
            }
        };
        let files = Files {
            cert: cert.clone(),
            chain: self.chain.clone(),
            key: key.map(|key| KeySource::File(key.to_owned())),
        };
        let bundle = session.bundle_of(cert, self.chain.as_deref(), None)?;
        let places = places("place", &self.place)?;
        let block = Block {
            find: places.is_empty().then(Vec::new),
            places,
            except: self::places("except", &self.except)?,
            ..Block::default()
        };
        let wanted = Wanted {
            called: cert.display().to_string(),
            certificate: bundle.certificate(),
            files: Some(files),
            stored: None,
            on: vec![block],
            allow,
        };
        Ok(Asked {
            parties: self.across.parties(session)?,
            wanted: vec![wanted],
            bundles: vec![Some(bundle)],
        })
    }
}

fn places(flag: &str, texts: &[String]) -> Result<Vec<Place>, Error> {
    let parse = |text: &String| {
        text.parse().map_err(|why| {
            Error::usage(
                format!("--{flag} '{}': {why}", one_line(text, 80)),
                "`certctl inventory --places` lists them: nothing was sent",
            )
        })
    };
    texts.iter().map(parse).collect()
}

impl Asked {
    /// How each account is called.
    pub fn settings(&self) -> Vec<Settings> {
        let settings = self.parties.iter().map(|party| party.settings.clone());
        settings.collect()
    }

    /// Reads what is there, and plans.
    ///
    /// # Errors
    /// Nothing at all could be read; a certificate that should be in a store is not.
    pub async fn planned(
        &self,
        accounts: &[Result<Rc<Account<'_>>, Failure>],
    ) -> Result<Planned, Error> {
        let world = across::world(&self.parties, accounts, true).await?;
        let mut wanted = self.wanted.clone();
        for one in &mut wanted {
            complete(one, &world)?;
        }
        let targets = targets(&wanted, &world);
        let (shelved, unsearched) = self.shelved(&targets.0, &world, accounts).await;
        let made = Utc::now();
        let plan = plan(&wanted, &world, targets, &shelved, made);
        Ok(Planned {
            wanted,
            world,
            shelved,
            unsearched,
            plan,
            made,
        })
    }

    /// Looks for the certificates in each store that a place takes its certificate from; with the stores
    /// that could not be searched.
    async fn shelved(
        &self,
        targets: &[Target],
        world: &World,
        accounts: &[Result<Rc<Account<'_>>, Failure>],
    ) -> (Shelved, Vec<(Upload, Failure)>) {
        let uploads: BTreeSet<Upload> = targets
            .iter()
            .map(|target| Upload {
                certificate: target.certificate,
                shelf: shelf(world, target.at),
            })
            .collect();
        let look = uploads.into_iter().filter_map(|upload| {
            let bundle = self.bundles[upload.certificate].as_ref()?;
            Some(async move {
                let shelf = &upload.shelf;
                let found = match &accounts[shelf.account] {
                    Ok(account) => {
                        let region = shelf.region.as_deref();
                        (store_of(shelf.store).find)(account, bundle, region).await
                    }
                    Err(failure) => Err(failure.clone()),
                };
                (upload, found)
            })
        });
        let mut shelved = Shelved::new();
        let mut unsearched = Vec::new();
        for (upload, found) in join_all(look).await {
            match found {
                Ok(there) => {
                    shelved.insert(upload, there.map(|stored| stored.id));
                }
                Err(failure) => unsearched.push((upload, failure)),
            }
        }
        (shelved, unsearched)
    }

    /// Reads the keys of what has to be uploaded.
    ///
    /// # Errors
    /// Nobody says where one is, or it cannot be read, or is that of another certificate; the certificate
    /// is another one than it was.
    pub fn read_keys(&mut self, session: &Session<'_>, uploads: &[Upload]) -> Result<(), Error> {
        for upload in uploads {
            let wanted = &self.wanted[upload.certificate];
            let bundle = &mut self.bundles[upload.certificate];
            let (Some(files), Some(read)) = (&wanted.files, bundle.as_ref()) else {
                continue;
            };
            if read.key_pem().is_some() {
                continue;
            }
            let Some(key) = &files.key else {
                return Err(Error::usage(
                    format!(
                        "{} has to be uploaded to {}, which needs its private key",
                        wanted.called,
                        upload.shelf.store.as_str()
                    ),
                    "add --key FILE: nothing was changed",
                ));
            };
            let whole = session.bundle_with(&files.cert, files.chain.as_deref(), Some(key))?;
            if whole.certificate() != wanted.certificate {
                return Err(Error::new(
                    Kind::Moved,
                    format!("{} is another certificate by now", files.cert.display()),
                    "run the command again: nothing was changed",
                ));
            }
            *bundle = Some(whole);
        }
        Ok(())
    }

    /// Leaves out the accounts whose login nobody has named.
    ///
    /// # Errors
    /// None is left.
    pub fn keep_named(&mut self, session: &Session<'_>) -> Result<(), Error> {
        let mut left_out = Vec::new();
        self.parties.retain(|party| {
            if !party.is_named() {
                left_out.push(party.settings.cloud);
            }
            party.is_named()
        });
        if left_out.is_empty() {
            return Ok(());
        }
        let clouds: Vec<&str> = left_out.iter().map(|cloud| cloud.as_str()).collect();
        let clouds = clouds.join(" and ");
        let why =
            format!("{clouds}: the login is in a file of the vendor's CLI, and nobody named it");
        if self.parties.is_empty() {
            return Err(Error::new(
                Kind::Config,
                why,
                "name the profile with --profile, or put the login into the environment: nothing was sent",
            ));
        }
        session.ui.warn(&format!("{why}: left out"));
        Ok(())
    }
}

/// What a store tells of a certificate that is wanted from there.
fn complete(wanted: &mut Wanted, world: &World) -> Result<(), Error> {
    let Some((account, id)) = &wanted.stored else {
        return Ok(());
    };
    let holding = &world.holdings[*account];
    let mut stored = holding.inventory.stored.iter();
    let found = stored.find(|one| one.id.store == id.store && one.id.id == id.id);
    let Some(found) = found else {
        return Err(Error::new(
            Kind::NotFound,
            format!(
                "{}: the {} certificates of {} have no {}",
                wanted.called,
                id.store.as_str(),
                holding.name(),
                id.identifier_or_id()
            ),
            "`certctl inventory` lists the ids: nothing was changed",
        ));
    };
    wanted.certificate = found.certificate.clone();
    wanted.stored = Some((*account, found.id.clone()));
    Ok(())
}

/// What tells a place of an account from every other, whenever it is read.
pub type Key = (usize, Place, Option<String>);

impl Planned {
    /// As it is shown.
    pub fn shown(&self) -> Shown<'_> {
        Shown {
            plan: &self.plan,
            wanted: &self.wanted,
            world: &self.world,
            made: self.made,
        }
    }

    /// The plan's id.
    pub fn id(&self) -> String {
        self.plan.id(&self.wanted, &self.world)
    }

    /// Says what could not be read.
    pub fn tell_gaps(&self, session: &Session<'_>) {
        across::tell_gaps(session, &self.world);
        for (upload, failure) in &self.unsearched {
            session.ui.warn(&format!(
                "{}: whether {} has the certificate already could not be read: {}",
                self.world.holdings[upload.shelf.account].name(),
                upload.shelf.store.as_str(),
                failure.in_words()
            ));
        }
    }

    /// The key of a place.
    pub fn key(&self, at: (usize, usize)) -> Key {
        let binding = self.world.binding(at);
        (at.0, binding.place.clone(), binding.region.clone())
    }

    /// The places that serve what is wanted.
    pub fn as_wanted(&self) -> HashSet<Key> {
        let unchanged = self.plan.unchanged.iter();
        unchanged.map(|target| self.key(target.at)).collect()
    }

    /// What would be changed at each place: the ids that go, and when what goes ends.
    pub fn changes(&self) -> HashMap<Key, Vec<Goes>> {
        let mut changes: HashMap<Key, Vec<Goes>> = HashMap::new();
        for change in &self.plan.changes {
            let at = change.target.at;
            let old = self.world.goes(at, change.before.as_ref());
            let goes = Goes {
                id: change.before.as_ref().map(|id| id.id.clone()),
                expires: old.and_then(|old| old.expires),
                certificate: change.target.certificate,
            };
            changes.entry(self.key(at)).or_default().push(goes);
        }
        changes
    }

    /// This plan, without what `agreed` had not: a place that serves something else now than it did
    /// then is left alone, and what was not planned then is not done.
    pub fn held_to(mut self, agreed: &HashMap<Key, Vec<Goes>>) -> Self {
        let now = self.changes();
        let mut plan = std::mem::take(&mut self.plan);
        let is_agreed = |target: &Target| {
            let key = self.key(target.at);
            let is_part = |goes: &Vec<Goes>| now[&key].iter().all(|one| goes.contains(one));
            agreed.get(&key).is_some_and(is_part)
        };
        let was_agreed = |target: &Target| agreed.get(&self.key(target.at));
        let has_moved = |target: &Target| {
            let borne = self.world.borne(target.at);
            let serves = |goes: &Goes| {
                borne.iter().any(|one| {
                    let id = one.id.map(|id| &id.id);
                    (id, one.known.certificate.expires) == (goes.id.as_ref(), goes.expires)
                })
            };
            was_agreed(target).is_some_and(|goes| !goes.iter().all(serves))
        };
        let (agreed_on, others): (Vec<_>, Vec<_>) = plan
            .changes
            .into_iter()
            .partition(|change| is_agreed(&change.target));
        plan.changes = agreed_on;
        let mut moved: Vec<Target> = others.iter().map(|change| change.target).collect();
        moved.retain(|target| was_agreed(target).is_some());
        let (changed, blocked): (Vec<_>, Vec<_>) = plan
            .blocked
            .into_iter()
            .partition(|blocked| has_moved(&blocked.target));
        plan.blocked = blocked;
        moved.extend(changed.into_iter().map(|blocked| blocked.target));
        let bare: Vec<Target> = plan
            .bare
            .iter()
            .filter(|one| has_moved(one))
            .copied()
            .collect();
        plan.bare.retain(|target| !bare.contains(target));
        moved.extend(bare);
        moved.dedup();
        plan.blocked.extend(moved.into_iter().map(|target| Blocked {
            target,
            guard: Guard::Moved,
            message: "somebody else has changed it since this was planned".to_owned(),
        }));
        let changes = &plan.changes;
        plan.uploads.retain(|upload| {
            changes.iter().any(|change| {
                change.target.certificate == upload.certificate
                    && change.after.as_ref() == Some(&upload.shelf)
            })
        });
        let there: HashSet<Key> = self.world.places().map(|at| self.key(at)).collect();
        let gone = agreed.iter().filter(|(key, _)| !there.contains(key));
        plan.missing
            .extend(gone.map(|((account, place, _), goes)| Missing {
                certificate: goes.first().map_or(0, |goes| goes.certificate),
                account: Some(*account),
                place: place.clone(),
            }));
        self.plan = plan;
        self
    }
}

/// What a change takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goes {
    /// Its id, where it is in a store.
    pub id: Option<String>,
    /// When it ends.
    pub expires: Option<DateTime<Utc>>,
    /// Which of the wanted certificates comes.
    pub certificate: usize,
}
