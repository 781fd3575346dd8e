//! What holds for every form, whatever a cloud's texts consist of.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::cloud::Cloud;
use crate::products::{Outcome, Reason};

/// Texts that a terminal or a spreadsheet would take for more than a text.
fn texts() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "\u{1b}[2J",
        "\u{1b}]0;x\u{7}",
        "\u{9b}31m",
        "\u{85}",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{feff}",
        "\r",
        "\n",
        "\t",
        "\u{0}",
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        " =1",
        "\t=1",
        "\r=1",
        "\u{200b}=1",
        "\"",
        ",",
        "'",
        "证书",
        "a.com",
    ]);
    let part = prop_oneof![odd.prop_map(str::to_owned), any::<String>()];
    prop::collection::vec(part, 0..4).prop_map(|parts| parts.concat())
}

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        texts().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        Just(Json::Null),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let members = prop::collection::vec((texts(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::from),
            members.prop_map(|members| Json::Object(Map::from_iter(members))),
        ]
    })
}

/// An answer as it is written, by whichever way it goes.
fn written(answer: &Answer, format: Format, view: &View, look: Look) -> String {
    match viewed(answer, format, view, look) {
        Ok(Some((text, _))) => text,
        Ok(None) => {
            let mut out = Vec::new();
            write_answer(&mut out, answer, format, look).expect("a vector takes everything");
            String::from_utf8(out).expect("UTF-8")
        }
        Err(error) => panic!("{error:?}"),
    }
}

fn answers(text: &str, value: &Json) -> Vec<Answer> {
    let reason = Reason::new(crate::fault::Kind::Refused, text, "look");
    let row = Row::new(Cloud::Alibaba, "cdn", "Set", text).of(&Outcome::Refuted(reason).into());
    let call = PlannedCall {
        action: "Set",
        method: "POST",
        url: format!("https://cdn.example/{text}"),
        headers: std::collections::BTreeMap::new(),
        params: json!({ text: value }),
        targets: vec![text.to_owned()],
    };
    let rows = || vec![json!({"domain": text, "names": [text, text], "value": value, text: text})];
    let columns: &[Column] = &[("DOMAIN", "domain"), ("NAMES", "names"), ("VALUE", "value")];
    vec![
        Answer::Targets(Document::new("cdn set", vec![row.clone()])),
        Answer::planned("cdn set", vec![row], vec![call]),
        Answer::list("cdn list", columns, rows()),
        Answer::show("cdn show", rows()),
        Answer::Raw {
            json: value.clone(),
            table: true,
        },
        Answer::Data {
            json: json!({ "results": rows() }),
            table: vec![vec![text.to_owned()], vec![text.to_owned()]],
        },
    ]
}

const FORMS: [Format; 5] = [
    Format::Json,
    Format::Ndjson,
    Format::Csv,
    Format::Table,
    Format::Wide,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// No form lets a text reach a terminal as more than a text, nor begin a formula.
    #[test]
    fn no_form_passes_what_drives_a_terminal(text in texts(), value in values(), room in 1_usize..90) {
        let queries = ["results", "results[].[domain, value]", "@", "results[0]", "keys(@)"];
        for answer in answers(&text, &value) {
            let views = std::iter::once(None).chain(queries.map(Some));
            for query in views {
                let view = View::new(query, &[], None).expect("it can be parsed");
                for format in FORMS {
                    for width in [None, Some(room)] {
                        let look = Look { width, wide: format == Format::Wide, color: false };
                        let raw = matches!(answer, Answer::Raw { .. });
                        // A cloud's own answer need not be an object.
                        if raw && query == Some("keys(@)") {
                            continue;
                        }
                        let shown = written(&answer, format, &view, look);
                        let drives = |c: char| c != '\n' && is_invisible(c);
                        prop_assert!(!shown.contains(drives), "{format:?} {query:?}: {shown:?}");
                        if format == Format::Csv {
                            let mut reader = csv::ReaderBuilder::new()
                                .has_headers(false).flexible(true).from_reader(shown.as_bytes());
                            for record in reader.records() {
                                for cell in &record.expect("it is CSV") {
                                    let is_formula = cell.trim_start().starts_with(['=', '+', '-', '@']);
                                    prop_assert!(!is_formula || cell.parse::<f64>().is_ok(), "{cell:?}");
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
