//! Digits that stand for bytes: hex and base64, at every alignment.

use super::index::SHORTEST;
use super::view::View;

/// How digits stand for bytes.
pub(super) struct Digits {
    /// Bits that a digit stands for.
    bits: usize,
    value: fn(u8) -> Option<u32>,
    /// Whether punctuation may stand between digits: `2b:2f`, `2b, 2f`, `0x2b-2f`.
    apart: bool,
}

impl Digits {
    pub(super) const ALL: [Digits; 2] = [
        Digits {
            bits: 4,
            value: |byte| char::from(byte).to_digit(16),
            apart: true,
        },
        // Folded: there is one alphabet.
        Digits {
            bits: 6,
            value: |byte| {
                Some(match byte {
                    b'A'..=b'Z' => u32::from(byte - b'A'),
                    b'a'..=b'z' => u32::from(byte - b'a') + 26,
                    b'0'..=b'9' => u32::from(byte - b'0') + 52,
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
        let mut run = Vec::new();
        for (at, byte) in view.bytes.iter().enumerate() {
            if let Some(value) = (self.value)(*byte) {
                run.push((value, at));
                continue;
            }
            let sign = self.apart && matches!(byte, b'x' | b'X');
            match run.last() {
                // The digit before was a part of the sign.
                Some((0, before)) if sign && before + 1 == at => drop(run.pop()),
                _ if self.apart && byte.is_ascii_punctuation() => {}
                _ => self.read(view, &mut run, &mut each),
            }
        }
        self.read(view, &mut run, &mut each);
    }

    fn read(&self, view: &View, run: &mut Vec<(u32, usize)>, each: &mut impl FnMut(View)) {
        if run.len() * self.bits / 8 >= SHORTEST {
            // Bytes begin at even bits of base64, and with a digit or between two of hex.
            for skipped in (0..8).step_by(8 - self.bits) {
                each(self.bytes(view, run, skipped));
            }
        }
        run.clear();
    }

    /// The bytes that begin `skipped` bits after the first digit.
    fn bytes(&self, view: &View, run: &[(u32, usize)], skipped: usize) -> View {
        let count = (run.len() * self.bits - skipped) / 8;
        let mut decoded = View::with_capacity(count);
        let (mut bits, mut held, mut next) = (0_u32, 0, 0);
        for number in 0..count {
            let begins = skipped + number * 8;
            let last = (begins + 7) / self.bits;
            while next <= last {
                bits = bits << self.bits | run[next].0;
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
            let place = (view.at(run[first].1).0, view.at(run[last].1).1);
            decoded.push((bits >> after) as u8, place);
        }
        decoded
    }
}
