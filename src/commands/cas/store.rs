//! The store that is meant, and how its certificates are told apart.

use clap::Args;

use crate::cert::Facts;
use crate::cloud::Cloud;
use crate::commands::{Place, Session};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::providers::alibaba::cas::{
    INTERNATIONAL, ListCloudResources, ListUserCertificateOrder, MAINLAND, Resource,
    StoredCertificate, Validity,
};
use crate::providers::page::Cursor;
use crate::transport::{Client, Failure};

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
                    format!("give `--region {MAINLAND}` or `--region {INTERNATIONAL}`"),
                ));
            }
        };
        Ok((settings, site))
    }
}

/// A certificate's id as it is given: the number, or the identifier with the site behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateId {
    /// The number.
    pub number: i64,
    site: Option<&'static str>,
}

impl CertificateId {
    /// Reads an id; the error is a phrase that goes after it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (digits, site) = match text.split_once('-') {
            Some((digits, MAINLAND)) => (digits, Some(MAINLAND)),
            Some((digits, INTERNATIONAL)) => (digits, Some(INTERNATIONAL)),
            _ => (text, None),
        };
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse::<i64>() {
            Ok(number) if number > 0 && is_number => Ok(CertificateId { number, site }),
            Err(_) if is_number => Err("is larger than any certificate id".into()),
            _ => Err(format!(
                "is not a certificate id: give a number, or one with its site, such as \
                 123-{MAINLAND}"
            )),
        }
    }

    /// Refuses an identifier of the other site.
    pub fn of_site(&self, site: &str) -> Result<i64, Error> {
        match self.site {
            Some(other) if other != site => Err(Error::usage(
                format!("{}-{other} is not in the store of {site}", self.number),
                format!("give `--region {other}`: nothing was sent"),
            )),
            _ => Ok(self.number),
        }
    }
}

/// What other products call a certificate.
pub fn identifier(number: &str, site: &str) -> String {
    format!("{number}-{site}")
}

/// The certificates of the store, all of them.
pub async fn certificates(
    client: &Client<'_>,
    validity: Validity,
    size: u32,
) -> Result<Vec<StoredCertificate>, Failure> {
    let page = |cursor: &Cursor| ListUserCertificateOrder::page(validity, cursor, size);
    client.all(page, ListUserCertificateOrder::open).await
}

/// What uses these certificates, as far as the store knows.
pub async fn uses(client: &Client<'_>, numbers: &[i64]) -> Result<Vec<Resource>, Failure> {
    let page = |cursor: &Cursor| ListCloudResources::page(numbers, cursor);
    let mut resources = client.all(page, ListCloudResources::open).await?;
    // Whoever does not heed the filter lists the uses of other certificates as well.
    let asked: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    resources.retain(|resource| asked.contains(&resource.cert_id));
    Ok(resources)
}

/// `CDN a.com`, `GA ga-1/lsr-1 b.com`
pub fn named(resource: &Resource) -> String {
    let mut text = resource.cloud_product.clone();
    if !resource.instance_id.is_empty() {
        text = format!("{text} {}", resource.instance_id);
    }
    if !resource.listener_id.is_empty() {
        text = format!("{text}/{}", resource.listener_id);
    }
    if !resource.domain.is_empty() {
        text = format!("{text} {}", resource.domain);
    }
    text
}

/// Hashes of a certificate, told apart by their length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    /// SHA-1 in lower-case hex.
    pub sha1: Option<String>,
    /// SHA-256 in lower-case hex.
    pub sha256: Option<String>,
}

impl Fingerprints {
    /// Reads texts in hex, of any case, with colons or without.
    pub fn read(texts: &[&str]) -> Self {
        let mut prints = Fingerprints::default();
        for text in texts {
            let hex: String = text
                .chars()
                .filter(|c| !matches!(c, ':' | ' '))
                .map(|c| c.to_ascii_lowercase())
                .collect();
            let place = match hex.len() {
                40 => &mut prints.sha1,
                64 => &mut prints.sha256,
                _ => continue,
            };
            if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                place.get_or_insert(hex);
            }
        }
        prints
    }

    fn is_of(&self, leaf: &Facts) -> bool {
        let is = |own: &Option<String>, other: &str| own.as_deref() == Some(other);
        is(&self.sha256, &leaf.fingerprint) || is(&self.sha1, &leaf.fingerprint_sha1)
    }
}

/// Whether a certificate of the store is this one. Where it comes without a hash, its serial number
/// decides, if that is long enough to be one of its kind.
pub fn is_same(fingerprint: &str, sha2: &[&str], serial_no: &str, leaf: &Facts) -> bool {
    let all: Vec<&str> = [&[fingerprint], sha2].concat();
    if Fingerprints::read(&all).is_of(leaf) {
        return true;
    }
    if Fingerprints::read(&[fingerprint]) != Fingerprints::default() {
        return false;
    }
    let own = serial(&leaf.serial);
    own.len() >= 16 && own == serial(serial_no)
}

/// A serial number without what differs from writer to writer.
pub fn serial(text: &str) -> String {
    let hex: String = text
        .chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    hex.trim_start_matches('0').to_owned()
}

/// The names of a comma list.
pub fn names(sans: &str, common_name: &str) -> Vec<String> {
    let listed = sans.split(',').map(str::trim);
    let names: Vec<String> = listed
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    match names.is_empty() && !common_name.is_empty() {
        true => vec![common_name.to_owned()],
        false => names,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_with_their_site_or_without() {
        let parsed = |text: &str| CertificateId::parse(text).map(|id| (id.number, id.site));
        assert_eq!(parsed("123"), Ok((123, None)));
        assert_eq!(parsed("123-cn-hangzhou"), Ok((123, Some(MAINLAND))));
        assert_eq!(parsed("123-ap-southeast-1"), Ok((123, Some(INTERNATIONAL))));
        for text in [
            "",
            "0",
            "-5",
            "12x",
            "123-",
            "123-eu-central-1",
            "-cn-hangzhou",
            "1 2",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
        let far = parsed("100000000000000000000").unwrap_err();
        assert_eq!(far, "is larger than any certificate id");
        assert!(
            CertificateId::parse("7-ap-southeast-1")
                .unwrap()
                .of_site(MAINLAND)
                .is_err()
        );
        assert_eq!(
            CertificateId::parse("7-cn-hangzhou")
                .unwrap()
                .of_site(MAINLAND)
                .ok(),
            Some(7)
        );
    }

    #[test]
    fn hashes_are_told_apart_by_their_length() {
        let sha1 = "CC:6B:36:96:E7:C7:CA:71:5B:D2:6E:28:E4:5F:F3:E3:DF:43:5C:03";
        let sha256 = "840707695D5EE41323102DDC2CB4924AA561012FBDC4E1A6324147119ED3C339";
        let prints = Fingerprints::read(&["", sha256, sha1, "840707"]);
        assert_eq!(
            prints.sha1.as_deref(),
            Some("cc6b3696e7c7ca715bd26e28e45ff3e3df435c03")
        );
        assert_eq!(prints.sha256, Some(sha256.to_lowercase()));
        assert_eq!(
            Fingerprints::read(&["not hex", &"z".repeat(40)]),
            Fingerprints::default()
        );
    }

    #[test]
    fn serial_numbers_are_padded_here_and_there() {
        assert_eq!(serial("00:0A:BC"), "abc");
        assert_eq!(serial("0000abc"), serial("ABC"));
        assert_eq!(serial("000"), "");
    }

    #[test]
    fn names_are_a_comma_list() {
        assert_eq!(names("a.com, *.a.com,", "x"), ["a.com", "*.a.com"]);
        assert_eq!(names("", "x"), ["x"]);
        assert!(names("", "").is_empty());
    }
}
