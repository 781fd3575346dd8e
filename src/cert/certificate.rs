//! What is known of a certificate, whoever tells it: a file, a store, a place that serves it. Stores
//! tell different things, so that every part may be missing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};

use super::facts::Facts;
use super::{Bundle, covers};
use crate::sign::canonical::sha256_hex;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// A serial number of fewer hex digits is not taken for an identity: authorities of one's own count
/// from 1. Public ones have 64 random bits at least (CA/Browser Forum, Baseline Requirements, 7.1).
const SERIAL_DIGITS: usize = 16;

/// How many characters a name in a store may have: the shortest limit of the three clouds.
const NAME_LIMIT: usize = 50;

/// A certificate as far as it is known. Hashes and serial numbers are lower-case hex without
/// separators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 over the certificate.
    pub sha256: Option<String>,
    /// SHA-1 over the certificate: all that some stores tell.
    pub sha1: Option<String>,
    /// The serial number, without leading zeros.
    pub serial: Option<String>,
    /// The DNS names that it is for; empty where they are not known.
    pub names: Vec<String>,
    /// Who issued it.
    pub issuer: Option<String>,
    /// The algorithm of its key.
    pub algorithm: Option<String>,
    /// The first second of its validity.
    pub starts: Option<DateTime<Utc>>,
    /// The last second of its validity.
    pub expires: Option<DateTime<Utc>>,
    /// SHA-256 of each intermediate that comes with it. A root is not among them: clients have it
    /// or do not trust it. `None` where it is not known what comes with it.
    pub chain: Option<Vec<String>>,
    /// Who issued it, where that is somebody else and nothing comes with it: clients refuse it, unless
    /// they know the issuer. `None` where an intermediate comes with it, or that is not known.
    pub lacks: Option<String>,
}

/// Whether two certificates are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// They are, and the same intermediates come with them.
    Yes,
    /// The certificate is the same; other intermediates come with it, or none.
    LeafOnly,
    /// They are two.
    No,
    /// It cannot be told: of the certificate, or only of what comes with it.
    Unknown,
}

impl Certificate {
    /// A certificate that was read; what comes with it is not known.
    pub fn of(facts: &Facts) -> Self {
        Certificate {
            sha256: Some(facts.fingerprint.clone()),
            sha1: Some(facts.fingerprint_sha1.clone()),
            serial: Some(plain_serial(&facts.serial)),
            names: facts.names.clone(),
            issuer: Some(facts.issuer.clone()),
            algorithm: Some(facts.algorithm.to_string()),
            starts: Some(facts.not_before),
            expires: Some(facts.not_after),
            chain: None,
            lacks: None,
        }
    }

    /// The server's own certificate in a text, and what comes with it. The clouds' texts have blocks
    /// in any order, on any lines, and private keys between them, which are passed over. `None`
    /// where no certificate can be read.
    pub fn in_text(text: &str) -> Option<Self> {
        let read = Facts::all_in(text);
        let issued_another = |one: &&Facts| {
            let others = read
                .iter()
                .filter(|other| other.fingerprint != one.fingerprint);
            others.into_iter().any(|other| other.issuer == one.subject)
        };
        let leaf = read
            .iter()
            .find(|one| !issued_another(one))
            .or(read.first())?;
        let is_root = |one: &Facts| one.issuer == one.subject;
        let others = read
            .iter()
            .filter(|one| one.fingerprint != leaf.fingerprint && !is_root(one));
        let chain: Vec<String> = others.map(|one| one.fingerprint.clone()).collect();
        let is_alone = !read.iter().any(|one| one.subject == leaf.issuer);
        Some(Certificate {
            lacks: is_alone.then(|| leaf.issuer.clone()),
            chain: Some(chain),
            ..Certificate::of(leaf)
        })
    }

    /// Takes over hashes, told apart by their length, of any case, with colons or without. What is
    /// no hash is passed over.
    pub fn with_hashes(mut self, texts: &[&str]) -> Self {
        for text in texts {
            let hex = plain_hex(text);
            let place = match hex.len() {
                40 => &mut self.sha1,
                64 => &mut self.sha256,
                _ => continue,
            };
            if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                place.get_or_insert(hex);
            }
        }
        self
    }

    /// Takes over a serial number, however its writer pads and separates it.
    pub fn with_serial(mut self, text: &str) -> Self {
        let serial = plain_serial(text);
        if !serial.is_empty() {
            self.serial = Some(serial);
        }
        self
    }

    /// Whether both are the same certificate, whatever comes with them; `None` where that cannot be
    /// told. Where one of them has no hash, the serial numbers decide, if they are long enough.
    pub fn is_leaf_of(&self, other: &Certificate) -> Option<bool> {
        let equal =
            |one: &Option<String>, other: &Option<String>| Some(one.as_ref()? == other.as_ref()?);
        equal(&self.sha256, &other.sha256)
            .or_else(|| equal(&self.sha1, &other.sha1))
            .or_else(|| match (&self.serial, &other.serial) {
                (Some(one), Some(other)) if one != other => Some(false),
                (Some(one), Some(_)) if one.len() >= SERIAL_DIGITS => Some(true),
                _ => None,
            })
    }

    /// Whether both are one, with what comes with them. The order of intermediates does not count.
    pub fn same(&self, other: &Certificate) -> Same {
        let sorted = |chain: &Option<Vec<String>>| {
            let mut chain = chain.clone()?;
            chain.sort_unstable();
            chain.dedup();
            Some(chain)
        };
        match self.is_leaf_of(other) {
            Some(false) => Same::No,
            None => Same::Unknown,
            Some(true) => match (sorted(&self.chain), sorted(&other.chain)) {
                (Some(one), Some(other)) if one == other => Same::Yes,
                (Some(_), Some(_)) => Same::LeafOnly,
                _ => Same::Unknown,
            },
        }
    }

    /// Fills in what `other`, which is the same certificate, knows and this one does not.
    pub fn join(&mut self, other: &Certificate) {
        fn fill<T: Clone>(own: &mut Option<T>, other: &Option<T>) {
            if own.is_none() {
                own.clone_from(other);
            }
        }
        fill(&mut self.sha256, &other.sha256);
        fill(&mut self.sha1, &other.sha1);
        fill(&mut self.serial, &other.serial);
        fill(&mut self.issuer, &other.issuer);
        fill(&mut self.algorithm, &other.algorithm);
        fill(&mut self.starts, &other.starts);
        fill(&mut self.expires, &other.expires);
        if self.chain.is_none() {
            self.lacks.clone_from(&other.lacks);
        }
        fill(&mut self.chain, &other.chain);
        if self.names.is_empty() {
            self.names.clone_from(&other.names);
        }
    }

    /// Whether clients accept it for a domain (see [`covers`]); `None` where its names are not
    /// known.
    pub fn covers(&self, domain: &str) -> Option<bool> {
        (!self.names.is_empty()).then(|| covers(&self.names, domain))
    }

    /// The names of this one that `other` does not cover, in their order: what is lost where `other`
    /// takes its place. `None` where the names of either are not known.
    pub fn lost_to(&self, other: &Certificate) -> Option<Vec<&str>> {
        let known = !(self.names.is_empty() || other.names.is_empty());
        let names = self.names.iter().map(String::as_str);
        known.then(|| names.filter(|name| !covers(&other.names, name)).collect())
    }

    /// Whether it is of any use where these names are served: it covers one of them, or one of them
    /// (a wildcard) covers a name of it. `None` where there are no names to compare.
    pub fn serves_any(&self, names: &[String]) -> Option<bool> {
        let known = !(self.names.is_empty() || names.is_empty());
        let meet = |of: &[String], others: &[String]| others.iter().any(|one| covers(of, one));
        known.then(|| meet(&self.names, names) || meet(names, &self.names))
    }

    /// The algorithm of its key without the length: `RSA`, `ECDSA`; `None` where it is not known.
    pub fn key_family(&self) -> Option<&str> {
        self.algorithm.as_deref()?.split(' ').next()
    }

    /// Whether it ends within a time from now, or has ended; `None` where its end is not known.
    pub fn ends_within(&self, within: TimeDelta, now: DateTime<Utc>) -> Option<bool> {
        Some(self.expires? - now <= within)
    }

    /// The name that it gets in a store: `certctl-<first name>-<8 of its SHA-256>`, which tells
    /// people what it is. It is found again by its hash, never by this name.
    pub fn store_name(&self) -> String {
        self.named_with(&self.mark())
    }

    /// The name where a store has the certificate already, with another chain: both may be there.
    pub fn store_name_beside(&self) -> String {
        let chain = self.chain.as_deref().unwrap_or_default().concat();
        let of_chain = sha256_hex(chain);
        self.named_with(&format!("{}-{}", self.mark(), &of_chain[..4]))
    }

    fn mark(&self) -> String {
        let hash = self.sha256.as_deref().unwrap_or_default();
        hash.chars().take(8).collect()
    }

    fn named_with(&self, mark: &str) -> String {
        let prefix = "certctl-";
        let first = self.names.first().map_or("", String::as_str);
        let first = first.strip_prefix("*.").unwrap_or(first);
        let room = NAME_LIMIT - prefix.len() - mark.len() - 1;
        let plain = |c: char| match c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
            true => c,
            false => '_',
        };
        let words: String = first.chars().map(plain).take(room).collect();
        format!("{prefix}{words}-{mark}")
    }
}

impl Bundle {
    /// What is known of the certificate and its chain.
    pub fn certificate(&self) -> Certificate {
        Certificate::in_text(self.chain_pem()).expect("a bundle's chain begins with its leaf")
    }
}

impl Facts {
    /// What each certificate in a text says, in their order: see [`Certificate::in_text`].
    pub fn all_in(text: &str) -> Vec<Facts> {
        blocks(text).filter_map(|der| Facts::read(&der)).collect()
    }
}

/// Each certificate in DER. White space is passed over, wherever a cloud left it.
fn blocks(text: &str) -> impl Iterator<Item = Vec<u8>> {
    text.split(BEGIN).skip(1).filter_map(|rest| {
        let (body, _) = rest.split_once(END)?;
        let base64: String = body.split_whitespace().collect();
        STANDARD.decode(base64).ok()
    })
}

fn plain_hex(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// A serial number without what differs from writer to writer.
fn plain_serial(text: &str) -> String {
    plain_hex(text).trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAF: &str = include_str!("../../tests/pki/p256.pem");
    const ISSUER: &str = include_str!("../../tests/pki/intermediate.pem");
    const ROOT: &str = include_str!("../../tests/pki/root.pem");
    const OTHER: &str = include_str!("../../tests/pki/p384.pem");

    fn read(parts: &[&str]) -> Certificate {
        Certificate::in_text(&parts.concat()).unwrap()
    }

    #[test]
    fn the_chain_is_part_of_it() {
        let whole = read(&[LEAF, ISSUER]);
        assert_eq!(whole.same(&read(&[ISSUER, LEAF])), Same::Yes);
        assert_eq!(whole.same(&read(&[LEAF, ISSUER, ROOT])), Same::Yes);
        assert_eq!(whole.same(&read(&[LEAF])), Same::LeafOnly);
        assert_eq!(read(&[LEAF]).same(&read(&[LEAF])), Same::Yes);
        assert_eq!(whole.same(&read(&[OTHER, ISSUER])), Same::No);
        let issuer = whole.issuer.clone();
        for (parts, lacks) in [
            (&[LEAF][..], issuer),
            (&[LEAF, ISSUER], None),
            (&[ISSUER, ROOT], None),
            (&[ROOT], None),
        ] {
            assert_eq!(read(parts).lacks, lacks);
        }
        let untold = Certificate {
            chain: None,
            ..whole.clone()
        };
        assert_eq!(whole.same(&untold), Same::Unknown);
        assert_eq!(untold.is_leaf_of(&whole), Some(true));
    }

    #[test]
    fn what_a_store_tells_may_be_little() {
        let own = read(&[LEAF, ISSUER]);
        let told = |hashes: &[&str], serial: &str| {
            Certificate::default()
                .with_hashes(hashes)
                .with_serial(serial)
        };
        let sha1 = own.sha1.clone().unwrap();
        let upper: String = sha1
            .to_uppercase()
            .chars()
            .collect::<Vec<_>>()
            .chunks(2)
            .map(|pair| pair.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join(":");
        let is_leaf = |one: Certificate| one.is_leaf_of(&own);
        assert_eq!(is_leaf(told(&["", &upper, "840707"], "")), Some(true));
        assert_eq!(is_leaf(told(&[&"0".repeat(40)], "")), Some(false));
        assert_eq!(is_leaf(told(&["z".repeat(40).as_str()], "")), None);
        let long = Certificate {
            serial: Some("1234567890abcdef".into()),
            ..Certificate::default()
        };
        let padded = told(&[], "00:12:34:56:78:90:AB:CD:EF");
        assert_eq!(padded.is_leaf_of(&long), Some(true));
        let short = told(&[], "0A");
        assert_eq!(short.is_leaf_of(&short), None, "a short one is no identity");
        assert_eq!(short.is_leaf_of(&long), Some(false));
        assert_eq!(Certificate::default().same(&own), Same::Unknown);
    }

    #[test]
    fn what_is_missing_is_filled_in() {
        let own = read(&[LEAF, ISSUER]);
        let mut told = Certificate {
            names: vec!["as.told".into()],
            sha1: own.sha1.clone(),
            ..Certificate::default()
        };
        assert_eq!(told.covers("x.as.told"), Some(false));
        assert_eq!(Certificate::default().covers("as.told"), None);
        let now = own.expires.unwrap() - TimeDelta::days(3);
        assert_eq!(told.ends_within(TimeDelta::days(2), now), None);
        told.join(&own);
        assert_eq!(told.same(&own), Same::Yes);
        assert_eq!(told.names, ["as.told"]);
        assert_eq!(told.ends_within(TimeDelta::days(2), now), Some(false));
        assert_eq!(told.ends_within(TimeDelta::days(3), now), Some(true));
    }

    #[test]
    fn names_are_lost_or_met() {
        let of = |names: &[&str]| Certificate {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::default()
        };
        let old = of(&["a.com", "*.b.com", "c.com"]);
        assert_eq!(
            old.lost_to(&of(&["A.com", "x.b.com"])),
            Some(vec!["*.b.com", "c.com"])
        );
        assert_eq!(
            old.lost_to(&of(&["*.b.com", "c.com", "a.com"])),
            Some(vec![])
        );
        assert_eq!(old.lost_to(&of(&[])), None);
        assert_eq!(of(&[]).lost_to(&old), None);

        let met = |names: &[&str]| old.serves_any(&of(names).names);
        assert_eq!(met(&["z.com", "c.com"]), Some(true));
        assert_eq!(met(&["y.b.com"]), Some(true), "by the wildcard");
        assert_eq!(met(&["*.com"]), Some(true), "the place has a wildcard");
        assert_eq!(met(&["b.com", "x.y.b.com"]), Some(false));
        assert_eq!(met(&[]), None);
        assert_eq!(of(&[]).serves_any(&old.names), None);
    }

    #[test]
    fn names_in_a_store_fit_every_cloud() {
        let named = |name: &str| Certificate {
            sha256: Some("0123456789abcdef".repeat(4)),
            names: vec![name.to_owned()],
            chain: Some(vec!["ff".repeat(32)]),
            ..Certificate::default()
        };
        assert_eq!(
            named("*.example.com").store_name(),
            "certctl-example.com-01234567"
        );
        let beside = named("a.com").store_name_beside();
        assert!(beside.starts_with("certctl-a.com-01234567-"), "{beside}");
        assert_ne!(beside, named("a.com").store_name());
        for name in ["", "例子.com", &"long.".repeat(60)] {
            for text in [named(name).store_name(), named(name).store_name_beside()] {
                let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
                assert!(
                    text.len() <= NAME_LIMIT && text.chars().all(plain),
                    "{text}"
                );
            }
        }
    }
}
