//! Replies as the clouds really type them: a number or a truth value may come as text, and a text
//! as a number. That is read here, once, for the members of every reply; any other shape than the
//! documented one is an error, never an empty list.

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Number, Value as Json};

/// Reads a reply.
///
/// # Errors
/// It has another shape than documented.
pub fn read<T: DeserializeOwned>(reply: Json) -> Result<T, Error> {
    T::deserialize(Typed(reply))
}

/// A value that is read as the type that is asked for.
struct Typed(Json);

impl Typed {
    /// A text that is a number as a number, and a fraction that is none as a whole one.
    fn numeric(self) -> Json {
        match self.0 {
            Json::String(text) => match text.trim().parse::<Number>() {
                Ok(number) => Json::Number(whole(number)),
                Err(_) => Json::String(text),
            },
            Json::Number(number) => Json::Number(whole(number)),
            other => other,
        }
    }
}

/// `1.0` is 1.
fn whole(number: Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() < EXACT => {
            Number::from(value as i64)
        }
        _ => number,
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                self.numeric().$method(visitor)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Typed {
    type Error = Error;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0 {
            Json::String(text) if text.eq_ignore_ascii_case("true") => visitor.visit_bool(true),
            Json::String(text) if text.eq_ignore_ascii_case("false") => visitor.visit_bool(false),
            _ => self.0.deserialize_bool(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Json::Number(number) => visitor.visit_string(number.to_string()),
            other => other.deserialize_string(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Json::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Json::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            other => other.deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Json::Object(members) => visitor.visit_map(Members::of(members)),
            other => other.deserialize_map(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        // By place a struct could be read from a list too; no reply is documented so.
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        char bytes byte_buf unit unit_struct tuple_struct identifier ignored_any
    }
}

struct Items(std::vec::IntoIter<Json>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let next = self.0.next();
        next.map(|item| seed.deserialize(Typed(item))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Members {
    rest: serde_json::map::IntoIter,
    value: Option<Json>,
}

impl Members {
    fn of(members: Map<String, Json>) -> Self {
        Members {
            rest: members.into_iter(),
            value: None,
        }
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        let name: StringDeserializer<Error> = serde::de::IntoDeserializer::into_deserializer(name);
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(Typed(self.value.take().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::providers::null_as_default;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Reply {
        total: usize,
        #[serde(default, deserialize_with = "null_as_default")]
        name: String,
        #[serde(default)]
        port: Option<u32>,
        #[serde(default, deserialize_with = "null_as_default")]
        on: bool,
        #[serde(default, deserialize_with = "null_as_default")]
        inner: Vec<Inner>,
        #[serde(default, deserialize_with = "null_as_default")]
        names: Vec<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        id: i64,
        ratio: f64,
    }

    #[test]
    fn numbers_and_truth_values_are_read_from_text_and_texts_from_numbers() {
        let typed = json!({"Total": 2, "Name": "7", "Port": 443, "On": true,
                           "Inner": [{"Id": -5, "Ratio": 0.5}], "Names": ["1", "b"]});
        let texts = json!({"Total": " 2 ", "Name": 7, "Port": "443", "On": "True",
                           "Inner": [{"Id": "-5", "Ratio": "0.5"}], "Names": [1, "b"]});
        let expected: Reply = read(typed).unwrap();
        assert_eq!(expected.name, "7");
        assert_eq!(read::<Reply>(texts).unwrap(), expected);
        let nulls = json!({"Total": 2.0, "Name": null, "Port": null, "On": null, "Inner": null});
        let nulls: Reply = read(nulls).unwrap();
        assert_eq!((nulls.total, nulls.port, nulls.on), (2, None, false));
    }

    #[test]
    fn another_shape_is_an_error_and_no_empty_list() {
        for reply in [
            json!({"Total": "many"}),
            json!({"Total": -1}),
            json!({"Total": 1.5}),
            json!({"Total": true}),
            json!({"Total": null}),
            json!({}),
            json!({"Total": 1, "Inner": {}}),
            json!({"Total": 1, "Inner": ""}),
            json!({"Total": 1, "Inner": [[1, 2.0]]}),
            json!({"Total": 1, "Inner": "[]"}),
            json!({"Total": 1, "On": "yes"}),
            json!({"Total": 1, "Name": true}),
            json!({"Total": 1, "Port": "443-445"}),
            json!([1]),
            json!("text"),
        ] {
            let said = reply.to_string();
            assert!(read::<Reply>(reply).is_err(), "{said}");
        }
    }
}
