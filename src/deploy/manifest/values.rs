//! What single values have to be: each function reads a text, or says why it does not fit.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::AccountEntry;
use super::fields::listed;
use super::unfit::{NEVER_THE_KEY, Unfit, is_key_itself, may_be_secret};
use crate::cloud::Cloud;
use crate::config::{ConfigError, Flaw, Key, Site, nearest};
use crate::domain::Domain;
use crate::products::{PRODUCTS, Place, STORES, Store, spec_of};
use crate::secret::Secret;

/// A product of the cloud of an account.
pub(super) fn product(text: &str, account: &AccountEntry) -> Result<&'static str, Unfit> {
    let cloud = account.cloud;
    let own = PRODUCTS.iter().filter(|spec| spec.service.cloud == cloud);
    let own: Vec<&str> = own.map(|spec| spec.word).collect();
    let hint = || format!("products of {cloud}: {}", own.join(", "));
    match PRODUCTS.iter().find(|spec| spec.word == text) {
        None => Err(Unfit::new(text, "is not a product", hint())),
        Some(spec) if spec.service.cloud == cloud => Ok(spec.word),
        Some(spec) => Err(Unfit::new(
            text,
            elsewhere(spec.service.cloud, account),
            hint(),
        )),
    }
}

/// A place of the cloud of an account.
pub(super) fn place(text: &str, account: &AccountEntry) -> Result<Place, Unfit> {
    let hint = "write it as `certctl inventory --places` does";
    let place: Place = text
        .parse()
        .map_err(|why| Unfit::new(text, format!("is not a place: {why}"), hint))?;
    let cloud = spec_of(place.product).service.cloud;
    match cloud == account.cloud {
        true => Ok(place),
        false => Err(Unfit::new(
            text,
            elsewhere(cloud, account),
            "use an account of that cloud",
        )),
    }
}

/// The reason where something is of another cloud.
fn elsewhere(cloud: Cloud, account: &AccountEntry) -> String {
    let (name, own) = (&account.name, account.cloud);
    format!("belongs to {cloud}, but the cloud of account {name} is {own}")
}

/// In one spelling, so that names are compared by their text.
pub(super) fn domain(text: &str) -> Result<String, Unfit> {
    let unfit = |why| Unfit::new(text, why, "write a domain such as www.example.com");
    Ok(Domain::parse(text).map_err(unfit)?.ascii().to_owned())
}

/// A path. `wanted` says what belongs there.
pub(super) fn path(base: &Path, text: &str, wanted: &str) -> Result<PathBuf, Unfit> {
    let hint = format!("write {wanted}");
    if text.is_empty() || text.contains(char::is_control) || is_key_itself(text) {
        let message = "the value is not a path";
        return Err(Unfit::unsaid(message, hint));
    }
    if text == "~" || text.starts_with("~/") {
        let hint = "write the full path: ~ is not expanded";
        return Err(Unfit::unsaid("the path begins with ~", hint));
    }
    Ok(base.join(text))
}

/// The name of an environment variable; what else stands there is never repeated.
pub(super) fn variable(text: &str) -> Result<String, Unfit> {
    let message = "the value is not the name of an environment variable";
    if is_key_itself(text) || may_be_secret(text) {
        return Err(Unfit::unsaid(message, NEVER_THE_KEY));
    }
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match is_plain && !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err(Unfit::unsaid(
            message,
            "write the name only: letters, digits and _",
        )),
    }
}

/// A site of Tencent Cloud.
pub(super) fn site(text: &str) -> Result<Site, Unfit> {
    let words = Site::CHOICES.map(|(word, _)| word);
    let found = Site::CHOICES.iter().find(|(word, _)| *word == text);
    let unfit = || Unfit::new(text, "is not a site", did_you_mean(text, &words, "sites"));
    found.map(|(_, site)| *site).ok_or_else(unfit)
}

/// A text without white space around it and control characters.
pub(super) fn plain(text: &str) -> Result<String, Unfit> {
    match Flaw::in_text(text) {
        None => Ok(text.to_owned()),
        Some(flaw) => Err(flawed(flaw)),
    }
}

/// A value as a profile may have it under this key.
pub(super) fn setting(key: &str, text: &str) -> Result<String, Unfit> {
    let key = Key::named(key).unwrap_or_else(|_| unreachable!("{key} is a key of a profile"));
    match key.check(&Secret::new(text.to_owned()), false) {
        Ok(()) => Ok(text.to_owned()),
        Err(ConfigError::Flawed { flaw, .. }) => Err(flawed(flaw)),
        Err(ConfigError::Invalid { reason, hint, .. }) => Err(Unfit::new(text, reason, hint)),
        Err(other) => Err(Unfit::unsaid(other.to_string(), other.hint())),
    }
}

fn flawed(flaw: Flaw) -> Unfit {
    let message = format!("the value {flaw}");
    Unfit::unsaid(
        message,
        "write the value only, without spaces or line breaks",
    )
}

/// The word that is meant, or all that there are.
pub(super) fn did_you_mean(text: &str, known: &[&str], what: &str) -> String {
    match nearest(text, known) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("the {what} are {}", listed(known)),
    }
}

/// The one store of a cloud.
pub(super) fn store_of(cloud: Cloud) -> Store {
    let mut stores = STORES.iter();
    let own = stores.find(|spec| spec.service.cloud == cloud);
    own.expect("every cloud has a store").store
}

/// How the ids of a store are written.
pub(super) fn id_form(store: Store) -> &'static str {
    match store {
        Store::Cas => "a number such as \"1345678\"",
        Store::Ssl => "eight letters and digits such as \"a1B2c3D4\"",
        Store::Ulb => "an id such as \"ssl-abc123\"",
    }
}

/// How a number of places is written.
pub(super) const COUNT_FORM: &str = "write a number such as 3, or a range such as \"30..40\"";

/// A number of places.
pub(super) fn count(number: i64) -> Result<RangeInclusive<usize>, Unfit> {
    let unfit = |_| not_a_count(&number.to_string());
    let count = usize::try_from(number).map_err(unfit)?;
    Ok(count..=count)
}

/// A number of places, or a range of them with both ends.
pub(super) fn range(text: &str) -> Result<RangeInclusive<usize>, Unfit> {
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<usize>().ok(),
        false => None,
    };
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    match (number(least), number(most)) {
        (Some(least), Some(most)) if least > most => {
            let hint = "put the smaller number first";
            Err(Unfit::new(text, "is an empty range", hint))
        }
        (Some(least), Some(most)) => Ok(least..=most),
        _ => Err(not_a_count(text)),
    }
}

fn not_a_count(text: &str) -> Unfit {
    Unfit::new(text, "is not a number of places", COUNT_FORM)
}
