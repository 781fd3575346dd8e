//! The store that is meant, and the ids of its certificates.

use clap::Args;

use crate::cloud::Cloud;
use crate::commands::{Place, Session};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::products::{Store, StoreId, cas};
use crate::providers::alibaba::cas::{INTERNATIONAL, MAINLAND};

/// Which of the two stores.
#[derive(Debug, Args)]
pub struct SiteArgs {
    /// Site of the store: cn-hangzhou or ap-southeast-1 [default: cn-hangzhou]
    #[arg(long, value_name = "REGION", value_parser = [MAINLAND, INTERNATIONAL])]
    pub region: Option<String>,
}

impl SiteArgs {
    /// The settings for the store that is meant, and its site.
    pub fn settle(&self, session: &Session<'_>) -> Result<(Settings, &'static str), Error> {
        let place = Place {
            region: self.region.as_deref(),
            ..Place::default()
        };
        let settings = session.settings(Cloud::Alibaba, place)?;
        let site = match settings.region.as_ref().map(|given| given.value.as_str()) {
            None | Some(MAINLAND) => MAINLAND,
            Some(INTERNATIONAL) => INTERNATIONAL,
            Some(other) => {
                return Err(Error::new(
                    Kind::Config,
                    format!("the region {other} has no certificate store"),
                    format!("use `--region {MAINLAND}` or `--region {INTERNATIONAL}`"),
                ));
            }
        };
        Ok((settings, site))
    }
}

/// Reads an id, in every spelling; the error is a phrase that goes after it.
pub fn id(text: &str) -> Result<StoreId, String> {
    match StoreId::of(Store::Cas, text) {
        Some(id) if !id.id.contains('*') => Ok(id),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            match text.trim_start_matches('0') {
                "" => Err(NO_ID.into()),
                _ => Err("is larger than any certificate id".into()),
            }
        }
        _ => Err(NO_ID.into()),
    }
}

const NO_ID: &str =
    "is not a certificate id: use a number, or a number with its region, such as 123-cn-hangzhou";

/// The id with its site. One of the other site is refused.
///
/// # Errors
/// It is in the store of another site.
pub fn of_site(id: &StoreId, site: &str) -> Result<StoreId, Error> {
    match id.region.as_deref() {
        Some(other) if other != site => Err(Error::usage(
            format!(
                "{} belongs to another store than {site}",
                id.identifier_or_id()
            ),
            match [MAINLAND, INTERNATIONAL].contains(&other) {
                true => format!("use `--region {other}`: nothing was sent"),
                false => format!(
                    "certificate stores exist in {MAINLAND} and {INTERNATIONAL}: nothing was sent"
                ),
            },
        )),
        _ => Ok(cas::id(&id.id, site)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_with_their_site_or_without() {
        let parsed = |text: &str| id(text).map(|id| (id.id, id.region));
        let of = |site: &str| Some(site.to_owned());
        for (text, site) in [
            ("123", None),
            ("0123", None),
            ("123-cn-hangzhou", of(MAINLAND)),
            ("123-cas.aliyuncs.com", of(MAINLAND)),
            ("123-ap-southeast-1", of(INTERNATIONAL)),
        ] {
            assert_eq!(parsed(text), Ok(("123".to_owned(), site)), "{text}");
        }
        for text in ["", "0", "-5", "12x", "123-", "12**", "-cn-hangzhou", "1 2"] {
            assert!(parsed(text).is_err(), "{text}");
        }
        let far = parsed("100000000000000000000").unwrap_err();
        assert_eq!(far, "is larger than any certificate id");
        let at_home = |text: &str| of_site(&id(text).unwrap(), MAINLAND).ok();
        assert_eq!(at_home("7-ap-southeast-1"), None);
        assert_eq!(at_home("7-eu-central-1"), None);
        assert_eq!(at_home("7-cn-hangzhou"), at_home("7"));
    }
}
