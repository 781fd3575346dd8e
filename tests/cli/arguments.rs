//! What the command line takes and refuses: lists, limits, empty values, conflicts, places of the
//! global flags. Whatever is refused here has sent nothing.

use serde_json::json;

use crate::support::{Call, Clouds, Outcome};

/// Runs a command that is refused; returns the error's message and hint.
#[track_caller]
fn refused(clouds: &Clouds, args: &[&str], status: i32) -> (String, String) {
    said(clouds, clouds.certctl(args).run(), status)
}

#[track_caller]
fn said(clouds: &Clouds, outcome: Outcome, status: i32) -> (String, String) {
    let outcome = outcome.expect(status);
    let error = outcome.error();
    assert_eq!(outcome.stdout, "", "{outcome:#?}");
    assert!(clouds.log().is_empty(), "{outcome:#?}");
    let text = |name: &str| error[name].as_str().expect("a text").to_owned();
    assert!(!text("message").contains(['\n', '\r', '\u{1b}']));
    (text("message"), text("hint"))
}

/// The domains that arrived, call by call.
fn domains_sent(clouds: &Clouds) -> Vec<String> {
    let calls = clouds.calls("BatchSetCdnDomainServerCertificate");
    let name = |params: &serde_json::Map<_, serde_json::Value>| {
        params["DomainName"].as_str().expect("text").to_owned()
    };
    calls.iter().map(|entry| name(&entry.params)).collect()
}

const ATTACH: [&str; 6] = [
    "ga",
    "attach",
    "--accelerator",
    "ga-bp1odcab8tmno0hdq****",
    "--listener",
    "lsr-bp1bpn0kn908w4nbw****",
];

pub const REPLACE: [&str; 6] = [
    "ulb",
    "replace",
    "--old",
    "ssl-old0001",
    "--new",
    "ssl-new0001",
];

pub fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [base, more].concat()
}

#[test]
fn lists_come_with_commas_repeated_and_from_files() {
    for args in [
        &["--domains", "a.com,b.com"][..],
        &["--domains", "a.com", "--domains", "b.com"],
        &["--domains", " a.com , b.com "],
        &["--domains=a.com,b.com,a.com,A.COM"],
        &["--domains-file", "list"],
        &["--domains", "a.com", "--domains-file", "rest"],
        &["--domains", "-"],
        &["--domains-file", "-"],
    ] {
        let clouds = Clouds::new();
        let list = "\u{feff}a.com\r\n# a comment\r\n\r\n b.com # why\r\na.com\r\n";
        clouds.file("list", list);
        clouds.file("rest", "b.com");
        let base = clouds.certctl(&with(&["cdn", "set", "--no-preview", "--on"], args));
        let outcome = base.stdin(list).run().expect(0);
        assert_eq!(domains_sent(&clouds), ["a.com,b.com"], "{args:?}");
        let targets: Vec<_> = outcome.json()["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["target"].clone())
            .collect();
        assert_eq!(targets, ["a.com", "b.com"], "{args:?}");
    }
}

#[test]
fn lists_that_cannot_be_read_name_file_and_line() {
    let clouds = Clouds::new();
    clouds.file("latin1", b"a.com\nb\xFCcher.example\n");
    clouds.file("utf16", b"\xFF\xFEa\0.\0c\0o\0m\0");
    clouds.file("empty", "# nothing\n\n");
    clouds.file("bad", "a.com\r\n\r\nb com\r\n");
    let set = |file: &str| clouds.certctl(&["cdn", "set", "--on", "--domains-file", file]);
    for (file, status, message) in [
        ("latin1", 2, "latin1, line 2 is not UTF-8"),
        ("utf16", 2, "utf16, line 1 is not UTF-8"),
        (
            "empty",
            2,
            "the list of domains is empty: empty has no items",
        ),
        ("bad", 2, "bad, line 3: 'b com' contains a space"),
        ("missing", 11, "missing: no such file"),
        (".", 11, ".: is a directory"),
    ] {
        assert_eq!(said(&clouds, set(file).run(), status).0, message);
    }
    let piped = set("-").stdin("a.com\nb..com\n").run();
    let (message, hint) = said(&clouds, piped, 2);
    assert!(
        message.starts_with("standard input, line 2: 'b..com' has an empty label"),
        "{message}"
    );
    assert!(hint.contains("nothing was sent"), "{hint}");
    let (message, _) = said(&clouds, set("-").run(), 2);
    assert_eq!(
        message,
        "the list of domains is empty: standard input has no items"
    );
    // A list that is too long must not be taken for a shorter one.
    let endless = set("-").stdin(vec![b'#'; 16 * 1024 * 1024 + 1]).run();
    assert_eq!(
        said(&clouds, endless, 11).0,
        "standard input: too large: more than 16777216 bytes, the limit is 16777216"
    );
}

#[test]
fn malformed_domains_are_named_with_their_place() {
    let clouds = Clouds::new();
    let label = format!("{}.com", "a".repeat(64));
    let name = format!("{}com", "a.".repeat(126));
    for (domain, reason) in [
        ("a b.com", "contains a space"),
        ("https://a.com", "is a URL, not a domain: remove https://"),
        ("a.com/x", "contains '/': use the host name only"),
        ("a.com:443", "contains ':': use the host name only"),
        (
            "a..com",
            "has an empty label (two dots, or a dot at an end)",
        ),
        (
            "a.com.",
            "has an empty label (two dots, or a dot at an end)",
        ),
        (label.as_str(), "has a label of 64 characters; at most 63"),
        (name.as_str(), "is 255 characters long; at most 253"),
        ("a\u{1b}[31m.com", "contains the character U+001B"),
        ("a\tb.com", "contains the character U+0009"),
        (
            "*.*.com",
            "has '*' in another place than the whole first label",
        ),
        (
            "a.*.com",
            "has '*' in another place than the whole first label",
        ),
        ("-a.com", "has a label that begins or ends with '-'"),
        (
            "xn--\u{301}.com",
            "is not a valid international domain name (RFC 5891)",
        ),
    ] {
        let list = format!("--domains=b.com,{domain}");
        let (message, _) = refused(&clouds, &["cdn", "set", "--on", &list], 2);
        assert!(message.starts_with("--domains, item 2: '"), "{message}");
        assert!(message.ends_with(reason), "{message}");
    }
}

#[test]
fn names_are_sent_as_the_clouds_spell_them() {
    let clouds = Clouds::new();
    let list = "*.example.com,.example.net,WWW.Example.org,bücher.example.com";
    let outcome = clouds
        .certctl(&["cdn", "set", "--on", "--domains", list])
        .run()
        .expect(0);
    assert_eq!(
        domains_sent(&clouds),
        [".example.com,.example.net,www.example.org,xn--bcher-kva.example.com"]
    );
    assert_eq!(outcome.json()["results"][3]["target"], "bücher.example.com");
}

#[test]
fn empty_values_are_refused_for_every_flag() {
    let cdn = ["cdn", "set", "--domains", "a.com", "--on"];
    let csr = ["ssl", "csr", "delete", "--yes", "--ids", "22"];
    let globals = [
        "--profile",
        "--config",
        "--output",
        "--endpoint",
        "--signature",
        "--timeout",
        "--deadline",
        "--max-attempts",
        "--rate",
        "--ca-bundle",
        "--color",
    ];
    let own: [(&[&str], &[&str]); 4] = [
        (
            &cdn,
            &[
                "--domains",
                "--domains-file",
                "--cert",
                "--key",
                "--cert-name",
                "--cert-type",
                "--cert-id",
                "--cert-region",
                "--region",
                "--via",
                "--batch-size",
            ],
        ),
        (&csr, &["--ids", "--ids-file", "--site"]),
        (
            &ATTACH,
            &["--accelerator", "--listener", "--cert", "--client-token"],
        ),
        (
            &REPLACE,
            &[
                "--listener",
                "--load-balancer",
                "--region",
                "--project-id",
                "--old",
                "--new",
            ],
        ),
    ];
    let clouds = Clouds::new();
    for (base, flags) in own {
        for flag in flags.iter().chain(&globals) {
            let base: Vec<&str> = match base.iter().position(|arg| arg == flag) {
                // A flag that may stand once only.
                Some(at) => [&base[..at], &base[at + 2..]].concat(),
                None => base.to_vec(),
            };
            let (message, hint) = refused(&clouds, &with(&base, &[flag, ""]), 2);
            assert!(message.contains(flag), "{flag}: {message}");
            assert!(!hint.is_empty());
        }
    }
}

#[test]
fn white_space_around_a_value_is_refused() {
    let clouds = Clouds::new();
    let (message, _) = refused(
        &clouds,
        &with(&REPLACE, &["--listener", "vserver-https1 "]),
        2,
    );
    assert!(
        message.contains("'--listener <LISTENER>': it begins or ends with white space"),
        "{message}"
    );
    let (message, _) = refused(
        &clouds,
        &with(&REPLACE, &["--listener", "vserver https1"]),
        2,
    );
    assert!(message.contains("it contains white space"), "{message}");
    let args = [
        "cdn",
        "set",
        "--domains",
        "a.com",
        "--on",
        "--cert-name",
        "a\nb",
    ];
    let (message, _) = refused(&clouds, &args, 2);
    assert!(
        message.contains("it contains a control character"),
        "{message}"
    );
}

#[test]
fn ids_are_whole_numbers_from_1() {
    let clouds = Clouds::new();
    for (ids, reason) in [
        ("0", "item 1: '0' is not a CSR id: the lowest id is 1"),
        ("-5", "item 1: '-5' is not a CSR id: the lowest id is 1"),
        ("-5,11", "item 1: '-5' is not a CSR id: the lowest id is 1"),
        (
            "11,184467440737095516169",
            "item 2: '184467440737095516169' is larger than any CSR id",
        ),
        ("12x", "item 1: '12x' is not a number"),
        ("+5", "item 1: '+5' is not a number"),
        ("1.0", "item 1: '1.0' is not a number"),
        ("11,,22", "item 2 is empty"),
        ("--yes", "item 1: '--yes' is not a number"),
    ] {
        let (message, _) = refused(&clouds, &["ssl", "csr", "delete", "--yes", "--ids", ids], 2);
        assert_eq!(message, format!("--ids, {reason}"));
    }
    let (message, _) = refused(&clouds, &["ssl", "csr", "delete", "--yes"], 2);
    assert_eq!(message, "the list of ids is empty");
}

#[test]
fn the_clouds_limits_are_kept_in_calls() {
    let clouds = Clouds::new();
    let domains: Vec<String> = (1..=51).map(|n| format!("d{n}.example.com")).collect();
    let base = ["cdn", "set", "--no-preview", "--on", "--domains"];
    let all = domains.join(",");
    clouds.certctl(&with(&base, &[&all])).run().expect(0);
    let sizes: Vec<_> = domains_sent(&clouds)
        .iter()
        .map(|names| names.split(',').count())
        .collect();
    assert_eq!(sizes, [50, 1]);
    clouds
        .certctl(&with(
            &base,
            &[&domains[..7].join(","), "--batch-size", "3"],
        ))
        .run()
        .expect(0);
    let sent = domains_sent(&clouds);
    let mut rest = sent[2..].to_vec();
    rest.sort();
    assert_eq!(
        rest,
        [
            "d1.example.com,d2.example.com,d3.example.com",
            "d4.example.com,d5.example.com,d6.example.com",
            "d7.example.com",
        ]
    );

    let ids: Vec<String> = (101..=201).map(|id| id.to_string()).collect();
    let clouds = Clouds::new();
    clouds
        .certctl(&["ssl", "csr", "delete", "--yes", "--ids", &ids.join(",")])
        .run()
        .expect(0);
    let sizes: Vec<_> = clouds
        .calls("BatchDeleteCSR")
        .iter()
        .map(|entry| entry.params["CSRIds"].as_array().expect("a list").len())
        .collect();
    assert_eq!(sizes, [100, 1]);

    let clouds = Clouds::with(json!({"account": {"ga_settle_ms": 0}}));
    let pairs: Vec<String> = (1..=11)
        .map(|n| format!("{n}-cn-hangzhou=d{n}.example.com"))
        .collect();
    clouds
        .certctl(&with(
            &ATTACH,
            &["--no-preview", "--cert", &pairs.join(",")],
        ))
        .run()
        .expect(0);
    let calls = clouds.calls("AssociateAdditionalCertificatesWithListener");
    let sizes: Vec<_> = calls
        .iter()
        .map(|entry| {
            let names = entry.params.keys();
            names.filter(|name| name.ends_with(".Domain")).count()
        })
        .collect();
    assert_eq!(sizes, [10, 1]);
    assert_ne!(
        calls[0].params["ClientToken"],
        calls[1].params["ClientToken"]
    );
}

#[test]
fn texts_have_their_documented_lengths() {
    let clouds = Clouds::new();
    let set = ["cdn", "set", "--domains", "a.com", "--on", "--cert-name"];
    for name in [
        "x".repeat(128),
        "证书".repeat(64),
        "my 证书 2026".to_owned(),
    ] {
        clouds.certctl(&with(&set, &[&name])).run().expect(0);
        let calls = clouds.calls("BatchSetCdnDomainServerCertificate");
        assert_eq!(calls.last().expect("a call").params["CertName"], name);
    }
    let clouds = Clouds::new();
    for name in ["x".repeat(129), "证".repeat(129)] {
        let (message, _) = refused(&clouds, &with(&set, &[&name]), 2);
        assert_eq!(
            message,
            "--cert-name has 129 characters; at most 128 are allowed"
        );
    }
    let attach = with(
        &ATTACH,
        &[
            "--no-preview",
            "--cert",
            "6092-cn-hangzhou=a.com",
            "--client-token",
        ],
    );
    for (token, reason) in [
        (
            "x".repeat(65),
            "it has 65 characters; at most 64 are allowed",
        ),
        ("é".to_owned(), "it has characters that are not ASCII"),
        ("a b".to_owned(), "it contains white space"),
    ] {
        let (message, _) = refused(&clouds, &with(&attach, &[&token]), 2);
        assert!(message.ends_with(reason), "{message}");
        assert!(message.contains("--client-token"), "{message}");
    }
    let token = "x".repeat(64);
    clouds.certctl(&with(&attach, &[&token])).run().expect(0);
    let calls = clouds.calls("AssociateAdditionalCertificatesWithListener");
    assert_eq!(calls[0].params["ClientToken"], token);
}

#[test]
fn numbers_have_their_bounds() {
    let clouds = Clouds::new();
    for (flag, values) in [
        ("--batch-size", &["0", "51", "-1", "x", "1.5"][..]),
        ("--rate", &["0", "-1", "1001", "x"]),
        ("--max-attempts", &["0", "-1", "101", "x"]),
        ("--timeout", &["0", "-1", "nan", "inf", "1e9", "30x"]),
        ("--deadline", &["0", "-1", "nan", "inf", "1e9", "x"]),
    ] {
        for value in values {
            let args = ["cdn", "set", "--domains", "a.com", "--on", flag, value];
            let (message, _) = refused(&clouds, &args, 2);
            assert!(
                message.starts_with(&format!("invalid value '{value}' for '{flag} <")),
                "{message}"
            );
        }
    }
    for more in [
        ["--batch-size", "1"],
        ["--batch-size", "50"],
        ["--rate", "1000"],
        ["--max-attempts", "1"],
        ["--timeout", "2.5"],
        ["--timeout", "30s"],
        ["--deadline", "2w"],
        ["--deadline", "60"],
    ] {
        let base = ["cdn", "set", "--domains", "a.com", "--on"];
        clouds.certctl(&with(&base, &more)).run().expect(0);
    }
}

#[test]
fn flags_that_contradict_each_other() {
    let clouds = Clouds::new();
    clouds.file("c.pem", "");
    let set = ["cdn", "set", "--domains", "a.com"];
    for (more, words) in [
        (&["--on", "--off"][..], "'--on' cannot be used with '--off'"),
        (&["--off", "--cert", "c.pem"], "cannot be used with"),
        (&["--off", "--cert-id", "1"], "cannot be used with"),
        (&["--off", "--cert-name", "n"], "cannot be used with"),
        (&["--off", "--cert-type", "cas"], "cannot be used with"),
        (
            &["--cert", "c.pem", "--key", "c.pem", "--cert-id", "1"],
            "cannot be used with",
        ),
        (&["--key", "c.pem"], "--key requires a certificate file"),
        (&["--cert", "c.pem"], "--key is required"),
        (
            &["--on", "--cert-region", "cn-hangzhou"],
            "--cert-region requires a certificate id",
        ),
        (&["--cert-id", "1-"], "it is not a certificate id"),
        (
            &["--cert", "1-cn-hangzhou", "--cert-region", "ap-southeast-1"],
            "1-cn-hangzhou contains its region, but --cert-region ap-southeast-1 is different",
        ),
        (
            &["--cert-id", "1", "--cert-type", "upload"],
            "requires --cert-type cas",
        ),
        (
            &["--on", "--cert-type", "upload"],
            "requires a certificate to upload",
        ),
        (
            &["--cert", "c.pem", "--key", "c.pem", "--cert-type", "free"],
            "--cert-type free uses the vendor's certificate",
        ),
        (
            &["--on", "--via", "single", "--region", "r"],
            "SetDomainServerCertificate does not support --region",
        ),
        (
            &["--on", "--via", "ssl", "--region", "r"],
            "SetCdnDomainSSLCertificate does not support --region",
        ),
        (
            &["--on", "--via", "ssl", "--force"],
            "SetCdnDomainSSLCertificate does not support --force",
        ),
        (
            &["--on", "--via", "batch", "--cert-type", "free"],
            "BatchSetCdnDomainServerCertificate does not support --cert-type free",
        ),
        (
            &["--via", "batch", "--cert-id", "1"],
            "BatchSetCdnDomainServerCertificate does not support a certificate id",
        ),
        (
            &["--via", "single", "--cert-id", "1"],
            "SetDomainServerCertificate does not support a certificate id",
        ),
        (
            &["--on", "-q", "-v"],
            "'--quiet' cannot be used with '--verbose...'",
        ),
        (&[], "nothing to set: add --on, --off or a certificate"),
    ] {
        let (message, _) = refused(&clouds, &with(&set, more), 2);
        assert!(message.contains(words), "{more:?}: {message}");
    }
    for (more, words) in [
        (
            &[][..],
            "the scope is missing: where should the certificate be replaced?",
        ),
        (
            &["--whole-project", "--listener", "l"],
            "cannot be used with",
        ),
        (
            &["--whole-project", "--load-balancer", "l"],
            "cannot be used with",
        ),
        (
            &["--listener", "l", "--listener", "m"],
            "cannot be used multiple times",
        ),
    ] {
        let (message, _) = refused(&clouds, &with(&REPLACE, more), 2);
        assert!(message.contains(words), "{more:?}: {message}");
    }
}

#[test]
fn slips_are_answered_with_what_was_meant() {
    let clouds = Clouds::new();
    for (args, message, hint) in [
        (
            &["cdn", "set", "--domians", "a.com", "--on"][..],
            "unexpected argument '--domians' found",
            "did you mean `--domains`?",
        ),
        (
            &["cdn", "sett"],
            "unrecognized subcommand 'sett'",
            "did you mean `certctl cdn set`?",
        ),
        (
            &["cdn", "set", "--domains", "a.com", "--on", "--via", "bach"],
            "invalid value 'bach' for '--via <CALL>' [possible values: auto, batch, single, ssl]",
            "did you mean `batch`?",
        ),
        (
            &["cnd", "set"],
            "unrecognized subcommand 'cnd'",
            "did you mean `certctl cdn`?",
        ),
        (
            &["ssl", "crs", "delete"],
            "unrecognized subcommand 'crs'",
            "did you mean `certctl ssl csr`?",
        ),
        (
            &["compl", "bash"],
            "unrecognized subcommand 'compl'",
            "did you mean `certctl completions`?",
        ),
        (
            &["cdn", "set", "--domains", "a.com", "--on", "--vai", "batch"],
            "unexpected argument '--vai' found",
            "did you mean `--via`?",
        ),
        (
            &["errors", "--clout=alibaba"],
            "unexpected argument '--clout' found",
            "did you mean `--cloud`?",
        ),
        (
            &["errors", "--max-atempts", "3"],
            "unexpected argument '--max-atempts' found",
            "did you mean `--max-attempts`?",
        ),
        (
            &["errors", "--cloud", "tencnet"],
            "invalid value 'tencnet' for '--cloud <CLOUD>' [possible values: alibaba, tencent, ucloud]",
            "did you mean `tencent`?",
        ),
        (
            &["completions", "zhs"],
            "invalid value 'zhs' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]",
            "did you mean `zsh`?",
        ),
        (
            &["qqq"],
            "unrecognized subcommand 'qqq'",
            "see `certctl --help`",
        ),
        (
            &["cdn", "set", "--qqqq"],
            "unexpected argument '--qqqq' found",
            "see `certctl cdn set --help`",
        ),
        (
            &["cdn", "set", "--timeout", "x"],
            "invalid value 'x' for '--timeout <DURATION>': use a number and s, m, h, d or w, such as 90s or 30d",
            "see `certctl cdn set --help`",
        ),
    ] {
        let said = refused(&clouds, args, 2);
        assert_eq!((said.0.as_str(), said.1.as_str()), (message, hint));
    }
    for (args, name) in [
        (&[][..], "certctl"),
        (&["cdn"], "certctl cdn"),
        (&["ssl", "csr"], "certctl ssl csr"),
    ] {
        let (message, hint) = refused(&clouds, args, 2);
        let begins = format!("'{name}' requires a subcommand but one was not provided [subcom");
        assert!(message.starts_with(&begins), "{message}");
        assert_eq!(hint, format!("see `{name} --help`"));
    }
    let (message, _) = refused(&clouds, &["ga", "attach"], 2);
    for flag in ["--accelerator", "--listener"] {
        assert!(message.contains(flag), "{message}");
    }
}

#[test]
fn refusals_are_words_where_a_table_is_asked_for() {
    let clouds = Clouds::new();
    for args in [
        &["-o", "table", "cdn", "set", "--domians", "a.com"][..],
        &["cdn", "set", "--domians", "a.com", "--output=table"],
    ] {
        let outcome = clouds.certctl(args).run().expect(2);
        assert_eq!(
            outcome.stderr,
            "error: unexpected argument '--domians' found\n\
             hint: did you mean `--domains`?\n"
        );
        assert_eq!(outcome.stdout, "");
    }
    let outcome = clouds
        .certctl(&["ssl", "csr", "delete", "--ids", "0", "--yes"])
        .env("CERTCTL_OUTPUT", "table")
        .run()
        .expect(2);
    assert!(
        outcome.stderr.starts_with("error: --ids, item 1: '0'"),
        "{outcome:#?}"
    );
}

#[test]
fn global_flags_stand_before_and_after_the_command() {
    for args in [
        &[
            "--dry-run",
            "-o",
            "json",
            "cdn",
            "set",
            "--domains",
            "a.com",
            "--off",
        ][..],
        &[
            "cdn",
            "--dry-run",
            "set",
            "--output",
            "json",
            "--domains",
            "a.com",
            "--off",
        ],
        &[
            "cdn",
            "set",
            "--domains",
            "a.com",
            "--off",
            "--dry-run",
            "-ojson",
        ],
    ] {
        let clouds = Clouds::new();
        let outcome = clouds.certctl(args).run().expect(0);
        assert_eq!(outcome.statuses(), ["planned"]);
        assert!(clouds.log().is_empty());
    }
    let clouds = Clouds::new();
    let endpoint = clouds.endpoint();
    for args in [
        &[
            "--endpoint",
            &endpoint,
            "cdn",
            "set",
            "--domains",
            "a.com",
            "--on",
        ][..],
        &[
            "cdn",
            "set",
            "--domains",
            "a.com",
            "--on",
            "--endpoint",
            &endpoint,
        ],
    ] {
        clouds
            .certctl(args)
            .without("CERTCTL_ENDPOINT")
            .run()
            .expect(0);
    }
    assert_eq!(clouds.log().len(), 2);
}

#[test]
fn a_key_on_the_command_line_is_never_echoed() {
    let clouds = Clouds::new();
    let key = include_str!("../pki/p256.key.pem");
    let joined = format!("--key={key}");
    let set = ["cdn", "set", "--domains", "a.com", "--cert", "c.pem"];
    for more in [&["--key", key][..], &[&joined], &["--key", "k.pem", key]] {
        for format in ["json", "table"] {
            let outcome = clouds
                .certctl(&with(&with(&set, more), &["-o", format]))
                .run()
                .expect(2);
            let body = key.lines().nth(1).expect("a line of base64");
            assert!(!outcome.stderr.contains(&body[..12]), "{outcome:#?}");
            assert!(outcome.stderr.contains("PEM text is on the command line"));
            assert!(outcome.stderr.contains("replace it"), "{outcome:#?}");
            assert_eq!(outcome.stdout, "");
        }
    }
    assert!(clouds.log().is_empty());
}

#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let clouds = Clouds::new();
    let bytes = OsStr::from_bytes(b"a\xFF.com");
    let outcome = clouds
        .certctl(&["cdn", "set", "--on", "--domains"])
        .arg(bytes)
        .run()
        .expect(2);
    assert_eq!(outcome.error()["kind"], "usage");
    // A file may have any name.
    let list = clouds.home().join(bytes);
    std::fs::write(&list, "b.com\n").expect("the file can be written");
    clouds
        .certctl(&["cdn", "set", "--on", "--domains-file"])
        .arg(bytes)
        .run()
        .expect(0);
    assert_eq!(domains_sent(&clouds), ["b.com"]);
}

#[test]
fn help_and_version_need_no_environment() {
    let help = Call::new(&["cdn", "set", "--help"]).run().expect(0);
    for word in ["--domains", "Examples:", "--dry-run"] {
        assert!(help.stdout.contains(word), "{word}");
    }
    assert_eq!(help.stderr, "");
}
