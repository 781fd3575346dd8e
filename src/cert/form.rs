//! What a file without a single PEM block is, so that the message can say how to convert it.

use std::fmt;

use x509_parser::prelude::{
    FromDer, SubjectPublicKeyInfo, X509Certificate, X509CertificationRequest,
};

use super::private;

/// The form of a file that was expected to be PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing, or nothing but white space.
    Blank,
    /// A certificate in DER.
    DerCertificate,
    /// A private key in DER (PKCS#8, PKCS#1 or SEC1).
    DerKey,
    /// A private key in DER under a passphrase.
    DerEncryptedKey,
    /// A public key in DER.
    DerPublicKey,
    /// A certificate signing request in DER.
    DerRequest,
    /// Certificates in a PKCS#7 envelope, DER (`.p7b`).
    Pkcs7,
    /// Certificate and key in one encrypted file (`.p12`, `.pfx`).
    Pkcs12,
    /// The same, encrypted with what OpenSSL 3 reads only when told to.
    Pkcs12Legacy,
    /// A Java key store.
    Jks,
    /// Text in UTF-16, as PowerShell's redirection writes it.
    Utf16,
    /// The content of a block without its BEGIN and END lines.
    BareBase64,
    /// Other text.
    Text,
    /// Other bytes.
    Binary,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Blank => "an empty file",
            Form::DerCertificate => "a certificate in DER",
            Form::DerKey => "a private key in DER",
            Form::DerEncryptedKey => "an encrypted private key in DER",
            Form::DerPublicKey => "a public key in DER",
            Form::DerRequest => "a certificate signing request in DER",
            Form::Pkcs7 => "a PKCS#7 file",
            Form::Pkcs12 | Form::Pkcs12Legacy => "a PKCS#12 file",
            Form::Jks => "a Java keystore",
            Form::Utf16 => "text in UTF-16",
            Form::BareBase64 => "base64 without BEGIN and END lines",
            Form::Text => "text without a PEM block",
            Form::Binary => "binary data",
        })
    }
}

/// Recognises by content; nothing is decrypted.
pub(super) fn recognise(bytes: &[u8]) -> Form {
    if bytes.trim_ascii().is_empty() || bytes.trim_ascii() == b"\xef\xbb\xbf" {
        return Form::Blank;
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Form::Utf16;
    }
    if bytes.starts_with(b"\xfe\xed\xfe\xed") {
        return Form::Jks;
    }
    if bytes.starts_with(b"\x30")
        && let Some(form) = recognise_der(bytes)
    {
        return form;
    }
    let is_text = |c: char| !c.is_control() || c.is_whitespace();
    match std::str::from_utf8(bytes) {
        Ok(text) if is_base64(text) => Form::BareBase64,
        Ok(text) if text.chars().all(is_text) => Form::Text,
        _ => Form::Binary,
    }
}

fn recognise_der(der: &[u8]) -> Option<Form> {
    // Two bytes of tag and length, and as many more as the first length byte says.
    let long = der.get(1).filter(|length| **length & 0x80 != 0);
    let header = 2 + long.map_or(0, |length| usize::from(length & 0x7f));
    let content = der.get(header..)?;
    let start = &content[..content.len().min(32)];
    let names = |oid: &[u8]| start.windows(oid.len()).any(|part| part == oid);

    // PFX (RFC 7292, section 4) is the one of these structures that begins with version 3.
    if start.starts_with(b"\x02\x01\x03\x30") {
        return Some(match has_legacy_cipher(der) {
            true => Form::Pkcs12Legacy,
            false => Form::Pkcs12,
        });
    }
    // ContentInfo begins with its type: 1.2.840.113549.1.7.2, signedData (RFC 2315, section 14).
    if start.starts_with(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02") {
        return Some(Form::Pkcs7);
    }
    if X509Certificate::from_der(der).is_ok() {
        return Some(Form::DerCertificate);
    }
    if X509CertificationRequest::from_der(der).is_ok() {
        return Some(Form::DerRequest);
    }
    if private::is_private_key(der) {
        return Some(Form::DerKey);
    }
    // EncryptedPrivateKeyInfo begins with an algorithm of PKCS#5, 1.2.840.113549.1.5.
    if names(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05") {
        return Some(Form::DerEncryptedKey);
    }
    if SubjectPublicKeyInfo::from_der(der).is_ok() {
        return Some(Form::DerPublicKey);
    }
    None
}

/// Whether a PKCS#12 file says that it is encrypted with RC4 or RC2 (RFC 7292, appendix C), as nearly
/// all tools did for the certificates until 2022. What says so is not encrypted itself.
fn has_legacy_cipher(der: &[u8]) -> bool {
    const PBE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";
    der.windows(PBE.len() + 1)
        .any(|part| part.starts_with(PBE) && matches!(part[PBE.len()], 1 | 2 | 5 | 6))
}

/// Long enough to be a key or certificate rather than a word.
fn is_base64(text: &str) -> bool {
    let in_alphabet = |c: char| c.is_ascii_alphanumeric() || "+/= \r\n".contains(c);
    text.trim().len() >= 64 && text.starts_with('M') && text.trim().chars().all(in_alphabet)
}
