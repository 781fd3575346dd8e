//! What a file holds, block by block, with nothing judged but whether it can be read.

use x509_parser::prelude::{FromDer, ParsedExtension, X509CertificationRequest};

use super::chain::Effort;
use super::error::{CertError, Place, Purpose};
use super::key::{Algorithm, PublicKey};
use super::pem::{self, Block};
use super::private;
use super::signature::Signature;
use super::x509::{self, Certificate};
use super::{Facts, Form, Input, chain, form, is_certificate, is_parameters};

/// Something that a file holds.
#[derive(Debug)]
pub struct Found {
    /// The line in which it begins; none in a file that is not PEM.
    pub line: Option<usize>,
    /// What it is.
    pub content: Result<Content, CertError>,
}

/// What it is that a file holds.
#[derive(Debug)]
pub enum Content {
    /// A certificate.
    Certificate {
        /// What it says.
        facts: Box<Facts>,
        /// The subjects of its issuer, that one's issuer and so on, as far as the file holds them.
        chain: Vec<String>,
        /// Whether each signature on the way was verified.
        verified: bool,
    },
    /// A private key.
    Key {
        /// Its algorithm.
        algorithm: Algorithm,
        /// The id of its public half: that of its certificate.
        id: String,
    },
    /// A private key under a passphrase.
    EncryptedKey,
    /// A certificate signing request.
    Request {
        /// The subject, on one line.
        subject: String,
        /// The DNS names that it asks for.
        names: Vec<String>,
        /// The algorithm of its key.
        algorithm: Algorithm,
        /// The id of its key.
        id: String,
    },
    /// A public key.
    PublicKey {
        /// Its algorithm.
        algorithm: Algorithm,
        /// Its id.
        id: String,
    },
    /// Parameters of an algorithm.
    Parameters,
}

/// The longest chain that is shown: no client follows one this long.
const LONGEST: usize = 32;

/// What a file holds, in its order, and what in it cannot be read. At least one comes back.
pub fn inspect(input: Input<'_>) -> Vec<Found> {
    let mut blocks = Vec::new();
    let read = pem::read_blocks(input, &mut blocks);
    if let Err(error @ CertError::TooMany { .. }) = read {
        return too_many(error);
    }
    if blocks.is_empty() && read.is_ok() {
        return vec![Found {
            line: None,
            content: bare(input),
        }];
    }
    // Each certificate by its place among the blocks, so that chains are followed among those read.
    let mut certificates = Vec::new();
    let mut found = Vec::with_capacity(blocks.len());
    let mut effort = Effort::default();
    for block in &blocks {
        let content = match is_certificate(block.label) {
            true => Certificate::read(block),
            false => {
                found.push(Found::at(block, other(block)));
                continue;
            }
        };
        if let Ok(certificate) = &content
            && let Err(error) = effort.read(certificate, input.name)
        {
            return too_many(error);
        }
        found.push(Found::at(
            block,
            content.map(|certificate| {
                let shown = Content::certificate(&certificate);
                certificates.push(certificate);
                shown
            }),
        ));
    }
    if let Err(error) = chain::bound(&certificates, input.name) {
        return too_many(error);
    }
    let mut chains = chains(&certificates).into_iter();
    for one in &mut found {
        if let Ok(Content::Certificate {
            chain, verified, ..
        }) = &mut one.content
        {
            (*chain, *verified) = chains.next().unwrap_or_default();
        }
    }
    if let Err(error) = read {
        found.push(Found {
            line: error.line(),
            content: Err(error),
        });
    }
    found
}

impl Found {
    fn at(block: &Block<'_>, content: Result<Content, CertError>) -> Found {
        Found {
            line: Some(block.place.line),
            content,
        }
    }
}

/// Nothing is shown of a file that goes beyond the bounds: part of it would be taken for all.
fn too_many(error: CertError) -> Vec<Found> {
    vec![Found {
        line: None,
        content: Err(error),
    }]
}

impl Content {
    fn certificate(certificate: &Certificate) -> Content {
        Content::Certificate {
            facts: Box::new(certificate.facts()),
            chain: Vec::new(),
            verified: true,
        }
    }

    fn public_key(key: PublicKey) -> Content {
        Content::PublicKey {
            algorithm: key.algorithm,
            id: key.id,
        }
    }
}

/// For each certificate the subjects above it, and whether the signatures that say so were verified.
fn chains(certificates: &[Certificate]) -> Vec<(Vec<String>, bool)> {
    let issuers: Vec<Option<(usize, Signature)>> = certificates
        .iter()
        .map(|one| chain::issuer_index(one, certificates).ok().flatten())
        .collect();
    let above = |start: usize| {
        let mut chain = Vec::new();
        let mut verified = true;
        let mut at = issuers[start];
        // Authorities that signed each other would go round for ever.
        while let Some((index, signature)) = at.filter(|_| chain.len() < LONGEST) {
            verified &= signature == Signature::Good;
            chain.push(certificates[index].subject.clone());
            at = issuers[index];
        }
        (chain, verified)
    };
    (0..certificates.len()).map(above).collect()
}

/// A block that is no certificate.
fn other(block: &Block<'_>) -> Result<Content, CertError> {
    match block.label {
        label if private::is_key(label) => match private::read(block) {
            Ok(key) => Ok(Content::Key {
                algorithm: key.public.algorithm,
                id: key.public.id,
            }),
            Err(CertError::EncryptedKey { .. }) => Ok(Content::EncryptedKey),
            Err(error) => Err(error),
        },
        label if is_parameters(label) => Ok(Content::Parameters),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            request(&block.der()?).ok_or_else(|| unreadable(block))
        }
        "PUBLIC KEY" => PublicKey::from_spki(&block.der()?)
            .map(Content::public_key)
            .ok_or_else(|| unreadable(block)),
        label => Err(CertError::WrongBlock {
            place: block.place.clone(),
            // Keys in forms that only other programs read are converted in another way.
            wanted: match label.ends_with("PRIVATE KEY") {
                true => Purpose::Key,
                false => Purpose::Certificate,
            },
        }),
    }
}

fn unreadable(block: &Block<'_>) -> CertError {
    CertError::Unreadable {
        place: block.place.clone(),
    }
}

/// A file that is not PEM.
fn bare(input: Input<'_>) -> Result<Content, CertError> {
    let form = form::recognise(input.bytes);
    let content = match form {
        Form::DerCertificate => {
            let place = Place::new(input.name, "CERTIFICATE", 1);
            x509::parse(input.bytes, &place).map(|read| Content::certificate(&read))
        }
        Form::DerKey => private::public_half(input.bytes).map(|key| Content::Key {
            algorithm: key.algorithm,
            id: key.id,
        }),
        Form::DerEncryptedKey => Some(Content::EncryptedKey),
        Form::DerPublicKey => PublicKey::from_spki(input.bytes).map(Content::public_key),
        Form::DerRequest => request(input.bytes),
        _ => None,
    };
    content.ok_or_else(|| CertError::NotPem {
        file: input.name.to_owned(),
        form,
        wanted: Purpose::Certificate,
    })
}

fn request(der: &[u8]) -> Option<Content> {
    let (_, request) = X509CertificationRequest::from_der(der).ok()?;
    let info = &request.certification_request_info;
    let extensions = request.requested_extensions().into_iter().flatten();
    let names = extensions.filter_map(|extension| match extension {
        ParsedExtension::SubjectAlternativeName(names) => {
            Some(x509::alternative_names(&names.general_names).0)
        }
        _ => None,
    });
    let key = PublicKey::from_spki(info.subject_pki.raw)?;
    Some(Content::Request {
        subject: x509::name(&info.subject),
        names: names.flatten().collect(),
        algorithm: key.algorithm,
        id: key.id,
    })
}
