//! The manifest (`certs.toml`): which certificate is wanted where, and in which accounts.
//!
//! [`Manifest::parse`] makes values of a text, and checks everything that needs neither a cloud nor
//! another file. TOML and JSON have one schema, `docs/schema/manifest-v1.json`: `node` and `json` read
//! both into one tree that knows where everything stands, `fields` reads a table of that tree, `values`
//! single values, and `read` says what there is to read.

mod fields;
mod json;
mod node;
mod read;
mod seen;
#[cfg(test)]
mod tests;
mod unfit;
mod values;
mod write;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use self::node::Text;
pub use super::KeySource;
use crate::cloud::Cloud;
use crate::config::Site;
use crate::products::{Place, StoreId};

/// The version that is read and written.
pub const VERSION: usize = 1;

/// What a manifest says. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The accounts, in the order of the text.
    pub accounts: Vec<AccountEntry>,
    /// The certificates, in the order of the text.
    pub certificates: Vec<CertificateEntry>,
}

/// An account, and the login for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEntry {
    /// What the manifest calls it.
    pub name: String,
    /// Its cloud.
    pub cloud: Cloud,
    /// The profile that has the login; the one in use where none is named.
    pub profile: Option<String>,
    /// Who the cloud has to say that it is.
    pub identity: Option<String>,
    /// UCloud's project.
    pub project: Option<String>,
    /// The regions that are looked at.
    pub regions: Regions,
    /// Tencent Cloud's site.
    pub site: Option<Site>,
}

/// The regions of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Regions {
    /// The one that the login has.
    Own,
    /// All that the cloud has.
    All,
    /// These.
    These(Vec<String>),
}

/// A certificate, and where it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateEntry {
    /// What the manifest calls it.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// The names that it has to have, in one spelling; any where none is listed.
    pub names: Vec<String>,
    /// Where it is wanted.
    pub on: Vec<Block>,
}

/// Where a certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In files.
    Files {
        /// The certificate, alone or with its chain.
        cert: PathBuf,
        /// Its intermediates, where they are apart.
        chain: Option<PathBuf>,
        /// Its private key.
        key: Option<KeySource>,
    },
    /// In the store of an account.
    Stored {
        /// The account, by the name that it has here.
        account: String,
        /// Its id there.
        id: StoreId,
    },
}

/// Places of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The account, by the name that it has here.
    pub account: String,
    /// The products that are searched for places, by the words of their groups.
    pub find: Vec<&'static str>,
    /// Places that are named.
    pub places: Vec<Place>,
    /// Places that are left alone, of those that are found.
    pub except: Vec<Place>,
    /// How many places there have to be; any number but none where it is not said.
    pub expect: Option<RangeInclusive<usize>>,
    /// Names that places may lose, in one spelling.
    pub lose: Vec<String>,
    /// Whether a call may reach further than the places.
    pub wide: bool,
    /// Whether HTTPS is switched on where it is off.
    pub on: bool,
}

/// Why a manifest is refused: one thing, and where it stands. No value that may be a secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct ManifestError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl Manifest {
    /// Reads a manifest: JSON where the text begins with `{`, else TOML. Relative paths start at
    /// `base`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(text: &str, base: &Path) -> Result<Self, ManifestError> {
        let text = Text::of(text);
        let root = match text.is_json() {
            true => json::parse(&text)?,
            false => node::parse_toml(&text)?,
        };
        read::manifest(&text, &root, base)
    }

    /// The account of that name.
    pub fn account(&self, name: &str) -> Option<&AccountEntry> {
        self.accounts.iter().find(|account| account.name == name)
    }
}
