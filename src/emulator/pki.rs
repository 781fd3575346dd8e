//! A certificate authority for tests, made anew whenever one is needed.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime, Time};

/// A test authority: a root, and the intermediate that signs for it, as public ones have it.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its chain and key, all PEM.
#[derive(Clone)]
pub struct Issued {
    /// The leaf, then the intermediate that signed it.
    pub fullchain: String,
    /// The key, PKCS#8.
    pub key: String,
}

impl Authority {
    /// Makes an authority that is good for ten years.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn generate() -> Result<Self, rcgen::Error> {
        Authority::called("certctl sandbox test CA")
    }

    /// As [`Authority::generate`], under another name.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn called(name: &str) -> Result<Self, rcgen::Error> {
        let root = CertifiedIssuer::self_signed(authority(name, 1), KeyPair::generate()?)?;
        let below = authority(&format!("{name}, intermediate"), 0);
        let intermediate = CertifiedIssuer::signed_by(below, KeyPair::generate()?, &root)?;
        Ok(Authority { root, intermediate })
    }

    /// The root, which is what clients trust.
    pub fn pem(&self) -> String {
        self.root.pem()
    }

    /// Signs a certificate for those names (`*.` or, as CDN writes it, `.` in front for a
    /// wildcard), valid from yesterday until so many days after the end of yesterday; 0 gives one
    /// that has expired. A certificate ends with its day, as most public ones do: whole days left
    /// are the same at every hour, and the same where a cloud tells the day alone.
    ///
    /// # Errors
    /// A name that cannot stand in a certificate.
    pub fn issue(&self, names: &[&str], days: u32) -> Result<Issued, rcgen::Error> {
        self.issue_with(names, days, KeyPair::generate()?)
    }

    /// As [`Authority::issue`], with a key of RSA: the same one each time, since making one takes long.
    ///
    /// # Errors
    /// As there.
    pub fn issue_rsa(&self, names: &[&str], days: u32) -> Result<Issued, rcgen::Error> {
        let key = KeyPair::from_pem(include_str!("rsa/2048.pem"))?;
        self.issue_with(names, days, key)
    }

    fn issue_with(&self, names: &[&str], days: u32, key: KeyPair) -> Result<Issued, rcgen::Error> {
        let spelled: Vec<String> = names
            .iter()
            .map(|name| match name.strip_prefix('.') {
                Some(rest) => format!("*.{rest}"),
                None => (*name).to_owned(),
            })
            .collect();
        let mut params = CertificateParams::new(spelled.clone())?;
        params.distinguished_name = named(spelled.first().map_or("", String::as_str));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = yesterday();
        params.not_after = last_second(yesterday() + Duration::days(days.into()));
        let leaf = params.signed_by(&key, &self.intermediate)?;
        Ok(Issued {
            fullchain: leaf.pem() + &self.intermediate.pem(),
            key: key.serialize_pem(),
        })
    }
}

/// A certificate that its own key signed, for those names.
///
/// # Errors
/// A name that cannot stand in a certificate.
pub fn self_signed(names: &[&str]) -> Result<Issued, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let signed = rcgen::generate_simple_self_signed(names)?;
    Ok(Issued {
        fullchain: signed.cert.pem(),
        key: signed.signing_key.serialize_pem(),
    })
}

fn authority(name: &str, intermediates_below: u8) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(intermediates_below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.not_before = yesterday();
    params.not_after = yesterday() + Duration::days(3650);
    params
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn yesterday() -> OffsetDateTime {
    OffsetDateTime::now_utc() - Duration::days(1)
}

/// The last second of that day.
fn last_second(of: OffsetDateTime) -> OffsetDateTime {
    of.replace_time(Time::MIDNIGHT) + Duration::days(1) - Duration::seconds(1)
}
