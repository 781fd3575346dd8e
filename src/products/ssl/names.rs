//! Which names a place serves whose id has none: the cloud tells them, or the certificate that it bears
//! now does.

use std::collections::BTreeMap;

use crate::cert::Certificate;
use crate::fault::Kind;
use crate::products::fit::{lost_names, misfit, none_served};
use crate::providers::tencent::ssl::certificates::CertificateType;
use crate::providers::tencent::ssl::hosts::Place;
use crate::providers::tencent::ssl::resource::{Instance, ResourceType};
use crate::transport::{Client, Failure, in_order};

use super::store::{all, look_up};

/// Certificates of the store by their ids, with their names.
pub type Named = BTreeMap<String, Certificate>;

/// Reads the names of certificates. One that is no longer in the store is left out.
///
/// # Errors
/// What reading says.
pub async fn named(client: &Client<'_>, ids: &[&str]) -> Result<Named, Failure> {
    let mut named = Named::new();
    let read = in_order(ids.len(), async |at| look_up(client, ids[at]).await).await;
    for (id, read) in ids.iter().zip(read) {
        match read {
            Ok(stored) => drop(named.insert((*id).to_owned(), stored.certificate)),
            Err(failure) if failure.kind == Kind::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(named)
}

/// Reads the names of every certificate for servers of the store: of what may be in use.
async fn all_named(client: &Client<'_>) -> Result<Named, Failure> {
    let all = all(client, Some(CertificateType::Svr)).await?.into_iter();
    Ok(all.map(|one| (one.id.id, one.certificate)).collect())
}

/// The certificates that instances may bear, where neither their ids nor a list tell which names they
/// serve.
pub enum Candidates<'i> {
    /// None have to be known.
    None,
    /// Those that the ids of the instances name.
    These(Vec<&'i str>),
    /// Any one of the store.
    Store,
}

impl<'i> Candidates<'i> {
    /// Those of instances of a type.
    pub fn of(of: ResourceType, instances: &[&'i Instance]) -> Self {
        match of {
            ResourceType::Mqtt => {
                let mut ids: Vec<&str> = Vec::new();
                for id in instances.iter().map(|instance| instance.parts[1].as_str()) {
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                Candidates::These(ids)
            }
            ResourceType::Gaap | ResourceType::Tse => Candidates::Store,
            _ => Candidates::None,
        }
    }

    /// Reads their names.
    ///
    /// # Errors
    /// What reading says.
    pub async fn named(&self, client: &Client<'_>) -> Result<Named, Failure> {
        match self {
            Candidates::None => Ok(Named::new()),
            Candidates::These(ids) => named(client, ids).await,
            Candidates::Store => all_named(client).await,
        }
    }
}

/// What a place's names say of a certificate that is to go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It covers them.
    Fits,
    /// It does not; both facts in one line.
    Unfit(String),
    /// Nothing tells the names.
    Nothing,
}

/// Compares a certificate, with what people know it by, with the names of a place: its domains where
/// they are told, else the names of the certificates that it bears. Of several of these the new one
/// takes the place of one, and nobody says which: it has to be of use beside the others.
pub fn compare(place: &Place, named: &Named, new: (&Certificate, &str)) -> Told {
    if new.0.names.is_empty() {
        return Told::Nothing;
    }
    let unfit = |message: Option<String>| message.map_or(Told::Fits, Told::Unfit);
    if !place.domains.is_empty() {
        let domains = place.domains.iter().map(String::as_str);
        return unfit(misfit(new.0, new.1, domains));
    }
    let names = |id: &String| named.get(id).filter(|old| !old.names.is_empty());
    let borne: Option<Vec<&Certificate>> = place.certificates.iter().map(names).collect();
    match borne.as_deref() {
        None | Some([]) => Told::Nothing,
        Some([old]) => unfit(lost_names((old, &place.certificates[0]), new)),
        Some(several) => {
            let names = several.iter().flat_map(|old| old.names.iter().cloned());
            let names: Vec<String> = names.collect();
            unfit(none_served(new.0, new.1, &place.id, &names))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Certificate {
        Certificate {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::default()
        }
    }

    fn place(domains: &[&str], certificates: &[&str]) -> Place {
        let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        Place {
            id: "ga-1|lsr-1".into(),
            domains: texts(domains),
            certificates: texts(certificates),
            ..Place::default()
        }
    }

    #[test]
    fn names_come_from_the_cloud_or_from_what_is_borne() {
        let named = Named::from([
            ("old1".to_owned(), of(&["a.com"])),
            ("old2".to_owned(), of(&["b.com"])),
            ("bare".to_owned(), of(&[])),
        ]);
        let new = of(&["a.com", "*.c.com"]);
        let told = |place: &Place| compare(place, &named, (&new, "new"));
        let unfit = |message: &str| Told::Unfit(message.to_owned());
        assert_eq!(told(&place(&["x.c.com"], &["old2"])), Told::Fits);
        assert_eq!(
            told(&place(&["b.com"], &["old1"])),
            unfit("new does not cover b.com: it covers a.com, *.c.com")
        );
        assert_eq!(told(&place(&[], &["old1"])), Told::Fits);
        assert_eq!(
            told(&place(&[], &["old2"])),
            unfit("new does not cover b.com, which old2 covers: it covers a.com, *.c.com")
        );
        // One of several goes, and the others stay.
        assert_eq!(told(&place(&[], &["old1", "old2"])), Told::Fits);
        let none = compare(
            &place(&[], &["old1", "old2"]),
            &named,
            (&of(&["d.com"]), "new"),
        );
        assert_eq!(
            none,
            unfit(
                "new covers none of the names that ga-1|lsr-1 serves (a.com, b.com): it covers \
                 d.com"
            )
        );
        for untold in [
            place(&[], &[]),
            place(&[], &["gone"]),
            place(&[], &["bare"]),
            place(&[], &["old1", "gone"]),
        ] {
            assert_eq!(told(&untold), Told::Nothing, "{untold:?}");
        }
        assert_eq!(
            compare(&place(&["b.com"], &[]), &named, (&of(&[]), "new")),
            Told::Nothing
        );
    }
}
