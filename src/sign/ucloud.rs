//! UCloud: SHA-1 over the sorted names and values, closed by the private key.
//!
//! There is neither a time nor a nonce in it: a signed request stays valid until the key is
//! changed, so its body is as secret as the key.
//! <https://docs.ucloud.cn/api/summary/signature>

use sha1::{Digest, Sha1};

use super::{Credential, Draft, Signed, Stamp, encode};
use crate::secret::Wiped;

/// Signs a call; the parameters and the signature travel together, in the body (POST) or in the
/// query (GET). The stamp is not used.
///
/// # Panics
/// When the payload is not [`super::Payload::Params`].
pub fn sign(draft: &Draft, credential: &Credential, _stamp: &Stamp) -> Signed {
    let mut params = draft.payload.params();
    params.push(("Action", &draft.action));
    params.push(("PublicKey", &credential.id));
    if let Some(token) = &credential.token {
        params.push(("SecurityToken", token.expose()));
    }
    params.sort_unstable();

    // Nothing separates or escapes the parts.
    let parts = || params.iter().flat_map(|(name, value)| [*name, *value]);
    let size = parts().map(str::len).sum();
    let mut string_to_sign = Wiped::new(String::with_capacity(size));
    string_to_sign.extend(parts());
    let digest = Sha1::new()
        .chain_update(string_to_sign.as_bytes())
        .chain_update(credential.secret.expose())
        .finalize();
    let signature = encode::hex(&digest);

    let canonical = encode::form(&params);
    let sent = encode::percent(&[&canonical, "&Signature="], &signature);
    let (query, headers, body) = draft.method.place(sent);
    Signed {
        query,
        headers,
        body,
        canonical,
        string_to_sign,
        signature,
    }
}

/// A call that nobody has to be known for.
///
/// # Panics
/// When the payload is not [`super::Payload::Params`].
pub fn unsigned(draft: &Draft, _stamp: &Stamp) -> Signed {
    let mut params = draft.payload.params();
    params.push(("Action", &draft.action));
    let (query, headers, body) = draft.method.place(encode::form(&params));
    Signed::nothing(query, headers, body)
}
