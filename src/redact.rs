//! Redaction of text that comes from outside.
