//! A large answer takes memory in proportion to its size.

use std::process::Stdio;

use serde_json::json;

use crate::support::raw::{Raw, answer};
use crate::support::{Clouds, Outcome};

/// Bytes of the answer's text.
const SIZE: usize = 1_500_000;

/// What the process may take beside four times the answer, in KiB: itself, and a window of the text
/// with its views.
const ROOM: usize = 16 * 1024;

/// One long text, of what takes a redactor the most: words, what may be base64 and hex, escapes.
#[test]
fn a_large_answer_takes_four_times_its_size() {
    let shapes = [
        "some words and more words, ",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0",
        "2b2f00ffa1",
        "%41%42%2F",
        "证书名称",
    ];
    let kind = |shape: &str| shape.repeat(SIZE / shapes.len() / shape.len());
    let text = shapes.map(kind).concat();
    let body = json!({"RequestId": "r", "Text": text}).to_string();
    let limit = ROOM + 4 * body.len() / 1024;
    let server = Raw::http(move |_| answer(200, "", &body));
    let clouds = Clouds::new();
    let call = clouds
        .certctl(&["api", "alibaba", "cdn", "DescribeUserDomains"])
        .env("CERTCTL_ENDPOINT", server.endpoint());
    // Whoever takes more is refused it by the system, and ends.
    let limited = format!("ulimit -d {limit}; exec \"$0\" \"$@\"");
    let mut limited = call.by("sh", &["-c", &limited]);
    let started = limited.stderr(Stdio::piped()).spawn();
    let outcome = Outcome::of(started.expect("a shell")).expect(0);
    assert_eq!(outcome.json()["Text"], text);
}
