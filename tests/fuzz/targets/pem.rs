//! Certificates and keys as they come: PEM, DER, PKCS#12 by mistake, anything.
#![no_main]

use certctl::cert::{Bundle, Certificate, Facts, Input, examine, inspect, leaf_fingerprint};
use chrono::DateTime;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
    let input = || Input { name: "input", bytes };
    let _ = inspect(input());
    let _ = leaf_fingerprint(bytes);
    let examined = examine(&[input()], Some(input()), now);
    let parsed = Bundle::parse(&[input()], Some(input()), now);
    if let Ok(bundle) = &parsed {
        assert!(bundle.chain_pem().starts_with("-----BEGIN CERTIFICATE-----"));
        let _ = bundle.covers("www.example.com");
    }
    let _ = (examined.chain(), Bundle::parse(&[input()], None, now).is_ok());
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = (Certificate::in_text(text), Facts::all_in(text).len());
    }
});
