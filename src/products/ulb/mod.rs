//! Load balancers of UCloud and the certificates that they have: what is there, and how a certificate
//! comes into their store.

pub mod change;
mod read;
mod store;

pub use self::read::{
    Family, Lack, certificate, certificates, default_of, describe, listeners, load_balancers,
    look_up,
};
pub use self::store::{Ensured, Found, Source, ensure, find};
