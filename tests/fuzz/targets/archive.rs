//! ZIP archives as they are downloaded: nothing leads out of the folder, nothing swells.
#![no_main]

use std::path::Component;

use certctl::files::archive::members;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(members) = members(bytes) else {
        return;
    };
    let mut total = 0;
    for member in members {
        let mut parts = member.path.components();
        assert!(parts.all(|part| matches!(part, Component::Normal(_))));
        total += member.bytes.len();
    }
    assert!(total <= 16 * 1024 * 1024);
});
