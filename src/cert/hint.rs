//! What to do next about a certificate or key that is unfit.

use super::error::{CertError, Place, Purpose};
use super::form::Form;
use super::key::MIN_RSA_BITS;

/// What to do where the key's algorithm is one that nobody takes.
const NEW_KEY: &str = "request a certificate for an RSA or ECDSA P-256 key: openssl genpkey \
                       -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out new-key.pem";

impl CertError {
    /// What to do next: a command to type, or a thing to check. One line.
    pub fn hint(&self) -> String {
        match self {
            CertError::NotPem { file, form, wanted } => conversion(file, *form, *wanted),
            CertError::BrokenBegin {
                file,
                escaped: true,
                ..
            } => {
                format!(
                    "write real line breaks: (umask 077; printf '%b' \"$(cat {})\" > fixed.pem)",
                    shell_word(file)
                )
            }
            CertError::BrokenBegin { .. } => {
                "copy the file again with its line breaks (in a shell, quote \"$VARIABLE\")".into()
            }
            CertError::NoEnd { .. } | CertError::NoBegin { .. } | CertError::EndMismatch { .. } => {
                "copy the block again, from its BEGIN line to its END line".into()
            }
            CertError::TooMany { .. } => {
                "use a file with the server certificate and its chain only, or split this file \
                 first"
                    .into()
            }
            CertError::NotBase64 { .. }
            | CertError::Base64Cut { .. }
            | CertError::WrongLength { .. } => {
                "the file was damaged or cut off while it was copied: copy it again from its \
                 origin"
                    .into()
            }
            CertError::WrongBlock { place, wanted } => wrong_block(place, *wanted),
            CertError::Swapped { cert, key } => {
                format!("use --cert {} --key {}", shell_word(key), shell_word(cert))
            }
            CertError::TwoKeys { .. } => {
                "keep the key of the certificate in the file and remove the other key".into()
            }
            CertError::EncryptedKey { place } => {
                format!(
                    "decrypt it: openssl pkey -in {} -out new-key.pem",
                    shell_word(&place.file)
                )
            }
            CertError::UnreadableCertificate { place } | CertError::Unreadable { place } => {
                format!(
                    "show its structure: openssl asn1parse -in {}",
                    shell_word(&place.file)
                )
            }
            CertError::UnreadableKey { place } => format!(
                "rewrite the key: openssl pkey -in {} -out new-key.pem",
                shell_word(&place.file)
            ),
            CertError::InconsistentKey { place } => format!(
                "check the key: openssl pkey -check -noout -in {}; then copy it again from its \
                 origin",
                shell_word(&place.file)
            ),
            CertError::UnsupportedKey { .. } => NEW_KEY.into(),
            CertError::KeyMismatch { cert, key, .. } => format!(
                "find the key with the same id as the certificate; id of a key: openssl pkey \
                 -pubout -outform DER -in {} | openssl sha256; id of the certificate: openssl \
                 x509 -noout -pubkey -in {} | openssl pkey -pubin -outform DER | openssl sha256",
                shell_word(&key.place.file),
                shell_word(&cert.place.file)
            ),
            CertError::AuthorityAsLeaf { place, .. } => format!(
                "put the server certificate first; show the first certificate of the file: \
                 openssl x509 -noout -subject -issuer -ext basicConstraints,subjectAltName -in {}",
                shell_word(&place.file)
            ),
            CertError::SecondServer { place, .. } => format!(
                "only one certificate is set at a time: remove the other: sed '{},/-----END/d' {} \
                 > new-cert.pem",
                place.line,
                shell_word(&place.file)
            ),
            CertError::Foreign {
                wanted: Some(wanted),
                ..
            } => format!(
                "replace it with the certificate of {wanted}, which your CA provides \
                 (fullchain.pem), or remove it"
            ),
            CertError::Foreign { place, .. } => {
                format!("remove the block at line {} of {}", place.line, place.file)
            }
            CertError::NotSigned { .. } => {
                "use the intermediate certificate that the CA issued with this certificate: a CA \
                 can use one name for several keys"
                    .into()
            }
            CertError::IssuerNotAuthority { place, .. } => format!(
                "check the chain: openssl x509 -noout -subject -ext basicConstraints -in {}",
                shell_word(&place.file)
            ),
            CertError::ShortRsa { .. } => format!(
                "request a certificate for a longer key: openssl genpkey -algorithm RSA -pkeyopt \
                 rsa_keygen_bits:{} -out new-key.pem",
                MIN_RSA_BITS
            ),
            CertError::NoNames { .. } => {
                "request it again with its domains in subjectAltName: openssl req -new -addext \
                 subjectAltName=DNS:example.com …"
                    .into()
            }
            CertError::Expired { .. } => "renew the certificate, or check the clock of this \
                                          machine: date -u"
                .into(),
            CertError::NotYetValid { .. } => "check the clock of this machine: date -u".into(),
            CertError::AlgorithmRefused { .. } => NEW_KEY.into(),
            CertError::ExplicitCurve {
                place,
                of: Purpose::Key,
            } => format!(
                "rewrite the key with the name of its curve: openssl ec -in {} -param_enc \
                 named_curve -out new-key.pem",
                shell_word(&place.file)
            ),
            CertError::ExplicitCurve { .. } => {
                "rewrite the key with the name of its curve (openssl ec -in KEY -param_enc \
                 named_curve -out new-key.pem) and request a certificate for it: openssl req -new \
                 -key new-key.pem -addext subjectAltName=DNS:example.com -out request.pem"
                    .into()
            }
            CertError::Precertificate { .. } => {
                "use the final certificate, which the CA issued after it: it has the same serial \
                 number"
                    .into()
            }
        }
    }
}

fn conversion(file: &str, form: Form, wanted: Purpose) -> String {
    let file = shell_word(file);
    match (form, wanted) {
        (Form::Blank, _) => format!("check the program that wrote it: ls -l {file}"),
        (Form::DerCertificate, Purpose::Certificate) => {
            format!("convert it: openssl x509 -inform DER -in {file} -out new-cert.pem")
        }
        (Form::DerKey | Form::DerEncryptedKey, Purpose::Key) => {
            format!("convert it: openssl pkey -inform DER -in {file} -out new-key.pem")
        }
        (Form::Pkcs12 | Form::Pkcs12Legacy, wanted) => {
            // OpenSSL 3 refuses the old ciphers without the option, and OpenSSL 1 does not know it.
            let legacy = match form {
                Form::Pkcs12Legacy => " -legacy",
                _ => "",
            };
            let without = match form {
                Form::Pkcs12Legacy => " (OpenSSL 1: without -legacy)",
                _ => "",
            };
            match wanted {
                Purpose::Certificate => format!(
                    "extract the certificates: openssl pkcs12{legacy} -in {file} -nokeys -out \
                     new-cert.pem{without}"
                ),
                Purpose::Key => format!(
                    "extract the key: openssl pkcs12{legacy} -in {file} -nocerts -nodes -out \
                     new-key.pem{without}"
                ),
            }
        }
        (Form::Pkcs7, Purpose::Certificate) => format!(
            "extract the certificates: openssl pkcs7 -inform DER -print_certs -in {file} -out \
             new-cert.pem"
        ),
        (Form::Jks, _) => format!(
            "convert it to PKCS#12 first: keytool -importkeystore -srckeystore {file} -destkeystore store.p12 -deststoretype PKCS12"
        ),
        (Form::Utf16, _) => {
            format!("convert it: (umask 077; iconv -f UTF-16 -t UTF-8 {file} > fixed.pem)")
        }
        (Form::BareBase64, Purpose::Certificate) => {
            "put -----BEGIN CERTIFICATE----- before it and -----END CERTIFICATE----- after it, each on its own line".into()
        }
        (Form::BareBase64, Purpose::Key) => {
            "add its original BEGIN and END lines, each on its own line".into()
        }
        (Form::DerRequest, Purpose::Certificate) => {
            "send the request to a CA; it returns the certificate".into()
        }
        (_, Purpose::Certificate) => {
            "use the file that begins with -----BEGIN CERTIFICATE----- (often fullchain.pem)".into()
        }
        (_, Purpose::Key) => {
            "use the file that begins with -----BEGIN PRIVATE KEY----- (often privkey.pem)".into()
        }
    }
}

fn wrong_block(place: &Place, wanted: Purpose) -> String {
    let file = shell_word(&place.file);
    match (&*place.label, wanted) {
        ("CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST", Purpose::Certificate) => {
            "send the request to a CA; it returns the certificate".into()
        }
        ("TRUSTED CERTIFICATE", Purpose::Certificate) => {
            format!("convert it: openssl x509 -in {file} -out new-cert.pem")
        }
        ("PKCS7" | "CMS", Purpose::Certificate) => {
            format!(
                "extract the certificates: openssl pkcs7 -print_certs -in {file} -out \
                 new-cert.pem"
            )
        }
        ("OPENSSH PRIVATE KEY", Purpose::Key) => format!(
            "convert a copy of it: cp {file} new-key.pem && ssh-keygen -p -m PKCS8 -N '' -f new-key.pem"
        ),
        ("PUBLIC KEY" | "RSA PUBLIC KEY", Purpose::Key) => {
            "use the private key: the public key is already part of the certificate".into()
        }
        (_, Purpose::Certificate) => {
            "use the file with the CERTIFICATE blocks (often fullchain.pem)".into()
        }
        (_, Purpose::Key) => "use the file with the PRIVATE KEY block (often privkey.pem)".into(),
    }
}

/// A file name as a word of a POSIX shell, for commands that are there to be typed.
pub(crate) fn shell_word(file: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !file.is_empty() && file.chars().all(plain) {
        return file.to_owned();
    }
    format!("'{}'", file.replace('\'', r"'\''"))
}
