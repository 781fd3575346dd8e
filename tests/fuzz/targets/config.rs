//! The configuration: files that anybody may have written, and the editor, which keeps all else.
#![no_main]

use std::path::Path;

use certctl::cloud::Cloud;
use certctl::config::{Env, Flags, Sources, edit, resolve};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str)| {
    let (text, profile, value) = input;
    let path = Path::new("config.toml");
    let flags = Flags {
        config: Some(path),
        ..Flags::default()
    };
    let env: Env = [("HOME", "/home/fuzz")].into_iter().collect();
    for place in ["config.toml", "/home/fuzz/.aliyun/config.json"] {
        let sources = Sources::of([(place, text.as_bytes().to_vec())]);
        for cloud in Cloud::ALL {
            let _ = resolve(cloud, &flags, &env, &sources);
        }
    }
    let keys = ["profiles", profile, "tencent", "region"];
    let Ok(edited) = edit::set(text, &keys, value) else {
        return;
    };
    // What was written is read, and written again it changes nothing.
    assert_eq!(edit::set(&edited, &keys, value).ok().as_ref(), Some(&edited));
});
