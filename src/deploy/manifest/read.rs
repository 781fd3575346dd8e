//! What there is to read in a manifest, and what is refused.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::Path;

use super::fields::{Fields, listed};
use super::node::{Node, Text, Value};
use super::unfit::{NEVER_THE_KEY, Unfit, is_key_itself};
use super::values::{
    COUNT_FORM, count, did_you_mean, domain, id_form, path, place, plain, product, range, setting,
    site, store_of, variable,
};
use super::{
    AccountEntry, Block, CertificateEntry, KeySource, Manifest, ManifestError, Regions, Source,
    VERSION,
};
use crate::cloud::Cloud;
use crate::products::{Place, StoreId};

/// The keys of each table. An editor writes `$schema` into JSON.
const ROOT: [&str; 4] = ["version", "accounts", "certificates", "$schema"];
const ACCOUNT: [&str; 6] = ["cloud", "profile", "identity", "project", "regions", "site"];
const CERTIFICATE: [&str; 6] = ["cert", "chain", "key", "stored", "names", "on"];
const STORED: [&str; 2] = ["account", "id"];
const BLOCK: [&str; 8] = [
    "account", "find", "places", "except", "expect", "lose", "wide", "on",
];

/// What one cloud alone has.
const OF_ONE_CLOUD: [(&str, Cloud); 3] = [
    ("project", Cloud::Ucloud),
    ("regions", Cloud::Ucloud),
    ("site", Cloud::Tencent),
];

/// A manifest: accounts, then certificates, each in the order of the text.
pub(super) fn manifest<'t>(
    text: &Text<'t>,
    root: &Node<'t>,
    base: &Path,
) -> Result<Manifest, ManifestError> {
    let root = Fields::of(text, String::new(), 0, root)?;
    // Another version may have other keys.
    version(&root)?;
    let root = root.only(&ROOT)?;
    root.text("$schema", |_| Ok(()))?;
    let mut accounts = Vec::new();
    for (name, table) in root.tables("accounts", "add [accounts.NAME] with a cloud")? {
        accounts.push(account(name, &table.only(&ACCOUNT)?)?);
    }
    let mut reader = Reader {
        text,
        base,
        accounts: &accounts,
        claimed: HashMap::new(),
    };
    let mut certificates = Vec::new();
    let hint = "add [certificates.NAME] with cert or stored, and [[certificates.NAME.on]]";
    for (name, table) in root.tables("certificates", hint)? {
        certificates.push(reader.certificate(name, &table.only(&CERTIFICATE)?)?);
    }
    Ok(Manifest {
        accounts,
        certificates,
    })
}

fn version(root: &Fields<'_, '_>) -> Result<(), ManifestError> {
    let hint = format!("write version = {VERSION}");
    let node = root.needed("version", &hint)?;
    match node.value {
        Value::Integer(number) if usize::try_from(number) == Ok(VERSION) => Ok(()),
        Value::Integer(number) => {
            let why = format!("version {number} is unknown: this certctl reads version {VERSION}");
            let hint = "use the certctl that it was written for";
            Err(root.refused(Some(node.at), &why, hint))
        }
        _ => Err(root.wrong("version", node, "a whole number", &hint)),
    }
}

fn account(name: String, table: &Fields<'_, '_>) -> Result<AccountEntry, ManifestError> {
    let clouds = Cloud::ALL.map(Cloud::as_str);
    let hint = "add cloud = \"alibaba\", \"tencent\" or \"ucloud\"";
    let cloud: Cloud = table.needed_text("cloud", hint, |text| {
        let of = |_| {
            Unfit::new(
                text,
                "is not a cloud",
                did_you_mean(text, &clouds, "clouds"),
            )
        };
        text.parse().map_err(of)
    })?;
    for (key, only) in OF_ONE_CLOUD {
        if cloud != only {
            let why = format!("is for {only} accounts only; the cloud here is {cloud}");
            table.none_of(key, &why, "remove it")?;
        }
    }
    Ok(AccountEntry {
        name,
        cloud,
        profile: table.text("profile", plain)?,
        identity: table.text("identity", plain)?,
        project: table.text("project", |text| setting("ucloud.project_id", text))?,
        regions: regions(table)?,
        site: table.text("site", site)?,
    })
}

fn regions(table: &Fields<'_, '_>) -> Result<Regions, ManifestError> {
    const FORM: &str = "write \"all\", or a list such as [\"cn-bj2\", \"cn-sh2\"]";
    match table.node("regions") {
        None => Ok(Regions::Own),
        Some(node) => match &node.value {
            Value::Text(text) if text == "all" => Ok(Regions::All),
            Value::Text(text) => {
                let unfit = Unfit::new(text, "is neither \"all\" nor a list", FORM);
                Err(table.unfit("regions", node.at, unfit))
            }
            Value::List(_) => {
                let listed = table.list("regions", |text| setting("ucloud.region", text))?;
                Ok(Regions::These(values(listed)))
            }
            _ => Err(table.wrong("regions", node, "a list", FORM)),
        },
    }
}

/// What the certificates are read with.
struct Reader<'n, 't> {
    text: &'n Text<'t>,
    base: &'n Path,
    accounts: &'n [AccountEntry],
    /// The places that are named already: by which certificate, and where.
    claimed: HashMap<(String, Place), (String, usize)>,
}

impl Reader<'_, '_> {
    fn certificate(
        &mut self,
        name: String,
        table: &Fields<'_, '_>,
    ) -> Result<CertificateEntry, ManifestError> {
        let source = self.source(table)?;
        let names = values(table.list("names", domain)?);
        let hint = "add [[certificates.NAME.on]] with account, and find or places";
        let mut on = Vec::new();
        let mut searched: Vec<(String, &str)> = Vec::new();
        for block in table.blocks("on", hint)? {
            let block = block.only(&BLOCK)?;
            on.push(self.block(&name, &source, &mut searched, &block)?);
        }
        Ok(CertificateEntry {
            name,
            source,
            names,
            on,
        })
    }

    fn source(&self, table: &Fields<'_, '_>) -> Result<Source, ManifestError> {
        let path = |text: &str| path(self.base, text, "the path of a file");
        let stored = match (table.entry("stored"), table.entry("cert")) {
            (Some((at, node)), None) => table.inner("stored", at, node)?.only(&STORED)?,
            (None, Some(_)) => {
                let cert = table.needed_text("cert", "name a file", path)?;
                return Ok(Source::Files {
                    cert,
                    chain: table.text("chain", path)?,
                    key: self.key(table)?,
                });
            }
            (Some((one, _)), Some((other, _))) => {
                let why = "cert and stored cannot both be set";
                return Err(table.refused(Some(one.max(other)), why, "remove one of the two"));
            }
            (None, None) => {
                let hint = "add cert = \"FILE\", or stored = { account = \"NAME\", id = \"ID\" }";
                return Err(table.refused(None, "cert or stored is missing", hint));
            }
        };
        for key in ["chain", "key"] {
            let why = "is for certificates in files, but this one is stored";
            table.none_of(key, why, "remove it")?;
        }
        let account = self.account(&stored)?;
        let store = store_of(account.cloud);
        let hint = format!("add id, {}", id_form(store));
        let id = stored.needed_text("id", &hint, |text| {
            let reason = format!("is not a certificate id of {}", account.cloud);
            let unfit = || Unfit::new(text, reason, format!("write {}", id_form(store)));
            StoreId::of(store, text).ok_or_else(unfit)
        })?;
        let account = account.name.clone();
        Ok(Source::Stored { account, id })
    }

    fn key(&self, table: &Fields<'_, '_>) -> Result<Option<KeySource>, ManifestError> {
        let Some((at, node)) = table.entry("key") else {
            return Ok(None);
        };
        match &node.value {
            Value::Text(_) => {
                let read = |text: &str| match is_key_itself(text) {
                    true => Err(Unfit::unsaid("this is a private key", NEVER_THE_KEY)),
                    false => path(self.base, text, "a path or { env = NAME }"),
                };
                Ok(table.text("key", read)?.map(KeySource::File))
            }
            Value::Table(_) => {
                let from = table.inner("key", at, node)?.only(&["env"])?;
                let name = from.needed_text("env", "add env = \"NAME\"", variable)?;
                Ok(Some(KeySource::Env(name)))
            }
            _ => Err(table.wrong("key", node, "a path or a table", NEVER_THE_KEY)),
        }
    }

    fn block(
        &mut self,
        certificate: &str,
        source: &Source,
        searched: &mut Vec<(String, &'static str)>,
        table: &Fields<'_, '_>,
    ) -> Result<Block, ManifestError> {
        let account = self.account(table)?;
        let name = account.name.clone();
        if let Source::Stored { account: home, .. } = source
            && *home != name
        {
            let reason = format!("cannot use this certificate: it is in the store of {home}");
            let at = table.node("account").map_or(0, |node| node.at);
            let hint = "use places of that account, or give the certificate as a file";
            return Err(table.unfit("account", at, Unfit::new(&name, reason, hint)));
        }
        let find = table.list("find", |text| product(text, account))?;
        let places = table.list("places", |text| place(text, account))?;
        let except = table.list("except", |text| place(text, account))?;
        if find.is_empty() && places.is_empty() {
            let hint = "add find, a list of products, or places, a list of places";
            return Err(table.refused(None, "find or places is missing", hint));
        }
        for (at, word) in &find {
            let one = (name.clone(), *word);
            if searched.contains(&one) {
                let reason = "is already listed by another table of this certificate";
                let hint = "remove one of the two, or put both into one [[certificates.NAME.on]]";
                return Err(table.unfit("find", *at, Unfit::new(word, reason, hint)));
            }
            searched.push(one);
        }
        let named: HashSet<&Place> = places.iter().map(|(_, place)| place).collect();
        for (at, place) in &except {
            let is_found = find.iter().any(|(_, word)| *word == place.product.word());
            if !is_found {
                let word = place.product.word();
                let reason = format!("has no effect: find does not list {word}");
                let hint = format!("add {word} to find, or remove the place");
                let unfit = Unfit::new(&place.to_string(), reason, hint);
                return Err(table.unfit("except", *at, unfit));
            }
            if named.contains(place) {
                let hint = "remove it from one of the two";
                let unfit = Unfit::new(&place.to_string(), "is also in places", hint);
                return Err(table.unfit("except", *at, unfit));
            }
        }
        for (at, place) in &places {
            self.claim(certificate, &name, place, *at)
                .map_err(|unfit| table.unfit("places", *at, unfit))?;
        }
        Ok(Block {
            account: name,
            find: values(find),
            places: values(places),
            except: values(except),
            expect: expect(table)?,
            lose: values(table.list("lose", domain)?),
            wide: table.flag("wide")?,
            on: table.flag("on")?,
        })
    }

    /// The account that a table names.
    fn account(&self, table: &Fields<'_, '_>) -> Result<&AccountEntry, ManifestError> {
        let names: Vec<&str> = self.accounts.iter().map(|one| one.name.as_str()).collect();
        let hint = format!("add account, one of {}", listed(&names));
        table.needed_text("account", &hint, |text| {
            let unfit = || {
                let hint = did_you_mean(text, &names, "accounts");
                Unfit::new(text, "is not an account of this manifest", hint)
            };
            let mut accounts = self.accounts.iter();
            accounts.find(|one| one.name == text).ok_or_else(unfit)
        })
    }

    fn claim(
        &mut self,
        certificate: &str,
        account: &str,
        place: &Place,
        at: usize,
    ) -> Result<(), Unfit> {
        let key = (account.to_owned(), place.clone());
        let own = (certificate.to_owned(), at);
        let Some((other, first)) = self.claimed.insert(key, own) else {
            return Ok(());
        };
        let line = self.text.line(first);
        let (reason, hint) = match other == certificate {
            true => (
                format!("is already listed, on line {line}"),
                "remove one of the two",
            ),
            false => (
                format!("is already listed by certificate {other}, on line {line}"),
                "remove it from one of the two certificates",
            ),
        };
        Err(Unfit::new(&place.to_string(), reason, hint))
    }
}

fn expect(table: &Fields<'_, '_>) -> Result<Option<RangeInclusive<usize>>, ManifestError> {
    let Some(node) = table.node("expect") else {
        return Ok(None);
    };
    let range = match &node.value {
        Value::Integer(number) => count(*number),
        Value::Text(text) => range(text),
        _ => return Err(table.wrong("expect", node, "a number or a range", COUNT_FORM)),
    };
    range
        .map(Some)
        .map_err(|unfit| table.unfit("expect", node.at, unfit))
}

/// Without where they stand.
fn values<T>(found: Vec<(usize, T)>) -> Vec<T> {
    found.into_iter().map(|(_, value)| value).collect()
}
