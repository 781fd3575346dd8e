//! Lists that come in pages: by number, by offset or by token, as each product has it.

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
    /// So many items are there in all.
    Total(usize),
    /// The next page's token; none, or an empty one, ends the list.
    Token(Option<String>),
    /// It should say, and does not.
    Unsaid,
}

/// A list that is being read.
#[derive(Debug)]
pub struct Pages<T> {
    items: Vec<T>,
    cursor: Cursor,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Pages {
            items: Vec::new(),
            cursor: Cursor::default(),
        }
    }
}

impl<T> Pages<T> {
    /// Where the next page begins.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Takes a page; says whether there is another one to read.
    ///
    /// # Errors
    /// Why the list is cut short: a page is empty, or a token comes again, though more is announced;
    /// or nobody knows whether it is.
    pub fn take(&mut self, page: Page<T>) -> Result<bool, String> {
        let got = page.items.len();
        self.items.extend(page.items);
        let have = self.items.len();
        self.cursor.number += 1;
        self.cursor.offset = have;
        match page.rest {
            Rest::Total(total) if have >= total => Ok(false),
            Rest::Total(total) if got == 0 => Err(format!(
                "the list is cut short: {have} of {total} items came"
            )),
            Rest::Total(_) => Ok(true),
            Rest::Unsaid => Err("the answer does not say how many items there are".into()),
            Rest::Token(token) => {
                let next = token.filter(|token| !token.is_empty());
                if next.is_some() && next == self.cursor.token {
                    return Err(format!(
                        "the list is cut short: after {have} items the same page is offered again"
                    ));
                }
                self.cursor.token = next;
                Ok(self.cursor.token.is_some())
            }
        }
    }

    /// What was read.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: std::ops::Range<u32>, rest: Rest) -> Page<u32> {
        Page {
            items: items.collect(),
            rest,
        }
    }

    #[test]
    fn a_list_goes_on_until_everything_announced_is_there() {
        let mut pages = Pages::default();
        assert_eq!(pages.take(page(0..20, Rest::Total(45))), Ok(true));
        assert_eq!((pages.cursor().number, pages.cursor().offset), (2, 20));
        assert_eq!(pages.take(page(20..40, Rest::Total(45))), Ok(true));
        assert_eq!(pages.take(page(40..45, Rest::Total(45))), Ok(false));
        assert_eq!(pages.into_items().len(), 45);
    }

    #[test]
    fn an_empty_page_before_the_end_is_an_error() {
        let mut pages = Pages::default();
        assert_eq!(pages.take(page(0..20, Rest::Total(45))), Ok(true));
        let cut = pages.take(page(0..0, Rest::Total(45)));
        assert_eq!(
            cut.unwrap_err(),
            "the list is cut short: 20 of 45 items came"
        );
        assert_eq!(Pages::default().take(page(0..0, Rest::Total(0))), Ok(false));
    }

    #[test]
    fn a_token_leads_on_once() {
        let token = |text: &str| Rest::Token(Some(text.to_owned()));
        let mut pages = Pages::default();
        assert_eq!(pages.take(page(0..2, token("a"))), Ok(true));
        assert_eq!(pages.cursor().token.as_deref(), Some("a"));
        assert!(pages.take(page(2..4, token("a"))).is_err());
        let mut pages = Pages::default();
        assert_eq!(pages.take(page(0..0, token("a"))), Ok(true));
        assert_eq!(pages.take(page(0..2, token(""))), Ok(false));
    }
}
