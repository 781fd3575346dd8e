//! `certctl cert probe --expect`: whether a change has arrived, with all that clients need to trust it.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::time::Instant;

use serde_json::Value;

use super::cert_probe::{LOOPBACK, Scene, Server, message, rows, serving, shake};
use super::tls::authority;
use crate::support::Call;

#[test]
fn a_stale_address_is_named() {
    let scene = Scene::new();
    let new = scene.issue(&["a.example.com"], 80);
    let old = scene.issue(&["a.example.com"], 5);
    scene.file("new.pem", &new.certificate.pem());
    let (fresh, stale) = (Server::tls(new.config()), Server::tls(old.config()));
    let probe = |connect: &[&Server], more: &[&str]| {
        let connect: Vec<String> = connect.iter().map(|server| server.at()).collect();
        let mut args = vec!["a.example.com", "--expect", "new.pem"];
        for address in &connect {
            args.extend(["--connect", address]);
        }
        scene.probe(&[&args[..], more].concat()).run()
    };
    let outcome = probe(&[&fresh, &stale], &[]).expect(9);
    assert_eq!(outcome.json()["ok"], false);
    let found = rows(&outcome);
    assert_eq!(found.len(), 2);
    assert_eq!(
        (&found[0]["address"], &found[0]["status"]),
        (&fresh.at().into(), &"ok".into())
    );
    assert_eq!(found[0]["expected"], true);
    assert_eq!(found[1]["address"], stale.at());
    assert_eq!(found[1]["expected"], false);
    assert_eq!(found[1]["trusted"], true);
    assert_eq!(found[1]["days_left"], 4);
    assert_eq!(found[1]["error"]["kind"], "certificate");
    assert!(message(&found[1]).contains("the server sends another certificate"));
    let told = format!("a.example.com at {}", stale.at());
    assert!(outcome.stderr.contains(&told), "{outcome:#?}");
    assert!(!outcome.stderr.contains(&fresh.at()), "{outcome:#?}");

    // All as expected, none as expected.
    probe(&[&fresh], &[]).expect(0);
    probe(&[&stale], &[]).expect(8);
    let table = probe(&[&fresh, &stale], &["-o", "table"]).expect(9).stdout;
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(
        table
            .lines()
            .nth(2)
            .unwrap()
            .contains("another certificate"),
        "{table}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn every_address_of_a_host_on_one_port() {
    let scene = Scene::new();
    let new = scene.issue(&["a.example.com"], 80);
    let old = scene.issue(&["a.example.com"], 5);
    scene.file("new.pem", &new.certificate.pem());
    let fresh = Server::tls(new.config());
    let second = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let listener = TcpListener::bind((second, fresh.address.port())).expect("the second address");
    let config = old.config();
    let stale = Server::on(listener, move |stream, _| shake(&config, stream));
    let target = format!("a.example.com:{}", fresh.address.port());
    let args = [
        target.as_str(),
        "--connect",
        "127.0.0.2,127.0.0.1",
        "--expect",
        "new.pem",
    ];
    let outcome = scene.probe(&args).run().expect(9);
    let rows = rows(&outcome);
    assert_eq!(rows[0]["address"], stale.at());
    assert_eq!(rows[0]["status"], "failed");
    assert_eq!(rows[1]["address"], fresh.at());
    assert_eq!(rows[1]["status"], "ok");
}

/// A server may have a certificate for each kind of key, and shows what the client can use.
#[test]
fn one_of_several_may_be_expected() {
    let scene = Scene::new();
    let (one, other) = (scene.issue(&["a.com"], 20), scene.issue(&["a.com"], 30));
    scene.file("one.pem", &one.certificate.pem());
    scene.file("other.pem", &other.certificate.pem());
    let servers = [Server::tls(one.config()), Server::tls(other.config())];
    let third = Server::tls(scene.issue(&["a.com"], 40).config());
    let connect = format!("{},{},{}", servers[0].at(), servers[1].at(), third.at());
    let args = ["a.com", "--connect", &connect];
    let expect = ["--expect", "one.pem", "--expect", "other.pem"];
    let outcome = scene.probe(&[&args[..], &expect].concat()).run().expect(9);
    assert_eq!(outcome.statuses(), ["ok", "ok", "failed"]);
    assert!(message(&rows(&outcome)[2]).contains(" or "));
}

#[test]
fn expected_is_the_leaf_of_a_chain_below_whatever_root() {
    let scene = Scene::new();
    let issued = scene.issue(&["a.example.com"], 20);
    let server = Server::tls(issued.config());
    let chain = scene.authority.pem() + &issued.certificate.pem();
    scene.file("chain.pem", &chain);
    scene.file("other-ca.pem", &authority("another").pem());
    let args = [
        "cert",
        "probe",
        "a.example.com",
        "--connect",
        &server.at(),
        "--ca-bundle",
        "other-ca.pem",
        "--expect",
    ];
    let probe = |file: &str| {
        let mut call = Call::new(&[&args[..], &[file]].concat());
        call.command.current_dir(scene.folder.path());
        call
    };
    let outcome = probe("chain.pem").run().expect(0);
    assert_eq!(rows(&outcome)[0]["trusted"], false);
    let mut der = scene.folder.path().join("leaf.der");
    std::fs::write(&der, issued.certificate.der()).expect("written");
    // Whether a root issued it, or an intermediate that is missing, these files do not say.
    probe("leaf.der").run().expect(8);
    probe("-").stdin(issued.certificate.pem()).run().expect(8);
    der.set_file_name("key.pem");
    std::fs::write(&der, issued.key.serialize_pem()).expect("written");
    for (file, status) in [("key.pem", 8), ("none.pem", 11)] {
        let outcome = probe(file).run().expect(status);
        assert_eq!(outcome.stdout, "");
    }
    server.visits(3);
}

/// Each certificate of a PEM text.
fn blocks(text: &str) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let blocks = text.split_inclusive(END).filter(|part| part.contains(END));
    blocks.map(|block| format!("{}\n", block.trim())).collect()
}

/// Clients that do not have the intermediate refuse the certificate without it.
#[test]
fn expected_is_the_certificate_with_what_clients_need_to_trust_it() {
    use certctl::emulator::pki::Authority;
    let scene = Scene::new();
    let public = Authority::called("Public").expect("a CA");
    let issued = public.issue(&["a.example.com"], 20).expect("a leaf");
    let parts = blocks(&issued.fullchain);
    let (leaf, intermediate) = (&parts[0], &parts[1]);
    let foreign = |name: &str| {
        let other = Authority::called(name).expect("a CA");
        let other = other.issue(&["b.example.com"], 20).expect("a leaf");
        format!("{leaf}{}", blocks(&other.fullchain)[1])
    };
    scene.file("whole.pem", &issued.fullchain);
    scene.file("with-root.pem", &(public.pem() + intermediate + leaf));
    scene.file("leaf.pem", leaf);
    scene.file(
        "other.pem",
        &scene.issue(&["a.example.com"], 20).certificate.pem(),
    );
    scene.file("root.pem", &public.pem());
    scene.file("intermediate.pem", intermediate);
    let chains = [
        issued.fullchain.clone(),
        leaf.clone(),
        // Of that name, with another key; and of another name.
        foreign("Public"),
        foreign("Another"),
        format!("{leaf}{}{intermediate}", public.pem()),
    ];
    let servers: Vec<Server> = chains
        .iter()
        .map(|chain| Server::tls(serving(chain, &issued.key)))
        .collect();
    let connect: Vec<String> = servers.iter().map(Server::at).collect();
    let connect = connect.join(",");
    let missing = "the server does not send the intermediate certificate that issued CN=a.example.com \
         (CN=Public, intermediate)";
    let wrong = "the server sends CN=Public, intermediate, which did not issue CN=a.example.com";
    let not_verified =
        "not verified: the server's certificate is signed by an unknown authority (CN=Public)";
    for file in ["whole.pem", "with-root.pem", "leaf.pem"] {
        let args = ["a.example.com", "--connect", &connect, "--expect", file];
        let outcome = scene.probe(&args).run().expect(9);
        let rows = rows(&outcome);
        for at in [0, 4] {
            let row = &rows[at];
            assert_eq!(row["status"], "ok", "{file}: {row}");
            assert_eq!(row["expected"], true);
            assert_eq!(row["trusted"], false);
            let note = row["note"].as_str().expect("a note");
            assert!(note.starts_with(not_verified), "{file}: {note}");
        }
        for (row, reason) in [(&rows[1], missing), (&rows[2], wrong), (&rows[3], missing)] {
            assert!(message(row).contains(reason), "{file}: {row}");
            assert_eq!(row["error"]["kind"], "certificate", "{row}");
            assert_eq!(row["expected"], false, "{row}");
            assert_eq!(row["note"], Value::Null, "{row}");
        }
        let told = format!(
            "note: a.example.com at {} (and 1 other address): {not_verified}",
            servers[0].at()
        );
        assert!(outcome.stderr.contains(&told), "{outcome:#?}");

        // Of several, one that fits is enough, wherever it stands.
        let also = ["--expect", "other.pem"];
        let several = scene.probe(&[&args[..], &also].concat()).run().expect(9);
        assert_eq!(several.statuses(), outcome.statuses());

        // With the root that is trusted, nothing is left to be said of it.
        let trusting = |bundle: &str| {
            let mut call =
                Call::new(&[&["cert", "probe", "--ca-bundle", bundle], &args[..]].concat());
            call.command.current_dir(scene.folder.path());
            call.run()
        };
        let outcome = trusting("root.pem").expect(9);
        assert_eq!(
            outcome.statuses(),
            ["ok", "failed", "failed", "failed", "ok"]
        );
        let found = self::rows(&outcome);
        assert_eq!(
            (&found[0]["trusted"], &found[0]["note"]),
            (&true.into(), &Value::Null)
        );
        assert!(message(&found[1]).contains(missing), "{}", found[1]);
        assert!(!outcome.stderr.contains("not verified"), "{outcome:#?}");
        // Who trusts the intermediate itself needs no more.
        let outcome = trusting("intermediate.pem").expect(0);
        assert_eq!(outcome.stderr, "");
    }
}

/// What is wrong for every client is no matter of whom this one trusts.
#[test]
fn what_no_client_takes_is_refused_where_it_is_expected_too() {
    use certctl::emulator::pki::{Authority, self_signed};
    let scene = Scene::new();
    let expired = Authority::generate()
        .expect("a CA")
        .issue(&["a.com"], 0)
        .expect("a leaf");
    let own = self_signed(&["a.com"]).expect("a leaf");
    scene.file("expired.pem", &expired.fullchain);
    scene.file("own.pem", &own.fullchain);
    let late = Server::tls(serving(&expired.fullchain, &expired.key));
    let args = ["a.com", "--connect", &late.at(), "--expect", "expired.pem"];
    let outcome = scene.probe(&args).run().expect(8);
    let row = &rows(&outcome)[0];
    assert!(message(row).contains("has expired"), "{row}");
    assert_eq!(row["expected"], true);
    // Nothing is missing of one that has no issuer.
    let server = Server::tls(serving(&own.fullchain, &own.key));
    let args = ["a.com", "--connect", &server.at(), "--expect", "own.pem"];
    let outcome = scene.probe(&args).run().expect(0);
    let note = rows(&outcome)[0]["note"].clone();
    let note = note.as_str().expect("a note");
    assert!(
        note.starts_with("not verified: ") && note.contains("self-signed"),
        "{note}"
    );
}

#[test]
fn waiting_ends_when_every_address_is_as_expected() {
    let scene = Scene::new();
    let new = scene.issue(&["a.example.com"], 80);
    let old = scene.issue(&["a.example.com"], 5);
    scene.file("new.pem", &new.certificate.pem());
    let configs = (old.config(), new.config());
    let late = Server::raw(LOOPBACK, move |stream, number| {
        shake(if number < 2 { &configs.0 } else { &configs.1 }, stream)
    });
    let fresh = Server::tls(new.config());
    let connect = format!("{},{}", fresh.at(), late.at());
    let args = [
        "a.example.com",
        "--expect",
        "new.pem",
        "--connect",
        &connect,
    ];
    let outcome = scene
        .probe(&[&args[..], &["--wait=30s"]].concat())
        .run()
        .expect(0);
    assert_eq!(outcome.statuses(), ["ok", "ok"]);
    assert_eq!(late.visits(3).len(), 3);
    assert!(
        outcome
            .stderr
            .contains(&format!("waiting for a.example.com at {}", late.at())),
        "{outcome:#?}"
    );
    // Time runs out.
    let stale = Server::tls(old.config());
    let connect = format!("{},{}", fresh.at(), stale.at());
    let args = [
        "a.example.com",
        "--expect",
        "new.pem",
        "--connect",
        &connect,
    ];
    let started = Instant::now();
    let outcome = scene
        .probe(&[&args[..], &["--wait=2s", "-q"]].concat())
        .run()
        .expect(9);
    assert!((2..10).contains(&started.elapsed().as_secs()));
    assert_eq!(outcome.statuses(), ["ok", "failed"]);
    assert!(outcome.stderr.starts_with("error: "), "{outcome:#?}");
    assert!(!outcome.stderr.contains("waiting for"), "{outcome:#?}");
    assert!(stale.visits(2).len() >= 2);
}

#[test]
fn waiting_goes_on_until_the_intermediate_is_served() {
    let scene = Scene::new();
    let public = certctl::emulator::pki::Authority::generate().expect("a CA");
    let issued = public.issue(&["a.com"], 20).expect("a leaf");
    scene.file("whole.pem", &issued.fullchain);
    let configs = (
        serving(&blocks(&issued.fullchain)[0], &issued.key),
        serving(&issued.fullchain, &issued.key),
    );
    let late = Server::raw(LOOPBACK, move |stream, number| {
        shake(if number < 1 { &configs.0 } else { &configs.1 }, stream)
    });
    let args = [
        "a.com",
        "--connect",
        &late.at(),
        "--expect",
        "whole.pem",
        "--wait=30s",
    ];
    scene.probe(&args).run().expect(0);
    assert_eq!(late.visits(2).len(), 2);
}
