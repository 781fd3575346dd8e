//! What a cloud said went wrong, and what that means to us.

pub mod kind;

pub use kind::{Kind, Retry};
