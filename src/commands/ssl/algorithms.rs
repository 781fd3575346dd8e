//! The algorithms of certificates that another one takes the place of: clients that know only the old
//! one's are lost by it, and nothing else shows that.

use std::collections::BTreeMap;

use crate::cert::Certificate;
use crate::commands::Session;
use crate::products::ssl::look_into;
use crate::transport::{Client, in_order};

/// How many of the certificates that lose their places are looked into.
const LOOKED_INTO: usize = 20;

/// The most places that a warning names.
const NAMED: usize = 3;

/// Certificates that lose their places, and the places where they do.
pub type Displaced = BTreeMap<String, Vec<String>>;

/// Says where a certificate takes the place of one with a key of another algorithm. `new` is its id,
/// `known` what is known of it. What cannot be read stops nothing.
pub async fn name_other_algorithms(
    session: &Session<'_>,
    client: &Client<'_>,
    new: &str,
    known: Option<&Certificate>,
    displaced: &Displaced,
) {
    let displaced: Vec<_> = displaced.iter().take(LOOKED_INTO).collect();
    if displaced.is_empty() {
        return;
    }
    let read;
    let own = match known.and_then(Certificate::key_family) {
        Some(own) => own,
        None => {
            read = look_into(client, new).await.ok();
            let read = read.as_ref().map(|stored| &stored.certificate);
            match read.and_then(Certificate::key_family) {
                Some(own) => own,
                None => return,
            }
        }
    };
    let read = async |at: usize| look_into(client, displaced[at].0).await;
    let seen = in_order(displaced.len(), read).await;
    for ((certificate, places), stored) in displaced.into_iter().zip(seen) {
        let old = stored.ok().map(|stored| stored.certificate);
        let old = old.as_ref().and_then(Certificate::key_family);
        let Some(old) = old.filter(|old| *old != own) else {
            continue;
        };
        let mut named = places[..places.len().min(NAMED)].join(", ");
        if places.len() > NAMED {
            named = format!("{named} and {} more", places.len() - NAMED);
        }
        session.ui.warn(&format!(
            "{named}: {certificate} with {old} key is replaced by {new} with {own} key: clients \
             that support only {old} can no longer connect"
        ));
    }
}
