//! A long text is looked at in windows that overlap, so that a look takes little memory however long
//! the text is.
//!
//! What is found in a text is found in its windows: a trace of a secret is shorter than what two
//! windows share, or it is told that it may not be, and then the whole text is hidden.

use super::index::Index;
use super::search::{Edges, Search, echo};
use super::view::{Place, View};

/// What is to be hidden of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// These places, in order; and all from where the echo of a request begins, if there is one.
    Places(Vec<Place>, Option<usize>),
    /// All of it.
    Everything,
}

/// How a text is cut into windows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    /// Bytes in a window.
    pub(super) size: usize,
    /// Bytes that a window has in common with the next one.
    pub(super) shared: usize,
}

impl Windows {
    /// Room for a private key, however it is written, and for ten characters with thousands of others
    /// between them that go unseen.
    pub(super) const USUAL: Windows = Windows {
        size: 128 * 1024,
        shared: 32 * 1024,
    };

    /// Looks through a text.
    pub(super) fn search(self, text: &str, index: &Index) -> Found {
        let mut hidden: Vec<Place> = Vec::new();
        let (mut start, mut before) = (0_usize, None);
        loop {
            let end = boundary(text, start.saturating_add(self.size));
            let next = boundary(text, end - self.shared.min(end));
            let is_last = end == text.len();
            let mut view = View::of(text, start..end);
            let echo = echo(&view);
            if let Some(at) = echo {
                view.truncate(at - start);
            }
            let is_last = is_last || echo.is_some();
            let edges = Edges {
                before: before.take(),
                after: (!is_last).then_some(next as u32),
            };
            let Some(found) = Search::of(&view, index, edges) else {
                return Found::Everything;
            };
            hidden.extend(joined(found));
            if is_last {
                let mut places = joined(hidden);
                if let Some(at) = echo {
                    // The window before may have seen less of it.
                    places.retain(|(start, _)| (*start as usize) < at);
                    if let Some(last) = places.last_mut() {
                        last.1 = last.1.min(at as u32);
                    }
                }
                return Found::Places(places, echo);
            }
            before = Some(next as u32..end as u32);
            start = next;
        }
    }
}

/// The places in order, those that touch as one.
fn joined(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_unstable();
    places.dedup_by(|(start, end), (_, before)| {
        let touches = *start <= *before;
        if touches {
            *before = (*before).max(*end);
        }
        touches
    });
    places
}

/// The first character's beginning from there on.
fn boundary(text: &str, at: usize) -> usize {
    (at..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len())
}
