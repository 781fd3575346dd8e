//! The secrets of a run masked in its answer, whatever came to hold them: names and ids are a
//! cloud's words too.
#![deny(clippy::disallowed_methods)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::{Answer, Row, RowError};
use crate::redact::Redactor;

impl Answer {
    /// Masks every secret that `redactor` knows, in every text of the answer.
    pub fn mask(&mut self, redactor: &Redactor) {
        match self {
            Answer::Targets(document) => {
                let mut shared = Shared::default();
                for row in &mut document.rows {
                    mask_row(row, redactor, &mut shared);
                }
            }
            Answer::List(listing) => {
                for row in &mut listing.rows {
                    mask_json(row, redactor);
                }
                for value in listing.beside.values_mut() {
                    mask_json(value, redactor);
                }
                for told in &mut listing.failures {
                    mask_text(&mut told.sentence, redactor);
                }
            }
            Answer::Data { json, table } => {
                mask_json(json, redactor);
                for cell in table.iter_mut().flatten() {
                    mask_text(cell, redactor);
                }
            }
            Answer::Plan {
                json, rows, text, ..
            } => {
                mask_json(json, redactor);
                rows.iter_mut().for_each(|row| mask_json(row, redactor));
                mask_text(text, redactor);
            }
            Answer::Raw { json, .. } => mask_json(json, redactor),
            Answer::Text(_) => {}
        }
    }
}

/// What became of the texts that rows share: those of one call have them in common.
#[derive(Default)]
struct Shared(HashMap<*const u8, (Rc<str>, Rc<str>)>);

impl Shared {
    fn masked(&mut self, text: &Rc<str>, redactor: &Redactor) -> Rc<str> {
        let known = self.0.entry(text.as_ptr()).or_insert_with(|| {
            let masked = match redactor.mask(text) {
                Cow::Owned(masked) => Rc::from(masked),
                Cow::Borrowed(_) => Rc::clone(text),
            };
            // Kept, so that its address is nobody else's.
            (Rc::clone(text), masked)
        });
        Rc::clone(&known.1)
    }
}

fn mask_row(row: &mut Row, redactor: &Redactor, shared: &mut Shared) {
    mask_text(&mut row.target, redactor);
    for text in [
        &mut row.certificate,
        &mut row.identifier,
        &mut row.load_balancer,
        &mut row.resource_type,
        &mut row.account,
        &mut row.region,
    ] {
        text.iter_mut().for_each(|text| mask_text(text, redactor));
    }
    let texts = [&mut row.record, &mut row.request_id, &mut row.note];
    for text in texts.into_iter().flatten() {
        *text = shared.masked(text, redactor);
    }
    if let Some(error) = &mut row.error {
        let shown = |text: &str| redactor.mask(text).into_owned();
        let masked = RowError {
            code: error.code.as_deref().map(shown),
            message: shown(&error.message),
            ..RowError::clone(error)
        };
        if masked.code != error.code || masked.message != error.message {
            *error = Rc::new(masked);
        }
    }
}

/// Masks the texts of a value, and the names of its members.
pub(super) fn mask_json(value: &mut Json, redactor: &Redactor) {
    match value {
        Json::String(text) => mask_text(text, redactor),
        Json::Array(items) => items.iter_mut().for_each(|item| mask_json(item, redactor)),
        Json::Object(members) => {
            members
                .values_mut()
                .for_each(|member| mask_json(member, redactor));
            redactor.mask_names(members);
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn mask_text(text: &mut String, redactor: &Redactor) {
    if let Cow::Owned(masked) = redactor.mask(text) {
        *text = masked;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cloud::Cloud;
    use crate::fault::Kind;
    use crate::output::Document;
    use crate::products::{Outcome, Reason};
    use crate::secret::Secret;

    const SECRET: &str = "sandboxAlibabaSecret0000000001";

    fn redactor() -> Redactor {
        let redactor = Redactor::new();
        redactor.learn(&Secret::new(SECRET.to_owned()));
        redactor
    }

    /// Whatever part of a row a cloud's words get into; rows of one call share texts.
    #[test]
    fn no_part_of_a_row_is_left_out() {
        let told: Rc<str> = format!("it says {SECRET}").into();
        let reason = Reason {
            code: Some(SECRET.to_owned()),
            ..Reason::new(Kind::Refused, told.to_string(), "read it")
        };
        let row = |target: &str| Row {
            certificate: Some(SECRET.to_owned()),
            identifier: Some(SECRET.to_owned()),
            load_balancer: Some(SECRET.to_owned()),
            resource_type: Some(SECRET.to_owned()),
            region: Some(SECRET.to_owned()),
            record: Some(Rc::clone(&told)),
            request_id: Some(Rc::clone(&told)),
            note: Some(Rc::clone(&told)),
            ..Row::new(Cloud::Alibaba, "cdn", "Set", target)
                .of(&Outcome::Refuted(reason.clone()).into())
        };
        let rows = vec![row("a.com"), row(SECRET), row("b.com")];
        let mut answer = Answer::Targets(Document::new("cdn set", rows));
        answer.mask(&redactor());
        let Answer::Targets(document) = &answer else {
            unreachable!("it was made as one")
        };
        let shown = serde_json::to_string(document).expect("plain data");
        assert!(!shown.contains(SECRET), "{shown}");
        // Ten texts of each row, and a target.
        assert_eq!(shown.matches("****").count(), 31, "{shown}");
    }

    #[test]
    fn the_texts_of_a_value_are_masked_and_the_names_of_members() {
        let twice = format!("{SECRET} ");
        let mut value = json!({"names": [SECRET, "a.com"], "inner": {"note": SECRET}, "days": 3,
            "by key": {SECRET: 1, "other": {(SECRET): [SECRET]}, (twice): 2}});
        mask_json(&mut value, &redactor());
        let masked = json!({"names": ["****", "a.com"], "inner": {"note": "****"}, "days": 3,
            "by key": {"****": 1, "other": {"****": ["****"]}, "**** ": 2}});
        assert_eq!(value, masked);
    }
}
