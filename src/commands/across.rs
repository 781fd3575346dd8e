//! Commands over several accounts: whose they are, and what they have.

use std::rc::Rc;

use clap::Args;
use futures_util::future::{join, join_all};

use super::args::id;
use super::{Place, Session};
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::deploy::{Holding, World};
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
    /// How it is called.
    pub settings: Settings,
}

impl AcrossArgs {
    /// The accounts: of each profile, or of the one in use, every cloud that a login is found for.
    ///
    /// # Errors
    /// A broken value; no login for a cloud that was asked for, or for any.
    pub fn parties(&self, session: &Session<'_>) -> Result<Vec<Party>, Error> {
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
                        settings,
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

    /// Reads what the accounts have, side by side; what cannot be read is a gap, and told. With
    /// `identified` each account is asked who it is as well.
    ///
    /// # Errors
    /// Not one list could be read: what the first says.
    pub async fn world(
        &self,
        session: &Session<'_>,
        parties: &[Party],
        accounts: &[Result<Rc<Account<'_>>, Failure>],
        identified: bool,
    ) -> Result<World, Error> {
        let products: Vec<&str> = self.product.iter().map(String::as_str).collect();
        let regions: Vec<&str> = self.region.iter().map(String::as_str).collect();
        let read = parties.iter().zip(accounts).map(async |(party, account)| {
            let gap = |failure: &Failure| Gap {
                of: "account".to_owned(),
                failure: failure.clone(),
            };
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
            Holding {
                cloud: party.settings.cloud,
                profile: party.profile.clone(),
                identity,
                region: party
                    .settings
                    .region
                    .as_ref()
                    .map(|given| given.value.clone()),
                inventory,
            }
        });
        let world = World::new(join_all(read).await);
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
        refuse_nothing(&world)?;
        Ok(world)
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
