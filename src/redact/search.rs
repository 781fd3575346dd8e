//! Where in a text there is what must not be shown.

use std::ops::Range;

use super::index::{Index, PIECE};
use super::layers::{Groups, backslash, percent};
use super::seen::seen;
use super::view::View;

/// What Alibaba Cloud's SignatureDoesNotMatch puts before the request it received, private key and
/// all: the first for RPC, the others for ACS3.
const ECHOES: [&str; 3] = [
    "server string to sign is",
    "server StringToSign is",
    "CanonicalRequest",
];

pub(super) fn search(view: &View, layers: u32, index: &Index, hidden: &mut Vec<Range<usize>>) {
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

/// Whether nothing in a text can stand for something else of at least `shortest` bytes, be a marker of
/// a key or the beginning of an echo: it is ASCII without escapes, and has no long run of what base64 and
/// hex are written with, white space left out. Markers and echoes are such runs themselves.
pub(super) fn is_bare(text: &str, shortest: usize) -> bool {
    let enough = (shortest.min(PIECE) * 4).div_ceil(3);
    let mut run = 0;
    text.bytes().all(|byte| {
        run = match byte {
            b' ' => run,
            byte if is_base64(byte) || matches!(byte, b'-' | b'_') => run + 1,
            _ => 0,
        };
        matches!(byte, b' '..=b'~') && !matches!(byte, b'%' | b'\\') && run < enough
    })
}

fn find_in(folded: &View, index: &Index, hidden: &mut Vec<Range<usize>>) {
    index.find(folded, hidden);
    find_private_keys(folded, hidden);
}

/// Where the echo of a request begins in the text that was folded.
pub(super) fn echo(folded: &View) -> Option<usize> {
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
