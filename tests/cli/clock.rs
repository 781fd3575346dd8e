//! A clock that is off: corrected once, from what the cloud says of its own.

use serde_json::json;

use crate::support::raw::{Raw, answer};
use crate::support::{Clouds, Outcome};

/// The three schemes that sign a time, each with a command of two calls.
const SCHEMES: [(&str, &[&str]); 3] = [
    (
        "alibaba-rpc",
        &[
            "cdn",
            "set",
            "--no-preview",
            "--domains=a.com,b.com",
            "--on",
            "--via=single",
        ],
    ),
    (
        "alibaba-acs3",
        &[
            "cdn",
            "set",
            "--no-preview",
            "--domains=a.com,b.com",
            "--on",
            "--via=single",
            "--signature=acs3",
        ],
    ),
    (
        "tencent-tc3",
        &["ssl", "csr", "delete", "--ids=22,33", "--yes"],
    ),
];

fn warnings(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stderr.lines();
    lines.filter(|line| line.starts_with("warning: ")).collect()
}

#[test]
fn twenty_minutes_off_is_corrected_once_with_a_warning() {
    for (scheme, args) in SCHEMES {
        for (offset, side) in [(1200, "behind the cloud;"), (-1200, "ahead of the cloud;")] {
            let clouds = Clouds::with(json!({"clock_offset_seconds": offset}));
            let outcome = clouds.certctl(args).run().expect(0);
            assert_eq!(outcome.statuses(), ["changed", "changed"]);
            let log = clouds.log();
            assert!(
                log.iter().all(|entry| entry.scheme == Some(scheme)),
                "{log:#?}"
            );
            let refused = log.iter().filter(|entry| entry.code.is_some()).count();
            assert_eq!(refused, 1, "only the first: {log:#?}");
            assert!(log[0].code.is_some() && log[1].applied);

            let warnings = warnings(&outcome);
            assert_eq!(warnings.len(), 1, "{outcome:#?}");
            let words: Vec<&str> = warnings[0].split(' ').collect();
            assert_eq!(
                words[..7],
                ["warning:", "the", "clock", "of", "this", "machine", "is"]
            );
            let seconds: u32 = words[7].parse().expect("how far");
            assert!((1195..=1205).contains(&seconds), "{outcome:#?}");
            assert!(warnings[0].contains(side), "{outcome:#?}");
            assert!(warnings[0].contains("set the clock"), "{outcome:#?}");
        }
    }
}

#[test]
fn a_clock_within_the_clouds_tolerance_is_not_mentioned() {
    for (_, args) in SCHEMES {
        let clouds = Clouds::with(json!({"clock_offset_seconds": 240}));
        let outcome = clouds.certctl(args).run().expect(0);
        assert_eq!(warnings(&outcome).len(), 0);
        assert!(clouds.log().iter().all(|entry| entry.applied));
    }
}

/// A library that shows another time to whoever is started with it; not everybody has a compiler.
#[cfg(target_os = "linux")]
fn other_time(folder: &std::path::Path) -> Option<std::path::PathBuf> {
    let source = r#"
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdlib.h>
        #include <time.h>
        int clock_gettime(clockid_t id, struct timespec *time) {
            int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(id, time);
            if (id == CLOCK_REALTIME) time->tv_sec = atoll(getenv("SHOWN_TIME"));
            return result;
        }"#;
    let (code, library) = (folder.join("time.c"), folder.join("time.so"));
    std::fs::write(&code, source).expect("the source");
    let made = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &code])
        .arg("-ldl")
        .status();
    made.is_ok_and(|status| status.success()).then_some(library)
}

#[cfg(target_os = "linux")]
#[test]
fn a_clock_that_shows_no_time_is_told_and_nothing_is_sent() {
    let clouds = Clouds::new();
    let Some(library) = other_time(clouds.home()) else {
        return;
    };
    for (time, side) in [
        ("-1", "before 1970"),
        ("-62167219201", "before 1970"),
        ("253402300800", "after 9999"),
        ("9223372036854775807", "after 9999"),
    ] {
        let call = |args: &[&str]| {
            let call = clouds.certctl(args).env("LD_PRELOAD", &library);
            call.env("SHOWN_TIME", time).run()
        };
        for args in [
            &["cdn", "list"][..],
            &["ssl", "csr", "delete", "--ids=22", "--dry-run"],
            &["ulb", "list"],
            &["cert", "check", "--cert=none.pem"],
            &["cert", "probe", "127.0.0.1"],
            &["config", "check"],
        ] {
            let outcome = call(args);
            assert_eq!(outcome.status, 3, "{args:?}: {outcome:#?}");
            let said = outcome.stdout + &outcome.stderr;
            let reason = format!("this machine's clock shows a time {side}");
            assert!(said.contains(&reason), "{args:?}: {said}");
        }
        // What tells no time needs none.
        call(&["config", "show"]).expect(0);
        call(&["errors", "Throttling"]).expect(0);
    }
    assert_eq!(clouds.log().len(), 0);
}

#[test]
fn ucloud_signs_no_time() {
    let clouds = Clouds::with(json!({"clock_offset_seconds": 86400}));
    let outcome = clouds
        .certctl(&["ulb", "replace", "--old=ssl-old0001", "--new=ssl-new0001"])
        .arg("--listener=vserver-https1")
        .run()
        .expect(0);
    assert_eq!(warnings(&outcome).len(), 0);
    assert_eq!(clouds.calls("UpdateSSLBinding").len(), 1);
}

/// The vendors' refusals of a stale time.
fn refusal(scheme: &str) -> &'static str {
    match scheme {
        "tencent-tc3" => {
            r#"{"Response":{"Error":{"Code":"AuthFailure.SignatureExpire","Message":"Signature expired."},"RequestId":"r"}}"#
        }
        _ => {
            r#"{"RequestId":"r","HostId":"h","Code":"InvalidTimeStamp.Expired","Message":"Specified time stamp or date value is expired."}"#
        }
    }
}

#[test]
fn without_a_usable_date_it_stays_refused() {
    let long_ago = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    for (scheme, args) in SCHEMES {
        for (date, requests) in [("", 1), ("Date: yesterday\r\n", 1), (long_ago, 2)] {
            let server = Raw::http(move |_| answer(400, date, refusal(scheme)));
            let clouds = Clouds::new();
            let call = clouds
                .certctl(args)
                .env("CERTCTL_ENDPOINT", server.endpoint());
            let outcome = call.run().expect(4);
            assert_eq!(server.requests().len(), requests, "{scheme} {date}");
            let document = outcome.json();
            let error = &document["results"][0]["error"];
            assert_eq!(error["kind"], "clock");
            assert_eq!(error["attempts"], requests);
            assert!(outcome.stderr.contains("timedatectl"), "{outcome:#?}");
            // What is wrong with the clock is wrong for every call.
            assert_ne!(outcome.statuses()[1], "changed");
        }
    }
}
