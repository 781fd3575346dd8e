//! Reading and writing PEM (RFC 7468): lenient about what surrounds and wraps the content, exact
//! about the line that is wrong. Content is decoded on demand, so a block that is only passed by
//! is never decoded.

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, DecodeSliceError, Engine};
use zeroize::Zeroizing;

use super::Input;
use super::error::{CertError, Place};

/// RFC 7468, section 2: writers wrap the base64 text at exactly this many characters.
const COLUMNS: usize = 64;

/// The most blocks that a file may have: the stores of browsers and systems have about 150, and each
/// certificate costs a signature that has to be verified.
pub(super) const MOST_BLOCKS: usize = 400;

/// What stands between a BEGIN line and its END line.
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    pub(super) place: Place,
    /// `Proc-Type: 4,ENCRYPTED` (RFC 1421): what the content is, only its passphrase tells.
    pub(super) encrypted: bool,
    body: Vec<(usize, &'a [u8])>,
}

/// The blocks of a file in its order; whatever stands outside of them is a comment.
pub(super) fn blocks<'a>(input: Input<'a>) -> Result<Vec<Block<'a>>, CertError> {
    let mut blocks = Vec::new();
    read_blocks(input, &mut blocks)?;
    Ok(blocks)
}

/// As [`blocks`]; where it breaks off, `blocks` holds those before.
pub(super) fn read_blocks<'a>(
    input: Input<'a>,
    blocks: &mut Vec<Block<'a>>,
) -> Result<(), CertError> {
    let bytes = input
        .bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(input.bytes);
    let mut open: Option<Block<'a>> = None;
    let mut in_headers = false;
    for (number, line) in lines(bytes) {
        if let Some(rest) = line.strip_prefix(b"-----BEGIN ") {
            if let Some(block) = open {
                return Err(CertError::NoEnd { place: block.place });
            }
            let Some(label) = label(rest) else {
                return Err(CertError::BrokenBegin {
                    file: input.name.to_owned(),
                    line: number,
                    escaped: rest.windows(2).any(|pair| pair == b"\\n"),
                });
            };
            in_headers = true;
            open = Some(Block {
                label,
                place: Place::new(input.name, label, number),
                encrypted: false,
                body: Vec::new(),
            });
        } else if let Some(rest) = line.strip_prefix(b"-----END ") {
            match (open.take(), label(rest)) {
                (Some(_), Some(_)) if blocks.len() == MOST_BLOCKS => {
                    return Err(CertError::TooMany {
                        file: input.name.to_owned(),
                        what: "PEM blocks",
                        limit: MOST_BLOCKS,
                    });
                }
                (Some(block), Some(label)) if block.label == label => blocks.push(block),
                (Some(block), Some(label)) => {
                    return Err(CertError::EndMismatch {
                        begin: block.place,
                        end: label.to_owned(),
                        end_line: number,
                    });
                }
                (Some(block), None) => return Err(CertError::NoEnd { place: block.place }),
                (None, label) => {
                    return Err(CertError::NoBegin {
                        place: Place::new(input.name, label.unwrap_or_default(), number),
                    });
                }
            }
        } else if let Some(block) = &mut open
            && !line.is_empty()
        {
            // Base64 has no colon: lines that have one, at the top, are RFC 1421 headers.
            in_headers &= line.contains(&b':');
            if in_headers {
                block.encrypted |= line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED");
            } else {
                block.body.push((number, line));
            }
        }
    }
    match open {
        Some(block) => Err(CertError::NoEnd { place: block.place }),
        None => Ok(()),
    }
}

impl Block<'_> {
    /// The content: one DER value, known to be complete from its own length and no more than that.
    pub(super) fn der(&self) -> Result<Zeroizing<Vec<u8>>, CertError> {
        let length = self.body.iter().map(|(_, line)| line.len()).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(length));
        for (number, line) in &self.body {
            let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
            if !line.iter().all(in_alphabet) {
                return Err(CertError::NotBase64 {
                    place: self.place.clone(),
                    at: *number,
                });
            }
            text.extend_from_slice(line);
        }
        if !length.is_multiple_of(4) {
            return Err(CertError::Base64Cut {
                place: self.place.clone(),
                characters: length,
            });
        }
        let mut der = Zeroizing::new(vec![0; length / 4 * 3]);
        let length = STANDARD
            .decode_slice(&text[..], &mut der)
            .map_err(|error| {
                let offset = match error {
                    DecodeSliceError::DecodeError(DecodeError::InvalidByte(offset, _)) => offset,
                    _ => length - 1,
                };
                CertError::NotBase64 {
                    place: self.place.clone(),
                    at: self.line_of(offset),
                }
            })?;
        der.truncate(length);
        match sequence_length(&der) {
            Some(stated) if stated != der.len() => Err(CertError::WrongLength {
                place: self.place.clone(),
                stated,
                found: der.len(),
            }),
            _ => Ok(der),
        }
    }

    fn line_of(&self, offset: usize) -> usize {
        let mut end = 0;
        for (number, line) in &self.body {
            end += line.len();
            if offset < end {
                return *number;
            }
        }
        self.place.line
    }
}

/// Appends a block: LF, 64 columns, no blank line.
pub(super) fn write(pem: &mut String, label: &str, der: &[u8]) {
    let text = Zeroizing::new(STANDARD.encode(der));
    // All at once: growing would leave copies of a key behind in freed memory.
    pem.reserve_exact(text.len() + text.len() / COLUMNS + 1 + 2 * (label.len() + 17));
    pem.push_str("-----BEGIN ");
    pem.push_str(label);
    pem.push_str("-----\n");
    let mut rest = &text[..];
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(COLUMNS));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
}

/// The length that a DER SEQUENCE, which every content here is, states for itself with its header.
fn sequence_length(der: &[u8]) -> Option<usize> {
    match der {
        [0x30, short @ 0..=0x7f, ..] => Some(2 + usize::from(*short)),
        [0x30, long @ 0x81..=0x84, rest @ ..] => {
            let octets = rest.get(..usize::from(long & 0x7f))?;
            let append = |length: usize, octet: &u8| length << 8 | usize::from(*octet);
            let length = octets.iter().fold(0, append);
            length.checked_add(2 + octets.len())
        }
        _ => None,
    }
}

fn label(rest: &[u8]) -> Option<&str> {
    let label = std::str::from_utf8(rest.strip_suffix(b"-----")?).ok()?;
    let fits = |c: char| c.is_ascii_graphic() || c == ' ';
    (!label.is_empty() && !label.contains("--") && label.chars().all(fits)).then_some(label)
}

/// Numbered lines without surrounding white space, ended by LF, CRLF or CR. An END line with the
/// next BEGIN line glued to it (`cat` of files without a last newline) counts as two.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    const GLUED: &[u8] = b"----------BEGIN ";
    let mut rest = bytes;
    let mut number = 0;
    let split = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        number += 1;
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let (line, after) = match end {
            Some(end) if rest[end..].starts_with(b"\r\n") => (&rest[..end], &rest[end + 2..]),
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &[][..]),
        };
        rest = after;
        Some((number, line.trim_ascii()))
    });
    split.flat_map(|(number, line)| {
        let glued = line
            .starts_with(b"-----END ")
            .then(|| line.windows(GLUED.len()).position(|part| part == GLUED))
            .flatten();
        let (first, second) = match glued {
            Some(at) => (&line[..at + 5], Some(&line[at + 5..])),
            None => (line, None),
        };
        [Some(first), second]
            .into_iter()
            .flatten()
            .map(move |line| (number, line))
    })
}
