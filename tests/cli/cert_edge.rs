//! The sandbox's edge: `certctl cert probe` sees there what was set.

use certctl::emulator::pki::Authority;
use serde_json::{Value, json};

use crate::support::{Clouds, Outcome, private};

fn rows(outcome: &Outcome) -> Vec<Value> {
    let json = outcome.json();
    json["results"].as_array().expect("results").clone()
}

/// A certificate for those names under `cert.pem` and `key.pem`.
fn pair(clouds: &Clouds, names: &[&str]) {
    let authority = Authority::generate().expect("a CA");
    let issued = authority.issue(names, 40).expect("a leaf");
    clouds.file("cert.pem", issued.fullchain);
    private(&clouds.file("key.pem", issued.key));
}

fn set(clouds: &Clouds, domains: &str) {
    let args = ["cdn", "set", "--cert", "cert.pem", "--key", "key.pem"];
    clouds
        .certctl(&[&args[..], &["--domains", domains]].concat())
        .run()
        .expect(0);
}

#[test]
fn it_shows_what_the_account_has() {
    let clouds = Clouds::new();
    let outcome = clouds.certctl(&["cert", "probe", "a.com"]).run().expect(0);
    let row = &rows(&outcome)[0];
    assert_eq!(
        (&row["trusted"], &row["covers_host"]),
        (&true.into(), &true.into())
    );
    assert_eq!(row["names"][0], "a.com");
    // HTTPS is off, or the domain is nobody's.
    for host in ["b.com", "c.com", "127.0.0.1:1"] {
        let outcome = clouds.certctl(&["cert", "probe", host]).run().expect(7);
        assert_eq!(outcome.statuses(), ["failed"], "{host}");
    }
    clouds
        .certctl(&["cdn", "set", "--domains", "b.com", "--on"])
        .run()
        .expect(0);
    clouds.certctl(&["cert", "probe", "b.com"]).run().expect(0);
    clouds
        .certctl(&["cdn", "set", "--domains", "b.com", "--off", "--yes"])
        .run()
        .expect(0);
    clouds.certctl(&["cert", "probe", "b.com"]).run().expect(7);
}

#[test]
fn what_was_set_is_what_is_served() {
    let clouds = Clouds::new();
    pair(&clouds, &["a.com", "*.example.com"]);
    let expect = |hosts: &[&str]| {
        let args = [&["cert", "probe", "--expect", "cert.pem"], hosts].concat();
        clouds.certctl(&args).run()
    };
    expect(&["a.com"]).expect(8);
    set(&clouds, "a.com,*.example.com");
    let outcome = expect(&["a.com", "*.example.com", "www.example.com"]).expect(0);
    let rows = rows(&outcome);
    assert_eq!(rows[1]["servername"], "certctl-probe.example.com");
    assert!(
        rows.iter()
            .all(|row| row["expected"] == true && row["trusted"] == false)
    );
    // The exact name has a domain of its own.
    assert_eq!(expect(&["example.com"]).expect(8).statuses(), ["failed"]);
}

#[test]
fn a_change_takes_its_time_and_is_waited_for() {
    let clouds = Clouds::with(json!({"account": {"cdn_settle_ms": 3000}}));
    pair(&clouds, &["a.com"]);
    set(&clouds, "a.com");
    let args = ["cert", "probe", "a.com", "--expect", "cert.pem"];
    clouds.certctl(&args).run().expect(8);
    clouds.certctl(&args).arg("--wait=30s").run().expect(0);
}

#[test]
fn stale_addresses_never_learn_of_it() {
    let clouds = Clouds::with(json!({"edge": {"stale": 2}}));
    pair(&clouds, &["a.com"]);
    clouds.certctl(&["cert", "probe", "a.com"]).run().expect(0);
    set(&clouds, "a.com");
    let outcome = clouds
        .certctl(&["cert", "probe", "a.com", "--expect", "cert.pem"])
        .run()
        .expect(9);
    assert_eq!(outcome.statuses(), ["ok", "failed", "failed"]);
    let fingerprints: Vec<Value> = rows(&outcome)
        .iter()
        .map(|row| row["fingerprint"].clone())
        .collect();
    assert_eq!(fingerprints[1], fingerprints[2]);
    let one = Clouds::with(json!({"edge": {"stale": true}}));
    let outcome = one.certctl(&["cert", "probe", "a.com"]).run().expect(0);
    assert_eq!(outcome.statuses(), ["ok", "ok"]);
}
