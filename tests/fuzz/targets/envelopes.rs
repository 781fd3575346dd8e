//! Answers as the clouds send them, and as whoever stands in front of them does: opened by each.
#![no_main]

use certctl::cloud::Cloud;
use certctl::providers::issued::Issued;
use certctl::providers::{Opened, Response, spec};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, bool, &[u8])| {
    let (status, is_packed, body) = input;
    let answer = Response {
        status,
        encoding: is_packed.then(|| "gzip".to_owned()),
        request_id: None,
        retry_after: None,
        retry_at: None,
        date: None,
        body: body.to_vec(),
    };
    for cloud in Cloud::ALL {
        if let Opened::Refused { code, .. } = (spec(cloud).open)(&answer) {
            let _ = certctl::fault::find(cloud, &code, status);
        }
    }
    let _ = Issued::read(body);
});
