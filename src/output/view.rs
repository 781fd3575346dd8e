//! What is shown of an answer, and how: `--query`, `--columns`, and the forms that are lines.
#![deny(clippy::disallowed_methods)]

use serde_json::{Map, Value as Json};

use super::grid::{Grid, Head, Look};
use super::{Format, escaped};
use crate::error::Error;
use crate::fault::Kind;
use crate::ui::inert;

/// How many items of a list a table's cell shows.
const CELL_ITEMS: usize = 3;

/// How many brackets, operators and literals a query may have. One of the deepest kind takes a few
/// kilobytes of stack.
const QUERY_PARTS: usize = 500;

/// What was asked to be shown.
#[derive(Default)]
pub struct View {
    query: Option<jmespath::Expression<'static>>,
    columns: Option<Vec<String>>,
    /// Whether the columns are known to be keys of the rows.
    known: bool,
}

impl View {
    /// What `--query` (JMESPath, <https://jmespath.org>) and `--columns` ask for. `keys` are those that
    /// the command's rows can have, where that is known.
    ///
    /// # Errors
    /// The query cannot be parsed, or nests too deep; a column is no key.
    pub fn new(
        query: Option<&str>,
        columns: &[String],
        keys: Option<&[&str]>,
    ) -> Result<Self, Error> {
        // What a query finds has the keys that the query gives it.
        let keys = keys.filter(|_| query.is_none());
        if let Some(keys) = keys {
            check(columns, keys)?;
        }
        let query = query.map(|text| {
            if nests_too_deep(text) {
                return Err(Error::usage(
                    "--query: the expression nests too deep",
                    "ask for less in one expression: nothing was sent",
                ));
            }
            jmespath::compile(&with_quoted_literals(text)).map_err(|error| {
                let reason = error.reason.to_string();
                Error::usage(
                    format!(
                        "--query: invalid JMESPath expression: {reason} (at character {})",
                        error.offset + 1
                    ),
                    "quote it for the shell, such as --query 'results[].target': nothing was sent",
                )
            })
        });
        Ok(View {
            query: query.transpose()?,
            columns: (!columns.is_empty()).then(|| columns.to_vec()),
            known: keys.is_some(),
        })
    }

    /// Whether the answer is to be shown as it is.
    pub fn is_plain(&self) -> bool {
        self.query.is_none() && self.columns.is_none()
    }

    /// What the query makes of a document; the document itself where there is no query.
    fn queried(&self, document: Json) -> Result<Json, Error> {
        let Some(query) = &self.query else {
            return Ok(document);
        };
        let found = query.search(document).map_err(|error| {
            Error::usage(
                format!("--query: {}", error.reason),
                "the command itself finished; show the answer without --query",
            )
        })?;
        serde_json::to_value(&*found)
            .map_err(|error| Error::new(Kind::Bug, format!("--query: {error}"), Kind::Bug.hint()))
    }

    /// Writes a document in a form; `columns` are the default ones (header, key) of its results. A
    /// column that no result has is left empty and comes back as a warning: a key without a value
    /// is left out of a result, so that it need not be a mistake.
    ///
    /// # Errors
    /// The query cannot be asked of this document.
    pub fn render(
        &self,
        document: Json,
        columns: &[(String, String)],
        format: Format,
        look: Look,
    ) -> Result<(String, Option<String>), Error> {
        let shown = self.queried(document)?;
        let of_results = self.query.is_none();
        let names = self.columns.as_deref();
        // Of a command's own rows it is known what they can have.
        let names_of_query = names.filter(|_| !self.known);
        let mut warning = names_of_query.and_then(|names| absent(names, &shown, of_results));
        let column = |name: &String| (name.to_uppercase(), name.clone());
        let picked = names.map(|names| names.iter().map(column).collect::<Vec<_>>());
        if format == Format::Json {
            let shown = match &picked {
                Some(columns) => narrowed(shown, columns, of_results),
                None => shown,
            };
            return Ok((pretty(&shown), warning));
        }
        let rows = rows(&shown, of_results);
        let columns = match picked {
            Some(columns) => columns,
            None if of_results && !columns.is_empty() => columns.to_vec(),
            None => {
                let keys = keys(rows).into_iter();
                keys.map(|key| (key.to_uppercase(), key)).collect()
            }
        };
        let text = match format {
            Format::Json => unreachable!("written above"),
            Format::Ndjson => {
                let mut text = String::new();
                for row in rows {
                    let row = match &self.columns {
                        Some(_) => narrow(row, &columns).to_string(),
                        None => row.to_string(),
                    };
                    text.push_str(&escaped(&row));
                    text.push('\n');
                }
                text
            }
            Format::Csv => csv(rows, &columns)?,
            Format::Table | Format::Wide if names.is_some() && rows.iter().any(Json::is_object) => {
                let grid = grid(rows, &columns, look).chosen();
                let (text, lost) = grid.text(look);
                if !lost.is_empty() {
                    let lost = lost.join(", ");
                    warning = Some(format!(
                        "--columns: no room for {lost}: -o wide shows every column"
                    ));
                }
                text
            }
            Format::Table | Format::Wide => lines(rows, &columns, look),
        };
        Ok((text, warning))
    }
}

/// Refuses a column that no row of the command can have.
fn check(columns: &[String], keys: &[&str]) -> Result<(), Error> {
    let is_known = |name: &str| {
        let leads_to = |key: &&str| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        keys.contains(&name) || keys.iter().any(leads_to)
    };
    match columns.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(_) if keys.is_empty() => Err(Error::usage(
            "--columns: this command answers with text, which has no columns",
            "remove --columns: nothing was sent",
        )),
        Some(name) => Err(Error::usage(
            format!("--columns: there is no key '{name}' in this command's results"),
            format!("the keys are {}: nothing was sent", keys.join(", ")),
        )),
    }
}

/// Whether an expression would take the parser or the search deeper than a stack goes: each of these
/// characters leads in by at most one level.
fn nests_too_deep(expression: &str) -> bool {
    let mut count = 0;
    let mut rest = expression;
    while let Some(at) = rest.find(|c| "([{!&.|*`'\"".contains(c)) {
        let mark = &rest[at..=at];
        count += 1;
        rest = match mark {
            "`" | "'" | "\"" => match closing(&rest[at + 1..], mark) {
                Some(size) => &rest[at + 1 + size + 1..],
                None => "",
            },
            _ => &rest[at + 1..],
        };
    }
    count > QUERY_PARTS
}

/// The expression with quotation marks in those of its literals that are words: the standard wants
/// JSON between backticks, but `[?status==`failed`]` is what people write, since `aws` takes it.
fn with_quoted_literals(expression: &str) -> String {
    let mut written = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(start) = rest.find(['`', '\'', '"']) {
        let mark = &rest[start..=start];
        let Some(size) = closing(&rest[start + 1..], mark) else {
            break;
        };
        let inside = &rest[start + 1..start + 1 + size];
        written.push_str(&rest[..start]);
        let is_word = mark == "`" && serde_json::from_str::<Json>(inside).is_err();
        match is_word {
            true => written.push_str(&format!("`{}`", Json::from(inside.trim()))),
            false => written.push_str(&rest[start..start + size + 2]),
        }
        rest = &rest[start + size + 2..];
    }
    written + rest
}

/// How much stands before the mark that closes; one behind a backslash does not.
fn closing(text: &str, mark: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find(mark)?;
        let escapes = text[..at]
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count();
        if escapes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
    }
}

/// What there is to say of columns that no row has.
fn absent(names: &[String], shown: &Json, of_results: bool) -> Option<String> {
    let rows = rows(shown, of_results);
    let mut known = keys(rows);
    let there = |name: &String| {
        rows.is_empty() || known.contains(name) || rows.iter().any(|row| find(row, name).is_some())
    };
    let missing: Vec<&str> = names
        .iter()
        .filter(|name| !there(name))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return None;
    }
    known.sort();
    known.dedup();
    Some(format!(
        "--columns: unknown column {}; available: {}",
        missing.join(", "),
        known.join(", ")
    ))
}

/// The rows of a document's results; of anything else its elements, or itself.
fn rows(shown: &Json, of_results: bool) -> &[Json] {
    let results = shown.get("results").filter(|_| of_results);
    match results.unwrap_or(shown) {
        Json::Array(items) => items,
        Json::Null => &[],
        other => std::slice::from_ref(other),
    }
}

/// The keys of rows that are objects, in the order in which they appear.
fn keys(rows: &[Json]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for key in rows.iter().filter_map(Json::as_object).flat_map(Map::keys) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

/// A member, found by its key or by a path of keys with dots.
pub(super) fn find<'a>(row: &'a Json, key: &str) -> Option<&'a Json> {
    row.get(key)
        .or_else(|| key.split('.').try_fold(row, |value, part| value.get(part)))
        .filter(|value| !value.is_null())
}

fn narrow(row: &Json, columns: &[(String, String)]) -> Json {
    if !row.is_object() {
        return row.clone();
    }
    let member = |(_, key): &(String, String)| Some((key.clone(), find(row, key)?.clone()));
    Json::Object(columns.iter().filter_map(member).collect())
}

fn narrowed(mut shown: Json, columns: &[(String, String)], of_results: bool) -> Json {
    let narrow_all = |rows: &[Json]| rows.iter().map(|row| narrow(row, columns)).collect();
    match &mut shown {
        Json::Object(document) if of_results => {
            if let Some(Json::Array(rows)) = document.get_mut("results") {
                *rows = narrow_all(rows);
            }
            shown
        }
        Json::Array(rows) => Json::Array(narrow_all(rows)),
        other => narrow(other, columns),
    }
}

/// Indented by two spaces, as every document is.
fn pretty(value: &Json) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    escaped(&text).into_owned() + "\n"
}

/// RFC 4180, with a header line and LF line ends.
fn csv(rows: &[Json], columns: &[(String, String)]) -> Result<String, Error> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    let mut write = |cells: Vec<String>| {
        writer.write_record(&cells).map_err(|error| {
            Error::new(
                Kind::Bug,
                format!("cannot create CSV: {error}"),
                Kind::Bug.hint(),
            )
        })
    };
    if !columns.is_empty() {
        write(columns.iter().map(|(_, key)| unformulated(key)).collect())?;
    }
    for row in rows {
        write(match row {
            Json::Object(_) => columns
                .iter()
                .map(|(_, key)| find(row, key).map(csv_cell).unwrap_or_default())
                .collect(),
            Json::Array(cells) => cells.iter().map(csv_cell).collect(),
            other => vec![csv_cell(other)],
        })?;
    }
    let bytes = writer.into_inner().unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A value as a cell of CSV; numbers are left alone.
fn csv_cell(value: &Json) -> String {
    match value.is_number() {
        true => plain(value),
        false => unformulated(&plain(value)),
    }
}

/// A text for CSV. What a spreadsheet would take for a formula begins with an apostrophe, which makes
/// it text there.
fn unformulated(text: &str) -> String {
    let text = inert(text);
    match text.trim_start().starts_with(['=', '+', '-', '@']) {
        false => text.into_owned(),
        true => format!("'{text}"),
    }
}

/// A value as one text for programs.
fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) if !items.iter().any(|item| item.is_object() || item.is_array()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

/// A value as a table's cell, for people; of a list at most so many items.
fn cell(value: Option<&Json>, limit: usize) -> String {
    match value {
        None => "-".into(),
        Some(Json::Bool(true)) => "yes".into(),
        Some(Json::Bool(false)) => "no".into(),
        Some(Json::Array(items)) if items.is_empty() => "-".into(),
        Some(Json::Array(items)) => {
            let shown: Vec<String> = items.iter().take(limit).map(plain).collect();
            match items.len() - shown.len() {
                0 => shown.join(","),
                more => format!("{},+{more}", shown.join(",")),
            }
        }
        Some(value) => plain(value),
    }
}

/// A table; of what is no object, a line each.
pub(super) fn lines<S: AsRef<str>>(rows: &[Json], columns: &[(S, S)], look: Look) -> String {
    if !rows.iter().any(Json::is_object) && !rows.is_empty() {
        let line = |row: &Json| match row {
            Json::Array(cells) => cells.iter().map(plain).collect::<Vec<_>>().join("  "),
            other => plain(other),
        };
        return rows
            .iter()
            .map(|row| inert(&line(row)).into_owned() + "\n")
            .collect();
    }
    if columns.is_empty() {
        return String::new();
    }
    grid(rows, columns, look).text(look).0
}

fn grid<S: AsRef<str>>(rows: &[Json], columns: &[(S, S)], look: Look) -> Grid {
    let heads = columns.iter();
    let heads = heads.map(|(title, key)| Head::new(title.as_ref(), key.as_ref()));
    let limit = if look.wide { usize::MAX } else { CELL_ITEMS };
    let line = |row: &Json| {
        let cells = columns
            .iter()
            .map(|(_, key)| cell(find(row, key.as_ref()), limit));
        cells.collect()
    };
    Grid::new(heads.collect(), rows.iter().map(line).collect())
}

/// Adds the columns of all that rows have besides; of objects inside, of their members.
pub(super) fn further(rows: &[Json], columns: &mut Vec<(String, String)>) {
    fn add(above: &str, members: &Map<String, Json>, columns: &mut Vec<(String, String)>) {
        for (key, value) in members.iter().filter(|(_, value)| things(value).is_none()) {
            let path = format!("{above}{key}");
            match value {
                Json::Object(inner) => add(&format!("{path}."), inner, columns),
                _ if columns.iter().any(|(_, known)| *known == path) => {}
                _ => columns.push((path.to_uppercase().replace('_', " "), path)),
            }
        }
    }
    for members in rows.iter().filter_map(Json::as_object) {
        add("", members, columns);
    }
}

/// One thing, a line for each of its fields; below it a table for each of its lists of things.
pub(super) fn fields(row: &Json, look: Look) -> String {
    let members = || row.as_object().into_iter().flatten();
    let mut body = Vec::new();
    flatten("", row, &mut body);
    let heads = [Head::of_key("field"), Head::of_key("value")];
    let mut text = Grid::new(heads.to_vec(), body).wrapped(look);
    for things in members().filter_map(|(_, value)| things(value)) {
        let of = |key: String| (key.to_uppercase(), key);
        let columns: Vec<_> = keys(things).into_iter().map(of).collect();
        text.push('\n');
        text.push_str(&lines(things, &columns, look));
    }
    text
}

/// A list that holds things, and not just words.
fn things(value: &Json) -> Option<&[Json]> {
    let items = value.as_array()?;
    items.iter().any(Json::is_object).then_some(items)
}

/// A line for each member; of objects inside, their members under a path with dots.
fn flatten(above: &str, row: &Json, lines: &mut Vec<Vec<String>>) {
    let members = row.as_object().into_iter().flatten();
    for (key, value) in members.filter(|(_, value)| things(value).is_none()) {
        let path = format!("{above}{key}");
        match value {
            Json::Object(_) => flatten(&format!("{path}."), value, lines),
            value => lines.push(vec![path, whole(value)]),
        }
    }
}

/// A cell that leaves nothing out.
fn whole(value: &Json) -> String {
    match value {
        Json::Bool(_) | Json::Null => cell(Some(value), CELL_ITEMS),
        value => plain(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(format: Format, query: Option<&str>, columns: &[&str]) -> Result<String, Error> {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let document = json!({"schema": "certctl/v1", "results": [
            {"domain": "a.com", "names": ["a.com", "b, \"c\""], "on": true, "error": {"code": "X"}},
            {"domain": "b.com", "days_left": -3, "names": [], "on": false},
        ]});
        let of = |name: &str| (name.to_uppercase(), name.to_owned());
        let defaults = ["domain", "days_left", "names", "on"].map(of);
        let look = Look::default();
        let view = View::new(query, &columns, None)?;
        let (text, warning) = view.render(document, &defaults, format, look)?;
        assert_eq!(warning, None);
        Ok(text)
    }

    #[test]
    fn a_table_shows_the_default_columns_or_those_asked_for() {
        assert_eq!(
            shown(Format::Table, None, &[]).unwrap(),
            "DOMAIN  DAYS_LEFT  NAMES         ON\n\
             a.com   -          a.com,b, \"c\"  yes\n\
             b.com   -3         -             no\n"
        );
        assert_eq!(
            shown(Format::Table, None, &["error.code", "domain"]).unwrap(),
            "ERROR.CODE  DOMAIN\nX           a.com\n-           b.com\n"
        );
    }

    #[test]
    fn lists_of_things_stand_below_the_one_thing() {
        let row = json!({"id": 7, "names": ["a", "b"], "none": [],
            "items": [{"n": 1, "on": true}, {"n": 2}]});
        assert_eq!(
            fields(&row, Look::default()),
            "FIELD  VALUE\nid     7\nnames  a,b\nnone\n\nN  ON\n1  yes\n2  -\n"
        );
    }

    #[test]
    fn one_thing_is_a_line_for_each_field() {
        let row = json!({"file": "a", "error": {"kind": "io", "of": {"x": true}}, "names": ["b"]});
        assert_eq!(
            fields(&row, Look::default()),
            "FIELD       VALUE\nfile        a\nerror.kind  io\nerror.of.x  yes\nnames       b\n"
        );
    }

    #[test]
    fn csv_quotes_what_has_to_be_quoted() {
        assert_eq!(
            shown(Format::Csv, None, &[]).unwrap(),
            "domain,days_left,names,on\na.com,,\"a.com,b, \"\"c\"\"\",true\nb.com,-3,,false\n"
        );
    }

    #[test]
    fn ndjson_is_a_row_a_line() {
        assert_eq!(
            shown(Format::Ndjson, None, &["domain", "days_left"]).unwrap(),
            "{\"domain\":\"a.com\"}\n{\"domain\":\"b.com\",\"days_left\":-3}\n"
        );
    }

    #[test]
    fn a_query_is_asked_of_the_whole_document() {
        let names = shown(Format::Table, Some("results[].domain"), &[]).unwrap();
        assert_eq!(names, "a.com\nb.com\n");
        let count = shown(Format::Json, Some("length(results)"), &[]).unwrap();
        assert_eq!(count, "2\n");
        let objects = "results[?on].{d: domain, n: names[0]}";
        assert_eq!(
            shown(Format::Csv, Some(objects), &[]).unwrap(),
            "d,n\na.com,a.com\n"
        );
        for equal in [
            "domain==`b.com`",
            "domain==`\"b.com\"`",
            "domain=='b.com'",
            "!on && on==`false`",
        ] {
            let query = format!("results[?{equal}].domain");
            let found = shown(Format::Table, Some(&query), &[]).unwrap();
            assert_eq!(found, "b.com\n", "{equal}");
        }
        let quoted = with_quoted_literals(r#"a=='`x`' || b==`x\`y` || "`k`"==`1` || c==`x"#);
        assert_eq!(quoted, r#"a=='`x`' || b==`"x\\`y"` || "`k`"==`1` || c==`x"#);
        let error = shown(Format::Json, Some("results[?"), &[]).unwrap_err();
        assert!(
            error.message.starts_with("--query: invalid JMESPath"),
            "{}",
            error.message
        );
        let error = shown(Format::Json, Some("sort(schema)"), &[]).unwrap_err();
        assert_eq!(error.kind, Kind::Usage);
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        let document = json!({"results": [{"a": 1, "b": {"c": 2}}, {"a": 3}]});
        let render = |names: &[&str], document: &Json| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let view = View::new(None, &names, None).unwrap();
            let look = Look::default();
            view.render(document.clone(), &[], Format::Csv, look)
                .unwrap()
        };
        let (text, warning) = render(&["a", "d", "b.c"], &document);
        assert_eq!(text, "a,d,b.c\n1,,2\n3,,\n");
        assert_eq!(
            warning.unwrap(),
            "--columns: unknown column d; available: a, b"
        );
        assert_eq!(render(&["a", "b.c"], &document).1, None);
        assert_eq!(
            render(&["d"], &json!({"results": []})).1,
            None,
            "nobody can tell"
        );
    }

    #[test]
    fn columns_narrow_the_json_too() {
        let text = shown(Format::Json, None, &["domain"]).unwrap();
        let document: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(
            document["results"],
            json!([{"domain": "a.com"}, {"domain": "b.com"}])
        );
    }
}
