//! Digits that stand for bytes: hex and base64, at every alignment.

use super::index::SHORTEST;
use super::search::CUT_ESCAPE;
use super::view::View;

/// A digit, and where it stands in the view.
type Digit = (u8, u32);

/// How digits stand for bytes.
pub(super) struct Digits {
    /// Bits that a digit stands for.
    bits: usize,
    value: fn(u8) -> Option<u8>,
    /// Whether punctuation may stand between digits: `2b:2f`, `2b, 2f`, `0x2b-2f`.
    apart: bool,
}

impl Digits {
    pub(super) const ALL: [Digits; 2] = [
        Digits {
            bits: 4,
            value: |byte| char::from(byte).to_digit(16).map(|digit| digit as u8),
            apart: true,
        },
        // Folded: there is one alphabet.
        Digits {
            bits: 6,
            value: |byte| {
                Some(match byte {
                    b'A'..=b'Z' => byte - b'A',
                    b'a'..=b'z' => byte - b'a' + 26,
                    b'0'..=b'9' => byte - b'0' + 52,
                    b'+' => 62,
                    b'/' => 63,
                    _ => return None,
                })
            },
            apart: false,
        },
    ];

    /// What the runs of digits in a view stand for, wherever in them a byte may begin: a view for each
    /// run and such place.
    pub(super) fn decoded(&self, view: &View, mut each: impl FnMut(View)) {
        let mut run: Vec<Digit> = Vec::new();
        for (at, byte) in view.bytes.iter().enumerate() {
            if let Some(value) = (self.value)(*byte) {
                run.push((value, at as u32));
                continue;
            }
            let sign = self.apart && matches!(byte, b'x' | b'X');
            match run.last() {
                // The digit before was a part of the sign.
                Some((0, before)) if sign && *before as usize + 1 == at => drop(run.pop()),
                _ if self.apart && byte.is_ascii_punctuation() => {}
                _ => {
                    // What ends it may be what is left of an escape for one more digit.
                    let is_open = view.is_open && at + CUT_ESCAPE >= view.len();
                    self.read(view, &mut run, is_open, &mut each);
                }
            }
        }
        self.read(view, &mut run, view.is_open, &mut each);
    }

    fn read(&self, view: &View, run: &mut Vec<Digit>, is_open: bool, each: &mut impl FnMut(View)) {
        if run.len() * self.bits / 8 >= SHORTEST {
            // Bytes begin at even bits of base64, and with a digit or between two of hex.
            for skipped in (0..8).step_by(8 - self.bits) {
                each(self.bytes(view, run, skipped, is_open));
            }
        }
        run.clear();
    }

    /// The bytes that begin `skipped` bits after the first digit.
    fn bytes(&self, view: &View, run: &[Digit], skipped: usize, is_open: bool) -> View {
        let count = (run.len() * self.bits - skipped) / 8;
        let mut decoded = View::with_capacity(count, is_open);
        let (mut bits, mut held, mut next) = (0_u32, 0, 0);
        for number in 0..count {
            let begins = skipped + number * 8;
            let last = (begins + 7) / self.bits;
            while next <= last {
                bits = bits << self.bits | u32::from(run[next].0);
                held += self.bits;
                next += 1;
            }
            let after = held - begins - 8;
            // What is left of a byte at either end goes with its neighbour.
            let first = if number == 0 { 0 } else { begins / self.bits };
            let last = if number + 1 == count {
                run.len() - 1
            } else {
                last
            };
            let at = |digit: usize| view.at(run[digit].1 as usize);
            let place = (at(first).0, at(last).1);
            decoded.push((bits >> after) as u8, place);
        }
        decoded
    }
}
