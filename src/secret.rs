//! A value that cannot be printed.
//!
//! Whatever is secret is held as a [`Secret`]: formatting or serialising it gives a mask, and the
//! one way to the text is [`Secret::expose`], which is easy to search for. Text that comes from
//! outside and may echo a secret goes through [`crate::redact`].
#![deny(clippy::disallowed_methods)]

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

/// What stands in every output where a secret would have stood.
pub const MASK: &str = "****";

/// Text that must not be seen: a secret key, a token, a private key. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Secret(Zeroizing::new(text))
    }

    /// The text itself. Every use is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

/// Text that a secret may be a part of: a body, a form, what is signed. Wiped when dropped, and not
/// shown by `Debug`. Whoever makes one reserves what it takes: text that grows leaves itself behind.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Wiped(Zeroizing<String>);

impl Wiped {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Wiped(Zeroizing::new(text))
    }
}

impl From<String> for Wiped {
    fn from(text: String) -> Self {
        Wiped::new(text)
    }
}

impl Deref for Wiped {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut String {
        &mut self.0
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
