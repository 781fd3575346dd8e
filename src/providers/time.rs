//! The times in the vendors' answers: any of their formats in, RFC 3339 in UTC out.
//!
//! Alibaba Cloud alone has five (`2018-01-02T03:04:05Z`, `2018-01-02 03:04:05`,
//! `2098-02-08 08:02:07 +0000 UTC`, `Nov 29 00:00:00 2016 GMT`, `2018-01-02`), and counts since
//! the epoch in seconds here, in milliseconds there.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

/// China Standard Time, in seconds east of Greenwich.
const CHINA: i32 = 8 * 3600;

/// A count since the epoch from here on is in milliseconds: as seconds this is the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// A point in time, to the second. In JSON it is RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub DateTime<Utc>);

impl Time {
    /// Reads a text of any of the formats; one that names no zone is of `zone` (seconds east).
    pub fn parse(text: &str, zone: i32) -> Option<Self> {
        let text = text.trim();
        if let Ok(count) = text.parse::<i64>() {
            return Time::since_epoch(count);
        }
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(Time(time.to_utc()));
        }
        let utc = ["%Y-%m-%d %H:%M:%S +0000 UTC", "%b %e %H:%M:%S %Y GMT"];
        let named = utc
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        if let Some(time) = named {
            return Some(Time(time.and_utc()));
        }
        let local = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let local = local.or_else(|| Some(date()?.and_time(NaiveTime::MIN)))?;
        let zone = FixedOffset::east_opt(zone)?;
        let time = local.and_local_timezone(zone).single()?;
        Some(Time(time.to_utc()))
    }

    /// Seconds or milliseconds since the epoch, told apart by their magnitude; 0 is no time.
    pub fn since_epoch(count: i64) -> Option<Self> {
        let seconds = match count {
            ..=0 => return None,
            MILLISECONDS.. => count / 1000,
            _ => count,
        };
        // A time beyond the year 9999 is a date in digits (20291231235959), not a count.
        DateTime::from_timestamp(seconds, 0)
            .filter(|time| time.timestamp() < 253_402_300_800)
            .filter(|_| count < 10_000_000_000_000)
            .map(Time)
    }

    /// Whole days from `now` until then; negative once it is over.
    pub fn days_left(&self, now: DateTime<Utc>) -> i64 {
        (self.0 - now).num_seconds().div_euclid(86_400)
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// For `deserialize_with`: a time that is UTC where it names no zone. What is no time at all
/// (null, an empty text, 0, `-`) is none.
pub fn utc<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    Ok(read(&Json::deserialize(deserializer)?, 0))
}

/// As [`utc`], but China Standard Time where it names no zone: Tencent Cloud's lists.
pub fn china<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    Ok(read(&Json::deserialize(deserializer)?, CHINA))
}

fn read(value: &Json, zone: i32) -> Option<Time> {
    match value {
        Json::String(text) => Time::parse(text, zone),
        Json::Number(number) => Time::since_epoch(number.as_i64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        Time::parse(text, 0).map(|time| time.to_string())
    }

    #[test]
    fn every_format_becomes_one() {
        for (text, time) in [
            ("2018-01-02T03:04:05Z", "2018-01-02T03:04:05Z"),
            ("2018-01-02T03:04:05+08:00", "2018-01-01T19:04:05Z"),
            ("2018-01-02 03:04:05", "2018-01-02T03:04:05Z"),
            ("2098-02-08 08:02:07 +0000 UTC", "2098-02-08T08:02:07Z"),
            ("Nov 29 00:00:00 2016 GMT", "2016-11-29T00:00:00Z"),
            ("Nov  9 00:00:00 2016 GMT", "2016-11-09T00:00:00Z"),
            ("2018-01-02", "2018-01-02T00:00:00Z"),
            ("1577836800", "2020-01-01T00:00:00Z"),
            ("1577836800000", "2020-01-01T00:00:00Z"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(time), "{text}");
        }
        for text in ["", "-", "0", "null", "soon", "20291231235959"] {
            assert_eq!(shown(text), None, "{text}");
        }
        let china = Time::parse("2026-01-01 07:59:59", CHINA).unwrap();
        assert_eq!(china.to_string(), "2025-12-31T23:59:59Z");
    }

    #[test]
    fn days_left_are_whole_ones() {
        let end = Time::parse("2026-01-31 00:00:00", 0).unwrap();
        let at = |text| Time::parse(text, 0).unwrap().0;
        assert_eq!(end.days_left(at("2026-01-01 00:00:00")), 30);
        assert_eq!(end.days_left(at("2026-01-01 00:00:01")), 29);
        assert_eq!(end.days_left(at("2026-01-31 00:00:01")), -1);
    }
}
