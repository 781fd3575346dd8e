//! Answers of the right shape that are not true, as a scenario asks for them: a page that was not
//! asked for, a total that does not fit, numbers written as text.

use serde_json::{Value, json};

use super::actions::Data;
use super::request::Params;
use super::scenario::{Deed, Total};

/// The parameters that say which page is wanted.
const PAGES: [&str; 4] = ["PageNumber", "CurrentPage", "Offset", "NextToken"];

/// The names of the members that count a list's items.
const TOTALS: [&str; 3] = ["TotalCount", "Total", "Count"];

/// What a gateway makes of a request whose page it ignores.
pub fn of_first_page(params: &Params) -> Params {
    let mut params = params.clone();
    params.flat.retain(|(name, _)| !PAGES.contains(&&**name));
    params.json.retain(|name, _| !PAGES.contains(&&**name));
    params
}

/// The same call of somebody else, who has another client token.
pub fn of_another(params: &Params) -> Params {
    let mut params = params.clone();
    params.flat.retain(|(name, _)| name != "ClientToken");
    params
}

/// An answer with what the deed puts into it.
pub fn data(mut data: Data, deed: &Deed) -> Data {
    if let Some(total) = deed.total {
        miscount(&mut data, total);
    }
    if deed.request_id.is_some() {
        // Some actions repeat it among their own members.
        data.shift_remove("RequestId");
    }
    data
}

fn miscount(members: &mut Data, total: Total) {
    let items = members.values().find_map(items);
    for (name, value) in members.iter_mut() {
        if let Some(inner) = value.as_object_mut() {
            miscount(inner, total);
        }
        if let (true, Some(count)) = (TOTALS.contains(&name.as_str()), value.as_i64()) {
            *value = match total {
                Total::Page => json!(items.unwrap_or(0)),
                Total::OffBy(by) => json!((count + by).max(0)),
            };
        }
    }
}

/// How many items the list has that stands here, perhaps one level deeper.
fn items(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => members.values().find_map(items),
        _ => None,
    }
}

/// A JSON body in which every number is a text; any other body as it is.
pub fn numbers_as_text(body: &[u8]) -> Vec<u8> {
    fn quoted(value: &mut Value) {
        match value {
            Value::Number(number) => *value = Value::String(number.to_string()),
            Value::Array(items) => items.iter_mut().for_each(quoted),
            Value::Object(members) => members.values_mut().for_each(quoted),
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            quoted(&mut value);
            value.to_string().into_bytes()
        }
        Err(_) => body.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::reply::members;

    #[test]
    fn a_total_is_off_by_so_many_or_counts_the_page_wherever_it_stands() {
        let flat = || members(json!({ "TotalCount": 5, "DataSet": [1, 2] }));
        let deep = || members(json!({ "Model": { "Count": 5, "List": { "Cert": [1, 2] } } }));
        for (total, expected) in [
            (Total::OffBy(3), 8),
            (Total::OffBy(-9), 0),
            (Total::Page, 2),
        ] {
            let deed = Deed {
                total: Some(total),
                ..Deed::default()
            };
            assert_eq!(data(flat(), &deed)["TotalCount"], expected);
            assert_eq!(data(deep(), &deed)["Model"]["Count"], expected);
        }
    }

    #[test]
    fn every_number_becomes_a_text_and_nothing_else_does() {
        let body = br#"{"RetCode":0,"Rows":[{"Port":443,"On":true,"Name":"1"}]}"#;
        let text = r#"{"RetCode":"0","Rows":[{"Port":"443","On":true,"Name":"1"}]}"#;
        assert_eq!(numbers_as_text(body), text.as_bytes());
        assert_eq!(numbers_as_text(b"<a>1</a>"), b"<a>1</a>");
    }
}
