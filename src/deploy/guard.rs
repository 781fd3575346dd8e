//! The guards of a place: what keeps a certificate from being put there without a word more.

use chrono::{DateTime, Utc};

use super::{Block, Known, Wanted, World, account_number};
use crate::cert::Certificate;
use crate::fault::Kind;
use crate::products::fit;

/// Why a place is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// The place has names that the certificate is not for.
    Names,
    /// The certificate ends no later than the one that is there.
    Older,
    /// Less than a third of the certificate's lifetime is left.
    Short,
    /// Another organisation issued the one that is there.
    Issuer,
    /// The one that is there has a key of another algorithm, or there are several.
    Algorithm,
    /// The intermediate is missing.
    Chain,
    /// The product can only change every place of its kind at once.
    Wide,
    /// The place cannot be changed now.
    State,
    /// What the place serves is not known well enough to be compared.
    Unread,
    /// The place takes certificates of another store than the one that has this one.
    Store,
    /// What the place serves is neither what was planned for nor what is wanted.
    Moved,
    /// The account is not the one that was pinned.
    Identity,
    /// There are other numbers of places than were expected.
    Expect,
    /// Two certificates are wanted for the place.
    Claimed,
}

impl Guard {
    /// Those that `--allow` lifts.
    pub const LIFTED: [Guard; 6] = [
        Guard::Names,
        Guard::Older,
        Guard::Short,
        Guard::Issuer,
        Guard::Algorithm,
        Guard::Chain,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Guard::Names => "names",
            Guard::Older => "older",
            Guard::Short => "short",
            Guard::Issuer => "issuer",
            Guard::Algorithm => "algorithm",
            Guard::Chain => "chain",
            Guard::Wide => "wide",
            Guard::State => "state",
            Guard::Unread => "unread",
            Guard::Store => "store",
            Guard::Moved => "moved",
            Guard::Identity => "identity",
            Guard::Expect => "expect",
            Guard::Claimed => "claimed",
        }
    }

    /// What a place that it keeps as it is, or a run, counts as.
    pub const fn kind(self) -> Kind {
        match self {
            Guard::State => Kind::State,
            Guard::Unread => Kind::Unexpected,
            Guard::Moved => Kind::Moved,
            _ => Kind::Guard,
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Guard::LIFTED.into_iter().find(|one| one.as_str() == name)
    }
}

/// What a guard says of a place, with both facts.
pub type Refusal = (Guard, String);

/// What is against the accounts: one that is another than was pinned, or that nobody knows to be it.
pub fn of_accounts(world: &World) -> Vec<Refusal> {
    let mut refused = Vec::new();
    for holding in &world.holdings {
        let Some(pinned) = &holding.pinned else {
            continue;
        };
        let number = account_number(&holding.identity);
        if number != pinned {
            let is = match number {
                "" => "nobody could tell which it is".to_owned(),
                other => format!("the login is of {other}"),
            };
            let message = format!("{} has to be account {pinned}: {is}", holding.name());
            refused.push((Guard::Identity, message));
        }
    }
    refused
}

/// What is against the number of places of a block. A search that finds nothing looked in the wrong place.
pub fn of_count(wanted: &Wanted, on: &Block, found: usize) -> Option<Refusal> {
    let called = &wanted.called;
    let places = match found {
        1 => "1 place".to_owned(),
        _ => format!("{found} places"),
    };
    let message = match &on.expect {
        Some(expect) if expect.contains(&found) => return None,
        Some(expect) if expect.start() == expect.end() => {
            format!(
                "{called} is for {found} places, {} were expected",
                expect.end()
            )
        }
        Some(expect) => format!(
            "{called} is for {places}, {} to {} were expected",
            expect.start(),
            expect.end()
        ),
        None if found == 0 && on.find.is_some() => {
            format!("{called} is for no place that was found")
        }
        None => return None,
    };
    Some((Guard::Expect, message))
}

/// What is against the certificate itself, wherever it goes.
pub fn of_certificate(new: &Certificate, called: &str, now: DateTime<Utc>) -> Option<Refusal> {
    if let Some(issuer) = &new.lacks {
        return Some((Guard::Chain, fit::unaccompanied(called, issuer)));
    }
    let (starts, expires) = (new.starts?, new.expires?);
    let is_short = (expires - now) * 3 < expires - starts;
    is_short.then(|| {
        let message = format!(
            "{called} ends on {}: less than a third of its lifetime is left",
            expires.format("%Y-%m-%d")
        );
        (Guard::Short, message)
    })
}

/// What is against the certificate in a place that serves `old` under these names. `is_named` tells
/// a place that was asked for from one that was found.
pub fn of_place(
    (new, called): (&Certificate, &str),
    old: &Known,
    names: &[&str],
    is_named: bool,
) -> Vec<Refusal> {
    let old = &old.certificate;
    let mut refusals = Vec::new();
    if let Some(message) = fit::misfit(new, called, names.iter().copied()) {
        refusals.push((Guard::Names, message));
    }
    if let (Some(end), Some(present)) = (new.expires, old.expires)
        && end <= present
    {
        refusals.push((
            Guard::Older,
            format!(
                "{called} ends on {}, the present one on {}",
                end.format("%Y-%m-%d"),
                present.format("%Y-%m-%d")
            ),
        ));
    }
    let of = |certificate: &Certificate| organisation(certificate.issuer.as_deref()?);
    if let (false, Some(own), Some(present)) = (is_named, of(new), of(old))
        && own != present
    {
        let message = format!("{called} is issued by {own}, the present one by {present}");
        refusals.push((Guard::Issuer, message));
    }
    if let (Some(own), Some(present)) = (new.key_family(), old.key_family())
        && own != present
    {
        let message = format!(
            "{called} has a key of {own}, the present one of {present}: older clients may know that one only"
        );
        refusals.push((Guard::Algorithm, message));
    }
    refusals
}

/// The organisation in the name of an issuer, where it names one.
fn organisation(issuer: &str) -> Option<String> {
    let mut parts = issuer.split(", ").flat_map(|part| part.split(" + "));
    let organisation = parts.find_map(|part| part.strip_prefix("O="))?;
    Some(organisation.to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(day: &str) -> DateTime<Utc> {
        format!("{day}T00:00:00Z").parse().expect("a day")
    }

    fn certificate(starts: &str, expires: &str) -> Certificate {
        Certificate {
            names: vec!["a.com".into(), "*.b.com".into()],
            issuer: Some("C=US, O=Let's Encrypt, CN=R3".into()),
            algorithm: Some("RSA 2048".into()),
            starts: Some(at(starts)),
            expires: Some(at(expires)),
            ..Certificate::default()
        }
    }

    fn known(certificate: Certificate) -> Known {
        Known {
            certificate,
            ..Known::default()
        }
    }

    fn guards(refusals: &[Refusal]) -> Vec<&'static str> {
        refusals.iter().map(|(guard, _)| guard.as_str()).collect()
    }

    #[test]
    fn each_is_found_by_its_name_and_lifted_or_not() {
        for guard in Guard::LIFTED {
            assert_eq!(Guard::named(guard.as_str()), Some(guard));
        }
        for name in ["wide", "state", "unread", "", "all"] {
            assert_eq!(Guard::named(name), None, "{name}");
        }
    }

    #[test]
    fn a_third_of_the_lifetime_has_to_be_left() {
        let new = certificate("2026-01-01", "2026-04-01");
        let end = at("2026-04-01");
        let of = |left: TimeDelta| of_certificate(&new, "new.pem", end - left);
        assert_eq!(of(TimeDelta::days(30)), None);
        let (guard, message) =
            of(TimeDelta::days(30) - TimeDelta::seconds(1)).expect("it is short");
        assert_eq!(guard, Guard::Short);
        assert!(message.contains("new.pem ends on 2026-04-01"), "{message}");
    }

    #[test]
    fn a_leaf_alone_is_refused() {
        let new = Certificate {
            lacks: Some("CN=R3".into()),
            ..certificate("2026-01-01", "2026-04-01")
        };
        let (guard, message) = of_certificate(&new, "new.pem", at("2026-01-02")).expect("it is");
        assert_eq!(guard, Guard::Chain);
        assert!(message.contains("CN=R3"), "{message}");
    }

    #[test]
    fn each_says_what_is_against_it() {
        let new = certificate("2026-01-01", "2026-04-01");
        let of = |old: Certificate, names: &[&str], is_named: bool| {
            of_place((&new, "new.pem"), &known(old), names, is_named)
        };
        let old = certificate("2025-10-01", "2026-02-01");
        assert_eq!(of(old.clone(), &["a.com", "x.b.com"], false), []);
        let lacks = of(old.clone(), &["a.com", "c.com"], false);
        assert_eq!(guards(&lacks), ["names"]);
        assert!(lacks[0].1.contains("does not cover c.com"), "{lacks:?}");
        let newer = certificate("2026-01-01", "2026-04-01");
        assert_eq!(guards(&of(newer, &["a.com"], false)), ["older"]);
        let paid = Certificate {
            issuer: Some("C=US, O=DigiCert Inc, CN=X".into()),
            ..old.clone()
        };
        assert_eq!(guards(&of(paid.clone(), &["a.com"], false)), ["issuer"]);
        assert_eq!(of(paid, &["a.com"], true), [], "named by whoever asks");
        let untold = Certificate {
            issuer: Some("R3".into()),
            ..old.clone()
        };
        assert_eq!(of(untold, &["a.com"], false), []);
        let other = Certificate {
            algorithm: Some("ECDSA P-256".into()),
            ..old
        };
        assert_eq!(guards(&of(other, &["a.com"], false)), ["algorithm"]);
    }
}
