//! A text with layers taken off, each byte of which knows where it stands in the text.

use std::ops::Range;

use super::seen::skip_sequence;

/// The first byte in the text that a byte stands for, and the one after its last.
pub(super) type Place = (u32, u32);

/// A text with layers taken off.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    places: Vec<Place>,
    /// Whether it ends where the part of the text does that it was made of: what comes behind that may
    /// belong to it.
    pub(super) is_open: bool,
}

impl View {
    /// A part of a text as it is.
    pub(super) fn of(text: &str, part: Range<usize>) -> View {
        let at = |at: usize| u32::try_from(at).expect("longer texts are not looked at");
        View {
            bytes: text.as_bytes()[part.clone()].to_vec(),
            places: (at(part.start)..at(part.end))
                .map(|at| (at, at + 1))
                .collect(),
            is_open: true,
        }
    }

    /// All of a text as it is.
    pub(super) fn whole(text: &str) -> View {
        View::of(text, 0..text.len())
    }

    pub(super) fn with_capacity(size: usize, is_open: bool) -> View {
        View {
            bytes: Vec::with_capacity(size),
            places: Vec::with_capacity(size),
            is_open,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn push(&mut self, byte: u8, place: Place) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    pub(super) fn truncate(&mut self, size: usize) {
        self.bytes.truncate(size);
        self.places.truncate(size);
    }

    /// Where a byte stands in the text.
    pub(super) fn at(&self, at: usize) -> Place {
        self.places[at]
    }

    /// Where a part of the view, which is not empty, stands in the text.
    pub(super) fn place(&self, part: Range<usize>) -> Place {
        (self.places[part.start].0, self.places[part.end - 1].1)
    }

    /// The last character with its size, if there is a whole one.
    pub(super) fn last_char(&self) -> Option<(char, usize)> {
        let tail = &self.bytes[self.len().saturating_sub(4)..];
        let size = tail.iter().rev().position(|byte| byte & 0xc0 != 0x80)? + 1;
        let text = std::str::from_utf8(&tail[tail.len() - size..]).ok()?;
        let mut chars = text.chars();
        Some((chars.next()?, size)).filter(|_| chars.next().is_none())
    }

    /// The first half of a pair of UTF-16, if one is last.
    pub(super) fn last_half(&self) -> Option<u32> {
        match self.bytes[..] {
            [.., 0xed, second @ 0xa0..=0xaf, third] => {
                Some(0xd000 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f))
            }
            _ => None,
        }
    }

    /// Drops the bytes that are no text.
    pub(super) fn keep_text(&mut self) {
        if self.bytes.is_ascii() {
            return;
        }
        let mut valid = Vec::new();
        let mut at = 0;
        for chunk in self.bytes.utf8_chunks() {
            valid.push(at..at + chunk.valid().len());
            at += chunk.valid().len() + chunk.invalid().len();
        }
        if valid.len() < 2 && valid.first().is_some_and(|only| only.len() == at) {
            return;
        }
        let mut kept = 0;
        for part in valid {
            let size = part.len();
            self.bytes.copy_within(part.clone(), kept);
            self.places.copy_within(part, kept);
            kept += size;
        }
        self.truncate(kept);
    }

    /// Drops every such byte; whether there was one.
    pub(super) fn drop_all(&mut self, unwanted: u8) -> bool {
        let mut kept = 0;
        for at in 0..self.len() {
            if self.bytes[at] != unwanted {
                self.bytes[kept] = self.bytes[at];
                self.places[kept] = self.places[at];
                kept += 1;
            }
        }
        let any = kept < self.len();
        self.truncate(kept);
        any
    }

    /// Without terminal sequences.
    pub(super) fn without_sequences(&self) -> View {
        let mut view = View::with_capacity(self.len(), self.is_open);
        let mut chars = self.chars();
        while let Some((at, size, c)) = chars.next() {
            if !skip_sequence(c, &mut chars.by_ref().map(|(_, _, c)| c)) {
                (at..at + size).for_each(|at| view.push(self.bytes[at], self.places[at]));
            }
        }
        view
    }

    /// The characters, where each begins and its size; bytes that are no text as U+FFFD.
    fn chars(&self) -> impl Iterator<Item = (usize, usize, char)> {
        let mut start = 0;
        self.bytes.utf8_chunks().flat_map(move |chunk| {
            let (valid, at) = (chunk.valid(), start);
            start += valid.len() + chunk.invalid().len();
            let broken = (at + valid.len()..start).map(|at| (at, 1, char::REPLACEMENT_CHARACTER));
            let whole = valid
                .char_indices()
                .map(move |(from, c)| (at + from, c.len_utf8(), c));
            whole.chain(broken)
        })
    }

    /// Whether most of it is text. Digits that were cut into groups at the wrong place stand for
    /// anything.
    pub(super) fn is_mostly_text(&self) -> bool {
        let plain = |byte: &&u8| matches!(byte, b' '..=b'~');
        let of = |text: &str| match text.is_ascii() {
            true => text.as_bytes().iter().filter(plain).count(),
            false => text
                .bytes()
                .filter(|byte| *byte >= 0x80 || plain(&byte))
                .count(),
        };
        let text: usize = self
            .bytes
            .utf8_chunks()
            .map(|chunk| of(chunk.valid()))
            .sum();
        text * 2 >= self.len()
    }
}
