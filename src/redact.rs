//! Redaction of text that comes from outside: messages of servers, which echo what they were
//! sent, and error texts of libraries.
//!
//! A secret need not come back as it was sent. It is found as it is, in hex, in base64 of either
//! alphabet and at any offset; each of these also percent-encoded, JSON-escaped, wrapped in lines
//! or cut short: the text is peeled of such layers, and what a layer holds is traced back to where
//! it stands in the text.
#![deny(clippy::disallowed_methods)]

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    pub fn learn(&mut self, secret: &Secret) {
        self.index
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .pending
            .push(secret.clone());
    }

    /// Replaces every trace of a secret that was learnt, and the body of every PEM private key, by
    /// [`MASK`], and cuts the text where Alibaba Cloud begins to echo the request.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let echoes = ECHOES
            .iter()
            .filter_map(|echo| find_ignoring_case(text, echo));
        let echo = echoes.min();
        let kept = &text[..echo.unwrap_or(text.len())];
        let mut index = self.lock();
        index.absorb();
        let mut hidden = Vec::new();
        if !index.pieces.is_empty() || kept.contains("PRIVATE") {
            search(&View::of(kept), LAYERS, &index, &mut hidden);
        }
        if hidden.is_empty() && echo.is_none() {
            return Cow::Borrowed(text);
        }
        let mut masked = cover(kept, hidden);
        if echo.is_some() {
            masked.push_str(ECHO_CUT);
        }
        Cow::Owned(masked)
    }

    /// Text from outside as it may be shown: masked, then made [`one_line`] of at most `max_chars`
    /// characters.
    pub fn line(&self, text: &str, max_chars: usize) -> String {
        one_line(&self.mask(text), max_chars)
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
/// ends in `…`. Mask before, so that no secret is cut to a piece too short to be recognised.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            _ if c.is_whitespace() => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            _ if is_invisible(c) => {}
            _ => line.push(c),
        }
    }
    line.truncate(line.trim_end().len());
    if line.chars().count() > max_chars {
        line = line.chars().take(max_chars.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// Skips what follows an ESC (ECMA-48): a control sequence, a control string, or one character.
fn skip_sequence(chars: &mut std::str::Chars<'_>) {
    match chars.next() {
        Some('[') => skip_control_sequence(chars),
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = chars.next() {
                if c == '\u{1b}' {
                    chars.next();
                }
                if matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}') {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn skip_control_sequence(chars: &mut std::str::Chars<'_>) {
    chars.find(|c| matches!(c, '@'..='~'));
}

/// Controls, and format characters that reorder or hide text (Unicode UTS 55).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
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
            for text in spellings(secret.expose()) {
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
        let form: Vec<u8> = form.iter().copied().filter_map(fold).collect();
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

/// Brings a byte into the form in which text and secrets are compared: without white space and
/// controls, the two alphabets of base64 made one.
fn fold(byte: u8) -> Option<u8> {
    match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        _ if byte.is_ascii_whitespace() || byte.is_ascii_control() => None,
        _ => Some(byte),
    }
}

/// A text with layers taken off.
#[derive(Default)]
struct View {
    bytes: Vec<u8>,
    /// The first byte in the text that this byte stands for, and the one after its last.
    places: Vec<(usize, usize)>,
}

impl View {
    fn of(text: &str) -> View {
        View {
            bytes: text.as_bytes().to_vec(),
            places: (0..text.len()).map(|at| (at, at + 1)).collect(),
        }
    }

    /// Where a part of the view, which is not empty, stands in the text.
    fn place(&self, part: Range<usize>) -> Range<usize> {
        self.places[part.start].0..self.places[part.end - 1].1
    }

    fn folded(&self) -> View {
        let mut view = View::default();
        for (byte, place) in self.bytes.iter().zip(&self.places) {
            if let Some(byte) = fold(*byte) {
                view.bytes.push(byte);
                view.places.push(*place);
            }
        }
        view
    }

    /// Takes one layer off. `decode` reads an escape at the start of its argument: the byte it
    /// stands for, and its length. `None` when there was none.
    fn peeled(&self, decode: fn(&[u8]) -> Option<(u8, usize)>) -> Option<View> {
        let mut view = View::default();
        let mut at = 0;
        while at < self.bytes.len() {
            let (byte, size) = decode(&self.bytes[at..]).unwrap_or((self.bytes[at], 1));
            let place = self.place(at..at + size);
            view.bytes.push(byte);
            view.places.push((place.start, place.end));
            at += size;
        }
        (view.bytes.len() < self.bytes.len()).then_some(view)
    }
}

/// `%2B`.
fn percent(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', high, low, ..] => Some((hex_digit(*high)? << 4 | hex_digit(*low)?, 3)),
        _ => None,
    }
}

/// `\n`, `\/`, `\u002b`.
fn backslash(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'\\', b'u', b'0', b'0', high, low, ..] => {
            Some((hex_digit(*high)? << 4 | hex_digit(*low)?, 6))
        }
        [b'\\', b'n' | b'r' | b't', ..] => Some((b'\n', 2)),
        [b'\\', other, ..] => Some((*other, 2)),
        _ => None,
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

fn search(view: &View, layers: u32, index: &Index, hidden: &mut Vec<Range<usize>>) {
    let folded = view.folded();
    index.find(&folded, hidden);
    find_private_keys(&folded, hidden);
    if layers > 0 {
        for decode in [percent, backslash] {
            if let Some(inner) = view.peeled(decode) {
                search(&inner, layers - 1, index, hidden);
            }
        }
    }
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

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes()
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
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
        let mut redactor = Redactor::new();
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
        let mut redactor = knowing(KEY);
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
