//! A variable for every global flag: what it does, what outranks it, and what is wrong with it.

use certctl::cli::Cli;
use certctl::config::env::OF_FLAGS;
use clap::CommandFactory;

use crate::support::{Call, Clouds};

/// Flags that have none: consent, plans and what lifts a check belong to one command line.
const WITHOUT: [&str; 5] = ["allow-http", "dry-run", "help", "version", "yes"];

/// A flag's name in `config show`, a value that is fine, how it is shown, and one that is broken.
const VALUES: [(&str, &str, &str, &str, &str); 11] = [
    ("columns", "columns", "name,value", "name,value", "a, b"),
    ("query", "query", "results", "results", " results"),
    ("signature", "signature", "acs3", "acs3", "hmac"),
    ("timeout", "timeout", "7", "7s", "soon"),
    ("deadline", "deadline", "90", "90s", "-1"),
    ("max-attempts", "max_attempts", "3", "3", "0"),
    ("rate", "rate", "4", "4", "many"),
    ("ca-bundle", "ca_bundle", "/tmp/ca.pem", "/tmp/ca.pem", ""),
    ("verbose", "verbose", "1", "1", "loud"),
    ("quiet", "quiet", "true", "true", "hush"),
    ("color", "color", "never", "never", "red"),
];

fn variable(flag: &str) -> &'static str {
    let found = OF_FLAGS.iter().find(|(name, _)| *name == flag);
    found.expect("a flag that has a variable").1
}

#[test]
fn every_global_flag_has_a_variable() {
    let mut root = Cli::command();
    root.build();
    let flags = root.get_arguments().filter_map(|arg| arg.get_long());
    let flags: Vec<String> = flags.map(str::to_owned).collect();
    assert!(flags.len() > 15, "{flags:?}");
    for flag in &flags {
        let has = OF_FLAGS.iter().any(|(name, _)| name == flag);
        let excepted = WITHOUT.contains(&flag.as_str());
        assert!(
            has != excepted,
            "--{flag} has no variable, or is excepted for nothing"
        );
    }
    let page = include_str!("../../docs/configuration.md");
    for (flag, variable) in OF_FLAGS {
        assert!(
            flags.iter().any(|name| name == flag),
            "no flag is called --{flag}"
        );
        let name = flag.to_ascii_uppercase().replace('-', "_");
        assert_eq!(variable, format!("CERTCTL_{name}"));
        assert!(
            page.contains(&format!("`{variable}`")),
            "{variable} is not documented"
        );
    }
}

fn row(call: Call, name: &str) -> serde_json::Value {
    let outcome = call.args(&["-o", "json"]).run().expect(0);
    let json = outcome.json();
    let mut rows = json["results"].as_array().expect("rows").iter();
    let row = rows.rfind(|row| row["name"] == name);
    row.expect("the row").clone()
}

#[test]
fn config_show_tells_where_a_flag_comes_from() {
    let clouds = Clouds::new();
    let show = || clouds.certctl(&["config", "show"]);
    for (flag, name, value, shown, _) in VALUES {
        // What is shown of the document cannot be asked about here.
        if matches!(flag, "columns" | "query") {
            continue;
        }
        let found = row(show().env(variable(flag), value), name);
        assert_eq!(found["value"], shown, "{flag}");
        let origin = serde_json::json!({"source": "env", "variable": variable(flag)});
        assert_eq!(found["origin"], origin, "{flag}");
    }
    // The flag outranks the variable, also where that is the other end of the same thing.
    let call = show()
        .env(variable("timeout"), "7")
        .args(&["--timeout", "8"]);
    let found = row(call, "timeout");
    assert_eq!(
        (&found["value"], &found["origin"]["flag"]),
        (&"8s".into(), &"--timeout".into())
    );
    let call = show().env(variable("quiet"), "1").arg("-v");
    let found = row(call, "quiet");
    assert_eq!(found["reason"], "not set");
    let found = row(show(), "max_attempts");
    assert_eq!(
        (&found["value"], &found["origin"]["source"]),
        (&"5".into(), &"default".into())
    );
    let found = row(show().env("SSL_CERT_FILE", "/x.pem"), "ca_bundle");
    assert_eq!(found["origin"]["variable"], "SSL_CERT_FILE");
    let call = show()
        .env("SSL_CERT_FILE", "/x.pem")
        .env(variable("ca-bundle"), "/y.pem");
    assert_eq!(row(call, "ca_bundle")["value"], "/y.pem");
}

#[test]
fn a_broken_variable_is_an_error_that_names_it() {
    let clouds = Clouds::new();
    for (flag, _, value, _, broken) in VALUES {
        let variable = variable(flag);
        let args = ["cdn", "list", "--domain", "b.com"];
        for text in [broken, ""] {
            let outcome = clouds.certctl(&args).env(variable, text).run().expect(3);
            let message = outcome.error()["message"].to_string();
            assert!(message.contains(variable), "{message}");
            assert!(
                outcome.error()["hint"].to_string().contains("unset")
                    || flag == "signature"
                    || text == " results",
                "{outcome:#?}"
            );
            assert!(
                !text.is_empty() || message.contains("is empty"),
                "{message}"
            );
            assert!(
                text.len() < 4 || !outcome.stderr.contains(text),
                "{outcome:#?}"
            );
            assert_eq!(outcome.stdout, "");
        }
        // What the command line says is not looked for elsewhere.
        if !matches!(flag, "ca-bundle" | "verbose" | "quiet") {
            let flag = format!("--{flag}={value}");
            let call = clouds.certctl(&args).env(variable, broken).arg(flag);
            assert_ne!(call.run().status, 3, "{variable}");
        }
    }
    let call = clouds.certctl(&["cdn", "list"]).env("CERTCTL_QUIET", "1");
    let outcome = call.env("CERTCTL_VERBOSE", "1").run().expect(3);
    let message = outcome.error()["message"].to_string();
    assert!(message.contains("CERTCTL_QUIET") && message.contains("CERTCTL_VERBOSE"));
}

#[test]
fn variables_do_what_the_flags_do() {
    let clouds = Clouds::new();
    let list = || clouds.certctl(&["cdn", "list"]);
    let call = list().env("CERTCTL_COLUMNS", "domain,status");
    let by_env = call.args(&["-o", "csv"]).run().expect(0).stdout;
    let call = list().args(&["-o", "csv", "--columns", "domain,status"]);
    assert_eq!(by_env, call.run().expect(0).stdout);
    assert_eq!(by_env.lines().next(), Some("domain,status"));

    let call = list().env("CERTCTL_QUERY", "length(results)");
    assert!(call.run().expect(0).stdout.trim().parse::<u32>().is_ok());

    let loud = list().env("CERTCTL_VERBOSE", "2").run().expect(0).stderr;
    assert!(loud.contains("DescribeUserDomains"), "{loud}");
    let color = |value: &str| {
        let call = Call::new(&["cdn", "nosuch"]).unasked();
        let outcome = call.env("CERTCTL_COLOR", value).env("NO_COLOR", "1").run();
        outcome.expect(2).stderr.contains('\u{1b}')
    };
    assert!(color("always") && !color("never"));

    let call = list()
        .env("CERTCTL_SIGNATURE", "acs3")
        .env("CERTCTL_VERBOSE", "2");
    assert!(call.run().expect(0).stderr.contains("x-acs-content-sha256"));
    let call = list().env("CERTCTL_DEADLINE", "0.000001").run();
    assert_eq!(call.expect(7).error()["kind"], "deadline");

    let tls = Clouds::with_tls(serde_json::json!({}));
    let ca = tls.certctl(&[]).value("SSL_CERT_FILE");
    let call = tls.certctl(&["cdn", "list"]).without("SSL_CERT_FILE");
    call.env("CERTCTL_CA_BUNDLE", ca).run().expect(0);
    let call = tls
        .certctl(&["cdn", "list"])
        .env("CERTCTL_CA_BUNDLE", "/none.pem");
    let outcome = call.run().expect(3);
    let message = outcome.error()["message"].to_string();
    assert!(message.contains("CERTCTL_CA_BUNDLE"), "{message}");
}
