//! What went wrong in a handshake, in words: the library's own are names out of its source.

use chrono::{DateTime, SecondsFormat, Utc};
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

/// What a server that refuses the handshake gives as its reason.
pub(super) struct Alert {
    /// What it means, after "the server".
    pub(super) meaning: &'static str,
    /// Where it may be a matter of the name that was asked for, and not only of what is in common.
    pub(super) about: About,
    /// Its name in the RFCs.
    pub(super) name: &'static str,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The name that the server was asked for.
    Name,
    /// Versions, cipher suites, groups and signatures: nothing is in common.
    Common,
    /// The client's own certificate.
    Client,
    /// Anything else.
    Other,
}

/// RFC 8446, section 6.2, and RFC 6066, section 9.
const ALERTS: [(u8, &str, About, &str); 18] = {
    use About::{Client, Common, Name, Other};
    [
        (10, "unexpected_message", Other, "refused the handshake"),
        (20, "bad_record_mac", Other, "refused the handshake"),
        (22, "record_overflow", Other, "refused the handshake"),
        (
            40,
            "handshake_failure",
            Common,
            "has no cipher suite, group or signature algorithm in common with this client",
        ),
        (
            42,
            "bad_certificate",
            Client,
            "does not accept the client certificate",
        ),
        (
            43,
            "unsupported_certificate",
            Client,
            "does not accept the client certificate",
        ),
        (
            46,
            "certificate_unknown",
            Client,
            "does not accept the client certificate",
        ),
        (47, "illegal_parameter", Other, "refused the handshake"),
        (
            48,
            "unknown_ca",
            Client,
            "does not accept the client certificate",
        ),
        (49, "access_denied", Name, "refused access"),
        (
            50,
            "decode_error",
            Other,
            "could not read the data from the client",
        ),
        (51, "decrypt_error", Other, "refused the handshake"),
        (70, "protocol_version", Common, "offers no TLS 1.2 or newer"),
        (
            71,
            "insufficient_security",
            Common,
            "asks for stronger cipher suites or groups than this client has",
        ),
        (80, "internal_error", Name, "failed with an internal error"),
        (
            109,
            "missing_extension",
            Other,
            "misses an extension from the client",
        ),
        (112, "unrecognized_name", Name, "does not know this name"),
        (
            116,
            "certificate_required",
            Client,
            "requires a client certificate",
        ),
    ]
};

impl Alert {
    /// Looks the alert up; `None` for those that no server sends in a handshake.
    pub(super) fn find(alert: AlertDescription) -> Option<Alert> {
        let number = u8::from(alert);
        let found = ALERTS.iter().find(|(known, ..)| *known == number);
        found.map(|(_, name, about, meaning)| Alert {
            meaning,
            about: *about,
            name,
        })
    }
}

/// An alert in words, after nothing.
pub(super) fn alert(alert: AlertDescription) -> String {
    match Alert::find(alert) {
        Some(known) => format!("the server {} (TLS alert {})", known.meaning, known.name),
        None => format!(
            "the server refused the handshake (TLS alert {})",
            u8::from(alert)
        ),
    }
}

/// Why a handshake ended, but for its certificate.
pub(super) fn handshake(error: &Error) -> String {
    match error {
        Error::AlertReceived(received) => alert(*received),
        Error::PeerIncompatible(incompatible) => incompatible_with(incompatible).into(),
        Error::InvalidMessage(
            InvalidMessage::CertificatePayloadTooLarge | InvalidMessage::HandshakePayloadTooLarge,
        ) => "the certificates of the server are too large for any client (64 KiB)".into(),
        Error::InvalidMessage(_) => "the server does not speak TLS on this port".into(),
        Error::NoCertificatesPresented => "the server sent no certificate".into(),
        Error::UnsupportedNameType => "the name cannot be requested from a server".into(),
        Error::PeerSentOversizedRecord => "the server sent a record longer than TLS allows".into(),
        Error::DecryptError => "cannot decrypt the data from the server".into(),
        Error::FailedToGetCurrentTime => "cannot read the clock of this machine".into(),
        Error::FailedToGetRandomBytes => "this machine returns no random numbers".into(),
        _ => "the server broke the rules of TLS".into(),
    }
}

fn incompatible_with(error: &PeerIncompatible) -> &'static str {
    use PeerIncompatible as P;
    match error {
        P::NoCipherSuitesInCommon => {
            "the server chose a cipher suite that this client does not support"
        }
        P::NoKxGroupsInCommon => {
            "the server has no key exchange group in common with this client (it has X25519, P-256 and P-384)"
        }
        P::NoSignatureSchemesInCommon | P::NoCertificateRequestSignatureSchemesInCommon => {
            "the server has no signature algorithm in common with this client"
        }
        P::ServerDoesNotSupportTls12Or13
        | P::ServerTlsVersionIsDisabledByOurConfig
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled => "the server offers no TLS 1.2 or newer",
        P::ExtendedMasterSecretExtensionRequired => {
            "the server's TLS 1.2 has no extended master secret (RFC 7627), which this client requires"
        }
        _ => "the server uses a TLS feature that this client does not support",
    }
}

/// Why a certificate is not acceptable, after "the server's certificate ". Names and trust are told
/// by the caller, who knows more about them.
pub(super) fn certificate(error: &CertificateError) -> String {
    use CertificateError as C;
    let fixed = match error {
        C::ExpiredContext { not_after, .. } => {
            return format!("has expired{}", day(" at ", *not_after));
        }
        C::NotValidYetContext { not_before, .. } => {
            return format!("is not valid yet{}", day(": it begins at ", *not_before));
        }
        C::NotValidForNameContext {
            expected,
            presented,
        } if !presented.is_empty() => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            return format!(
                "is for another host than {}: it covers {}",
                expected.to_str(),
                names.join(", ")
            );
        }
        C::Expired => "has expired",
        C::NotValidYet => "is not valid yet",
        C::NotValidForName | C::NotValidForNameContext { .. } => "is for another host",
        C::UnknownIssuer | C::BadSignature => "is signed by an unknown authority",
        C::BadEncoding => "is not acceptable: it cannot be read",
        C::Revoked => "is not acceptable: it was revoked",
        C::UnhandledCriticalExtension => {
            "is not acceptable: it has a critical extension that clients do not know"
        }
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => {
            "is not acceptable: it is not a server certificate (no serverAuth in its \
             extendedKeyUsage)"
        }
        C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "is not acceptable: it, or its chain, is signed with an algorithm that clients do not \
             accept"
        }
        C::UnknownRevocationStatus
        | C::ExpiredRevocationList
        | C::ExpiredRevocationListContext { .. }
        | C::InvalidOcspResponse => "is not acceptable: its revocation status is unknown",
        _ => {
            "is not acceptable: its chain breaks a rule (a name constraint, an issuer that is not \
             a CA, or a key that is too short)"
        }
    };
    fixed.to_owned()
}

/// What is presented comes as Rust writes it: `DnsName("a.com")`.
fn bare(presented: &str) -> &str {
    let quoted = presented.split('"').nth(1);
    quoted.unwrap_or(presented)
}

fn day(before: &str, time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).ok();
    let time = seconds.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0));
    time.map_or_else(String::new, |time| {
        format!(
            "{before}{}",
            time.to_rfc3339_opts(SecondsFormat::Secs, true)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No word in capitals inside: the names of a library's own variants.
    fn is_prose(text: &str) -> bool {
        let inner = |word: &str| {
            let known = ["TLS", "MiB", "KiB", "serverAuth", "extendedKeyUsage"];
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            !known.contains(&word) && {
                let mut letters = word.chars().skip(1).skip_while(|c| !c.is_lowercase());
                letters.any(char::is_uppercase)
            }
        };
        !text.split_whitespace().any(inner) && !text.contains("::") && !text.contains('{')
    }

    #[test]
    fn every_alert_has_words() {
        for number in 0..=u8::MAX {
            let text = alert(AlertDescription::from(number));
            assert!(is_prose(&text), "{text}");
            assert!(text.starts_with("the server "), "{text}");
        }
        for (number, words) in [
            (
                40,
                "no cipher suite, group or signature algorithm in common",
            ),
            (70, "offers no TLS 1.2 or newer"),
            (112, "does not know this name (TLS alert unrecognized_name)"),
        ] {
            let text = alert(AlertDescription::from(number));
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn no_error_is_told_in_the_librarys_own_words() {
        use rustls::PeerMisbehaved;
        for error in [
            Error::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon),
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Error::PeerIncompatible(PeerIncompatible::KeyShareExtensionRequired),
            Error::PeerMisbehaved(PeerMisbehaved::IllegalMiddleboxChangeCipherSpec),
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            Error::General("BadThing".into()),
            Error::DecryptError,
        ] {
            let text = handshake(&error);
            assert!(is_prose(&text), "{error:?}: {text}");
        }
        for error in [
            CertificateError::InvalidPurpose,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::ApplicationVerificationFailure,
            CertificateError::InvalidOcspResponse,
        ] {
            assert!(is_prose(&certificate(&error)), "{error:?}");
        }
        let name = CertificateError::NotValidForNameContext {
            expected: "b.com".try_into().expect("a name"),
            presented: vec![r#"DnsName("a.com")"#.into(), r#"DnsName("*.a.com")"#.into()],
        };
        assert_eq!(
            certificate(&name),
            "is for another host than b.com: it covers a.com, *.a.com"
        );
        let over = CertificateError::ExpiredContext {
            time: UnixTime::since_unix_epoch(std::time::Duration::from_secs(200)),
            not_after: UnixTime::since_unix_epoch(std::time::Duration::from_secs(100)),
        };
        assert_eq!(certificate(&over), "has expired at 1970-01-01T00:01:40Z");
    }
}
