//! The members of a call's JSON body, as strictly typed as the vendor takes them. Null is absence.

use serde_json::Value;

use crate::emulator::actions::Call;
use crate::emulator::reply::Refusal;

/// A text, where there is one.
///
/// # Errors
/// The vendor's refusal of another type; so with every reader here.
pub fn text<'a>(call: &'a Call<'_>, name: &str) -> Result<Option<&'a str>, Refusal> {
    read(call, name, "a string", Value::as_str)
}

/// A text that has to be there and say something.
///
/// # Errors
/// The vendor's refusal, also where it is missing.
pub fn required_text<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Refusal> {
    match text(call, name)? {
        Some("") => Err(unfit(name, "it is empty")),
        Some(text) => Ok(text),
        None => Err(missing(name)),
    }
}

/// A whole number from 0 on, where there is one.
///
/// # Errors
/// As [`text`].
pub fn count(call: &Call<'_>, name: &str) -> Result<Option<u64>, Refusal> {
    read(call, name, "an unsigned integer", Value::as_u64)
}

/// A whole number that has to be there.
///
/// # Errors
/// As [`required_text`].
pub fn required_int(call: &Call<'_>, name: &str) -> Result<i64, Refusal> {
    read(call, name, "an integer", Value::as_i64)?.ok_or_else(|| missing(name))
}

/// A switch, where there is one.
///
/// # Errors
/// As [`text`].
pub fn switch(call: &Call<'_>, name: &str) -> Result<Option<bool>, Refusal> {
    read(call, name, "a boolean", Value::as_bool)
}

/// A switch written as the number 0 or 1, where there is one.
///
/// # Errors
/// The vendor's refusal, also of another number.
pub fn bit(call: &Call<'_>, name: &str) -> Result<Option<bool>, Refusal> {
    match count(call, name)? {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(_) => Err(unfit(name, "it is 0 or 1")),
    }
}

/// A list of texts, where there is one.
///
/// # Errors
/// As [`text`].
pub fn texts<'a>(call: &'a Call<'_>, name: &str) -> Result<Option<Vec<&'a str>>, Refusal> {
    list(call, name, "a list of strings", Value::as_str)
}

/// A list of `1` to `most` texts that has to be there.
///
/// # Errors
/// The vendor's refusal, also of a list of another length.
pub fn required_texts<'a>(
    call: &'a Call<'_>,
    name: &str,
    most: usize,
) -> Result<Vec<&'a str>, Refusal> {
    let texts = texts(call, name)?.ok_or_else(|| missing(name))?;
    match texts.len() {
        0 => Err(unfit(name, "it is empty")),
        length if length > most => Err(unfit(name, &format!("at most {most} at a time"))),
        _ => Ok(texts),
    }
}

/// A list of whole numbers from 0 on, where there is one.
///
/// # Errors
/// As [`text`].
pub fn counts(call: &Call<'_>, name: &str) -> Result<Option<Vec<u64>>, Refusal> {
    list(call, name, "a list of unsigned integers", Value::as_u64)
}

/// A list of whole numbers, where there is one.
///
/// # Errors
/// As [`text`].
pub fn ints(call: &Call<'_>, name: &str) -> Result<Option<Vec<i64>>, Refusal> {
    list(call, name, "a list of integers", Value::as_i64)
}

/// One of a few words, where there is one.
///
/// # Errors
/// The vendor's refusal, also of any other word.
pub fn word<'a>(
    call: &'a Call<'_>,
    name: &str,
    words: &[&str],
) -> Result<Option<&'a str>, Refusal> {
    match text(call, name)? {
        Some(word) if !words.contains(&word) => Err(unfit(name, &words.join(" or "))),
        word => Ok(word),
    }
}

/// The first and the number of the items that a page holds: `Offset`, and `Limit` with this
/// default. A larger limit than `most` is taken for `most`, and the scenario may have a lower one.
///
/// # Errors
/// As [`text`].
pub fn page(call: &Call<'_>, default: u64, most: u64) -> Result<(usize, usize), Refusal> {
    let offset = count(call, "Offset")?.unwrap_or(0);
    let limit = count(call, "Limit")?.unwrap_or(default).min(most);
    Ok((offset as usize, call.page(limit as usize)))
}

/// A list of structures, where there is one: each member of each is a text of these names.
///
/// # Errors
/// The vendor's refusal, also of another member.
pub fn structs<'a>(
    call: &'a Call<'_>,
    name: &str,
    members: &[&str],
) -> Result<Vec<Vec<Option<&'a str>>>, Refusal> {
    let Some(items) = list(call, name, "a list of structures", Value::as_object)? else {
        return Ok(Vec::new());
    };
    let read = |item: &'a serde_json::Map<String, Value>| {
        if let Some(stranger) = item.keys().find(|key| !members.contains(&key.as_str())) {
            return Err(Refusal::inside(
                "UnknownParameter",
                format!("The parameter `{name}.N.{stranger}` is not recognized."),
            ));
        }
        let member = |member: &&str| match item.get(*member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(mistyped(&format!("{name}.N.{member}"), "a string")),
        };
        members.iter().map(member).collect()
    };
    items.into_iter().map(read).collect()
}

fn read<'a, T>(
    call: &'a Call<'_>,
    name: &str,
    wanted: &str,
    as_type: impl Fn(&'a Value) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    match call.params.json.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => as_type(value)
            .map(Some)
            .ok_or_else(|| mistyped(name, wanted)),
    }
}

fn list<'a, T>(
    call: &'a Call<'_>,
    name: &str,
    wanted: &str,
    as_type: impl Fn(&'a Value) -> Option<T>,
) -> Result<Option<Vec<T>>, Refusal> {
    let Some(items) = read(call, name, wanted, Value::as_array)? else {
        return Ok(None);
    };
    let items: Option<Vec<T>> = items.iter().map(as_type).collect();
    items.map(Some).ok_or_else(|| mistyped(name, wanted))
}

/// A required member that is not there.
pub fn missing(name: &str) -> Refusal {
    Refusal::inside(
        "MissingParameter",
        format!("The request is missing the required parameter `{name}`."),
    )
}

/// A member of another type than the vendor's.
pub fn mistyped(name: &str, wanted: &str) -> Refusal {
    Refusal::inside(
        "InvalidParameter",
        format!("The value type of parameter `{name}` is not valid: {wanted} expected."),
    )
}

/// A member of the right type and a wrong value.
pub fn unfit(name: &str, why: &str) -> Refusal {
    Refusal::inside(
        "InvalidParameterValue",
        format!("The value of parameter `{name}` is not valid: {why}."),
    )
}
