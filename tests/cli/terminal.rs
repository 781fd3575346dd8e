//! A real terminal: tables that fit it, colour, and errors.

use unicode_width::UnicodeWidthStr;

use crate::support::pty::{on_a_terminal, uncoloured};
use crate::support::{Call, Clouds};

/// Without progress: a machine may be slow enough for a bar.
const CHANGE: [&str; 7] = [
    "cdn",
    "set",
    "--domains",
    "a.com,b.com,c.com",
    "--on",
    "--no-preview",
    "-q",
];

fn call(clouds: &Clouds, args: &[&str]) -> Call {
    clouds.certctl(args).unasked().env("TERM", "xterm")
}

/// The table alone, without colours.
fn table(clouds: &Clouds, args: &[&str], width: u16) -> String {
    let outcome = on_a_terminal(call(clouds, args), width);
    let text = uncoloured(&outcome.stdout);
    let lines = text.split_inclusive('\n');
    let is_talk = |line: &&str| {
        ["note:", "error:", "hint:"]
            .iter()
            .any(|word| line.starts_with(word))
    };
    lines.filter(|line| !is_talk(line)).collect()
}

/// The headers of a table: two blanks stand between them.
fn headers(text: &str) -> Vec<&str> {
    let head = text.lines().next().expect("a header");
    head.split("  ")
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect()
}

#[test]
fn tables_fit_the_terminal() {
    let clouds = Clouds::new();
    for (args, most, least) in [
        (
            &["cdn", "list"][..],
            &[
                "DOMAIN",
                "STATUS",
                "HTTPS",
                "CERTIFICATE NAME",
                "CHECK",
                "EXPIRES",
                "DAYS LEFT",
            ][..],
            &["DOMAIN", "STATUS", "DAYS LEFT"][..],
        ),
        (
            &["ulb", "list"],
            &[
                "LOAD BALANCER",
                "KIND",
                "LISTENER",
                "PROTOCOL",
                "PORT",
                "CERTIFICATE",
                "DEFAULT",
                "NAMES",
                "EXPIRES",
                "DAYS LEFT",
            ],
            &["LOAD BALANCER", "LISTENER", "CERTIFICATE", "DAYS LEFT"],
        ),
        (
            &["cas", "list"],
            &[
                "CERTIFICATE",
                "NAME",
                "NAMES",
                "SOURCE",
                "STATUS",
                "EXPIRES",
                "DAYS LEFT",
            ],
            &["CERTIFICATE", "STATUS", "DAYS LEFT"],
        ),
        (
            &CHANGE,
            &["TARGET", "STATUS", "ACTION", "DETAIL"],
            &["TARGET", "STATUS", "DETAIL"],
        ),
    ] {
        let mut columns = Vec::new();
        for width in [60, 80, 120] {
            let text = table(&clouds, args, width);
            for line in text.lines() {
                assert!(line.width() <= width.into(), "{args:?}, {width}: {text}");
            }
            let headers = headers(&text);
            for header in least {
                assert!(headers.contains(header), "{args:?}, {width}: {text}");
            }
            columns.push(headers.len());
        }
        assert!(columns.is_sorted(), "{args:?}: {columns:?}");
        let wide = table(&clouds, &[args, &["-o", "wide"]].concat(), 60);
        let piped = call(&clouds, &[args, &["-o", "wide"]].concat())
            .run()
            .stdout;
        let whole = call(&clouds, &[args, &["-o", "table"]].concat())
            .run()
            .stdout;
        assert_eq!(headers(&whole), most, "{args:?}");
        for text in [wide, piped] {
            assert!(!text.contains('…'), "{text}");
            for header in most.iter().filter(|header| **header != "DETAIL") {
                assert!(headers(&text).contains(header), "{args:?}: {text}");
            }
        }
    }
}

#[test]
fn columns_outranks_the_terminal_and_means_nothing_to_a_pipe() {
    let clouds = Clouds::new();
    let args = ["cas", "list"];
    let longest = |text: &str| text.lines().map(UnicodeWidthStr::width).max();
    let narrow = on_a_terminal(call(&clouds, &args).env("COLUMNS", "60"), 120).expect(0);
    assert!(
        longest(&uncoloured(&narrow.stdout)) <= Some(60),
        "{narrow:#?}"
    );
    let unknown = on_a_terminal(call(&clouds, &args).env("COLUMNS", "odd"), 80).expect(0);
    assert!(
        longest(&uncoloured(&unknown.stdout)) <= Some(80),
        "{unknown:#?}"
    );
    // A terminal that does not say how wide it is.
    let silent = on_a_terminal(call(&clouds, &args), 0).expect(0);
    assert!(
        longest(&uncoloured(&silent.stdout)) <= Some(80),
        "{silent:#?}"
    );
    let whole = call(&clouds, &args).args(&["-o", "table"]);
    let piped = call(&clouds, &args).args(&["-o", "table"]);
    let piped = piped.env("COLUMNS", "40").run().expect(0);
    assert_eq!(piped.stdout, whole.run().expect(0).stdout);
}

#[test]
fn what_is_chosen_stays_or_is_named() {
    let clouds = Clouds::new();
    let columns = "--columns=fingerprint,fingerprint_sha1,issuer,certificate";
    let args = ["cas", "list", columns];
    let outcome = on_a_terminal(call(&clouds, &args), 60).expect(0);
    assert!(outcome.stdout.contains("CERTIFICATE"), "{outcome:#?}");
    let outcome = on_a_terminal(call(&clouds, &args), 30).expect(0);
    let said = "--columns: no room for issuer, certificate: -o wide shows every column";
    assert!(outcome.stdout.contains(said), "{outcome:#?}");
}

/// Of one thing nothing is left out: what is long goes on below.
#[test]
fn one_thing_is_shown_whole() {
    let clouds = Clouds::new();
    let args = ["cdn", "show", "a.com"];
    let text = table(&clouds, &args, 60);
    assert!(text.lines().all(|line| line.width() <= 60), "{text}");
    assert!(!text.contains('…'), "{text}");
    let json = clouds.certctl(&args).run().expect(0).json();
    let fingerprint = json["results"][0]["fingerprint"]
        .as_str()
        .expect("a text")
        .to_owned();
    let joined: String = text.split_whitespace().collect();
    assert!(joined.contains(&fingerprint), "{text}");
}

#[test]
fn status_words_are_coloured_and_make_sense_without() {
    let clouds = Clouds::new();
    let coloured = on_a_terminal(call(&clouds, &CHANGE), 80).expect(9).stdout;
    for word in [
        "\x1b[32mchanged\x1b[0m",
        "\x1b[31mfailed\x1b[0m",
        "\x1b[1;31merror:\x1b[0m",
    ] {
        assert!(coloured.contains(word), "{coloured}");
    }
    let settled = |text: &str| -> Vec<String> {
        let ids = |line: &str| line.split("request").next().unwrap_or_default().to_owned();
        text.lines().map(ids).collect()
    };
    for plain in [
        call(&clouds, &CHANGE).env("NO_COLOR", "1"),
        call(&clouds, &CHANGE).arg("--color=never"),
        call(&clouds, &CHANGE).env("TERM", "dumb"),
    ] {
        let plain = on_a_terminal(plain, 80).expect(9).stdout;
        assert!(!plain.contains('\x1b'), "{plain}");
        assert_eq!(settled(&plain), settled(&uncoloured(&coloured)));
    }
    // Asked for, it is there off a terminal too, though never in what programs read.
    let asked = |form| {
        let call = call(&clouds, &CHANGE).args(&["--color=always", "-o", form]);
        call.env("NO_COLOR", "1").run().expect(9).stdout
    };
    assert!(asked("table").contains("\x1b[31mfailed\x1b[0m"));
    for form in ["json", "ndjson", "csv"] {
        assert!(!asked(form).contains('\x1b'));
    }
    assert!(
        !call(&clouds, &CHANGE)
            .arg("-otable")
            .run()
            .stdout
            .contains('\x1b')
    );
}

#[test]
fn an_error_is_text_on_a_terminal_too() {
    let clouds = Clouds::new();
    let args = ["cdn", "set", "--domains", "a.com"];
    for width in [60, 80, 120] {
        let shown = on_a_terminal(call(&clouds, &args), width).expect(2).stdout;
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("\x1b[1;31merror:\x1b[0m "), "{shown}");
        assert!(lines[1].starts_with("\x1b[1;36mhint:\x1b[0m "), "{shown}");
        let plain = on_a_terminal(call(&clouds, &args).env("NO_COLOR", "1"), width);
        assert_eq!(plain.stdout, uncoloured(&shown));
        let json = on_a_terminal(call(&clouds, &args).arg("-ojson"), width);
        assert!(
            json.stdout
                .starts_with("{\"schema\":\"certctl/v1\",\"error\":{"),
            "{json:#?}"
        );
    }
}
