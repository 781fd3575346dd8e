//! Masking: whatever text a secret stands in, in whatever form, it never comes out.
#![no_main]

use certctl::redact::Redactor;
use certctl::secret::Secret;
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "kJ8sQ2mX7vB4nR1tY6wZ3pL9";

// The input says before which characters of the secret what stands (`%`, escapes, nothing), and
// what comes before and after it.
fuzz_target!(|input: (&str, &str, [u8; 24])| {
    let (before, after, forms) = input;
    let redactor = Redactor::new();
    redactor.learn(&Secret::new(SECRET.to_owned()));
    let mut written = String::new();
    for (c, form) in SECRET.chars().zip(forms) {
        match form % 4 {
            1 => written += &format!("%{:02X}", c as u32),
            2 => written += &format!("\\u{:04x}", c as u32),
            3 => written += &format!("%{:02x}", c as u32),
            _ => written.push(c),
        }
    }
    for text in [
        format!("{before}{SECRET}{after}"),
        format!("{before}{written}{after}"),
        format!("-----BEGIN PRIVATE KEY-----\n{SECRET}{after}"),
    ] {
        let masked = redactor.mask(&text);
        assert!(!masked.contains(SECRET), "{text:?}");
        assert!(!masked.contains(&written), "{text:?}");
        let line = redactor.line(&text, usize::MAX);
        assert!(!line.contains(SECRET), "{text:?}");
        assert!(!line.contains('\n') && !line.contains('\u{1b}'), "{text:?}");
    }
});
