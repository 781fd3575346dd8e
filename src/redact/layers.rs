//! How text stands for other text: escapes, and digits of bytes.

/// Reads an escape at the start of a text.
pub(super) type Decode = fn(&[u8], &mut Vec<u8>) -> Option<usize>;

/// How text stands for bytes.
pub(super) struct Groups {
    /// Characters in a group.
    pub(super) size: usize,
    /// Bytes that a group stands for.
    pub(super) bytes: usize,
    /// Bits that a character stands for.
    pub(super) bits: usize,
    pub(super) digit: fn(u8) -> Option<u32>,
}

impl Groups {
    pub(super) const HEX: Groups = Groups {
        size: 2,
        bytes: 1,
        bits: 4,
        digit: |byte| char::from(byte).to_digit(16),
    };
    /// Folded: there is one alphabet.
    pub(super) const BASE64: Groups = Groups {
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

    pub(super) fn has(&self, byte: u8) -> bool {
        (self.digit)(byte).is_some()
    }
}

/// `%2B`.
pub(super) fn percent(text: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    let [b'%', high, low, ..] = text else {
        return None;
    };
    decoded.push(hex_digit(*high)? << 4 | hex_digit(*low)?);
    Some(3)
}

/// `\n`, `\/`, `\u002b`, `\ud83d\ude00`.
pub(super) fn backslash(text: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
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
