//! Redaction of text that comes from outside: messages of servers, which echo what they were
//! sent, and error texts of libraries.
//!
//! A secret need not come back as it was sent. It is found as it is, in hex, in base64 of either
//! alphabet and at any offset; each of these also percent-encoded, JSON-escaped, wrapped in lines
//! or cut short: the text is peeled of such layers, and what a layer holds is traced back to where
//! it stands in the text.
//!
//! Characters that cannot be seen count for nothing, in the secret as in the text: whoever drops
//! them afterwards, a terminal or a reader, is left with what was compared.
#![deny(clippy::disallowed_methods)]

mod index;
mod layers;
mod search;
mod seen;
mod view;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::index::Index;
use self::search::{echo, search};
pub use self::seen::{is_invisible, one_line};
use self::view::View;
use crate::secret::{MASK, Secret};

/// How many layers of percent-encoding and escaping are peeled, in any mixture.
const LAYERS: u32 = 3;

/// Stands where an echoed request was cut off.
const ECHO_CUT: &str = "(the request as the server saw it is left out)";

/// Knows the secrets of a run and masks them in text.
///
/// Learning is cheap; the encoded forms are worked out at the first [`mask`](Redactor::mask) after
/// it, and are kept as hashes only.
#[derive(Default)]
pub struct Redactor {
    index: Mutex<Index>,
}

impl Redactor {
    /// Knows no secret yet; key blocks and echoed requests are masked all the same.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers a secret. Of a PEM text the lines between the markers are the secret.
    pub fn learn(&self, secret: &Secret) {
        self.lock().pending.push(secret.clone());
    }

    /// Replaces every trace of a secret that was learnt, and the body of every PEM private key, by
    /// [`MASK`], and cuts the text where Alibaba Cloud begins to echo the request.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut index = self.lock();
        index.absorb();
        if index.is_clear(text) {
            return Cow::Borrowed(text);
        }
        let view = View::of(text);
        let echo = echo(&view.folded());
        let kept = &text[..echo.unwrap_or(text.len())];
        let mut hidden = Vec::new();
        search(&View::of(kept), LAYERS, &index, &mut hidden);
        if hidden.is_empty() && echo.is_none() {
            return Cow::Borrowed(text);
        }
        let mut masked = cover(kept, hidden);
        if echo.is_some() {
            masked.push_str(ECHO_CUT);
        }
        Cow::Owned(masked)
    }

    /// Text from outside as it may be shown: what cannot be seen dropped, then masked, on one line of
    /// at most `max_chars` characters.
    pub fn line(&self, text: &str, max_chars: usize) -> String {
        one_line(&self.mask(&one_line(text, usize::MAX)), max_chars)
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// Writes `text` with every hidden range, widened to whole characters, replaced by one mask.
fn cover(text: &str, mut hidden: Vec<Range<usize>>) -> String {
    hidden.sort_unstable_by_key(|range| range.start);
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    let mut ranges = hidden.into_iter().peekable();
    while let Some(Range { mut start, mut end }) = ranges.next() {
        while let Some(next) = ranges.next_if(|next| next.start <= end) {
            end = end.max(next.end);
        }
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        out.push_str(&text[shown..start.max(shown)]);
        out.push_str(MASK);
        shown = end;
    }
    out.push_str(&text[shown..]);
    out
}

#[cfg(test)]
mod tests;
