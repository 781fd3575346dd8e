//! Commands over several accounts: whose they are, and what they have.

use std::rc::Rc;

use clap::Args;
use futures_util::future::{join, join_all};

use super::args::id;
use super::{Place, Session};
use crate::cloud::Cloud;
use crate::config::{Given, Origin, Settings};
use crate::deploy::{Holding, Scope, World};
use crate::error::Error;
use crate::fault::Kind;
use crate::products::{Gap, Inventory, PRODUCTS, identity};
use crate::transport::{Account, Failure};

/// Which accounts and products a command looks at.
#[derive(Debug, Args)]
pub struct AcrossArgs {
    /// Search only accounts of these clouds
    #[arg(long, value_name = "CLOUD,…", value_delimiter = ',',
          value_parser = ["alibaba", "tencent", "ucloud"])]
    cloud: Vec<String>,
    /// Show only places of these products
    #[arg(long, value_name = "PRODUCT,…", value_delimiter = ',',
          value_parser = ["cdn", "dcdn", "ga", "ssl", "ulb"])]
    pub product: Vec<String>,
    /// Search only these UCloud regions [default: the configured region]
    #[arg(long, value_name = "REGION,…", value_delimiter = ',', value_parser = id)]
    region: Vec<String>,
    /// UCloud project id, without the name [env: UCLOUD_PROJECT_ID]
    #[arg(long, value_name = "ID", value_parser = id)]
    project_id: Option<String>,
    /// Site of Tencent Cloud: intl or mainland [default: intl]
    #[arg(long, value_name = "SITE", value_parser = ["intl", "mainland"])]
    site: Option<String>,
}

/// An account that a command looks at.
pub struct Party {
    /// The profile that it is called with, where one was given.
    pub profile: Option<String>,
    /// Its name in the manifest, where it has one.
    pub label: Option<String>,
    /// The account that it has to be, where that is said.
    pub pinned: Option<String>,
    /// How it is called.
    pub settings: Settings,
    /// The products whose places are read; all with none.
    pub products: Vec<String>,
    /// The regions that are read of it; its own with none.
    pub regions: Vec<String>,
}

impl Party {
    /// What the account is known by, before anything was read of it.
    fn holding(&self, identity: String, inventory: Inventory) -> Holding {
        let settings = &self.settings;
        let text = |given: &Option<Given<String>>| given.as_ref().map(|given| given.value.clone());
        Holding {
            cloud: settings.cloud,
            profile: self.profile.clone(),
            label: self.label.clone(),
            pinned: self.pinned.clone(),
            identity,
            region: text(&settings.region),
            scope: Scope {
                project: text(&settings.project_id),
                site: (settings.cloud == Cloud::Tencent)
                    .then(|| settings.site.value.as_str().to_owned()),
                regions: self.regions.clone(),
            },
            inventory,
        }
    }

    /// Whether its login was named: by a flag, the environment, or certctl's own configuration. What
    /// lies in the file of a vendor's CLI was not.
    pub fn is_named(&self) -> bool {
        match &self.settings.login {
            Ok(login) => !matches!(&login.origin, Origin::File(place) if !place.is_own),
            Err(_) => false,
        }
    }
}

impl AcrossArgs {
    /// The accounts: of each profile, or of the one in use, every cloud that a login is found for.
    ///
    /// # Errors
    /// A broken value; no login for a cloud that was asked for, or for any.
    pub fn parties(&self, session: &Session<'_>) -> Result<Vec<Party>, Error> {
        if !Cloud::ALL.into_iter().any(|cloud| self.is_asked(cloud)) {
            return Err(Error::usage(
                format!(
                    "no product of --product {} is one of --cloud {}",
                    self.product.join(","),
                    self.cloud.join(",")
                ),
                "leave one of them out: nothing was sent",
            ));
        }
        let profiles = session.globals.profiles();
        let named: Vec<(usize, Option<&str>)> = match profiles[..] {
            [] | [_] => vec![(0, None)],
            _ => profiles
                .iter()
                .map(|(at, name)| (*at, Some(*name)))
                .collect(),
        };
        let mut parties = Vec::new();
        let mut absent = None;
        for (at, profile) in named {
            session.profile.set(at);
            for cloud in Cloud::ALL.into_iter().filter(|cloud| self.is_asked(*cloud)) {
                let place = Place {
                    profile: None,
                    region: self.region.first().map(String::as_str),
                    project_id: self.project_id.as_deref(),
                    site: self.site.as_deref(),
                };
                let place = match cloud {
                    Cloud::Ucloud => place,
                    // A region of UCloud's says nothing of the others.
                    Cloud::Alibaba | Cloud::Tencent => Place {
                        region: None,
                        ..place
                    },
                };
                let settings = session.settings(cloud, place)?;
                match &settings.login {
                    Ok(_) => parties.push(Party {
                        profile: profile.map(str::to_owned),
                        label: None,
                        pinned: None,
                        settings,
                        products: self.product.clone(),
                        regions: match cloud {
                            Cloud::Ucloud => self.region.clone(),
                            Cloud::Alibaba | Cloud::Tencent => Vec::new(),
                        },
                    }),
                    Err(error) if !self.cloud.is_empty() => return Err(error.clone().into()),
                    Err(_) => absent = absent.or(Some(cloud)),
                }
            }
        }
        match absent {
            Some(_) if parties.is_empty() => Err(Error::new(
                Kind::Config,
                "no login was found for any cloud",
                "see `certctl config show`, and docs/configuration.md for where logins are looked for",
            )),
            _ => Ok(parties),
        }
    }

    fn is_asked(&self, cloud: Cloud) -> bool {
        let of_product = |word: &String| {
            let mut products = PRODUCTS.iter();
            products.any(|spec| spec.word == word && spec.service.cloud == cloud)
        };
        (self.cloud.is_empty() || self.cloud.iter().any(|name| name == cloud.as_str()))
            && (self.product.is_empty() || self.product.iter().any(of_product))
    }
}

/// Reads what the accounts have, side by side; what cannot be read is a gap. With `identified` each
/// account is asked who it is as well.
///
/// # Errors
/// Not one list could be read: what the first says.
pub async fn world(
    parties: &[Party],
    accounts: &[Result<Rc<Account<'_>>, Failure>],
    identified: bool,
) -> Result<World, Error> {
    let read = parties.iter().zip(accounts).map(async |(party, account)| {
        let gap = |failure: &Failure| Gap {
            of: "account".to_owned(),
            failure: failure.clone(),
        };
        let products: Vec<&str> = party.products.iter().map(String::as_str).collect();
        let regions: Vec<&str> = party.regions.iter().map(String::as_str).collect();
        let mut identity = String::new();
        let inventory = match account {
            Ok(account) => {
                let read = Inventory::read(account, &products, &regions);
                let asked = async {
                    match identified {
                        true => Some(identity::of_account(account).await),
                        false => None,
                    }
                };
                let (mut inventory, asked) = join(read, asked).await;
                match asked {
                    Some(Ok(caller)) => identity = with_project(caller.account, account),
                    Some(Err(failure)) => inventory.gaps.push(gap(&failure)),
                    None => {}
                }
                inventory
            }
            Err(failure) => Inventory {
                gaps: vec![gap(failure)],
                ..Inventory::default()
            },
        };
        party.holding(identity, inventory)
    });
    let world = World::new(join_all(read).await);
    refuse_nothing(&world)?;
    Ok(world)
}

/// Says which lists could not be read.
pub fn tell_gaps(session: &Session<'_>, world: &World) {
    for holding in &world.holdings {
        for gap in &holding.inventory.gaps {
            session.ui.warn(&format!(
                "{}: {} could not be read: {}",
                holding.name(),
                gap.of,
                gap.failure.in_words()
            ));
        }
    }
}

/// An account by its number, with the project where it has projects.
fn with_project(number: String, account: &Account<'_>) -> String {
    match &account.settings().project_id {
        Some(project) => format!("{number}/{}", project.value),
        None => number,
    }
}

/// Where not one list could be read, the command has failed.
fn refuse_nothing(world: &World) -> Result<(), Error> {
    let has_any = |holding: &Holding| {
        !(holding.inventory.stored.is_empty() && holding.inventory.bindings.is_empty())
    };
    let mut gaps = world.holdings.iter().flat_map(|one| &one.inventory.gaps);
    match gaps.next() {
        Some(gap) if !world.holdings.iter().any(has_any) => Err(gap.failure.clone().into()),
        _ => Ok(()),
    }
}
