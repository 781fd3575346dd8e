//! What comes with a certificate in the store, which tells names and dates of it and no hash.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cert::{Bundle, Facts};
use crate::fault::Kind;
use crate::products::Stored;
use crate::providers::alibaba::cas::{
    CertificateDetail, ChainLink, GetCertificateDetail, GetUserCertificateDetail,
};
use crate::transport::{Client, Done, Failure};

/// Reads what comes with a certificate, told in hashes of those in `like` where it is one of them.
/// It stays not known where the store does not tell, or may not be asked.
///
/// # Errors
/// The store does not answer, or has the certificate no more.
pub(super) async fn with_chain(
    cas: &Client<'_>,
    stored: &mut Stored,
    like: &Bundle,
) -> Result<(), Failure> {
    let cert_id = &stored.id.id;
    let detail = told(cas.call(&GetUserCertificateDetail { cert_id }).await)?;
    let filtered = detail.and_then(|detail| detail.cert_chain);
    stored.certificate.chain = chain(cas, cert_id, filtered, like).await?;
    Ok(())
}

/// What comes with a certificate, of which `told` is known already.
///
/// # Errors
/// As those of [`with_chain`].
pub(super) async fn chain(
    cas: &Client<'_>,
    cert_id: &str,
    told: Option<Vec<ChainLink>>,
    like: &Bundle,
) -> Result<Option<Vec<String>>, Failure> {
    let links = links(cas, cert_id, told).await?;
    Ok(links.and_then(|links| by_hashes(&links, like)))
}

/// The links of a certificate's chain: those in an answer already, else those of the action that has
/// no key to keep back. `None` where the store does not tell.
///
/// # Errors
/// As those of [`with_chain`].
pub(super) async fn links(
    cas: &Client<'_>,
    certificate_id: &str,
    filtered: Option<Vec<ChainLink>>,
) -> Result<Option<Vec<ChainLink>>, Failure> {
    // The filter that keeps the private key back may have left them out.
    if filtered.as_ref().is_some_and(|links| !links.is_empty()) {
        return Ok(filtered);
    }
    let newer = told(cas.call(&GetCertificateDetail { certificate_id }).await)?;
    Ok(newer.and_then(|newer| newer.certificate_chain_list))
}

/// Whether a chain is the certificate alone, which an authority issued. A chain that does not name
/// the certificate may have left it out, and says nothing of what is missing.
pub(super) fn is_alone(detail: &CertificateDetail) -> bool {
    let names: Vec<&str> = detail.sans.split(',').map(str::trim).collect();
    let is_own = |link: &ChainLink| {
        !link.subject.is_empty()
            && !link.issuer.is_empty()
            && link.subject != link.issuer
            && (link.subject == detail.common || names.contains(&link.subject.as_str()))
    };
    let links = detail.cert_chain.as_deref().unwrap_or_default();
    !links.is_empty() && links.iter().all(is_own)
}

/// An answer; none where the cloud says that it does not give one.
fn told<R>(answer: Result<Done<R>, Failure>) -> Result<Option<R>, Failure> {
    match answer {
        Ok(done) => Ok(Some(done.reply)),
        Err(failure) => match failure.kind {
            Kind::Permission | Kind::Unsupported | Kind::Parameter | Kind::Refused
                if failure.code.is_some() =>
            {
                Ok(None)
            }
            _ => Err(failure),
        },
    }
}

/// A chain by hashes. The store tells names and dates alone, with the leaf or without: each link is
/// looked for among the certificates that are known here, and one that is none of them keeps its
/// name, which no hash equals. `None` where it tells nothing of a link.
fn by_hashes(links: &[ChainLink], like: &Bundle) -> Option<Vec<String>> {
    let known = Facts::all_in(like.chain_pem());
    let mut chain = Vec::new();
    for link in links {
        if link.subject.is_empty() && link.not_after.is_none() {
            return None;
        }
        match known.iter().position(|facts| is_of(link, facts)) {
            Some(0) => {}
            Some(at) => chain.push(known[at].fingerprint.clone()),
            // A root, which is nobody's intermediate.
            None if link.subject == link.issuer => {}
            None => chain.push(format!("{} of {}", link.subject, link.issuer)),
        }
    }
    Some(chain)
}

fn is_of(link: &ChainLink, facts: &Facts) -> bool {
    let subject = is_called(&facts.subject, &link.subject)
        || (!facts.authority && facts.names.contains(&link.subject));
    let same_end = |end: DateTime<Utc>| (end - facts.not_after).abs() <= TimeDelta::days(1);
    subject
        && (link.issuer.is_empty() || is_called(&facts.issuer, &link.issuer))
        && link.not_after.is_none_or(|end| same_end(end.0))
}

/// Whether a name that a store tells is the whole of a distinguished name, or an attribute of it.
fn is_called(name: &str, told: &str) -> bool {
    let attribute = format!("={told}");
    // A name may have a comma in it: what comes behind one has to be an attribute.
    let ends = |rest: &str| {
        let next = rest.strip_prefix(", ").or(rest.strip_prefix(" + "));
        let key = next.and_then(|next| next.split_once('='));
        rest.is_empty() || key.is_some_and(|(key, _)| !key.contains([' ', ',']))
    };
    let mut found = name.match_indices(&attribute);
    name == told || found.any(|(at, _)| ends(&name[at + attribute.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Input;

    const LEAF: &str = include_str!("../../../tests/pki/p256.pem");
    const ISSUER: &str = include_str!("../../../tests/pki/intermediate.pem");

    fn bundle() -> Bundle {
        let whole = [LEAF, ISSUER].concat();
        let input = Input {
            name: "fullchain.pem",
            bytes: whole.as_bytes(),
        };
        let leaf = &Facts::all_in(LEAF)[0];
        Bundle::parse(&[input], None, leaf.not_after - TimeDelta::days(1)).unwrap()
    }

    fn link(subject: &str, issuer: &str, end: DateTime<Utc>) -> ChainLink {
        ChainLink {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            not_after: Some(crate::providers::time::Time(end)),
        }
    }

    #[test]
    fn a_chain_is_told_by_names_and_ends() {
        let bundle = bundle();
        let known = Facts::all_in(bundle.chain_pem());
        let [leaf, issuer] = &known[..] else {
            panic!("{known:?}");
        };
        let of = |facts: &Facts| {
            let name = |text: &str| text.rsplit("CN=").next().unwrap().to_owned();
            link(&name(&facts.subject), &name(&facts.issuer), facts.not_after)
        };
        let (own, above) = (of(leaf), of(issuer));
        let root = link(&above.issuer, &above.issuer, issuer.not_after);
        let hashes = |links: &[&ChainLink]| {
            let links: Vec<ChainLink> = links.iter().map(|link| (*link).clone()).collect();
            by_hashes(&links, &bundle)
        };
        let whole = Some(vec![issuer.fingerprint.clone()]);
        assert_eq!(hashes(&[&own, &above]), whole);
        assert_eq!(
            hashes(&[&above, &root]),
            whole,
            "without the leaf, with the root"
        );
        assert_eq!(hashes(&[&own]), Some(Vec::new()));
        assert_eq!(hashes(&[]), Some(Vec::new()));
        let untold = ChainLink {
            not_after: None,
            ..link("", "", issuer.not_after)
        };
        assert_eq!(hashes(&[&own, &untold]), None);
        // Another certificate of the same name.
        let renewed = link(
            &above.subject,
            &above.issuer,
            issuer.not_after + TimeDelta::days(9),
        );
        let other = hashes(&[&own, &renewed]).unwrap();
        assert!(!other.contains(&issuer.fingerprint), "{other:?}");
        assert_eq!(other.len(), 1);
    }

    #[test]
    fn a_name_is_an_attribute_of_its_own() {
        let name = "C=US, O=Let's Encrypt, CN=R3";
        for told in ["R3", "Let's Encrypt", name] {
            assert!(is_called(name, told), "{told}");
        }
        for told in ["", "R", "Let's", "Encrypt"] {
            assert!(!is_called(name, told), "{told}");
        }
        assert!(!is_called("CN=test CA, intermediate", "test CA"));
        assert!(is_called(
            "CN=test CA, intermediate",
            "test CA, intermediate"
        ));
    }
}
