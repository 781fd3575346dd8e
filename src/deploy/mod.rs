//! Across accounts and products: what is where. Has no cloud in it: what differs from cloud to cloud
//! is in `products`.
#![deny(clippy::disallowed_methods)]

mod guard;
pub mod manifest;
mod plan;
mod show;
#[cfg(test)]
mod tests;
mod world;

pub use self::guard::Guard;
pub use self::manifest::Manifest;
pub use self::plan::{
    Block, Blocked, Change, Files, KeySource, Missing, Plan, Shelf, Shelved, Target, Upload,
    Wanted, plan, shelf, targets, there,
};
pub use self::show::{SCHEMA, Shown};
pub use self::world::{Borne, Holding, Known, Scope, World, account_number};
