//! A text with layers taken off, each byte of which knows where it stands in the text.

use std::ops::Range;

use super::index::SHORTEST;
use super::layers::{Decode, Groups};
use super::seen::{goes_unseen, skip_sequence};

/// A text with layers taken off.
#[derive(Default)]
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// The first byte in the text that this byte stands for, and the one after its last.
    pub(super) places: Vec<(usize, usize)>,
}

impl View {
    pub(super) fn new(bytes: &[u8]) -> View {
        View {
            bytes: bytes.to_vec(),
            places: (0..bytes.len()).map(|at| (at, at + 1)).collect(),
        }
    }

    pub(super) fn of(text: &str) -> View {
        View::new(text.as_bytes())
    }

    fn push(&mut self, byte: u8, place: Range<usize>) {
        self.bytes.push(byte);
        self.places.push((place.start, place.end));
    }

    /// Where a part of the view, which is not empty, stands in the text.
    pub(super) fn place(&self, part: Range<usize>) -> Range<usize> {
        self.places[part.start].0..self.places[part.end - 1].1
    }

    /// The characters and where each begins in the view; bytes that are no text as U+FFFD.
    fn chars(&self) -> impl Iterator<Item = (usize, char)> {
        let mut start = 0;
        self.bytes.utf8_chunks().flat_map(move |chunk| {
            let (valid, at) = (chunk.valid(), start);
            start += valid.len() + chunk.invalid().len();
            let broken = (at + valid.len()..start).map(|at| (at, char::REPLACEMENT_CHARACTER));
            let whole = valid.char_indices().map(move |(from, c)| (at + from, c));
            whole.chain(broken)
        })
    }

    /// The form in which text and secrets are compared: without what goes unseen, the two alphabets
    /// of base64 made one.
    pub(super) fn folded(&self) -> View {
        let room = self.bytes.len();
        let mut view = View {
            bytes: Vec::with_capacity(room),
            places: Vec::with_capacity(room),
        };
        match self.bytes.is_ascii() {
            true => {
                let bytes = self.bytes.iter().enumerate();
                bytes.for_each(|(at, byte)| view.fold(self, at, char::from(*byte)));
            }
            false => self.chars().for_each(|(at, c)| view.fold(self, at, c)),
        }
        view
    }

    /// The bytes of [`View::folded`], where nobody asks for their places.
    pub(super) fn folded_bytes(bytes: &[u8]) -> Vec<u8> {
        if !bytes.is_ascii() {
            return View::new(bytes).folded().bytes;
        }
        let seen = bytes.iter().filter(|byte| !goes_unseen(char::from(**byte)));
        seen.map(|byte| alphabet(*byte)).collect()
    }

    /// [`View::folded`] without terminal sequences, where there are any.
    pub(super) fn without_sequences(&self) -> Option<View> {
        let mut view = View::default();
        let mut chars = self.chars();
        let mut any = false;
        while let Some((at, c)) = chars.next() {
            match skip_sequence(c, &mut chars.by_ref().map(|(_, c)| c)) {
                true => any = true,
                false => view.fold(self, at, c),
            }
        }
        any.then_some(view)
    }

    fn fold(&mut self, of: &View, at: usize, c: char) {
        if goes_unseen(c) {
            return;
        }
        for at in at..at + c.len_utf8() {
            self.push(alphabet(of.bytes[at]), of.place(at..at + 1));
        }
    }

    /// Takes one layer off. `decode` reads an escape at the start of its argument, writes what it
    /// stands for and returns its length. `None` when there was none.
    pub(super) fn peeled(&self, decode: Decode) -> Option<View> {
        let mut view = View::default();
        let mut at = 0;
        let mut any = false;
        let mut decoded = Vec::new();
        while at < self.bytes.len() {
            decoded.clear();
            let size = decode(&self.bytes[at..], &mut decoded);
            any |= size.is_some();
            if size.is_none() {
                decoded.push(self.bytes[at]);
            }
            let place = at..at + size.unwrap_or(1);
            at = place.end;
            for byte in &decoded {
                view.push(*byte, self.place(place.clone()));
            }
        }
        any.then_some(view)
    }

    /// What runs of hex digits, or of base64, stand for, in every way in which they may be cut into
    /// groups. A view for each run and way.
    pub(super) fn decoded(&self, groups: &Groups, mut each: impl FnMut(View)) {
        let mut from = 0;
        let runs = self.bytes.chunk_by(|a, b| groups.has(*a) == groups.has(*b));
        for run in runs {
            let start = from;
            from += run.len();
            if !groups.has(run[0]) || run.len() < groups.size * SHORTEST / groups.bytes {
                continue;
            }
            for offset in 0..groups.size {
                let mut view = View::default();
                for at in (start + offset..from).step_by(groups.size) {
                    let end = from.min(at + groups.size);
                    let digits = self.bytes[at..end]
                        .iter()
                        .filter_map(|b| (groups.digit)(*b));
                    let bits = digits.fold(0_u32, |bits, digit| bits << groups.bits | digit);
                    let held = (end - at) * groups.bits / 8;
                    let bits = bits << (24 - (end - at) * groups.bits);
                    for (number, byte) in bits.to_be_bytes()[1..=held].iter().enumerate() {
                        let first = at + number * 8 / groups.bits;
                        let last = at + (number * 8 + 7) / groups.bits;
                        view.push(*byte, self.place(first..last + 1));
                    }
                }
                each(view);
            }
        }
    }
}

/// The character of the one alphabet of base64 that stands for the same as that of the other.
fn alphabet(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}
