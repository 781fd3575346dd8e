//! How text stands for other text: escapes, whatever they are nested in and broken up by.
//!
//! Characters are put on a stack, and as soon as the last of them complete an escape they are
//! replaced by what it stands for, which may complete another. So however deep escapes are nested,
//! a text is read once, and an escape that something unseen stands in is one all the same.

use super::seen::goes_unseen;
use super::view::{Place, View};

/// Kinds of escapes, as a set of bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const NONE: Kinds = Kinds(0);
    /// `%2B`, `%u002B`.
    pub(super) const PERCENT: Kinds = Kinds(1);
    /// `\n`, `\/`, `\u002b`, `\u{2b}`, `\x2b`, `\053`.
    pub(super) const BACKSLASH: Kinds = Kinds(2);
    /// `&#43;`, `&#x2b;`, `&plus;`.
    pub(super) const ENTITY: Kinds = Kinds(4);
    /// `=2B`, and a line's end behind `=` (RFC 2045). Whatever is assigned in a text looks so too.
    pub(super) const QUOTED: Kinds = Kinds(8);
    /// All of them.
    pub(super) const ALL: Kinds = Kinds(15);
    /// All that stand for nothing else in ordinary text.
    pub(super) const CERTAIN: Kinds = Kinds(7);
    /// Each alone.
    pub(super) const EACH: [Kinds; 4] = [
        Kinds::PERCENT,
        Kinds::BACKSLASH,
        Kinds::ENTITY,
        Kinds::QUOTED,
    ];

    pub(super) fn has(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_one(self) -> bool {
        self.0.count_ones() == 1
    }

    fn add(&mut self, other: Kinds) {
        self.0 |= other.0;
    }
}

/// What is done with the characters that begin and end terminal sequences.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Controls {
    /// They go unseen, and what follows them is text.
    Drop,
    /// They stay, so that the sequences can be told.
    Keep,
}

/// The character references with names that stand for ASCII, and for what goes unseen (HTML 13.5).
const NAMES: [(&[u8], char); 48] = [
    (b"amp", '&'),
    (b"AMP", '&'),
    (b"lt", '<'),
    (b"LT", '<'),
    (b"gt", '>'),
    (b"GT", '>'),
    (b"quot", '"'),
    (b"QUOT", '"'),
    (b"apos", '\''),
    (b"plus", '+'),
    (b"sol", '/'),
    (b"equals", '='),
    (b"num", '#'),
    (b"dollar", '$'),
    (b"percnt", '%'),
    (b"lpar", '('),
    (b"rpar", ')'),
    (b"ast", '*'),
    (b"midast", '*'),
    (b"comma", ','),
    (b"period", '.'),
    (b"colon", ':'),
    (b"semi", ';'),
    (b"quest", '?'),
    (b"commat", '@'),
    (b"excl", '!'),
    (b"lsqb", '['),
    (b"lbrack", '['),
    (b"bsol", '\\'),
    (b"rsqb", ']'),
    (b"rbrack", ']'),
    (b"Hat", '^'),
    (b"lowbar", '_'),
    (b"UnderBar", '_'),
    (b"grave", '`'),
    (b"lcub", '{'),
    (b"lbrace", '{'),
    (b"verbar", '|'),
    (b"vert", '|'),
    (b"rcub", '}'),
    (b"rbrace", '}'),
    (b"nbsp", '\u{a0}'),
    (b"shy", '\u{ad}'),
    (b"NewLine", '\n'),
    (b"Tab", '\t'),
    (b"zwj", '\u{200d}'),
    (b"zwnj", '\u{200c}'),
    (b"ZeroWidthSpace", '\u{200b}'),
];

/// The longest of [`NAMES`], and of the numbers, between `&` and `;`.
const REFERENCE_LIMIT: usize = 14;

/// What an escape stands for.
enum Stands {
    Byte(u8),
    /// Of UTF-16: a character, or half of one.
    Unit(u32),
}

/// A text without its escapes.
pub(super) struct Peeled {
    pub(super) view: View,
    /// The kinds that it had.
    pub(super) kinds: Kinds,
    /// Whether an escape stood for the beginning of a terminal sequence.
    pub(super) has_sequences: bool,
}

/// Takes a text's escapes of these kinds off, and what goes unseen.
pub(super) fn peel(of: &View, kinds: Kinds, controls: Controls) -> Peeled {
    let mut stack = Stack {
        view: View::with_capacity(of.len(), of.is_open),
        kinds,
        controls,
        found: Kinds::NONE,
        references: Vec::new(),
        backslashes: Vec::new(),
        depth: 0,
        joined: None,
        has_sequences: false,
    };
    for (at, byte) in of.bytes.iter().enumerate() {
        stack.take(*byte, of.at(at));
    }
    stack.settle_late(b' ');
    if kinds.has(Kinds::BACKSLASH) && stack.view.drop_all(b'\\') {
        stack.found.add(Kinds::BACKSLASH);
    }
    stack.view.keep_text();
    Peeled {
        view: stack.view,
        kinds: stack.found,
        has_sequences: stack.has_sequences,
    }
}

struct Stack {
    view: View,
    kinds: Kinds,
    controls: Controls,
    found: Kinds,
    /// Where each `&` stands.
    references: Vec<usize>,
    /// Where each backslash stands, and how many others it stands for.
    backslashes: Vec<(usize, u8)>,
    /// How many the next one stands for.
    depth: u8,
    /// Where the first half of a line's end was taken away.
    joined: Option<usize>,
    has_sequences: bool,
}

impl Stack {
    fn take(&mut self, byte: u8, place: Place) {
        self.depth = 0;
        self.put(byte, place);
        if self.kinds != Kinds::NONE {
            self.settle();
        }
    }

    fn settle(&mut self) {
        while let Some((size, stands, kind)) = self.completed() {
            self.replace(size, stands, kind);
        }
    }

    /// Puts a byte on top, unless it goes unseen or makes a character that does.
    fn put(&mut self, byte: u8, place: Place) {
        match byte {
            b'!'..=b'~' => {
                if self.kinds != Kinds::NONE {
                    self.settle_late(byte);
                }
                if byte == b'&' {
                    self.references.push(self.view.len());
                }
                if byte == b'\\' {
                    self.backslashes.push((self.view.len(), self.depth));
                }
                self.view.push(self.compared(byte), place);
            }
            0x80.. => {
                self.view.push(byte, place);
                if let Some((c, size)) = self.view.last_char()
                    && goes_unseen(c)
                    && !self.keeps(c)
                {
                    self.view.truncate(self.view.len() - size);
                }
            }
            _ => {
                let c = char::from(byte);
                self.join(c);
                if self.keeps(c) {
                    self.view.push(byte, place);
                }
            }
        }
    }

    /// Takes a line's end in quoted-printable away, be it escaped itself.
    fn join(&mut self, c: char) {
        if !self.kinds.has(Kinds::QUOTED) || !matches!(c, '\r' | '\n') {
            return;
        }
        let bytes = &self.view.bytes;
        let is_nothing = |bytes: &[u8]| bytes.iter().all(|byte| *byte == b'\\');
        // The line's end may be of two characters.
        let second = |at: usize| bytes.get(at..).is_some_and(is_nothing);
        if c == '\n' && self.joined.take().is_some_and(second) {
            return;
        }
        let escapes = bytes
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        let end = bytes.len() - escapes;
        if bytes[..end].last() == Some(&b'=') {
            self.cut(end - 1);
            self.found.add(Kinds::QUOTED);
            self.joined = (c == '\r').then_some(end - 1);
        }
    }

    /// The two alphabets of base64 are made one.
    fn compared(&self, byte: u8) -> u8 {
        match (self.controls, byte) {
            (Controls::Drop, b'-') => b'+',
            (Controls::Drop, b'_') => b'/',
            (_, other) => other,
        }
    }

    fn keeps(&mut self, c: char) -> bool {
        self.has_sequences |= matches!(c, '\u{1b}' | '\u{9b}');
        self.controls == Controls::Keep && (c.is_control() || c == ' ')
    }

    /// Replaces the escapes that nothing but the next byte ends: `\53`, `&#43`. That byte may begin an
    /// escape which stands for more of them.
    fn settle_late(&mut self, next: u8) {
        let bytes = &self.view.bytes;
        let len = bytes.len();
        let waits = match next {
            b'%' => self.kinds.has(Kinds::PERCENT),
            b'=' => self.kinds.has(Kinds::QUOTED),
            b'&' => self.kinds.has(Kinds::ENTITY),
            _ => false,
        };
        if waits || !bytes.last().is_some_and(u8::is_ascii_hexdigit) {
            return;
        }
        if self.kinds.has(Kinds::BACKSLASH) && !is_octal(next) {
            let digits = bytes.iter().rev().take(3);
            let digits = digits.take_while(|byte| is_octal(**byte)).count();
            if matches!(digits, 1 | 2) && len > digits && bytes[len - digits - 1] == b'\\' {
                let value = number(&bytes[len - digits..], 8);
                self.replace(digits + 1, Stands::Byte(value as u8), Kinds::BACKSLASH);
                return self.settle();
            }
        }
        if self.kinds.has(Kinds::ENTITY)
            && !matches!(next, b';' | b'\\')
            && let Some(&start) = self.references.last()
            && len > start + 2
            && len - start <= REFERENCE_LIMIT
            && self.view.bytes[start + 1] == b'#'
        {
            let inside = &self.view.bytes[start + 2..];
            let is_hex = matches!(inside[0], b'x' | b'X');
            let goes_on = match is_hex {
                true => next.is_ascii_hexdigit(),
                false => next.is_ascii_digit(),
            };
            if !goes_on && let Some(value) = reference(&self.view.bytes[start + 1..]) {
                self.replace(len - start, Stands::Unit(value), Kinds::ENTITY);
                self.settle();
            }
        }
    }

    /// The escape that the last byte completes: its size, what it stands for.
    fn completed(&self) -> Option<(usize, Stands, Kinds)> {
        let bytes = &self.view.bytes;
        let len = bytes.len();
        let back = |count: usize| len.checked_sub(count).map(|at| bytes[at]);
        let last = *bytes.last()?;
        if last.is_ascii_hexdigit() {
            let sign = back(3);
            let kind = match sign {
                Some(b'%') => Kinds::PERCENT,
                Some(b'=') => Kinds::QUOTED,
                _ => Kinds::NONE,
            };
            if self.kinds.has(kind) && bytes[len - 2].is_ascii_hexdigit() {
                let value = number(&bytes[len - 2..], 16);
                return Some((3, Stands::Byte(value as u8), kind));
            }
            let all_hex = |count: usize| bytes[len - count..].iter().all(u8::is_ascii_hexdigit);
            let escape = self.kinds.has(Kinds::BACKSLASH);
            if escape && back(4) == Some(b'\\') {
                if matches!(sign, Some(b'x' | b'X')) && all_hex(2) {
                    let value = number(&bytes[len - 2..], 16);
                    return Some((4, Stands::Byte(value as u8), Kinds::BACKSLASH));
                }
                let octal = bytes[len - 3..].iter().all(|byte| is_octal(*byte));
                if octal && bytes[len - 3] <= b'3' {
                    let value = number(&bytes[len - 3..], 8);
                    return Some((4, Stands::Byte(value as u8), Kinds::BACKSLASH));
                }
            }
            if back(5) == Some(b'u') && all_hex(4) {
                let kind = match back(6) {
                    Some(b'\\') => Kinds::BACKSLASH,
                    Some(b'%') => Kinds::PERCENT,
                    _ => Kinds::NONE,
                };
                if self.kinds.has(kind) {
                    return Some((6, Stands::Unit(number(&bytes[len - 4..], 16)), kind));
                }
            }
            if escape && back(9) == Some(b'U') && back(10) == Some(b'\\') && all_hex(8) {
                let value = number(&bytes[len - 8..], 16);
                return Some((10, Stands::Unit(value), Kinds::BACKSLASH));
            }
        }
        if last == b';'
            && self.kinds.has(Kinds::ENTITY)
            && let Some(&start) = self.references.last()
            && start + 1 < len
            && len - start <= REFERENCE_LIMIT + 2
            && let Some(value) = reference(&bytes[start + 1..len - 1])
        {
            return Some((len - start, Stands::Unit(value), Kinds::ENTITY));
        }
        if !self.kinds.has(Kinds::BACKSLASH) {
            return None;
        }
        if last == b'}' {
            let from = len.saturating_sub(12);
            let open = bytes[from..len - 1]
                .iter()
                .rposition(|byte| *byte == b'{')?;
            let open = from + open;
            let digits = &bytes[open + 1..len - 1];
            let opens = open >= 2
                && bytes[open - 2] == b'\\'
                && matches!(bytes[open - 1], b'u' | b'x')
                && !digits.is_empty()
                && digits.iter().all(u8::is_ascii_hexdigit);
            if opens {
                let value = number(digits, 16);
                return Some((len - open + 2, Stands::Unit(value), Kinds::BACKSLASH));
            }
        }
        if let [.., (before, depth), (at, other)] = self.backslashes[..]
            && at == len - 1
            && before + 1 == at
            && depth == other
        {
            return Some((2, Stands::Byte(b'\\'), Kinds::BACKSLASH));
        }
        let stands = match (back(2), last) {
            (Some(b'\\'), b'n') => b'\n',
            (Some(b'\\'), b'r') => b'\r',
            (Some(b'\\'), b'a' | b'b' | b'f' | b't' | b'v') => b' ',
            (Some(b'\\'), b'e') => 0x1b,
            // Before anything else a backslash is nothing.
            _ => return None,
        };
        Some((2, Stands::Byte(stands), Kinds::BACKSLASH))
    }

    fn replace(&mut self, size: usize, stands: Stands, kind: Kinds) {
        let len = self.view.len();
        let place = self.view.place(len - size..len);
        let escape = self.backslashes.iter().rev().take(2);
        let depth = escape
            .filter(|(at, _)| *at == len - size)
            .map(|(_, depth)| *depth);
        let depth = depth.max().unwrap_or_default();
        self.cut(len - size);
        self.depth = depth.saturating_add(1);
        self.found.add(kind);
        let unit = match stands {
            Stands::Byte(byte) => return self.put(byte, place),
            Stands::Unit(unit) => unit,
        };
        if let 0xdc00..0xe000 = unit
            && let Some(high) = self.view.last_half()
        {
            let len = self.view.len();
            let start = self.view.at(len - 3).0;
            self.view.truncate(len - 3);
            let c = 0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
            let c = char::from_u32(c).expect("a pair of surrogates is a character");
            return self.put_char(c, (start, place.1));
        }
        match char::from_u32(unit) {
            Some(c) => self.put_char(c, place),
            // Half a pair, in three bytes as a character of that number would be.
            None if unit < 0xe000 => {
                let bytes = [
                    0xed,
                    0x80 | (unit >> 6 & 0x3f) as u8,
                    0x80 | (unit & 0x3f) as u8,
                ];
                bytes.iter().for_each(|byte| self.view.push(*byte, place));
            }
            None => {}
        }
    }

    fn cut(&mut self, size: usize) {
        self.view.truncate(size);
        while self.references.pop_if(|at| *at >= size).is_some() {}
        while self.backslashes.pop_if(|(at, _)| *at >= size).is_some() {}
    }

    fn put_char(&mut self, c: char, place: Place) {
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            self.put(byte, place);
        }
    }
}

fn is_octal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'7')
}

/// Digits as a number; what is no digit counts for nothing.
fn number(digits: &[u8], radix: u32) -> u32 {
    let values = digits
        .iter()
        .filter_map(|digit| char::from(*digit).to_digit(radix));
    values.fold(0, |number: u32, value| {
        number.wrapping_mul(radix).wrapping_add(value)
    })
}

/// What a character reference stands for: `#43`, `#x2b`, `plus`.
fn reference(inside: &[u8]) -> Option<u32> {
    let (digits, radix) = match inside {
        [b'#', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'#', digits @ ..] => (digits, 10),
        name => {
            let known = NAMES.iter().find(|(known, _)| *known == name);
            return known.map(|(_, c)| u32::from(*c));
        }
    };
    let fits = |digit: &u8| char::from(*digit).is_digit(radix);
    (!digits.is_empty() && digits.iter().all(fits)).then(|| number(digits, radix))
}
