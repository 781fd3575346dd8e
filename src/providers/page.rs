//! Lists that come in pages: by number, by offset or by token, as each product has it.
//!
//! A list is whole or it is an error. What a page may not do: repeat an item or a token, hold more
//! than was asked for, announce another total than the page before, end before what was announced
//! has come, or go on without an end.

use std::collections::HashSet;

/// The most pages of a list: a server that always has another one is not believed.
pub const MAX_PAGES: u32 = 10_000;

/// The most items of a list.
pub const MAX_ITEMS: usize = 1_000_000;

/// How often a list is read that changes meanwhile, until it is an error.
pub const READINGS: u32 = 3;

/// Where the next page begins, in every way in which a product counts.
#[derive(Clone, Debug)]
pub struct Cursor {
    /// The page, from 1.
    pub number: u32,
    /// The items before it.
    pub offset: usize,
    /// The token that the last page gave.
    pub token: Option<String>,
}

impl Default for Cursor {
    fn default() -> Self {
        Cursor {
            number: 1,
            offset: 0,
            token: None,
        }
    }
}

/// A page, opened.
#[derive(Debug)]
pub struct Page<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// What comes after it.
    pub rest: Rest,
}

/// How an answer says whether there is more.
#[derive(Debug, PartialEq, Eq)]
pub enum Rest {
    /// So many items are there in all. Some products have it count the page, so that a full page
    /// is not taken for the last one because its own count says so.
    Total(usize),
    /// A page has a part of each of several lists, cut at one offset: it may hold more than was
    /// asked for, and an item may come again.
    Parts {
        /// So many items are there in all.
        total: usize,
        /// So many has the longest part.
        longest: usize,
    },
    /// The next page's token; none, or an empty one, ends the list.
    Token(Option<String>),
    /// Nothing says so: the first empty page ends the list.
    Open,
    /// It should say, and does not.
    Unsaid,
}

/// Why what was read is not the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// In words.
    pub reason: String,
    /// Whether the list may only have changed while it was read, so that reading it anew may do.
    pub passing: bool,
}

/// What the announced total counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    /// The list, as far as is known.
    All,
    /// The list or only the first page, which was full: the next page tells.
    AllOrPage,
    /// The items of each page.
    Page,
}

/// A list that is being read.
#[derive(Debug)]
pub struct Pages<T> {
    items: Vec<T>,
    cursor: Cursor,
    /// The items a page that are asked for.
    size: usize,
    seen: HashSet<String>,
    tokens: HashSet<String>,
    total: Option<usize>,
    counted: Counted,
}

impl<T> Pages<T> {
    /// A list of which so many items a page are asked for; `usize::MAX` where nobody knows.
    pub fn new(size: usize) -> Self {
        Pages {
            items: Vec::new(),
            cursor: Cursor::default(),
            size,
            seen: HashSet::new(),
            tokens: HashSet::new(),
            total: None,
            counted: Counted::All,
        }
    }

    /// Where the next page begins.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Takes a page; says whether there is another one to read. `key` tells items apart; one
    /// without a key (an empty text) may come any number of times.
    ///
    /// # Errors
    /// Why the list is not whole, or cannot be told to be.
    pub fn take(&mut self, page: Page<T>, key: impl Fn(&T) -> String) -> Result<bool, Broken> {
        let got = page.items.len();
        let in_parts = matches!(page.rest, Rest::Parts { .. });
        let before = self.items.len();
        for item in page.items {
            let key = key(&item);
            if key.is_empty() || self.seen.insert(key.clone()) {
                self.items.push(item);
            } else if !in_parts {
                return Err(changes(format!(
                    "page {} has {key} again: the list changed during reading, or the cloud \
                     ignores the requested page",
                    self.cursor.number
                )));
            }
        }
        let have = self.items.len();
        if have > MAX_ITEMS {
            return Err(lasting(format!("the list has more than {MAX_ITEMS} items")));
        }
        let mut offset = have;
        let goes_on = match page.rest {
            Rest::Total(total) => self.counted(total, got)?,
            Rest::Parts { total, longest } => {
                // What is shorter than asked for was cut by the server.
                offset = self.cursor.offset + longest.min(self.size);
                self.in_parts(total, have > before)?
            }
            Rest::Token(token) => self.led_on(token, got)?,
            Rest::Open => {
                self.fits(got)?;
                got > 0
            }
            Rest::Unsaid => {
                return Err(lasting(
                    "the answer does not contain the number of items".into(),
                ));
            }
        };
        if goes_on && self.cursor.number >= MAX_PAGES {
            return Err(lasting(format!(
                "the list does not end: read {MAX_PAGES} pages"
            )));
        }
        self.cursor.offset = offset;
        self.cursor.number += 1;
        Ok(goes_on)
    }

    /// What was read.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// Whether there is more, by a total.
    fn counted(&mut self, total: usize, got: usize) -> Result<bool, Broken> {
        let full = got >= self.size;
        let Some(known) = self.total else {
            self.total = Some(total);
            if got > self.size && total == got {
                // It came whole, whatever was asked for.
                return Ok(false);
            }
            self.fits(got)?;
            if full && total == got {
                self.counted = Counted::AllOrPage;
                return Ok(true);
            }
            return self.until(total, got);
        };
        self.fits(got)?;
        match self.counted {
            Counted::AllOrPage | Counted::Page if got == 0 => Ok(false),
            Counted::AllOrPage | Counted::Page if total == got => {
                self.counted = Counted::Page;
                Ok(full)
            }
            _ if total != known => Err(changes(format!(
                "the list changed during reading: first the cloud announced {known} items, then \
                 {total}"
            ))),
            _ => self.until(total, got),
        }
    }

    fn until(&self, total: usize, got: usize) -> Result<bool, Broken> {
        let have = self.items.len();
        match have {
            _ if have == total => Ok(false),
            _ if have > total => Err(changes(format!(
                "the list is incomplete: received {have} items, expected {total}"
            ))),
            _ if got == 0 => Err(self.cut_short(total)),
            _ => Ok(true),
        }
    }

    fn in_parts(&mut self, total: usize, grown: bool) -> Result<bool, Broken> {
        let known = *self.total.get_or_insert(total);
        if known != total {
            return Err(changes(format!(
                "the list changed during reading: first the cloud announced {known} items, then \
                 {total}"
            )));
        }
        self.until(total, usize::from(grown))
    }

    fn led_on(&mut self, token: Option<String>, got: usize) -> Result<bool, Broken> {
        let next = token.filter(|token| !token.is_empty());
        if let Some(token) = &next {
            self.fits(got)?;
            if !self.tokens.insert(token.clone()) {
                return Err(changes(format!(
                    "the list is incomplete: after {} items the same page was returned again",
                    self.items.len()
                )));
            }
        }
        self.cursor.token = next;
        Ok(self.cursor.token.is_some())
    }

    /// A page that holds more than was asked for is not the page that was asked for.
    fn fits(&self, got: usize) -> Result<(), Broken> {
        match got > self.size {
            true => Err(changes(format!(
                "page {} has {got} items, but {} were requested",
                self.cursor.number, self.size
            ))),
            false => Ok(()),
        }
    }

    fn cut_short(&self, total: usize) -> Broken {
        lasting(format!(
            "the list is incomplete: received {} of {total} items",
            self.items.len()
        ))
    }
}

fn changes(reason: String) -> Broken {
    Broken {
        reason,
        passing: true,
    }
}

fn lasting(reason: String) -> Broken {
    Broken {
        reason,
        passing: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads pages of `size`; what came, or why not. Fails where pages are left or wanted.
    fn read(size: usize, pages: Vec<(std::ops::Range<u32>, Rest)>) -> Result<usize, String> {
        let mut list = Pages::new(size);
        let count = pages.len();
        for (at, (items, rest)) in pages.into_iter().enumerate() {
            let items = items.collect();
            let more = list
                .take(Page { items, rest }, u32::to_string)
                .map_err(|broken| broken.reason)?;
            assert_eq!(more, at + 1 < count, "after page {}", at + 1);
        }
        Ok(list.into_items().len())
    }

    fn token(text: &str) -> Rest {
        Rest::Token(Some(text.to_owned()))
    }

    #[test]
    fn a_list_goes_on_until_everything_announced_is_there() {
        let total = || Rest::Total(45);
        let pages = vec![(0..20, total()), (20..40, total()), (40..45, total())];
        assert_eq!(read(20, pages), Ok(45));
        // A server that gives less than it is asked for.
        let pages = vec![(0..7, Rest::Total(9)), (7..9, Rest::Total(9))];
        assert_eq!(read(20, pages), Ok(9));
        assert_eq!(read(20, vec![(0..0, Rest::Total(0))]), Ok(0));
        let mut list = Pages::new(20);
        let page = Page {
            items: (0..20).collect(),
            rest: total(),
        };
        assert_eq!(list.take(page, u32::to_string), Ok(true));
        assert_eq!((list.cursor().number, list.cursor().offset), (2, 20));
    }

    #[test]
    fn a_list_that_is_not_what_is_announced_is_an_error() {
        let cases = [
            (
                vec![(0..20, Rest::Total(45)), (20..20, Rest::Total(45))],
                "incomplete: received 20 of 45",
            ),
            (
                vec![(0..20, Rest::Total(45)), (0..20, Rest::Total(45))],
                "page 2 has 0 again",
            ),
            (
                vec![(0..20, Rest::Total(45)), (19..39, Rest::Total(45))],
                "page 2 has 19 again",
            ),
            (
                vec![(0..20, Rest::Total(45)), (20..40, Rest::Total(46))],
                "first the cloud announced 45 items, then 46",
            ),
            (
                vec![(0..20, Rest::Total(25)), (20..30, Rest::Total(25))],
                "received 30 items, expected 25",
            ),
            (
                vec![(0..21, Rest::Total(45))],
                "page 1 has 21 items, but 20",
            ),
            (vec![(0..3, Rest::Total(2))], "received 3 items, expected 2"),
            (vec![(0..3, Rest::Unsaid)], "does not contain the number"),
            (
                vec![(0..20, Rest::Open), (0..20, Rest::Open)],
                "page 2 has 0 again",
            ),
        ];
        for (pages, expected) in cases {
            let said = format!("{pages:?}");
            let reason = read(20, pages).unwrap_err();
            assert!(reason.contains(expected), "{said}: {reason}");
        }
    }

    #[test]
    fn a_list_may_be_as_long_as_is_believed_and_no_longer() {
        let of = |count: usize| {
            let page = Page {
                items: vec![(); count],
                rest: Rest::Total(count),
            };
            Pages::new(usize::MAX).take(page, |()| String::new())
        };
        assert_eq!(of(MAX_ITEMS), Ok(false));
        assert!(of(MAX_ITEMS + 1).unwrap_err().reason.contains("more than"));
    }

    #[test]
    fn an_empty_page_ends_a_list_whose_pages_are_counted() {
        let page = |items| (items, Rest::Total(20));
        let pages = vec![page(0..20), page(20..40), page(40..40)];
        assert_eq!(read(20, pages), Ok(40));
    }

    #[test]
    fn parts_that_bring_nothing_new_end_the_list() {
        let parts = || Rest::Parts {
            total: 3,
            longest: 2,
        };
        let reason = read(20, vec![(0..2, parts()), (0..2, parts())]).unwrap_err();
        assert!(reason.contains("incomplete: received 2 of 3"), "{reason}");
    }

    #[test]
    fn a_full_page_is_not_the_last_one_by_its_own_count() {
        let counts = |sizes: &[u32]| {
            let mut from = 0;
            let page = |size: &u32| {
                let items = from..from + size;
                from += size;
                (items, Rest::Total(*size as usize))
            };
            sizes.iter().map(page).collect::<Vec<_>>()
        };
        assert_eq!(read(20, counts(&[20, 20, 5])), Ok(45));
        assert_eq!(read(20, counts(&[20, 20, 0])), Ok(40));
        assert_eq!(read(20, counts(&[20, 0])), Ok(20));
        // A total of the list.
        assert_eq!(
            read(
                20,
                vec![(0..20, Rest::Total(20)), (20..20, Rest::Total(20))]
            ),
            Ok(20)
        );
        let more = vec![(0..20, Rest::Total(20)), (20..25, Rest::Total(20))];
        assert!(read(20, more).unwrap_err().contains("25 items"));
        let again = vec![(0..20, Rest::Total(20)), (0..20, Rest::Total(20))];
        assert!(read(20, again).unwrap_err().contains("page 2 has 0 again"));
        // What comes whole, whatever was asked for, is whole.
        assert_eq!(read(20, vec![(0..45, Rest::Total(45))]), Ok(45));
    }

    #[test]
    fn a_token_leads_on_once() {
        assert_eq!(read(2, vec![(0..2, token("a")), (2..4, token(""))]), Ok(4));
        assert_eq!(read(2, vec![(0..0, token("a")), (0..2, token(""))]), Ok(2));
        let cycle = vec![(0..2, token("a")), (2..4, token("b")), (4..6, token("a"))];
        assert!(read(2, cycle).unwrap_err().contains("returned again"));
        let again = vec![(0..2, token("a")), (0..2, token("b"))];
        assert!(read(2, again).unwrap_err().contains("page 2 has 0 again"));
        assert!(read(2, vec![(0..3, token("a"))]).is_err());
    }

    /// Eleven items of one list under a limit of 10, and of the others what the offset leaves.
    #[test]
    fn a_page_of_parts_goes_on_behind_what_was_asked_for() {
        let mut list = Pages::new(10);
        let rest = |longest| Rest::Parts { total: 40, longest };
        let parts = |items: std::ops::Range<u32>, longest| Page {
            items: items.collect(),
            rest: rest(longest),
        };
        assert_eq!(list.take(parts(0..26, 11), u32::to_string), Ok(true));
        assert_eq!(list.cursor().offset, 10);
        // A server that gives less than it is asked for.
        assert_eq!(list.take(parts(20..38, 7), u32::to_string), Ok(true));
        assert_eq!(list.cursor().offset, 17);
        assert_eq!(list.take(parts(38..40, 2), u32::to_string), Ok(false));
        assert_eq!(list.into_items(), (0..40).collect::<Vec<_>>());
        let same = vec![(0..26, rest(11)), (0..26, rest(11))];
        assert!(read(10, same).unwrap_err().contains("26 of 40"));
    }

    #[test]
    fn no_list_is_without_an_end() {
        let mut list = Pages::new(1);
        let page = |at: u32| Page {
            items: vec![at],
            rest: token(&at.to_string()),
        };
        for at in 1..MAX_PAGES {
            assert_eq!(list.take(page(at), u32::to_string), Ok(true));
        }
        let broken = list.take(page(MAX_PAGES), u32::to_string).unwrap_err();
        assert!(broken.reason.contains("does not end"), "{broken:?}");
        assert!(!broken.passing);
        let mut list = Pages::new(usize::MAX);
        let huge = Page {
            items: vec![(); MAX_ITEMS + 1],
            rest: Rest::Open,
        };
        assert!(list.take(huge, |()| String::new()).is_err());
    }

    #[test]
    fn an_item_without_a_key_may_come_again() {
        let mut list = Pages::new(2);
        for (total, more) in [(4, true), (4, false)] {
            let page = Page {
                items: vec!["same", "same"],
                rest: Rest::Total(total),
            };
            assert_eq!(list.take(page, |_| String::new()), Ok(more));
        }
    }
}
