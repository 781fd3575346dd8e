//! A manifest of what is there.

use std::collections::BTreeMap;

use super::{AccountEntry, Block, CertificateEntry, Manifest, Regions, Source};
use crate::config::Site;
use crate::deploy::{Holding, World};
use crate::products::{Bears, Place, StoreId};

impl Manifest {
    /// What is there: each certificate of a store with the places that serve it. A plan for it is empty.
    /// The lines beside it are for what a manifest cannot say.
    pub fn of(world: &World) -> (Self, Vec<String>) {
        let mut places: BTreeMap<(usize, String), (StoreId, Vec<Place>)> = BTreeMap::new();
        let mut comments = Vec::new();
        for at in world.places() {
            let (binding, borne) = (world.binding(at), world.borne(at));
            let stored = &world.holdings[at.0].inventory.stored;
            let why = match (&binding.bears, &borne[..]) {
                (Bears::Unread(_), _) => "what it serves could not be read",
                (_, []) => continue,
                (_, [one]) => match one.id {
                    Some(id) if stored.iter().any(|own| own.id.id == id.id) => {
                        let entry = places.entry((at.0, id.id.clone()));
                        let (_, places) = entry.or_insert_with(|| (id.clone(), Vec::new()));
                        places.push(binding.place.clone());
                        continue;
                    }
                    Some(_) => "its certificate is not in the list of the store",
                    None => "its certificate is in no store",
                },
                _ => "it serves several certificates",
            };
            let account = name(&world.holdings[at.0]);
            comments.push(format!("{account}: {}: {why}", binding.place));
        }
        for holding in &world.holdings {
            let gaps = holding.inventory.gaps.iter();
            comments
                .extend(gaps.map(|gap| format!("{}: {} could not be read", name(holding), gap.of)));
        }
        let is_used = |account: usize| places.keys().any(|(of, _)| *of == account);
        let accounts = world.holdings.iter().enumerate();
        let accounts = accounts
            .filter(|(account, _)| is_used(*account))
            .map(|(_, holding)| entry(holding))
            .collect();
        let certificates = places.into_iter().map(|((account, _), (id, places))| {
            let account = name(&world.holdings[account]);
            CertificateEntry {
                name: format!("{account}-{}", id.id),
                source: Source::Stored {
                    account: account.clone(),
                    id,
                },
                names: Vec::new(),
                on: vec![Block {
                    account,
                    find: Vec::new(),
                    places,
                    except: Vec::new(),
                    expect: None,
                    lose: Vec::new(),
                    wide: false,
                    on: false,
                }],
            }
        });
        let manifest = Manifest {
            accounts,
            certificates: certificates.collect(),
        };
        (manifest, comments)
    }
}

fn name(holding: &Holding) -> String {
    holding.name().replace(' ', "-")
}

fn entry(holding: &Holding) -> AccountEntry {
    let scope = &holding.scope;
    let word = scope.site.as_deref();
    let site = Site::CHOICES.iter().find(|(name, _)| Some(*name) == word);
    AccountEntry {
        name: name(holding),
        cloud: holding.cloud,
        profile: holding.profile.clone(),
        identity: None,
        project: scope.project.clone(),
        regions: match &scope.regions[..] {
            [] => Regions::Own,
            regions => Regions::These(regions.to_vec()),
        },
        site: site.map(|(_, site)| *site),
    }
}
