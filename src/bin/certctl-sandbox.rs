//! certctl-sandbox
fn main() {}
