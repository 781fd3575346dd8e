//! A signal in the midst of `cas` and `ga`: what is done is told, the rest is not sent.

use std::process::{Child, Command};

use serde_json::json;

use crate::support::{Clouds, Outcome};

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-INT", &id]).status();
    assert!(status.expect("kill runs").success());
}

/// Waits until so many requests of an action have arrived, a minute at most.
fn arrived(clouds: &Clouds, action: &str, count: usize) {
    for _ in 0..12_000 {
        if clouds.calls(action).len() >= count {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{action} was not called: {:#?}", clouds.log());
}

#[test]
fn replacing_ends_after_the_call_under_way() {
    let action = "UpdateAdditionalCertificateWithListener";
    let slow = json!({"match": {"action": action}, "do": {"stall_ms": 700}});
    let clouds = Clouds::with(json!({"faults": [slow]}));
    let at = [
        "--allow-name-mismatch",
        "--accelerator",
        "ga-bp1sandboxsecond0001",
        "--listener",
        "lsr-bp1sandboxsecond001",
    ];
    let pairs = [
        "--cert",
        "1-cn-hangzhou=a.com,2-cn-hangzhou=b.com,3-cn-hangzhou=c.com",
    ];
    clouds
        .certctl(&[&["ga", "attach", "--wait"], &at[..], &pairs].concat())
        .run()
        .expect(0);
    let pairs = [
        "--cert",
        "7-cn-hangzhou=a.com,7-cn-hangzhou=b.com,7-cn-hangzhou=c.com",
    ];
    let child = clouds
        .certctl(&[&["ga", "replace", "--wait"], &at[..], &pairs].concat())
        .spawn();
    arrived(&clouds, action, 1);
    interrupt(&child);
    let outcome = Outcome::of(child).expect(130);
    // Its answer came, and nobody could look any more whether it took.
    assert_eq!(outcome.statuses(), ["unknown", "skipped", "skipped"]);
    assert_eq!(clouds.calls(action).len(), 1);
}

#[test]
fn deleting_ends_after_the_calls_under_way() {
    let slow =
        json!({"match": {"action": "DeleteUserCertificate", "nth": [1]}, "do": {"stall_ms": 700}});
    let clouds = Clouds::with(json!({"faults": [slow]}));
    let args = ["cas", "delete", "1456789", "1567890", "1345678", "--yes"];
    let child = clouds.certctl(&args).spawn();
    arrived(&clouds, "DeleteUserCertificate", 1);
    interrupt(&child);
    let outcome = Outcome::of(child).expect(130);
    assert_eq!(outcome.statuses(), ["changed", "skipped", "skipped"]);
    assert_eq!(clouds.calls("DeleteUserCertificate").len(), 1);
}

#[test]
fn a_list_that_is_interrupted_is_no_list() {
    let slow = json!({"match": {"action": "ListListeners"}, "do": {"stall_ms": 700}});
    let clouds = Clouds::with(json!({"faults": [slow]}));
    let child = clouds.certctl(&["ga", "list"]).spawn();
    arrived(&clouds, "ListListeners", 1);
    interrupt(&child);
    assert_eq!(Outcome::of(child).expect(130).stdout, "");
}
