//! What is looked for: every secret in pieces, as hashes.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use super::escapes::{Controls, Kinds, peel};
use super::search::is_bare;
use super::seen::one_line;
use super::view::{Place, View};
use crate::secret::Secret;

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
    /// The hashes of the pieces of every secret, by the pieces' length.
    pieces: BTreeMap<usize, Hashes>,
    hasher: PieceHasher,
}

type Hashes = HashSet<u64, BuildHasherDefault<Hashed>>;

impl Index {
    /// Of each secret, what a text is left with whose layers are taken off: those that the secret's own
    /// characters may be taken for as well.
    pub(super) fn absorb(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_unstable_by(|a, b| a.expose().cmp(b.expose()));
        pending.dedup();
        for secret in pending {
            let mut forms = BTreeSet::new();
            for text in spellings(secret.expose()) {
                for text in [
                    Cow::Borrowed(&*text),
                    Cow::Owned(one_line(&text, usize::MAX)),
                ] {
                    let view = View::whole(&text);
                    for kinds in [Kinds::NONE, Kinds::CERTAIN, Kinds::ALL] {
                        forms.insert(peel(&view, kinds, Controls::Drop).view.bytes);
                    }
                }
            }
            forms.iter().for_each(|form| self.add(form));
        }
    }

    fn add(&mut self, form: &[u8]) {
        if form.len() < SHORTEST {
            return;
        }
        let size = form.len().min(PIECE);
        let set = self.pieces.entry(size).or_default();
        set.extend(form.windows(size).map(|piece| self.hasher.hash(piece)));
    }

    /// Whether a look at a text as it stands shows that nothing is to be masked: it is too short to hold
    /// a piece, or no part of it is long enough to stand for one in another form and it has none as it
    /// is. So are names, and an answer may have tens of thousands.
    pub(super) fn is_clear(&self, text: &str) -> bool {
        let Some(shortest) = self.pieces.keys().next() else {
            return is_bare(text, PIECE);
        };
        text.len() < *shortest || is_bare(text, *shortest) && self.is_without(text)
    }

    /// Of a text that is bare: a part at a time, each with what the one before ended in.
    fn is_without(&self, text: &str) -> bool {
        const PART: usize = 0x1_0000;
        let mut folded: Vec<u8> = Vec::with_capacity(text.len().min(PART) + PIECE);
        let mut start = 0;
        while start < text.len() {
            let end = text.len().min(start + PART);
            folded.drain(..folded.len().saturating_sub(PIECE - 1));
            let part = View::of(text, start..end);
            folded.extend(peel(&part, Kinds::NONE, Controls::Drop).view.bytes);
            let is_known = |(size, set): (&usize, &Hashes)| {
                let mut pieces = folded.windows(*size);
                pieces.any(|piece| set.contains(&self.hasher.hash(piece)))
            };
            if self.pieces.iter().any(is_known) {
                return false;
            }
            start = end;
        }
        true
    }

    pub(super) fn find(&self, view: &View, hidden: &mut Vec<Place>) {
        for (size, set) in &self.pieces {
            for (at, piece) in view.bytes.windows(*size).enumerate() {
                if !set.contains(&self.hasher.hash(piece)) {
                    continue;
                }
                let (start, end) = view.place(at..at + size);
                match hidden.last_mut() {
                    // The pieces of a secret that stands whole.
                    Some(last) if last.0 <= start && start <= last.1 => last.1 = last.1.max(end),
                    _ => hidden.push((start, end)),
                }
            }
        }
    }
}

/// Hashes pieces with keys of this run's own: thousands of them for each secret, in every command, so
/// that a general hash would be what most of a short run is spent on. One answer in 2^64 is wrong, and
/// masks a word more.
struct PieceHasher {
    keys: [u64; 2],
}

impl Default for PieceHasher {
    fn default() -> Self {
        let random = RandomState::new();
        PieceHasher {
            keys: [random.hash_one(0), random.hash_one(1)],
        }
    }
}

impl PieceHasher {
    /// Of at most [`PIECE`] bytes.
    fn hash(&self, piece: &[u8]) -> u64 {
        let mut block = [0; 16];
        block[..piece.len()].copy_from_slice(piece);
        let number = u128::from_le_bytes(block);
        let (low, high) = (number as u64, (number >> 64) as u64);
        let product = u128::from(low ^ self.keys[0]) * u128::from(high ^ self.keys[1]);
        product as u64 ^ (product >> 64) as u64
    }
}

/// What is hashed already stands for itself.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
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
