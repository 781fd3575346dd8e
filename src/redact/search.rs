//! Where in a text there is what must not be shown.

use std::ops::Range;

use super::digits::Digits;
use super::escapes::{Controls, Kinds, Peeled, peel};
use super::index::{Index, PIECE};
use super::seen::seen;
use super::view::{Place, View};

/// What Alibaba Cloud's SignatureDoesNotMatch puts before the request it received, private key and
/// all: the first for RPC, the others for ACS3.
const ECHOES: [&str; 3] = [
    "server string to sign is",
    "server StringToSign is",
    "CanonicalRequest",
];

/// How often a text may be read over, in all its forms. Few need more than a dozen; what does was made
/// to.
const READINGS: usize = 48;

/// How often digits are taken for bytes, one inside the other.
const DEPTH: u32 = 3;

/// How a window stands in its text.
#[derive(Clone, Default)]
pub(super) struct Edges {
    /// What it has in common with the window before, if there is one.
    pub(super) before: Option<Range<u32>>,
    /// Where that begins which it has in common with the next window, if there is one.
    pub(super) after: Option<u32>,
}

/// How many bytes at the end of a view may be what is left of an escape that was cut.
pub(super) const CUT_ESCAPE: usize = 16;

/// How many bytes at the beginning of a window may be read in another way than with what stands before.
const CUT_BEFORE: u32 = 64;

/// A look at a text in all its forms.
pub(super) struct Search<'i> {
    index: &'i Index,
    hidden: Vec<Place>,
    edges: Edges,
    /// How many bytes may still be read.
    left: usize,
}

impl<'i> Search<'i> {
    /// What is to be hidden of a text; nothing, if that cannot be found out: not in a reasonable time,
    /// or because what is before the next window may go on behind this one.
    pub(super) fn of(text: &View, index: &'i Index, edges: Edges) -> Option<Vec<Place>> {
        let mut search = Search {
            index,
            hidden: Vec::new(),
            edges,
            left: text.len() * READINGS + 0x1_0000,
        };
        search.look(text, DEPTH)?;
        Some(search.hidden)
    }

    /// Looks at a view as it is, without escapes of each kind and of all, without terminal sequences,
    /// and at what digits in it stand for.
    fn look(&mut self, of: &View, depth: u32) -> Option<()> {
        let plain = self.peeled(of, Kinds::NONE)?;
        self.find(&plain.view)?;
        self.digits(&plain.view, depth)?;
        if plain.has_sequences {
            let less = of.without_sequences();
            if less.len() < of.len() {
                self.look(&less, depth)?;
            }
        }
        let bare = self.peeled(of, Kinds::ALL)?;
        let kinds = bare.kinds;
        if kinds == Kinds::NONE {
            return Some(());
        }
        self.find(&bare.view)?;
        let mut certain = None;
        if !kinds.is_one() {
            for kind in Kinds::EACH.into_iter().filter(|kind| kinds.has(*kind)) {
                let one = self.peeled(of, kind)?;
                self.find(&one.view)?;
            }
            if kinds.has(Kinds::QUOTED) {
                let peeled = self.peeled(of, Kinds::CERTAIN)?;
                self.find(&peeled.view)?;
                certain = Some((peeled, Kinds::CERTAIN));
            }
        }
        for (form, kinds) in certain.into_iter().chain([(bare, Kinds::ALL)]) {
            self.digits(&form.view, depth)?;
            if form.has_sequences && !plain.has_sequences && depth > 0 {
                let kept = peel(of, kinds, Controls::Keep).view;
                self.look(&kept.without_sequences(), depth - 1)?;
            }
        }
        Some(())
    }

    fn digits(&mut self, view: &View, depth: u32) -> Option<()> {
        let mut done = Some(());
        for digits in Digits::ALL {
            digits.decoded(view, |inner| {
                done = done.and_then(|()| match depth > 0 && inner.is_mostly_text() {
                    true => self.look(&inner, depth - 1),
                    false => {
                        let plain = self.peeled(&inner, Kinds::NONE)?;
                        self.find(&plain.view)
                    }
                });
            });
        }
        done
    }

    /// Nothing, where enough was read.
    fn peeled(&mut self, of: &View, kinds: Kinds) -> Option<Peeled> {
        self.left = self.left.checked_sub(of.len())?;
        Some(peel(of, kinds, Controls::Drop))
    }

    /// Nothing, where what is found may not be all.
    fn find(&mut self, view: &View) -> Option<()> {
        self.index.find(view, &mut self.hidden);
        find_private_keys(view, &self.edges, &mut self.hidden)?;
        (!self.is_cut(view)).then_some(())
    }

    /// Whether a piece of a secret that begins before the next window may end behind this one: so little
    /// is left of all that the two have in common.
    fn is_cut(&self, view: &View) -> bool {
        let Some(next) = self.edges.after else {
            return false;
        };
        let tail = view.len().saturating_sub(PIECE + CUT_ESCAPE);
        view.is_open && view.len() > 0 && view.at(tail).0 < next + CUT_BEFORE
    }
}

/// Whether nothing in a text can stand for something else of at least `shortest` bytes, be a marker of
/// a key or the beginning of an echo: it is ASCII without escapes, and has no long run of what base64 is
/// written with, nor of hex, white space left out. Markers and echoes are such runs themselves.
pub(super) fn is_bare(text: &str, shortest: usize) -> bool {
    let bytes = shortest.min(PIECE);
    let (enough, enough_hex) = ((bytes * 4).div_ceil(3), bytes * 2);
    let (mut run, mut hex) = (0, 0);
    text.bytes().all(|byte| {
        match byte {
            b' ' => {}
            byte if is_base64(byte) || matches!(byte, b'-' | b'_') => run += 1,
            _ => run = 0,
        }
        match byte {
            byte if byte.is_ascii_hexdigit() => hex += 1,
            byte if byte.is_ascii_alphabetic() && !matches!(byte, b'x' | b'X') => hex = 0,
            _ => {}
        }
        matches!(byte, b' '..=b'~')
            && !matches!(byte, b'%' | b'\\' | b'&' | b'=')
            && run < enough
            && hex < enough_hex
    })
}

/// Where the echo of a request begins in a text.
pub(super) fn echo(text: &View) -> Option<usize> {
    let folded = peel(text, Kinds::NONE, Controls::Drop).view;
    let found = ECHOES.iter().filter_map(|echo| {
        let at = find_ignoring_case(&folded.bytes, seen(echo).as_bytes())?;
        Some(folded.at(at).0 as usize)
    });
    found.min()
}

/// Hides what stands between the markers of a PEM private key (RFC 7468). Where one of the markers
/// was cut off, as much as may be base64 is hidden, unless it may as well be words. Nothing, where a
/// window is what cut it off.
fn find_private_keys(view: &View, edges: &Edges, hidden: &mut Vec<Place>) -> Option<()> {
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
            (None, None) => return Some(()),
            (Some(begin), Some(end)) => begin.end..end.start,
            (Some(begin), None) => {
                let size = bytes[begin.end..]
                    .iter()
                    .take_while(|b| is_base64(**b))
                    .count();
                let body = begin.end..begin.end + size;
                let goes_on = view.is_open && body.end + CUT_ESCAPE >= bytes.len();
                let begins_before = |next| view.at(begin.start).0 < next + CUT_BEFORE;
                if goes_on && edges.after.is_some_and(begins_before) {
                    return None;
                }
                body
            }
            (None, Some(end)) => {
                let before = bytes[at..end.start].iter().rev();
                let size = before.take_while(|b| is_base64(**b)).count();
                let body = end.start - size..end.start;
                let comes_from = |shared: &Range<u32>| {
                    view.at(body.start).0 < shared.start + CUT_BEFORE
                        && view.at(end.end - 1).1 + CUT_BEFORE > shared.end
                };
                if edges.before.as_ref().is_some_and(comes_from) {
                    return None;
                }
                body
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
