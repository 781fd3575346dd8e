//! Lists of any action, read to their end: how its pages go on is recognised from the answer.
//!
//! A token (`NextToken`, `Marker`), a page's number (`PageNumber`, `CurrentPage`) or an offset
//! leads to the next page; a total says how much there is. Of a first answer's arrays the one
//! that holds the items is found by its size.
#![deny(clippy::disallowed_methods)]

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use crate::cloud::Cloud;
use crate::providers::page::{Page, Pages, Rest};
use crate::providers::{Params, Value};
use crate::sign::canonical::sha256_hex;

/// Members that lead to the next page, and the parameter that takes each.
const TOKENS: [(&str, &str); 3] = [
    ("NextToken", "NextToken"),
    ("NextPageToken", "PageToken"),
    ("Marker", "Marker"),
];

/// Members that say how many items there are.
const TOTALS: [&str; 5] = [
    "TotalCount",
    "Total",
    "TotalNum",
    "AllCount",
    "TotalRecordCount",
];

/// Parameters that name a page by its number; answers call it the same.
const NUMBERS: [&str; 4] = ["PageNumber", "CurrentPage", "PageNum", "PageNo"];

/// The sizes that go with [`NUMBERS`].
const SIZES: [&str; 3] = ["PageSize", "ShowSize", "MaxResults"];

/// The size that goes with [`OFFSET`].
const LIMIT: &str = "Limit";

/// The parameter that counts the items before a page.
const OFFSET: &str = "Offset";

/// How deep inside of an answer the items may be.
const DEPTH: usize = 4;

/// Where a member stands: the keys that lead to it.
type Path = Vec<String>;

/// A list that is being read.
pub struct List<'a> {
    cloud: Cloud,
    /// The parameters of the first call.
    asked: &'a Params,
    /// Where the items are, where that was said or is known by now.
    items: Option<Path>,
    way: Option<Way>,
    pages: Pages<Json>,
    first: Option<Json>,
    /// The pages that came. Items of just any action may be the same, whole pages may not.
    seen: HashSet<String>,
}

/// What leads from a page to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    Token(&'static str),
    Number(&'static str),
    Offset,
}

/// What an answer says of paging, in its outermost object or in the one that holds the list.
struct Marks<'j> {
    place: Path,
    object: &'j Map<String, Json>,
}

impl<'a> List<'a> {
    /// A list that the call with the parameters `asked` begins; `items` says where they are.
    ///
    /// # Errors
    /// Where the call itself names a page.
    pub fn new(cloud: Cloud, asked: &'a Params, items: Option<&str>) -> Result<Self, String> {
        let tokens = TOKENS.iter().map(|(_, param)| (*param, ""));
        let numbers = NUMBERS.iter().map(|param| (*param, "1"));
        for (param, beginning) in tokens.chain(numbers).chain([(OFFSET, "0")]) {
            let given = match asked.find(param) {
                None => continue,
                Some(Value::Text(text)) => text.clone(),
                Some(Value::Int(number)) => number.to_string(),
                Some(_) => String::new(),
            };
            if given != beginning {
                return Err(format!(
                    "{param} selects one page, but --paginate reads all pages"
                ));
            }
        }
        Ok(List {
            cloud,
            asked,
            items: items.map(|path| path.split('.').map(str::to_owned).collect()),
            way: None,
            pages: Pages::new(usize::MAX),
            first: None,
            seen: HashSet::new(),
        })
    }

    /// Takes an answer; returns the parameters of the next call, where there has to be one.
    ///
    /// # Errors
    /// Why the list is not complete, or cannot be told to be.
    pub fn take(&mut self, mut answer: Json) -> Result<Option<Params>, String> {
        if let (None, Some(path)) = (&self.first, &self.items)
            && find(&answer, path).is_none()
        {
            return Err(format!("the answer has no list {}", path.join(".")));
        }
        let rest = self.rest(&answer)?;
        let items = match &self.items {
            Some(path) => taken(&mut answer, path)?,
            None => Vec::new(),
        };
        if !items.is_empty() && !self.seen.insert(digest(&items)) {
            let have = self.pages.cursor().offset;
            return Err(format!(
                "the list is incomplete: after {have} items the same page was returned again"
            ));
        }
        if self.first.is_none() {
            let told = marks(&answer).and_then(|marks| marks.size());
            let size = match self.way {
                Some(Way::Token(_)) => None,
                _ => self.asked_size().or(told),
            };
            self.pages = Pages::new(size.unwrap_or(usize::MAX));
        }
        let more = self.pages.take(Page { items, rest }, |_| String::new());
        let more = more.map_err(|broken| broken.reason)?;
        if self.first.is_none() {
            self.first = Some(answer);
        }
        let cursor = self.pages.cursor();
        let (param, value) = match (&self.way, more) {
            (_, false) => return Ok(None),
            (Some(Way::Token(param)), true) => (
                *param,
                Value::Text(cursor.token.clone().unwrap_or_default()),
            ),
            (Some(Way::Number(param)), true) => (*param, self.number(cursor.number.into())),
            (Some(Way::Offset), true) => (OFFSET, self.number(cursor.offset as i64)),
            (None, true) => unreachable!("an answer was read, so the way is known"),
        };
        Ok(Some(self.asked.clone().replaced(param, value)))
    }

    /// The first answer with all the items in it, and without what told its page from others.
    pub fn whole(self) -> Json {
        let mut whole = self.first.unwrap_or_default();
        let place = marks(&whole).map(|marks| marks.place).unwrap_or_default();
        if let Some(object) = object_at(&mut whole, &place) {
            let tokens = TOKENS.iter().map(|(member, _)| *member);
            for member in tokens.chain(NUMBERS).chain(SIZES).chain(["IsTruncated"]) {
                object.shift_remove(member);
            }
        }
        if let Some((last, outer)) = self.items.as_deref().and_then(<[String]>::split_last)
            && let Some(object) = object_at(&mut whole, outer)
        {
            object.insert(last.clone(), Json::Array(self.pages.into_items()));
        }
        whole
    }

    /// How many items a page the call asks for, where it does.
    fn asked_size(&self) -> Option<usize> {
        let mut sizes = SIZES.iter().chain(&[LIMIT]);
        sizes.find_map(|param| match self.asked.find(param)? {
            Value::Int(number) => usize::try_from(*number).ok(),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// A page's number or offset, in the type in which the call gives the page's size: some actions
    /// of Tencent Cloud want text.
    fn number(&self, number: i64) -> Value {
        let text = [LIMIT, "PageSize", OFFSET]
            .iter()
            .any(|param| matches!(self.asked.find(param), Some(Value::Text(_))));
        match text {
            true => Value::Text(number.to_string()),
            false => Value::Int(number),
        }
    }

    /// What comes after this answer; finds out, at the first one, where its items are and what
    /// leads on.
    fn rest(&mut self, answer: &Json) -> Result<Rest, String> {
        let Some(marks) = marks(answer) else {
            return match self.first {
                None => Err(UNKNOWN.into()),
                Some(_) => Err("a page without a total or a token came".into()),
            };
        };
        let token = marks.token();
        if self.items.is_none() {
            self.items = self.items_of(answer, &marks)?;
        }
        let size = self.items.as_ref().map_or(0, |path| size_at(answer, path));
        let total = marks.total(size);
        if self.way.is_none() {
            self.way = Some(self.way_of(&marks, token.as_ref()));
        }
        let have = self.pages.cursor().offset + size;
        match (&self.way, token, total) {
            (Some(Way::Token(_)), Some((_, token)), total) => {
                if let (true, Some(total)) = (token.is_empty(), total)
                    && have < total
                {
                    return Err(format!(
                        "the list is incomplete: received {have} of {total} items"
                    ));
                }
                Ok(Rest::Token(Some(token)))
            }
            (Some(Way::Token(_)), None, _) => Ok(Rest::Token(None)),
            (_, Some((_, token)), None) if token.is_empty() => Ok(Rest::Token(None)),
            (_, _, Some(total)) => Ok(Rest::Total(total)),
            // No total: a page that is not full is the last.
            (_, _, None) => match marks.size() {
                Some(full) if size >= full => Ok(Rest::Open),
                Some(_) => Ok(Rest::Total(have)),
                None => Err(UNKNOWN.into()),
            },
        }
    }

    /// What leads on. Where nothing says so it is what most of the cloud's products have; one that
    /// does not answers with the same page again.
    fn way_of(&self, marks: &Marks<'_>, token: Option<&(&'static str, String)>) -> Way {
        if let Some((param, token)) = token
            && !token.is_empty()
        {
            return Way::Token(param);
        }
        let asked = |param: &&&str| self.asked.find(param).is_some();
        let told = |param: &&&str| marks.object.contains_key(**param);
        let number = NUMBERS
            .iter()
            .find(asked)
            .or_else(|| NUMBERS.iter().find(told));
        match (number, self.cloud) {
            _ if self.asked.find(OFFSET).is_some() => Way::Offset,
            (Some(param), _) => Way::Number(param),
            (None, Cloud::Tencent | Cloud::Ucloud) => Way::Offset,
            (None, Cloud::Alibaba) => {
                let shown =
                    self.asked.find("ShowSize").is_some() || marks.object.contains_key("ShowSize");
                Way::Number(if shown { "CurrentPage" } else { "PageNumber" })
            }
        }
    }

    /// The array that holds the items.
    fn items_of(&self, answer: &Json, marks: &Marks<'_>) -> Result<Option<Path>, String> {
        let mut arrays = Vec::new();
        find_arrays(answer, &mut Vec::new(), &mut arrays);
        let filled = |(_, size): &&(Path, usize)| *size > 0;
        let candidates: Vec<_> = match arrays.iter().filter(filled).count() {
            0 => arrays,
            _ => arrays.into_iter().filter(|array| filled(&array)).collect(),
        };
        let fits =
            |(_, size): &&(Path, usize)| [marks.total(*size), marks.size()].contains(&Some(*size));
        let mut fitting = candidates.iter().filter(fits);
        match (&candidates[..], fitting.next(), fitting.next()) {
            ([], ..) => Ok(None),
            ([(path, _)], ..) | (_, Some((path, _)), None) => Ok(Some(path.clone())),
            (several, ..) => {
                let names: Vec<_> = several.iter().map(|(path, _)| path.join(".")).collect();
                Err(format!(
                    "the answer has several lists; choose one with --paginate={}",
                    names.join(" or ")
                ))
            }
        }
    }
}

/// Why an answer cannot be paged.
const UNKNOWN: &str = "the answer does not show whether there are more pages (no total, token or \
                       page number); remove --paginate";

impl Marks<'_> {
    fn token(&self) -> Option<(&'static str, String)> {
        let (member, param) = TOKENS
            .iter()
            .find(|(member, _)| self.object.contains_key(*member))?;
        let truncated = self.object.get("IsTruncated").and_then(Json::as_bool);
        let token = match truncated {
            Some(false) => "",
            _ => self.object[*member].as_str().unwrap_or_default(),
        };
        Some((param, token.to_owned()))
    }

    /// How many items there are in all, by an answer that has `size` of them. `Count` beside a
    /// page's number is all of them or only those of the page; it is believed where it is more.
    fn total(&self, size: usize) -> Option<usize> {
        let total = |member: &&str| whole_number(self.object.get(*member)?);
        let count = || match self.object.contains_key("PageNumber") {
            true => whole_number(self.object.get("Count")?).filter(|count| *count > size),
            false => None,
        };
        TOTALS.iter().find_map(total).or_else(count)
    }

    fn size(&self) -> Option<usize> {
        let size = |member: &&str| whole_number(self.object.get(*member)?);
        SIZES.iter().find_map(size)
    }
}

/// Tells a page from others.
fn digest(items: &[Json]) -> String {
    let texts: Vec<String> = items.iter().map(Json::to_string).collect();
    sha256_hex(texts.join("\n"))
}

/// A number, or text that is one.
fn whole_number(value: &Json) -> Option<usize> {
    match value {
        Json::Number(number) => usize::try_from(number.as_u64()?).ok(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The outermost object that says something of paging.
fn marks(answer: &Json) -> Option<Marks<'_>> {
    fn says(object: &Map<String, Json>) -> bool {
        let tokens = TOKENS.iter().map(|(member, _)| *member);
        let mut members = tokens.chain(TOTALS).chain(NUMBERS);
        members.any(|member| object.contains_key(member))
    }
    let object = answer.as_object()?;
    if says(object) {
        return Some(Marks {
            place: Path::new(),
            object,
        });
    }
    object.iter().find_map(|(key, inner)| {
        let object = inner.as_object().filter(|object| says(object))?;
        Some(Marks {
            place: vec![key.clone()],
            object,
        })
    })
}

/// Every array that objects lead to, with its size.
fn find_arrays(value: &Json, path: &mut Path, found: &mut Vec<(Path, usize)>) {
    match value {
        Json::Array(items) => found.push((path.clone(), items.len())),
        Json::Object(members) if path.len() < DEPTH => {
            for (key, inner) in members {
                path.push(key.clone());
                find_arrays(inner, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn find<'j>(answer: &'j Json, path: &[String]) -> Option<&'j Json> {
    path.iter().try_fold(answer, |value, key| value.get(key))
}

fn size_at(answer: &Json, path: &[String]) -> usize {
    let value = find(answer, path);
    value.and_then(Json::as_array).map_or(0, Vec::len)
}

fn object_at<'j>(value: &'j mut Json, path: &[String]) -> Option<&'j mut Map<String, Json>> {
    let inner = path
        .iter()
        .try_fold(value, |value, key| value.get_mut(key))?;
    inner.as_object_mut()
}

/// Takes the items out of an answer; where the last page leaves the list out, there are none.
fn taken(answer: &mut Json, path: &[String]) -> Result<Vec<Json>, String> {
    let place = path
        .iter()
        .try_fold(answer, |value, key| value.get_mut(key));
    match place.map(Json::take) {
        Some(Json::Array(items)) => Ok(items),
        Some(Json::Null) | None => Ok(Vec::new()),
        Some(_) => Err(format!("{} is not a list", path.join("."))),
    }
}
