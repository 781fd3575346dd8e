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

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use unicode_width::UnicodeWidthChar;

use crate::secret::{MASK, Secret};
use crate::sign::encode;

/// A run of this many characters of a secret is masked wherever it stands. Less would take words
/// from innocent text; a piece of 12 may lose two characters to a line break and is still found.
const PIECE: usize = 10;

/// Secrets shorter than [`PIECE`] are masked where they stand whole; below this many characters
/// nothing is masked.
const SHORTEST: usize = 4;

/// How many layers of percent-encoding and escaping are peeled, in any mixture.
const LAYERS: u32 = 3;

/// What Alibaba Cloud's SignatureDoesNotMatch puts before the request it received, private key and
/// all: the first for RPC, the others for ACS3.
const ECHOES: [&str; 3] = [
    "server string to sign is",
    "server StringToSign is",
    "CanonicalRequest",
];

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
        let view = View::of(text);
        let echo = echo(&view.folded());
        let kept = &text[..echo.unwrap_or(text.len())];
        let mut hidden = Vec::new();
        let mut index = self.lock();
        index.absorb();
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

/// Makes one line of text from outside, fit for a terminal: terminal sequences and invisible
/// characters are dropped, white space is collapsed, and what is longer than `max_chars` characters
/// ends in `…`. Mask before what is cut, so that no secret is left as a piece too short to be
/// recognised.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if skip_sequence(c, &mut chars) || is_invisible(c) && !c.is_whitespace() {
            continue;
        }
        match c.is_whitespace() {
            false => line.push(c),
            true if line.is_empty() || line.ends_with(' ') => {}
            true => line.push(' '),
        }
    }
    line.truncate(line.trim_end().len());
    if line.chars().count() > max_chars {
        line = line.chars().take(max_chars.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// Skips what follows the first character of a terminal sequence (ECMA-48), if that is one: the rest
/// of a control sequence, of a control string, or one character.
fn skip_sequence(first: char, rest: &mut impl Iterator<Item = char>) -> bool {
    match first {
        '\u{1b}' => match rest.next() {
            Some('[') => skip_control_sequence(rest),
            Some(']' | 'P' | 'X' | '^' | '_') => {
                while let Some(c) = rest.next() {
                    if c == '\u{1b}' {
                        rest.next();
                    }
                    if matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}') {
                        break;
                    }
                }
            }
            _ => {}
        },
        '\u{9b}' => skip_control_sequence(rest),
        _ => return false,
    }
    true
}

fn skip_control_sequence(rest: &mut impl Iterator<Item = char>) {
    rest.find(|c| matches!(c, '@'..='~'));
}

/// Controls, and format characters that reorder or hide text (Unicode UTS 55).
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a reader may not notice a character: the invisible ones, white space, what stands on top
/// of its neighbour or takes no room, and what has no shape. None of them tells two texts apart.
fn goes_unseen(c: char) -> bool {
    match c {
        ' '..='~' => c == ' ',
        _ if c.is_whitespace() || is_invisible(c) => true,
        // Fillers and blanks; what stands for bytes that were no text; private use.
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => true,
        '\u{e000}'..='\u{f8ff}' | '\u{fffc}'..='\u{ffff}' | '\u{f0000}'.. => true,
        _ => c.width().unwrap_or(0) == 0,
    }
}

/// What is looked for.
#[derive(Default)]
struct Index {
    /// Learnt since the last look.
    pending: Vec<Secret>,
    /// The hashes of the pieces of every form of every secret, by the pieces' length.
    pieces: BTreeMap<usize, HashSet<u64>>,
    hasher: RandomState,
}

impl Index {
    fn absorb(&mut self) {
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

    fn find(&self, view: &View, hidden: &mut Vec<Range<usize>>) {
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
fn base64_at(offset: usize, text: &str) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(text.as_bytes());
    let whole = bytes.len() * 8 / 6;
    encode::base64(&bytes)[(offset * 8).div_ceil(6)..whole].to_owned()
}

/// What is seen of a text.
fn seen(text: &str) -> String {
    text.chars().filter(|c| !goes_unseen(*c)).collect()
}

/// A text with layers taken off.
#[derive(Default)]
struct View {
    bytes: Vec<u8>,
    /// The first byte in the text that this byte stands for, and the one after its last.
    places: Vec<(usize, usize)>,
}

impl View {
    fn new(bytes: &[u8]) -> View {
        View {
            bytes: bytes.to_vec(),
            places: (0..bytes.len()).map(|at| (at, at + 1)).collect(),
        }
    }

    fn of(text: &str) -> View {
        View::new(text.as_bytes())
    }

    fn push(&mut self, byte: u8, place: Range<usize>) {
        self.bytes.push(byte);
        self.places.push((place.start, place.end));
    }

    /// Where a part of the view, which is not empty, stands in the text.
    fn place(&self, part: Range<usize>) -> Range<usize> {
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
    fn folded(&self) -> View {
        let mut view = View::default();
        for (at, c) in self.chars() {
            view.fold(self, at, c);
        }
        view
    }

    /// [`View::folded`] without terminal sequences, where there are any.
    fn without_sequences(&self) -> Option<View> {
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
        match c {
            '-' => self.push(b'+', of.place(at..at + 1)),
            '_' => self.push(b'/', of.place(at..at + 1)),
            c if goes_unseen(c) => {}
            c => {
                for at in at..at + c.len_utf8() {
                    self.push(of.bytes[at], of.place(at..at + 1));
                }
            }
        }
    }

    /// Takes one layer off. `decode` reads an escape at the start of its argument, writes what it
    /// stands for and returns its length. `None` when there was none.
    fn peeled(&self, decode: Decode) -> Option<View> {
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
    fn decoded(&self, groups: &Groups, mut each: impl FnMut(View)) {
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

/// Reads an escape at the start of a text.
type Decode = fn(&[u8], &mut Vec<u8>) -> Option<usize>;

/// How text stands for bytes.
struct Groups {
    /// Characters in a group.
    size: usize,
    /// Bytes that a group stands for.
    bytes: usize,
    /// Bits that a character stands for.
    bits: usize,
    digit: fn(u8) -> Option<u32>,
}

impl Groups {
    const HEX: Groups = Groups {
        size: 2,
        bytes: 1,
        bits: 4,
        digit: |byte| char::from(byte).to_digit(16),
    };
    /// Folded: there is one alphabet.
    const BASE64: Groups = Groups {
        size: 4,
        bytes: 3,
        bits: 6,
        digit: |byte| {
            Some(match byte {
                b'A'..=b'Z' => u32::from(byte - b'A'),
                b'a'..=b'z' => u32::from(byte - b'a') + 26,
                b'0'..=b'9' => u32::from(byte - b'0') + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            })
        },
    };

    fn has(&self, byte: u8) -> bool {
        (self.digit)(byte).is_some()
    }
}

/// `%2B`.
fn percent(text: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    let [b'%', high, low, ..] = text else {
        return None;
    };
    decoded.push(hex_digit(*high)? << 4 | hex_digit(*low)?);
    Some(3)
}

/// `\n`, `\/`, `\u002b`, `\ud83d\ude00`.
fn backslash(text: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    if let Some(first) = escaped_unit(text) {
        let pair = escaped_unit(&text[6..]).and_then(|second| {
            let units = [first, second];
            char::decode_utf16(units).next()?.ok().map(|c| (c, 12))
        });
        let alone = || {
            (
                char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
                6,
            )
        };
        let (c, size) = match first {
            0xd800..0xdc00 => pair.unwrap_or_else(alone),
            _ => alone(),
        };
        decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        return Some(size);
    }
    match text {
        [b'\\', b'n' | b'r' | b't', ..] => decoded.push(b'\n'),
        [b'\\', other, ..] => decoded.push(*other),
        _ => return None,
    }
    Some(2)
}

/// `\u002b`.
fn escaped_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| {
        Some(unit << 4 | u16::from(hex_digit(*digit)?))
    })
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

fn search(view: &View, layers: u32, index: &Index, hidden: &mut Vec<Range<usize>>) {
    for folded in [Some(view.folded()), view.without_sequences()]
        .into_iter()
        .flatten()
    {
        find_in(&folded, index, hidden);
        for groups in [Groups::HEX, Groups::BASE64] {
            folded.decoded(&groups, |inner| find_in(&inner.folded(), index, hidden));
        }
        if layers > 0 {
            for decode in [percent, backslash] {
                if let Some(inner) = folded.peeled(decode) {
                    search(&inner, layers - 1, index, hidden);
                }
            }
        }
    }
}

fn find_in(folded: &View, index: &Index, hidden: &mut Vec<Range<usize>>) {
    index.find(folded, hidden);
    find_private_keys(folded, hidden);
}

/// Where the echo of a request begins in the text that was folded.
fn echo(folded: &View) -> Option<usize> {
    let found = ECHOES.iter().filter_map(|echo| {
        let at = find_ignoring_case(&folded.bytes, seen(echo).as_bytes())?;
        Some(folded.places[at].0)
    });
    found.min()
}

/// Hides what stands between the markers of a PEM private key (RFC 7468). Where one of the markers
/// was cut off, as much as may be base64 is hidden, unless it may as well be words.
fn find_private_keys(view: &View, hidden: &mut Vec<Range<usize>>) {
    let bytes = &view.bytes;
    let mut at = 0;
    loop {
        let begin = marker(bytes, b"+++++BEGIN", at);
        let end = marker(
            bytes,
            b"+++++END",
            begin.as_ref().map_or(at, |begin| begin.end),
        );
        let body = match (&begin, &end) {
            (None, None) => return,
            (Some(begin), Some(end)) => begin.end..end.start,
            (Some(begin), None) => {
                let size = bytes[begin.end..]
                    .iter()
                    .take_while(|b| is_base64(**b))
                    .count();
                begin.end..begin.end + size
            }
            (None, Some(end)) => {
                let before = bytes[at..end.start].iter().rev();
                let size = before.take_while(|b| is_base64(**b)).count();
                end.start - size..end.start
            }
        };
        let whole = begin.is_some() && end.is_some();
        let found = &bytes[body.clone()];
        if (whole && !found.is_empty())
            || (found.len() >= PIECE && !found.iter().all(u8::is_ascii_lowercase))
        {
            hidden.push(view.place(body.clone()));
        }
        at = end.map_or(body.end, |end| end.end);
    }
}

/// Finds a marker line of a private key, folded: `+++++BEGINRSAPRIVATEKEY+++++`, where a form's
/// `+` may still stand for a space.
fn marker(bytes: &[u8], opening: &[u8], from: usize) -> Option<Range<usize>> {
    const CLOSING: &[u8] = b"+++++";
    const LONGEST_LABEL: usize = 40;
    let mut from = from;
    loop {
        let start = from + find(&bytes[from..], opening)?;
        let label = start + opening.len();
        from = label;
        let end = bytes.len().min(label + LONGEST_LABEL);
        let Some(size) = find(&bytes[label..end], CLOSING) else {
            continue;
        };
        let name: Vec<u8> = bytes[label..label + size]
            .iter()
            .copied()
            .filter(|byte| *byte != b'+')
            .collect();
        if name.ends_with(b"PRIVATEKEY") {
            return Some(start..label + size + CLOSING.len());
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

fn find_ignoring_case(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted))
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
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "Gu5t9xGARNpq/86cd98+joQYCN3";

    /// A made-up key: the shape of PKCS#8, random base64.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt3Vx9qZ0pKf1h7Yz\n\
        Wc2/LsE+uJdTnRo8bGmQi5aXeVihRANCAATkP6yFw0DrS1xBvMfCjHqU3oNt4l7Z\n\
        gK9+I2eWsYdAa8pXz5iQhRu/OVbLmTnJc6D1ESCkqG3f0wtMrPv7yU4x\n\
        -----END PRIVATE KEY-----\n";

    fn knowing(secret: &str) -> Redactor {
        let redactor = Redactor::new();
        redactor.learn(&Secret::new(secret.to_owned()));
        redactor
    }

    fn percent_encoded(text: &str) -> String {
        let mut out = String::new();
        encode::percent(text, &mut out);
        out
    }

    fn json_escaped(text: &str) -> String {
        let quoted = serde_json::to_string(text).expect("a string");
        quoted[1..quoted.len() - 1].replace('/', r"\/")
    }

    fn chunks(text: &str, size: usize, between: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let chunks: Vec<String> = chars
            .chunks(size)
            .map(|chunk| chunk.iter().collect())
            .collect();
        chunks.join(between)
    }

    /// Every form in which a text may come back, by name. Base64 stands here without the characters
    /// that it shares with its neighbours.
    fn forms(text: &str) -> Vec<(&'static str, String)> {
        let once = percent_encoded(text);
        let hex = encode::hex(text.as_bytes());
        let base64 = base64_at(0, text);
        vec![
            ("plain", text.to_owned()),
            ("doubly percent-encoded", percent_encoded(&once)),
            (
                "three times percent-encoded",
                percent_encoded(&percent_encoded(&once)),
            ),
            ("percent-encoded", once),
            (
                "percent-encoded whole",
                format!("%{}", chunks(&hex, 2, "%")),
            ),
            ("upper-case hex", hex.to_uppercase()),
            ("spaced hex", chunks(&hex, 2, " ")),
            ("hex", hex),
            (
                "base64 in a URL",
                base64.replace('+', "-").replace('/', "_"),
            ),
            ("base64, percent-encoded", percent_encoded(&base64)),
            ("base64, JSON", json_escaped(&base64)),
            ("base64, wrapped", chunks(&base64, 5, "\n")),
            ("base64", base64),
            ("base64 after one byte", base64_at(1, text)),
            ("base64 after two bytes", base64_at(2, text)),
            ("JSON", json_escaped(text)),
            ("JSON in JSON", json_escaped(&json_escaped(text))),
            (
                "JSON, percent-encoded",
                percent_encoded(&json_escaped(text)),
            ),
            ("wrapped", chunks(text, 5, "\n")),
            ("wrapped, CRLF, indented", chunks(text, 5, "\r\n  ")),
            ("wrapped, JSON", json_escaped(&chunks(text, 5, "\n"))),
        ]
    }

    #[test]
    fn base64_is_cut_to_what_the_text_determines() {
        let inside = "secretsecret";
        for (before, after) in [
            ("", ""),
            ("a", "b"),
            ("ab", "cd"),
            ("abc", "d"),
            ("abcd", "ef"),
        ] {
            let whole = STANDARD.encode(format!("{before}{inside}{after}"));
            let part = base64_at(before.len() % 3, inside);
            assert!(
                whole.contains(&part) && part.len() >= 14,
                "{part} in {whole}"
            );
        }
    }

    #[test]
    fn a_secret_is_masked_in_every_form() {
        for secret in [
            KEY,
            "sts/secret+with=chars&%41\\n\"quoted\"",
            "********************",
            "?>?>~~~?>>>??>?",
            "密钥密钥密钥密钥",
        ] {
            let redactor = knowing(secret);
            for (name, form) in forms(secret) {
                let masked = redactor.mask(&format!("key='{form}';")).into_owned();
                assert_eq!(masked, "key='****';", "{name} of {secret}: {form}");
            }
            let url = URL_SAFE_NO_PAD.encode(secret);
            let masked = redactor.mask(&url).into_owned();
            assert!(
                masked.starts_with(MASK) && masked.len() <= 5,
                "{masked} of {url}"
            );
        }
    }

    #[test]
    fn a_match_inside_a_character_takes_the_character() {
        // U+6BC6 ends in the two bytes in which U+5BC6 ends.
        assert_eq!(
            knowing("\u{5bc6}abcdefghijk").mask("\u{6bc6}abcdefghijk."),
            "****."
        );
    }

    #[test]
    fn a_short_secret_is_masked_where_it_stands_whole() {
        let redactor = knowing("hunter2");
        assert_eq!(
            redactor.mask("the hunter2, the hunter"),
            "the ****, the hunter"
        );
        for (name, form) in forms("hunter2") {
            assert_eq!(redactor.mask(&form), MASK, "{name}: {form}");
        }
        assert_eq!(knowing("abc").mask("abc"), "abc");
        assert_eq!(knowing("").mask("abc"), "abc");
    }

    #[test]
    fn what_is_learnt_after_a_mask_is_masked_too() {
        let redactor = knowing(KEY);
        assert_eq!(redactor.mask("another-secret"), "another-secret");
        redactor.learn(&Secret::new("another-secret".to_owned()));
        assert_eq!(
            redactor.mask(&format!("{KEY}, another-secret")),
            "****, ****"
        );
    }

    #[test]
    fn text_without_secrets_is_not_copied() {
        let text = "Specify a certificate between -----BEGIN CERTIFICATE----- and -----END \
            CERTIFICATE-----, %E8%AF%81 \\u8bc1, a PRIVATE KEY in PEM, id 6092001-cn-hangzhou";
        assert!(matches!(knowing(PEM).mask(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn no_line_of_a_private_key_is_left() {
        let redactor = knowing(PEM);
        let lines: Vec<&str> = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let body = lines.concat();
        let crlf = PEM.replace('\n', "\r\n");
        for (name, text) in [
            ("body", body.clone()),
            ("lines", lines.join("\n")),
            ("CRLF", lines.join("\r\n")),
            ("escaped", lines.join("\\n")),
            ("escaped CRLF", lines.join("\\r\\n")),
            ("escaped twice", lines.join("\\\\n")),
            ("percent", lines.join("%0A")),
            (
                "doubly percent",
                percent_encoded(&percent_encoded(&lines.join("\r\n"))),
            ),
        ] {
            assert_eq!(redactor.mask(&format!("'{text}'")), "'****'", "{name}");
        }
        for file in [PEM, &crlf, &body] {
            let first = file.find(lines[0]).expect("the first line");
            let last = file.find("-----END").unwrap_or(file.len()) - 14;
            for (name, form) in forms(file) {
                let masked = redactor.mask(&form).into_owned();
                assert!(masked.len() < file.len(), "{name}: {masked}");
            }
            for from in first..last {
                for (name, piece) in forms(&file[from..from + 12]) {
                    let masked = redactor.mask(&piece);
                    assert!(!masked.contains(&piece), "{name}: {piece} in {masked}");
                }
            }
        }
    }

    #[test]
    fn a_private_key_block_is_masked_unlearnt() {
        let redactor = Redactor::new();
        for label in ["", "RSA ", "EC ", "ENCRYPTED "] {
            let pem = PEM.replace("PRIVATE", &format!("{label}PRIVATE"));
            let masked = redactor.mask(&pem).into_owned();
            let expected = format!(
                "-----BEGIN {label}PRIVATE KEY-----\n****\n-----END {label}PRIVATE KEY-----\n"
            );
            assert_eq!(masked, expected);
        }
        for (name, form) in [
            ("CRLF", PEM.replace('\n', "\r\n")),
            ("joined", PEM.replace('\n', "")),
            ("JSON", json_escaped(PEM)),
            ("percent-encoded", percent_encoded(PEM)),
            ("form", encode::form(&[("SSLPri", PEM)])),
            (
                "doubly percent-encoded",
                percent_encoded(&percent_encoded(PEM)),
            ),
            ("cut at the end", PEM[..120].to_owned()),
            (
                "cut at the end, percent-encoded",
                percent_encoded(&PEM[..120]),
            ),
            ("cut at the start", PEM[60..].to_owned()),
            (
                "cut in the closing marker",
                PEM[..PEM.len() - 12].to_owned(),
            ),
        ] {
            let masked = redactor.mask(&form).into_owned();
            assert!(
                masked.contains(MASK) && !masked.contains("GSM49AwEHBG0w"),
                "{name}: {masked}"
            );
            assert!(!masked.contains("tMrPv7yU4x"), "{name}: {masked}");
        }
    }

    #[test]
    fn a_certificate_and_words_about_keys_are_left_alone() {
        let redactor = Redactor::new();
        let certificate = PEM.replace("PRIVATE KEY", "CERTIFICATE");
        assert_eq!(redactor.mask(&certificate), certificate);
        let words = "expected a -----BEGIN PRIVATE KEY----- line, as in RFC 7468";
        assert_eq!(redactor.mask(words), words);
        let both = format!("{certificate}{PEM}{certificate}");
        let masked = redactor.mask(&both).into_owned();
        assert_eq!(masked.matches("GSM49AwEHBG0w").count(), 2, "{masked}");
    }

    #[test]
    fn the_echo_of_a_request_is_cut() {
        for echo in [
            "Server string to sign is:POST&%2F&AccessKeyId%3Dtestid%26SSLPri%3D-----BEGIN",
            "server StringToSign is [ACS3-HMAC-SHA256\nPOST], server CanonicalRequest is [POST]",
            "CanonicalRequest: POST\n/\nSSLPri=x",
        ] {
            let message = format!("签名不匹配 İ, not matched. {echo}");
            let masked = Redactor::new().mask(&message).into_owned();
            assert_eq!(masked, format!("签名不匹配 İ, not matched. {ECHO_CUT}"));
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let redactor = knowing(KEY);
        redactor.mask("");
        assert_eq!(format!("{redactor:?}"), "Redactor { .. }");
    }

    #[test]
    fn one_line_cannot_drive_a_terminal() {
        for (text, expected) in [
            ("two\r\n\tlines ", "two lines"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}Pq#0\u{9c}after", "after"),
            ("\u{9b}2Jafter\u{1b}", "after"),
            ("a\u{0}b\u{8}c\u{7f}d\u{85}e", "abcd e"),
            ("abc\u{202e}fed\u{200b}\u{feff}", "abcfed"),
            ("证书\u{2028}名称", "证书 名称"),
        ] {
            assert_eq!(one_line(text, 80), expected, "{text:?}");
        }
    }

    #[test]
    fn one_line_is_cut_by_characters() {
        assert_eq!(one_line("证书名称", 4), "证书名称");
        assert_eq!(one_line("证书名称证", 4), "证书名…");
        assert_eq!(one_line("abc", 0), "…");
    }

    /// One of each sort of character that goes unseen, and terminal sequences.
    const UNSEEN: [&str; 24] = [
        "\u{200b}",
        "\u{200d}",
        "\u{200f}",
        "\u{202e}",
        "\u{2066}",
        "\u{ad}",
        "\u{feff}",
        "\u{301}",
        "\u{20dd}",
        "\u{fe0f}",
        "\u{34f}",
        "\u{e0041}",
        "\u{2800}",
        "\u{3164}",
        "\u{180e}",
        "\u{a0}",
        "\u{3000}",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{1b}[1;31m",
        "\u{9b}2J",
        "\u{1b}]0;t\u{7}",
        "\u{1b}c",
    ];

    /// A text with something unseen after every few of its characters.
    fn strewn(text: &str, every: usize, from: usize) -> String {
        let pieces = chunks(text, every, "\u{1}");
        let mut kinds = UNSEEN.iter().cycle().skip(from);
        let between = |piece: &str| piece.to_owned() + kinds.next().expect("it goes round");
        pieces.split('\u{1}').map(between).collect()
    }

    /// What a reader, or whoever cleans the text, is left with.
    fn left_over(text: &str) -> String {
        let line = one_line(text, usize::MAX);
        line.chars().filter(|c| !goes_unseen(*c)).collect()
    }

    #[test]
    fn what_goes_unseen_hides_no_secret() {
        for secret in [KEY, "hunter2", "密钥密钥密钥密钥"] {
            for (every, from) in [(1, 0), (1, 9), (2, 17), (3, 5), (3, 20)] {
                let noisy = strewn(secret, every, from);
                for (known, sent) in [(secret, secret), (secret, &noisy), (&noisy, secret)] {
                    let redactor = knowing(known);
                    for (name, form) in forms(sent) {
                        let form = strewn(&form, every, from + 1);
                        let line = redactor.line(&format!("key='{form}';"), usize::MAX);
                        let left = left_over(&redactor.mask(&form));
                        for (_, plain) in forms(secret) {
                            let shown = left_over(&line).contains(&plain) || left.contains(&plain);
                            assert!(!shown, "{name}, {every}, {from}: {line:?} or {left:?}");
                        }
                        if sent == secret {
                            assert_eq!(left_over(&line), "key='****';", "{name}, {every}, {from}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_echo_is_cut_whatever_stands_in_it() {
        let message = strewn("no. Server string to sign is:POST&%2F", 3, 0);
        let masked = Redactor::new().line(&message, 200);
        assert!(
            masked.ends_with(ECHO_CUT) && !masked.contains("POST"),
            "{masked}"
        );
    }

    #[test]
    fn a_private_key_block_is_masked_whatever_stands_in_it() {
        for (name, form) in [
            ("strewn", strewn(PEM, 7, 3)),
            ("base64", STANDARD.encode(PEM)),
        ] {
            let masked = Redactor::new().line(&form, usize::MAX);
            assert!(masked.contains(MASK), "{name}: {masked}");
            for piece in ["GSM49AwEHBG0w", &STANDARD.encode("GSM49AwEHBG0")] {
                assert!(!left_over(&masked).contains(piece), "{name}: {masked}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_twelve_characters_of_a_secret_survive(
            secret in "[!-~]{12,48}",
            at in any::<prop::sample::Index>(),
            before in "[ -~]{0,20}",
            after in "[ -~]{0,20}",
        ) {
            let from = at.index(secret.len() - 11);
            let redactor = knowing(&secret);
            for (name, form) in forms(&secret[from..from + 12]) {
                let masked = redactor.mask(&format!("{before}{form}{after}")).into_owned();
                prop_assert!(!masked.contains(&form), "{} {} in {}", name, form, masked);
            }
        }

        #[test]
        fn unseen_characters_hide_nothing(
            secret in "[!-~]{12,40}",
            noise in prop::collection::vec(
                (any::<prop::sample::Index>(), prop::sample::select(&UNSEEN[..])), 0..12),
            own in prop::collection::vec(
                (any::<prop::sample::Index>(), prop::sample::select(&UNSEEN[..])), 0..4),
        ) {
            let with = |text: &str, noise: &[(prop::sample::Index, &str)]| {
                let mut text = text.to_owned();
                for (at, what) in noise {
                    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                    text.insert_str(places[at.index(places.len())], what);
                }
                text
            };
            let redactor = knowing(&with(&secret, &own));
            for (name, form) in forms(&with(&secret, &noise)) {
                let text = with(&form, &noise);
                for shown in [redactor.line(&text, usize::MAX), redactor.mask(&text).into_owned()] {
                    let left = left_over(&shown);
                    prop_assert!(!left.contains(&secret), "{} in {:?}", name, shown);
                    prop_assert!(!left.contains(&encode::hex(secret.as_bytes())), "{} in {:?}", name, shown);
                    prop_assert!(!left.contains(&percent_encoded(&secret)), "{} in {:?}", name, shown);
                    prop_assert!(!left.contains(&base64_at(0, &secret)), "{} in {:?}", name, shown);
                }
            }
        }

        #[test]
        fn any_text_is_taken(secret in any::<String>(), text in any::<String>()) {
            let redactor = knowing(&secret);
            for (_, form) in forms(&format!("text{text}")) {
                redactor.mask(&form);
            }
            let line = one_line(&redactor.mask(&text), 40);
            prop_assert!(line.chars().count() <= 40);
            prop_assert!(!line.chars().any(char::is_control));
        }
    }
}
