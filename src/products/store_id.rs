//! The id of a certificate in a store: read in every spelling that the clouds use, and written as
//! each product wants it.

use crate::providers::alibaba::cas::{INTERNATIONAL, MAINLAND};

/// Where certificates are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Store {
    /// Alibaba Cloud's Certificate Management Service.
    Cas,
    /// Tencent Cloud SSL Certificates.
    Ssl,
    /// The certificates of UCloud's load balancers.
    Ulb,
}

impl Store {
    /// Its group of commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Store::Cas => "cas",
            Store::Ssl => "ssl",
            Store::Ulb => "ulb",
        }
    }
}

/// A certificate of a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreId {
    /// Which store.
    pub store: Store,
    /// The id, as the store itself has it: in CAS the number alone.
    pub id: String,
    /// The site of the store, where the spelling names one: CAS has two.
    pub region: Option<String>,
}

impl StoreId {
    /// Reads an id by its shape: `123`, `123-cn-hangzhou`, `123-cas.aliyuncs.com` and
    /// `123-cas.ap-southeast-1.aliyuncs.com` are of CAS, `ssl-…` of UCloud, eight letters or digits
    /// of Tencent Cloud. Eight digits are CAS's, unless [`StoreId::of`] is told otherwise. `None`
    /// for what has no such shape.
    pub fn parse(text: &str) -> Option<Self> {
        [Store::Cas, Store::Ulb, Store::Ssl]
            .into_iter()
            .find_map(|store| StoreId::of(store, text))
    }

    /// Reads an id of one store; `None` for what has not the shape of one.
    pub fn of(store: Store, text: &str) -> Option<Self> {
        let (id, region) = match store {
            Store::Cas => of_cas(text)?,
            Store::Ssl => {
                let fits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_alphanumeric());
                fits.then_some((text, None))?
            }
            Store::Ulb => {
                let rest = text.strip_prefix("ssl-")?;
                let plain = |b: u8| b.is_ascii_graphic() && !b"./,=".contains(&b);
                (!rest.is_empty() && rest.bytes().all(plain)).then_some((text, None))?
            }
        };
        Some(StoreId {
            store,
            id: id.to_owned(),
            region: region.map(str::to_owned),
        })
    }

    /// The id, with its site where the store has sites and that was given.
    pub fn identifier_or_id(&self) -> String {
        match (self.store, &self.region) {
            (Store::Cas, Some(region)) => format!("{}-{region}", self.id),
            _ => self.id.clone(),
        }
    }

    /// What the products call it that want the site behind the number (`CertIdentifier`).
    pub fn identifier(&self, site: &str) -> String {
        match self.store {
            Store::Cas => format!("{}-{}", self.id, self.region.as_deref().unwrap_or(site)),
            Store::Ssl | Store::Ulb => self.id.clone(),
        }
    }
}

/// The number and the site. The store's own host stands for the site in some products' spelling.
/// The vendor's pages mask the end of a number with asterisks: their samples are to be read.
fn of_cas(text: &str) -> Option<(&str, Option<&str>)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let masked = text[digits..].bytes().take_while(|b| *b == b'*').count();
    let (number, rest) = text.split_at(digits + masked);
    // Zeros in front make no other number: ids are compared by their text.
    let number = number.trim_start_matches('0');
    if number.trim_end_matches('*').parse::<i64>().is_err() {
        return None;
    }
    let site = match rest.strip_prefix('-') {
        None if rest.is_empty() => return Some((number, None)),
        None => return None,
        Some("cas.aliyuncs.com") => MAINLAND,
        Some("cas.ap-southeast-1.aliyuncs.com") => INTERNATIONAL,
        Some(region) => region,
    };
    let is_region = !site.is_empty()
        && site.contains('-')
        && !site.starts_with('-')
        && !site.ends_with('-')
        && site
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_region.then_some((number, Some(site)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read() {
        let cas = |text: &str| {
            let id = StoreId::of(Store::Cas, text)?;
            Some((id.id, id.region))
        };
        let of = |id: &str, region: Option<&str>| Some((id.to_owned(), region.map(str::to_owned)));
        assert_eq!(cas("1234567"), of("1234567", None));
        assert_eq!(cas("007"), of("7", None));
        assert_eq!(cas("7-cn-hangzhou"), of("7", Some("cn-hangzhou")));
        assert_eq!(cas("7-cas.aliyuncs.com"), of("7", Some("cn-hangzhou")));
        assert_eq!(
            cas("7-cas.ap-southeast-1.aliyuncs.com"),
            of("7", Some("ap-southeast-1"))
        );
        let masked = of("6092**", Some("cn-hangzhou"));
        assert_eq!(cas("6092**-cn-hangzhou"), masked);
        for text in [
            "",
            "0",
            "**",
            "-5",
            "12x",
            "7-",
            "7-.",
            "7-x",
            "x-cn-hangzhou",
            "7-cn-hangzhou/",
            "7-a.pem",
            "99999999999999999999",
        ] {
            assert_eq!(cas(text), None, "{text}");
        }
    }

    #[test]
    fn the_shape_tells_the_store() {
        let store = |text: &str| StoreId::parse(text).map(|id| id.store);
        assert_eq!(store("12345678"), Some(Store::Cas));
        assert_eq!(store("uI1rdSju"), Some(Store::Ssl));
        assert_eq!(store("ssl-new0001"), Some(Store::Ulb));
        for text in ["fullchain.pem", "./cert", "cert", "ssl-", "uI1rdSjuX"] {
            assert_eq!(store(text), None, "{text}");
        }
    }

    #[test]
    fn each_product_gets_its_own() {
        let id = |text: &str| StoreId::of(Store::Cas, text).unwrap();
        assert_eq!(id("7").identifier("cn-hangzhou"), "7-cn-hangzhou");
        assert_eq!(
            id("7-ap-southeast-1").identifier("cn-hangzhou"),
            "7-ap-southeast-1"
        );
        let ssl = StoreId::of(Store::Ssl, "uI1rdSju").unwrap();
        assert_eq!(ssl.identifier(""), "uI1rdSju");
    }
}
