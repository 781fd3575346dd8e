//! Lists of domains and ids, from the command line and from files.
#![no_main]

use certctl::commands::list::{self, List};
use certctl::domain::Domain;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(items) = list::read_lines(bytes, "input") {
        for item in &items {
            assert_eq!(item.text.trim(), item.text);
            let _ = Domain::parse(&item.text);
        }
        let _ = list::parse_distinct(items, |text| Ok(text.to_owned()), Clone::clone);
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && text != "-"
    {
        let _ = List::new("domains", false).add("--domains", [text]);
    }
});
