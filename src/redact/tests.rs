use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::escapes::{Controls, Kinds, peel};
use super::index::PIECE;
use super::seen::goes_unseen;
use super::view::View;
use super::windows::{Found, Windows};
use super::*;
use crate::sign::encode;

const KEY: &str = "Gu5t9xGARNpq/86cd98+joQYCN3";

/// A made-up key: the shape of PKCS#8, random base64.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt3Vx9qZ0pKf1h7Yz\n\
    Wc2/LsE+uJdTnRo8bGmQi5aXeVihRANCAATkP6yFw0DrS1xBvMfCjHqU3oNt4l7Z\n\
    gK9+I2eWsYdAa8pXz5iQhRu/OVbLmTnJc6D1ESCkqG3f0wtMrPv7yU4x\n\
    -----END PRIVATE KEY-----\n";

fn knowing(secret: &str) -> Redactor {
    let redactor = Redactor::new();
    redactor.learn(&Secret::new(secret.to_owned()));
    redactor
}

fn percent_encoded(text: &str) -> String {
    encode::percent(&[], text).to_string()
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).expect("a string");
    quoted[1..quoted.len() - 1].replace('/', r"\/")
}

fn chunks(text: &str, size: usize, between: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let chunks: Vec<String> = chars
        .chunks(size)
        .map(|chunk| chunk.iter().collect())
        .collect();
    chunks.join(between)
}

/// Each byte written by itself.
fn bytewise(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

/// Each character written by itself.
fn charwise(text: &str, write: impl Fn(u32) -> String) -> String {
    text.chars().map(|c| write(u32::from(c))).collect()
}

fn utf16(text: &str) -> String {
    let units = text.encode_utf16();
    units.map(|unit| format!("\\u{unit:04x}")).collect()
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('+', "&plus;")
        .replace('/', "&sol;")
        .replace('=', "&equals;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// RFC 2045, with a line's end after every few characters.
fn quoted_printable(text: &str) -> String {
    let written = |byte| match byte {
        b'=' | 0x80.. | b'\0'..b' ' => format!("={byte:02X}"),
        byte => char::from(byte).to_string(),
    };
    let pieces: Vec<String> = text.bytes().map(written).collect();
    let lines: Vec<String> = pieces.chunks(7).map(|line| line.concat()).collect();
    lines.join("=\r\n")
}

/// The base64 characters that `text` determines when `offset` bytes stand before it in the encoded
/// data, modulo three; those it shares with its neighbours are left out.
fn base64_at(offset: usize, text: &str) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(text.as_bytes());
    let whole = bytes.len() * 8 / 6;
    encode::base64(&bytes)[(offset * 8).div_ceil(6)..whole].to_owned()
}

/// Every form in which a text may come back, by name. What is cut stands without the characters of
/// base64 that it shares with its neighbours.
fn forms(text: &str) -> Vec<(&'static str, String)> {
    let once = percent_encoded(text);
    let hex = encode::hex(text.as_bytes());
    let base64 = STANDARD_NO_PAD.encode(text);
    vec![
        ("plain", text.to_owned()),
        ("doubly percent-encoded", percent_encoded(&once)),
        (
            "three times percent-encoded",
            percent_encoded(&percent_encoded(&once)),
        ),
        (
            "percent-encoded, lower case",
            bytewise(text, |b| format!("%{b:02x}")),
        ),
        ("percent-encoded", once),
        (
            "percent-encoded whole",
            format!("%{}", chunks(&hex, 2, "%")),
        ),
        ("upper-case hex", hex.to_uppercase()),
        ("spaced hex", chunks(&hex, 2, " ")),
        ("hex with colons", chunks(&hex.to_uppercase(), 2, ":")),
        ("a list of hex", chunks(&hex, 2, ", 0x")),
        ("hex, wrapped", chunks(&hex, 7, "\r\n")),
        (
            "base64 in a URL",
            base64.replace('+', "-").replace('/', "_"),
        ),
        ("base64, percent-encoded", percent_encoded(&base64)),
        ("base64, JSON", json_escaped(&base64)),
        ("base64, wrapped", chunks(&base64, 5, "\n")),
        ("base64, quoted-printable", quoted_printable(&base64)),
        (
            "base64 of percent-encoded",
            STANDARD_NO_PAD.encode(percent_encoded(text)),
        ),
        ("base64 of JSON", STANDARD_NO_PAD.encode(json_escaped(text))),
        (
            "base64 of base64",
            STANDARD_NO_PAD.encode(STANDARD_NO_PAD.encode(text)),
        ),
        (
            "hex of base64",
            encode::hex(STANDARD_NO_PAD.encode(text).as_bytes()),
        ),
        ("base64 of hex", STANDARD_NO_PAD.encode(&hex)),
        ("base64", base64),
        ("cut base64", base64_at(0, text)),
        ("cut base64 after one byte", base64_at(1, text)),
        ("cut base64 after two bytes", base64_at(2, text)),
        ("JSON", json_escaped(text)),
        ("JSON in JSON", json_escaped(&json_escaped(text))),
        (
            "JSON, percent-encoded",
            percent_encoded(&json_escaped(text)),
        ),
        ("UTF-16", utf16(text)),
        ("UTF-16, percent-encoded", percent_encoded(&utf16(text))),
        (
            "of Rust's Debug",
            charwise(text, |c| format!("\\u{{{c:x}}}")),
        ),
        ("of C", bytewise(text, |b| format!("\\x{b:02x}"))),
        ("octal", bytewise(text, |b| format!("\\{b:03o}"))),
        (
            "escape()",
            charwise(text, |c| match c {
                0..=0xff => format!("%{c:02X}"),
                _ => format!("%u{c:04X}"),
            }),
        ),
        ("HTML", html_escaped(text)),
        ("HTML in HTML", html_escaped(&html_escaped(text))),
        (
            "HTML, percent-encoded",
            percent_encoded(&html_escaped(text)),
        ),
        ("HTML by number", charwise(text, |c| format!("&#{c};"))),
        ("HTML by hex", charwise(text, |c| format!("&#x{c:X};"))),
        (
            "HTML by number in HTML",
            html_escaped(&charwise(text, |c| format!("&#{c:07};"))),
        ),
        ("quoted-printable", quoted_printable(text)),
        (
            "quoted-printable whole",
            bytewise(text, |b| format!("={b:02X}")),
        ),
        (
            "quoted-printable, JSON",
            json_escaped(&quoted_printable(text)),
        ),
        ("wrapped", chunks(text, 5, "\n")),
        ("wrapped, CRLF, indented", chunks(text, 5, "\r\n  ")),
        ("wrapped, JSON", json_escaped(&chunks(text, 5, "\n"))),
    ]
}

/// A layer, and how it is taken off again, by code that has nothing to do with what is tested.
type Layer = (fn(&str) -> String, fn(&str) -> String);

const LAYERS: [Layer; 10] = [
    (percent_encoded, |text| {
        let decoded = percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
        String::from_utf8_lossy(&decoded).into_owned()
    }),
    (json_escaped, unescaped),
    (utf16, unescaped),
    (
        |text| bytewise(text, |byte| format!("\\x{byte:02X}")),
        |text| digits_in(text, "\\x", 2),
    ),
    (
        |text| bytewise(text, |byte| format!("={byte:02X}")),
        |text| digits_in(text, "=", 2),
    ),
    (
        |text| charwise(text, |c| format!("&#x{c:X};")),
        |text| {
            let parts = text.split([';', '&']);
            let read = |part: &str| u32::from_str_radix(part.strip_prefix("#x")?, 16).ok();
            parts.filter_map(read).filter_map(char::from_u32).collect()
        },
    ),
    (
        |text| encode::hex(text.as_bytes()),
        |text| digits_in(text, "", 2),
    ),
    (
        |text| chunks(&encode::hex(text.as_bytes()).to_uppercase(), 2, ":"),
        |text| digits_in(text, ":", 2),
    ),
    (|text| STANDARD.encode(text), base64_read),
    (
        |text| chunks(&URL_SAFE_NO_PAD.encode(text), 76, "\n"),
        |text| base64_read(&text.replace('-', "+").replace('_', "/")),
    ),
];

/// JSON's escapes taken off, as far as the text goes.
fn unescaped(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        left.push_str(&rest[..at]);
        let escape = &rest[at..];
        let size = if escape.starts_with("\\u") { 6 } else { 2 };
        let Some(escape) = escape.get(..size) else {
            return left;
        };
        let quoted = format!("\"{escape}\"");
        left.push_str(&serde_json::from_str::<String>(&quoted).unwrap_or_default());
        rest = &rest[at + size..];
    }
    left + rest
}

/// Bytes that are written as digits behind a sign, from the first place where one may begin.
fn digits_in(text: &str, sign: &str, size: usize) -> String {
    let mut best = String::new();
    for skipped in 0..2 {
        let text = match sign {
            "" => text.chars().skip(skipped).collect(),
            sign => text.replace(sign, " "),
        };
        let digits: String = text
            .split(' ')
            .filter(|part| sign.is_empty() || part.len() == size)
            .collect();
        let bytes: Vec<u8> = digits
            .as_bytes()
            .chunks(size)
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        best += &String::from_utf8_lossy(&bytes);
        best.push(' ');
    }
    best
}

/// What base64 stands for, wherever it was cut.
fn base64_read(text: &str) -> String {
    let digits: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "+/".contains(*c))
        .collect();
    let from = |skipped: usize| {
        let digits = digits.get(skipped..).unwrap_or_default();
        let whole = &digits[..digits.len() / 4 * 4];
        let bytes = STANDARD.decode(whole).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    [0, 1, 2, 3].map(from).join(" ")
}

#[test]
fn base64_is_cut_to_what_the_text_determines() {
    let inside = "secretsecret";
    for (before, after) in [
        ("", ""),
        ("a", "b"),
        ("ab", "cd"),
        ("abc", "d"),
        ("abcd", "ef"),
    ] {
        let whole = STANDARD.encode(format!("{before}{inside}{after}"));
        let part = base64_at(before.len() % 3, inside);
        assert!(
            whole.contains(&part) && part.len() >= 14,
            "{part} in {whole}"
        );
    }
}

#[test]
fn a_secret_is_masked_in_every_form() {
    for secret in [
        KEY,
        "sts/secret+with=chars&%41\\n\"quoted\"",
        "********************",
        "?>?>~~~?>>>??>?",
        "密钥密钥密钥密钥",
    ] {
        let redactor = knowing(secret);
        for (name, form) in forms(secret) {
            // What is left of a character that was cut in two is no part of it.
            if name.starts_with("cut ") && !secret.is_ascii() {
                continue;
            }
            let masked = redactor.mask(&format!("key='{form}';")).into_owned();
            assert_eq!(masked, "key='****';", "{name} of {secret}: {form}");
        }
        let url = URL_SAFE_NO_PAD.encode(secret);
        let masked = redactor.mask(&url).into_owned();
        assert!(
            masked.starts_with(MASK) && masked.len() <= 5,
            "{masked} of {url}"
        );
    }
}

#[test]
fn a_match_inside_a_character_takes_the_character() {
    // U+6BC6 ends in the two bytes in which U+5BC6 ends.
    assert_eq!(
        knowing("\u{5bc6}abcdefghijk").mask("\u{6bc6}abcdefghijk."),
        "****."
    );
}

#[test]
fn a_short_secret_is_masked_where_it_stands_whole() {
    let redactor = knowing("hunter2");
    assert_eq!(
        redactor.mask("the hunter2, the hunter"),
        "the ****, the hunter"
    );
    let whole = |(name, _): &(&str, String)| !name.starts_with("cut ");
    for (name, form) in forms("hunter2").into_iter().filter(whole) {
        assert_eq!(redactor.mask(&form), MASK, "{name}: {form}");
    }
    assert_eq!(knowing("abc").mask("abc"), "abc");
    assert_eq!(knowing("").mask("abc"), "abc");
}

#[test]
fn what_is_learnt_after_a_mask_is_masked_too() {
    let redactor = knowing(KEY);
    assert_eq!(redactor.mask("another-secret"), "another-secret");
    redactor.learn(&Secret::new("another-secret".to_owned()));
    assert_eq!(
        redactor.mask(&format!("{KEY}, another-secret")),
        "****, ****"
    );
}

#[test]
fn text_without_secrets_is_not_copied() {
    let text = "Specify a certificate between -----BEGIN CERTIFICATE----- and -----END \
        CERTIFICATE-----, %E8%AF%81 \\u8bc1, a PRIVATE KEY in PEM, id 6092001-cn-hangzhou";
    assert!(matches!(knowing(PEM).mask(text), Cow::Borrowed(same) if same == text));
}

#[test]
fn no_line_of_a_private_key_is_left() {
    let redactor = knowing(PEM);
    let lines: Vec<&str> = PEM.lines().filter(|line| !line.starts_with('-')).collect();
    let body = lines.concat();
    let crlf = PEM.replace('\n', "\r\n");
    for (name, text) in [
        ("body", body.clone()),
        ("lines", lines.join("\n")),
        ("CRLF", lines.join("\r\n")),
        ("escaped", lines.join("\\n")),
        ("escaped CRLF", lines.join("\\r\\n")),
        ("escaped twice", lines.join("\\\\n")),
        ("percent", lines.join("%0A")),
        (
            "doubly percent",
            percent_encoded(&percent_encoded(&lines.join("\r\n"))),
        ),
    ] {
        assert_eq!(redactor.mask(&format!("'{text}'")), "'****'", "{name}");
    }
    for file in [PEM, &crlf, &body] {
        let first = file.find(lines[0]).expect("the first line");
        let last = file.find("-----END").unwrap_or(file.len()) - 14;
        for (name, form) in forms(file) {
            let masked = redactor.mask(&form).into_owned();
            assert!(masked.len() < form.len(), "{name}: {masked}");
        }
        let cut = |(name, _): &(&str, String)| name.starts_with("cut ");
        for from in first..last {
            // A line's end is no part of the key: with one in it, what is cut has less to show.
            let piece = &file[from..from + 12];
            let has_end = piece.contains('\n');
            for (name, piece) in forms(piece)
                .into_iter()
                .filter(|form| !has_end || !cut(form))
            {
                let masked = redactor.mask(&piece);
                assert!(!masked.contains(&piece), "{name}: {piece} in {masked}");
            }
        }
    }
}

#[test]
fn a_private_key_block_is_masked_unlearnt() {
    let redactor = Redactor::new();
    for label in ["", "RSA ", "EC ", "ENCRYPTED "] {
        let pem = PEM.replace("PRIVATE", &format!("{label}PRIVATE"));
        let masked = redactor.mask(&pem).into_owned();
        let expected =
            format!("-----BEGIN {label}PRIVATE KEY-----\n****\n-----END {label}PRIVATE KEY-----\n");
        assert_eq!(masked, expected);
    }
    for (name, form) in [
        ("CRLF", PEM.replace('\n', "\r\n")),
        ("joined", PEM.replace('\n', "")),
        ("JSON", json_escaped(PEM)),
        ("percent-encoded", percent_encoded(PEM)),
        ("form", encode::form(&[("SSLPri", PEM)]).to_string()),
        (
            "doubly percent-encoded",
            percent_encoded(&percent_encoded(PEM)),
        ),
        ("cut at the end", PEM[..120].to_owned()),
        (
            "cut at the end, percent-encoded",
            percent_encoded(&PEM[..120]),
        ),
        ("cut at the start", PEM[60..].to_owned()),
        (
            "cut in the closing marker",
            PEM[..PEM.len() - 12].to_owned(),
        ),
    ] {
        let masked = redactor.mask(&form).into_owned();
        assert!(
            masked.contains(MASK) && !masked.contains("GSM49AwEHBG0w"),
            "{name}: {masked}"
        );
        assert!(!masked.contains("tMrPv7yU4x"), "{name}: {masked}");
    }
}

#[test]
fn a_certificate_and_words_about_keys_are_left_alone() {
    let redactor = Redactor::new();
    let certificate = PEM.replace("PRIVATE KEY", "CERTIFICATE");
    assert_eq!(redactor.mask(&certificate), certificate);
    let words = "expected a -----BEGIN PRIVATE KEY----- line, as in RFC 7468";
    assert_eq!(redactor.mask(words), words);
    let both = format!("{certificate}{PEM}{certificate}");
    let masked = redactor.mask(&both).into_owned();
    assert_eq!(masked.matches("GSM49AwEHBG0w").count(), 2, "{masked}");
}

#[test]
fn the_echo_of_a_request_is_cut() {
    for echo in [
        "Server string to sign is:POST&%2F&AccessKeyId%3Dtestid%26SSLPri%3D-----BEGIN",
        "server StringToSign is [ACS3-HMAC-SHA256\nPOST], server CanonicalRequest is [POST]",
        "CanonicalRequest: POST\n/\nSSLPri=x",
    ] {
        let message = format!("签名不匹配 İ, not matched. {echo}");
        let masked = Redactor::new().mask(&message).into_owned();
        assert_eq!(masked, format!("签名不匹配 İ, not matched. {ECHO_CUT}"));
    }
}

#[test]
fn debug_shows_nothing() {
    let redactor = knowing(KEY);
    redactor.mask("");
    assert_eq!(format!("{redactor:?}"), "Redactor { .. }");
}

#[test]
fn one_line_cannot_drive_a_terminal() {
    for (text, expected) in [
        ("two\r\n\tlines ", "two lines"),
        ("\u{1b}[31mred\u{1b}[0m", "red"),
        ("\u{1b}]0;title\u{7}after", "after"),
        ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
        ("\u{1b}Pq#0\u{9c}after", "after"),
        ("\u{9b}2Jafter\u{1b}", "after"),
        ("a\u{0}b\u{8}c\u{7f}d\u{85}e", "abcd e"),
        ("abc\u{202e}fed\u{200b}\u{feff}", "abcfed"),
        ("证书\u{2028}名称", "证书 名称"),
    ] {
        assert_eq!(one_line(text, 80), expected, "{text:?}");
    }
}

#[test]
fn one_line_is_cut_by_characters() {
    assert_eq!(one_line("证书名称", 4), "证书名称");
    assert_eq!(one_line("证书名称证", 4), "证书名…");
    assert_eq!(one_line("abc", 0), "…");
}

/// One of each sort of character that goes unseen, and terminal sequences.
const UNSEEN: [&str; 24] = [
    "\u{200b}",
    "\u{200d}",
    "\u{200f}",
    "\u{202e}",
    "\u{2066}",
    "\u{ad}",
    "\u{feff}",
    "\u{301}",
    "\u{20dd}",
    "\u{fe0f}",
    "\u{34f}",
    "\u{e0041}",
    "\u{2800}",
    "\u{3164}",
    "\u{180e}",
    "\u{a0}",
    "\u{3000}",
    "\u{0}",
    "\u{7f}",
    "\u{85}",
    "\u{1b}[1;31m",
    "\u{9b}2J",
    "\u{1b}]0;t\u{7}",
    "\u{1b}c",
];

/// Where in [`UNSEEN`] the terminal sequences begin.
const SEQUENCES_FROM: usize = 20;

/// A text with something unseen after every few of its characters.
fn strewn(text: &str, every: usize, from: usize) -> String {
    let pieces = chunks(text, every, "\u{1}");
    let mut kinds = UNSEEN.iter().cycle().skip(from);
    let between = |piece: &str| piece.to_owned() + kinds.next().expect("it goes round");
    pieces.split('\u{1}').map(between).collect()
}

/// What a reader, or whoever cleans the text, is left with.
fn left_over(text: &str) -> String {
    let line = one_line(text, usize::MAX);
    line.chars().filter(|c| !goes_unseen(*c)).collect()
}

#[test]
fn what_goes_unseen_hides_no_secret() {
    for secret in [KEY, "hunter2", "密钥密钥密钥密钥"] {
        for (every, from) in [(1, 0), (1, 9), (2, 17), (3, 5), (3, 20)] {
            let noisy = strewn(secret, every, from);
            for (known, sent) in [(secret, secret), (secret, &noisy), (&noisy, secret)] {
                let redactor = knowing(known);
                for (name, form) in forms(sent) {
                    if name.starts_with("cut ") {
                        continue;
                    }
                    let form = strewn(&form, every, from + 1);
                    let line = redactor.line(&format!("key='{form}';"), usize::MAX);
                    let left = left_over(&redactor.mask(&form));
                    for (_, plain) in forms(secret) {
                        let shown = left_over(&line).contains(&plain) || left.contains(&plain);
                        assert!(!shown, "{name}, {every}, {from}: {line:?} or {left:?}");
                    }
                    if sent == secret {
                        assert_eq!(left_over(&line), "key='****';", "{name}, {every}, {from}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_echo_is_cut_whatever_stands_in_it() {
    let message = strewn("no. Server string to sign is:POST&%2F", 3, 0);
    let masked = Redactor::new().line(&message, 200);
    assert!(
        masked.ends_with(ECHO_CUT) && !masked.contains("POST"),
        "{masked}"
    );
}

#[test]
fn a_private_key_block_is_masked_whatever_stands_in_it() {
    for (name, form) in [
        ("strewn", strewn(PEM, 7, 3)),
        ("base64", STANDARD.encode(PEM)),
    ] {
        let masked = Redactor::new().line(&form, usize::MAX);
        assert!(masked.contains(MASK), "{name}: {masked}");
        for piece in ["GSM49AwEHBG0w", &STANDARD.encode("GSM49AwEHBG0")] {
            assert!(!left_over(&masked).contains(piece), "{name}: {masked}");
        }
    }
}

/// Two layers that work against each other are an exception too rare to be left to chance.
#[test]
fn two_layers_hide_nothing() {
    for secret in ["__AaA+_a-0A0A-aA-AA+-aaAA+A+00", "hunter2-aBcDeF+0123/4567"] {
        let redactor = knowing(secret);
        for (inner, (below, _)) in LAYERS.iter().enumerate() {
            for (outer, (above, _)) in LAYERS.iter().enumerate() {
                let text = above(&below(&format!("it was {secret}, he says")));
                let masked = redactor.mask(&text);
                let left = LAYERS[inner].1(&LAYERS[outer].1(&masked));
                assert!(
                    !left.contains(&secret[..14]),
                    "{inner} in {outer}: {masked}"
                );
                assert!(
                    !left.contains(&secret[10..24]),
                    "{inner} in {outer}: {masked}"
                );
            }
        }
    }
}

/// What may stand between secrets in a long text.
const FILLERS: [&str; 8] = [
    " ",
    "words and more words, ",
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0",
    "2b2f",
    "%20%41",
    "\\u0041\\n",
    "-",
    "证书\u{200b}",
];

/// What stands in two windows is found in one of them, and what may stand in none hides everything.
#[test]
fn a_long_text_is_looked_at_in_windows() {
    let windows = Windows {
        size: 1200,
        shared: 600,
    };
    let search = |known: &str, text: &str| {
        let redactor = knowing(known);
        let mut index = redactor.lock();
        index.absorb();
        windows.search(text, &index)
    };
    for at in (0..3000).step_by(7) {
        let words = "some words ".repeat(400);
        let (before, after) = words.split_at(at);
        let text = format!("{before}{KEY}{after}");
        let place = (at as u32, (at + KEY.len()) as u32);
        assert_eq!(search(KEY, &text), Found::Places(vec![place], None), "{at}");
        let text = format!("{before}{PEM}{after}");
        let Found::Places(places, None) = search(KEY, &text) else {
            panic!("everything, {at}");
        };
        let body = (
            at + PEM.find('\n').expect("a line"),
            at + PEM.find("-----END").expect("an end"),
        );
        let covered = |(start, end): &(u32, u32)| {
            *start as usize <= body.0 + 1 && body.1 <= *end as usize + 1
        };
        assert!(
            matches!(&places[..], [one] if covered(one)),
            "{at}: {places:?}"
        );
        let text = format!("{before}CanonicalRequest: POST{after}");
        assert_eq!(search(KEY, &text), Found::Places(vec![], Some(at)), "{at}");
    }
    let (half, other) = KEY.split_at(9);
    for gap in [" ", "\u{200b}", "\\\n", "&#8203;", "=\r\n"] {
        let text = format!("{half}{}{other}", gap.repeat(3000));
        assert_eq!(search(KEY, &text), Found::Everything, "{gap:?}");
    }
    let long = PEM.replace("MIGHAgEA", &"MIGHAgEA".repeat(400));
    assert_eq!(search(KEY, &long), Found::Everything);
    assert_eq!(search(KEY, &long[40..]), Found::Everything);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_twelve_characters_of_a_secret_survive(
        secret in "[!-~]{12,48}",
        at in any::<prop::sample::Index>(),
        before in "[ -~]{0,20}",
        after in "[ -~]{0,20}",
    ) {
        let from = at.index(secret.len() - 11);
        let piece = &secret[from..from + 12];
        // What may be taken for escapes of its own leaves less to look for.
        prop_assume!(peel(&View::whole(piece), Kinds::ALL, Controls::Drop).view.len() >= PIECE);
        prop_assume!(!piece.contains(['\\', '%']));
        let redactor = knowing(&secret);
        for (name, form) in forms(piece) {
            let masked = redactor.mask(&format!("{before}{form}{after}")).into_owned();
            prop_assert!(!masked.contains(&form), "{} {} in {}", name, form, masked);
        }
    }

    /// Layers of any kind, one over the other, noise between the characters of each, and the whole cut
    /// at both ends.
    #[test]
    fn layers_hide_nothing(
        // What looks like an escape itself (`=4A`) is taken for one.
        secret in "[A-Za-z0-9+/_-]{30,48}",
        layers in prop::collection::vec((0..LAYERS.len(), prop::option::of(0..SEQUENCES_FROM)), 0..4),
        before in "[ -~]{0,12}",
        after in "[ -~]{0,12}",
        cut in (0.0..0.2, 0.8..1.0),
    ) {
        let redactor = knowing(&secret);
        let mut text = format!("{before} {secret} {after}");
        for (layer, noise) in &layers {
            text = LAYERS[*layer].0(&text);
            if let Some(noise) = noise {
                text = chunks(&text, 5, UNSEEN[*noise]);
            }
        }
        let at = |part: f64| {
            let mut at = (text.len() as f64 * part) as usize;
            while !text.is_char_boundary(at) {
                at += 1;
            }
            at
        };
        let text = &text[at(cut.0)..at(cut.1)];
        for shown in [redactor.line(text, usize::MAX), redactor.mask(text).into_owned()] {
            let mut left = shown;
            for (layer, noise) in layers.iter().rev() {
                if noise.is_some() {
                    left = left_over(&left);
                }
                left = LAYERS[*layer].1(&left);
            }
            let left = left_over(&left);
            for piece in secret.as_bytes().windows(14) {
                let piece = std::str::from_utf8(piece).expect("ASCII");
                prop_assert!(!left.contains(piece), "{} in {:?} of {:?}", piece, left, text);
            }
        }
    }

    #[test]
    fn unseen_characters_hide_nothing(
        secret in "[!-~]{12,40}",
        noise in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(&UNSEEN[..])), 0..12),
        own in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(&UNSEEN[..])), 0..4),
    ) {
        // Beside each other, never inside: a terminal sequence that is broken up is none.
        let with = |text: &str, noise: &[(prop::sample::Index, &'static str)]| {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let place = |at: &prop::sample::Index| places[at.index(places.len())];
            let mut noise: Vec<(usize, &str)> =
                noise.iter().map(|(at, what)| (place(at), *what)).collect();
            noise.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            let mut text = text.to_owned();
            for (at, what) in noise {
                text.insert_str(at, what);
            }
            text
        };
        let redactor = knowing(&with(&secret, &own));
        for (name, form) in forms(&with(&secret, &noise)) {
            let text = with(&form, &noise);
            for shown in [redactor.line(&text, usize::MAX), redactor.mask(&text).into_owned()] {
                let left = left_over(&shown);
                prop_assert!(!left.contains(&secret), "{} in {:?}", name, shown);
                prop_assert!(!left.contains(&encode::hex(secret.as_bytes())), "{} in {:?}", name, shown);
                prop_assert!(!left.contains(&percent_encoded(&secret)), "{} in {:?}", name, shown);
                prop_assert!(!left.contains(&base64_at(0, &secret)), "{} in {:?}", name, shown);
            }
        }
    }

    /// However a text is cut into windows, what is hidden of it as a whole is hidden.
    #[test]
    fn windows_hide_what_a_look_at_the_whole_hides(
        secret in "[A-Za-z0-9+/_-]{12,40}",
        parts in prop::collection::vec(
            (0..FILLERS.len(), 0..300_usize, prop::option::of((0..LAYERS.len(), 0..LAYERS.len()))), 1..8),
        shift in 0..150_usize,
    ) {
        let redactor = knowing(&secret);
        let mut text = "x y ".repeat(shift / 4);
        for (filler, size, layers) in &parts {
            text.extend(FILLERS[*filler].chars().cycle().take(*size));
            match layers {
                None => text.push_str(&secret),
                Some((below, above)) => text.push_str(&LAYERS[*above].0(&LAYERS[*below].0(&secret))),
            }
        }
        let mut index = redactor.lock();
        index.absorb();
        let places = |found| match found {
            Found::Everything => vec![(0, text.len() as u32)],
            Found::Places(places, None) => places,
            Found::Places(mut places, Some(echo)) => {
                places.push((echo as u32, text.len() as u32));
                places
            }
        };
        let one = Windows { size: usize::MAX, shared: 0 };
        let whole = places(one.search(&text, &index));
        let windows = Windows { size: 1200, shared: 600 };
        let found = places(windows.search(&text, &index));
        for (start, end) in whole {
            let is_hidden = found.iter().any(|(from, to)| *from <= start && end <= *to);
            prop_assert!(is_hidden, "{:?} of {:?}, in {:?}", (start, end), text, found);
        }
    }

    #[test]
    fn any_text_is_taken(secret in any::<String>(), text in any::<String>()) {
        let redactor = knowing(&secret);
        for (_, form) in forms(&format!("text{text}")) {
            redactor.mask(&form);
        }
        let line = one_line(&redactor.mask(&text), 40);
        prop_assert!(line.chars().count() <= 40);
        prop_assert!(!line.chars().any(char::is_control));
    }
}
