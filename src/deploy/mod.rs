//! Across accounts and products: what is where. Has no cloud in it: what differs from cloud to cloud
//! is in `products`.
#![deny(clippy::disallowed_methods)]

mod world;

pub use self::world::{Borne, Holding, Known, World};
