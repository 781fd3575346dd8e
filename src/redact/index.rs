//! What is looked for: every secret in every form, as hashes.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;
use std::ops::Range;

use super::seen::{one_line, seen};
use super::view::View;
use crate::secret::Secret;
use crate::sign::encode;

/// A run of this many characters of a secret is masked wherever it stands. Less would take words
/// from innocent text; a piece of 12 may lose two characters to a line break and is still found.
pub(super) const PIECE: usize = 10;

/// Secrets shorter than [`PIECE`] are masked where they stand whole; below this many characters
/// nothing is masked.
pub(super) const SHORTEST: usize = 4;

/// What is looked for.
#[derive(Default)]
pub(super) struct Index {
    /// Learnt since the last look.
    pub(super) pending: Vec<Secret>,
    /// The hashes of the pieces of every form of every secret, by the pieces' length.
    pieces: BTreeMap<usize, HashSet<u64>>,
    hasher: RandomState,
}

impl Index {
    pub(super) fn absorb(&mut self) {
        for secret in std::mem::take(&mut self.pending) {
            let exact = spellings(secret.expose());
            let mut texts = exact.clone();
            texts.extend(exact.iter().map(|text| seen(text)));
            texts.extend(exact.iter().map(|text| seen(&one_line(text, usize::MAX))));
            texts.sort_unstable();
            texts.dedup();
            for text in texts {
                if text.len() < SHORTEST {
                    continue;
                }
                self.add(text.as_bytes());
                let hex = encode::hex(text.as_bytes());
                self.add(hex.as_bytes());
                self.add(hex.to_ascii_uppercase().as_bytes());
                for offset in 0..3 {
                    self.add(base64_at(offset, &text).as_bytes());
                }
            }
        }
    }

    fn add(&mut self, form: &[u8]) {
        let form = View::new(form).folded().bytes;
        if form.len() < SHORTEST {
            return;
        }
        let size = form.len().min(PIECE);
        let set = self.pieces.entry(size).or_default();
        set.extend(form.windows(size).map(|piece| self.hasher.hash_one(piece)));
    }

    pub(super) fn find(&self, view: &View, hidden: &mut Vec<Range<usize>>) {
        for (size, set) in &self.pieces {
            for (at, piece) in view.bytes.windows(*size).enumerate() {
                if set.contains(&self.hasher.hash_one(piece)) {
                    hidden.push(view.place(at..at + size));
                }
            }
        }
    }
}

/// The texts that a secret may be encoded as a whole: as it is; for PEM the lines between the
/// markers, with every kind of line end. The markers are no secret.
fn spellings(secret: &str) -> Vec<String> {
    if !secret.contains("-----BEGIN") {
        return vec![secret.to_owned()];
    }
    let body: Vec<&str> = secret
        .split("-----")
        .filter(|part| !part.starts_with("BEGIN ") && !part.starts_with("END "))
        .flat_map(str::lines)
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    ["", "\n", "\r\n"].map(|end| body.join(end)).into()
}

/// The base64 characters that `text` determines when `offset` bytes stand before it in the encoded
/// data, modulo three; those it shares with its neighbours are left out.
pub(super) fn base64_at(offset: usize, text: &str) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(text.as_bytes());
    let whole = bytes.len() * 8 / 6;
    encode::base64(&bytes)[(offset * 8).div_ceil(6)..whole].to_owned()
}
