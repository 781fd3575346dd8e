//! What is shown of an answer: `-o csv`, `-o ndjson`, `--columns`, `--query`.

use serde_json::{Value, json};

use crate::support::Clouds;

const SET: [&str; 6] = [
    "cdn",
    "set",
    "--domains",
    "a.com,c.com,b.com",
    "--on",
    "--no-preview",
];

#[test]
fn csv_has_a_line_for_each_target() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&SET)
        .args(&["-o", "csv", "--columns", "target,status,error.code"])
        .run()
        .expect(9);
    assert_eq!(
        outcome.stdout,
        "target,status,error.code\n\
         a.com,changed,\n\
         c.com,failed,InvalidDomain.NotFound\n\
         b.com,changed,\n"
    );
    let whole = clouds.certctl(&SET).args(&["-o", "csv"]).run().expect(9);
    let header = whole.stdout.lines().next().expect("a header");
    let keys: Vec<&str> = header.split(',').collect();
    assert_eq!(keys[..4], ["cloud", "service", "action", "target"]);
    for key in [
        "status",
        "request_id",
        "note",
        "error.code",
        "error.message",
    ] {
        assert!(keys.contains(&key), "{header}");
    }
    assert_eq!(whole.stdout.lines().count(), 4);
}

#[test]
fn ndjson_is_the_results_line_by_line() {
    let clouds = Clouds::new();
    let ndjson = clouds.certctl(&SET).args(&["-o", "ndjson"]).run().expect(9);
    let rows: Vec<Value> = ndjson
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let targets: Vec<_> = rows.iter().map(|row| row["target"].clone()).collect();
    assert_eq!(targets, ["a.com", "c.com", "b.com"]);
    assert_eq!(rows[1]["error"]["code"], "InvalidDomain.NotFound");
    let empty = clouds.certctl(&["errors", "--cloud", "ucloud", "-o", "ndjson"]);
    let rows = empty.run().expect(0).stdout;
    assert!(
        rows.lines().count() > 20 && !rows.contains("results"),
        "{rows}"
    );
}

#[test]
fn the_form_may_be_a_setting() {
    let clouds = Clouds::new();
    let outcome = clouds
        .certctl(&["errors", "171", "--columns", "code,exit_status"])
        .env("CERTCTL_OUTPUT", "csv")
        .run()
        .expect(0);
    assert_eq!(outcome.stdout, "code,exit_status\n171,4\n");
}

#[test]
fn a_query_picks_from_the_document() {
    let clouds = Clouds::new();
    let query = |expression: &str, more: &[&str]| {
        let call = clouds.certctl(&SET).args(&["--query", expression]);
        call.args(more).run().expect(9).stdout
    };
    let failed = "results[?status=='failed'].{domain: target, code: error.code}";
    let found: Value = serde_json::from_str(&query(failed, &[])).expect("JSON");
    assert_eq!(
        found,
        json!([{"domain": "c.com", "code": "InvalidDomain.NotFound"}])
    );
    assert_eq!(query("summary.changed", &[]), "2\n");
    assert_eq!(
        query("results[].target", &["-o", "table"]),
        "a.com\nc.com\nb.com\n"
    );
    assert_eq!(
        query("results[].target", &["-o", "ndjson"]),
        "\"a.com\"\n\"c.com\"\n\"b.com\"\n"
    );
    assert_eq!(
        query(failed, &["-o", "csv", "--columns", "domain,code"]),
        "domain,code\nc.com,InvalidDomain.NotFound\n"
    );
}

/// What cannot be parsed is refused before anything is sent.
#[test]
fn a_broken_query_sends_nothing() {
    let clouds = Clouds::new();
    for expression in ["results[", "results[?", "a ||", "'"] {
        let outcome = clouds
            .certctl(&SET)
            .args(&["--query", expression])
            .run()
            .expect(2);
        let message = outcome.error()["message"]
            .as_str()
            .expect("a text")
            .to_owned();
        assert!(
            message.starts_with("--query: invalid JMESPath expression"),
            "{message}"
        );
        assert!(outcome.stdout.is_empty());
    }
    clouds.certctl(&SET).args(&["--query", ""]).run().expect(2);
    clouds
        .certctl(&SET)
        .args(&["--columns", "target,,status"])
        .run()
        .expect(2);
    assert!(clouds.log().is_empty());
}

/// What a command's results can have is known before it runs. A key without a value is left out of
/// a result, so that a column may be empty.
#[test]
fn a_column_that_is_no_key_sends_nothing() {
    let clouds = Clouds::new();
    let args = ["cdn", "set", "--domains", "b.com", "--on", "-o", "csv"];
    for columns in ["target,domain", "error.cod", "targe", "error.code.x"] {
        let call = clouds.certctl(&args).unasked();
        let outcome = call.args(&["--columns", columns]).run().expect(2);
        let refusal = "error: --columns: there is no key '";
        assert!(outcome.stderr.starts_with(refusal), "{outcome:#?}");
        let keys = "hint: the keys are cloud, service, action, target, ";
        assert!(outcome.stderr.contains(keys), "{outcome:#?}");
        assert_eq!(outcome.stdout, "");
    }
    assert!(clouds.log().is_empty());
    for (columns, shown) in [
        ("target,error.code", "target,error.code\nb.com,\n"),
        ("target,error", "target,error\nb.com,\n"),
    ] {
        let call = clouds.certctl(&args).args(&["--columns", columns]);
        let outcome = call.run().expect(0);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.talk().as_str()),
            (shown, "")
        );
    }
}

/// What a query finds has the keys that the query gives it: one that is not there is named.
#[test]
fn a_column_that_a_query_does_not_find_is_empty_and_named() {
    let clouds = Clouds::new();
    let query = "results[].{code: code, cloud: cloud}";
    let args = ["errors", "171", "-o", "csv", "--query", query];
    let call = clouds.certctl(&args).args(&["--columns", "code,kind"]);
    let outcome = call.run().expect(0);
    assert_eq!(outcome.stdout, "code,kind\n171,\n");
    let warning = "warning: --columns: unknown column kind; available: cloud, code\n";
    assert_eq!(outcome.stderr, warning);
}

/// What would take the stack to its end is refused, and nothing is sent.
#[test]
fn a_query_that_nests_too_deep_sends_nothing() {
    let clouds = Clouds::new();
    for (part, times, end) in [
        ("(", 100_000, ""),
        ("!", 100_000, "a"),
        ("a.", 60_000, "a"),
        ("[", 100_000, "a"),
        ("a[*].", 20_000, "a"),
        ("a||", 40_000, "a"),
        ("{a:", 40_000, "a"),
        ("&", 100_000, "a"),
        ("not_null(", 13_000, "a"),
    ] {
        let query = part.repeat(times) + end;
        let call = clouds.certctl(&SET).args(&["--query", &query]);
        let outcome = call.run().expect(2);
        assert_eq!(
            outcome.error()["message"],
            "--query: the expression nests too deep"
        );
    }
    assert!(clouds.log().is_empty());
    // As deep as it may be, it is asked.
    for (part, times, end) in [
        ("(", 499, "a"),
        ("!", 499, "a"),
        ("a.", 499, "a"),
        ("a[*].", 166, "a"),
        ("a||", 249, "a"),
        ("not_null(", 499, "a"),
    ] {
        let close = if part.contains('(') {
            ")".repeat(times)
        } else {
            String::new()
        };
        let query = part.repeat(times) + end + &close;
        let call = clouds.certctl(&["errors", "171", "--query", &query]);
        call.run().expect(0);
    }
}

/// What was done is told even where the query cannot be asked of it.
#[test]
fn a_query_that_cannot_be_asked_withholds_nothing() {
    let clouds = Clouds::new();
    let args = [
        "cdn",
        "set",
        "--domains",
        "b.com",
        "--on",
        "--query",
        "sort(schema)",
    ];
    let outcome = clouds.certctl(&args).run().expect(11);
    assert_eq!(outcome.statuses(), ["changed"], "the document is there");
    let message = outcome.error()["message"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(message.starts_with("--query: "), "{message}");
    // Where nothing was changed, it is a matter of usage.
    let outcome = clouds
        .certctl(&["errors", "171", "--query", "sort(schema)"])
        .run()
        .expect(2);
    assert!(outcome.stdout.is_empty());
}
