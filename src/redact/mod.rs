//! Redaction of text that comes from outside: messages of servers, which echo what they were
//! sent, and error texts of libraries.
//!
//! A secret need not come back as it was sent. The text is peeled of every layer that it may have:
//! percent-encoding, the escapes of JSON and of programming languages, character references of HTML,
//! quoted-printable, hex and base64 at any offset, whatever is inside of what, wrapped in lines or cut
//! short. What is found below is traced back to where it stands in the text.
//!
//! Characters that cannot be seen count for nothing, in the secret as in the text: whoever drops
//! them afterwards, a terminal or a reader, is left with what was compared.
#![deny(clippy::disallowed_methods)]

mod digits;
mod escapes;
mod index;
mod names;
mod search;
mod seen;
mod view;
mod windows;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value as Json};

use self::index::Index;
pub use self::names::{is_pem, is_switch, looks_secret, names_secret};
use self::seen::cleaned;
pub use self::seen::{is_invisible, one_line};
use self::view::Place;
use self::windows::{Found, Windows};
use crate::secret::{MASK, Secret};

/// Stands where an echoed request was cut off.
const ECHO_CUT: &str = "(the request as the server saw it is left out)";

/// Knows the secrets of a run and masks them in text.
///
/// Learning is cheap; what to look for is worked out at the first [`mask`](Redactor::mask) after it, and
/// is kept as hashes only.
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
        let found = match u32::try_from(text.len()) {
            Ok(_) => Windows::USUAL.search(text, &index),
            Err(_) => Found::Everything,
        };
        match found {
            Found::Everything => Cow::Borrowed(MASK),
            Found::Places(hidden, None) if hidden.is_empty() => Cow::Borrowed(text),
            Found::Places(hidden, None) => Cow::Owned(cover(text, &hidden)),
            Found::Places(hidden, Some(echo)) => {
                Cow::Owned(cover(&text[..echo], &hidden) + ECHO_CUT)
            }
        }
    }

    /// Text from outside as it may be shown: what cannot be seen dropped, then masked, on one line of
    /// at most `max_chars` characters. Of a long text no more is looked at than is shown, and what a
    /// secret may stand in that begins there.
    pub fn line(&self, text: &str, max_chars: usize) -> String {
        const BEYOND: usize = 256;
        let line: String = cleaned(text).collect();
        let mut size = max_chars.saturating_add(BEYOND).saturating_mul(4);
        loop {
            let mut end = size.min(line.len());
            while !line.is_char_boundary(end) {
                end += 1;
            }
            let masked = one_line(&self.mask(&line[..end]), usize::MAX);
            let shown = max_chars.saturating_add(BEYOND);
            if end == line.len() || masked.chars().nth(shown).is_some() {
                return one_line(&masked, max_chars);
            }
            size = size.saturating_mul(4);
        }
    }

    /// Masks the names of an object's members. Those that would be the same then are numbered.
    pub fn mask_names(&self, members: &mut Map<String, Json>) {
        let clear = |name: &String| matches!(self.mask(name), Cow::Borrowed(_));
        if members.keys().all(clear) {
            return;
        }
        let mut named = Map::with_capacity(members.len());
        for (name, value) in std::mem::take(members) {
            let masked = self.mask(&name).into_owned();
            let mut name = masked.clone();
            let mut number = 1;
            while named.contains_key(&name) {
                number += 1;
                name = format!("{masked} {number}");
            }
            named.insert(name, value);
        }
        *members = named;
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

/// Writes `text` with every hidden place, in order and widened to whole characters, replaced by one
/// mask.
fn cover(text: &str, hidden: &[Place]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    for (start, end) in hidden {
        let (mut start, mut end) = (*start as usize, *end as usize);
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
