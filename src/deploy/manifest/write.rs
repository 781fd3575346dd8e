//! A manifest as TOML.

use std::fmt::Display;
use std::path::Path;

use super::{AccountEntry, Block, CertificateEntry, KeySource, Manifest, Regions, Source, VERSION};
use crate::config::Site;
use crate::config::edit::{bare, quoted};
use crate::redact::one_line;

impl Manifest {
    /// The manifest as TOML, and below it lines for what it cannot say, as comments. Paths are written
    /// as they are: read again with an empty `base`, it is the same manifest.
    pub fn to_toml(&self, comments: &[String]) -> String {
        let mut lines = vec![format!("version = {VERSION}")];
        for account in &self.accounts {
            write_account(&mut lines, account);
        }
        for certificate in &self.certificates {
            write_certificate(&mut lines, certificate);
        }
        if !comments.is_empty() {
            lines.push(String::new());
        }
        let comment = |text: &String| format!("# {}", one_line(text, usize::MAX));
        lines.extend(comments.iter().map(comment));
        lines.join("\n") + "\n"
    }
}

fn write_account(lines: &mut Vec<String>, account: &AccountEntry) {
    lines.push(String::new());
    lines.push(format!("[accounts.{}]", bare(&account.name)));
    lines.push(format!("cloud = {}", quoted(account.cloud.as_str())));
    let texts = [
        ("profile", &account.profile),
        ("identity", &account.identity),
        ("project", &account.project),
    ];
    for (key, value) in texts {
        lines.extend(value.iter().map(|text| format!("{key} = {}", quoted(text))));
    }
    match &account.regions {
        Regions::Own => {}
        Regions::All => lines.push("regions = \"all\"".to_owned()),
        Regions::These(regions) => write_list(lines, "regions", regions),
    }
    let word = |site: Site| Site::CHOICES.iter().find(|(_, other)| *other == site);
    if let Some((word, _)) = account.site.and_then(word) {
        lines.push(format!("site = {}", quoted(word)));
    }
}

fn write_certificate(lines: &mut Vec<String>, certificate: &CertificateEntry) {
    let name = bare(&certificate.name);
    lines.push(String::new());
    lines.push(format!("[certificates.{name}]"));
    let path = |path: &Path| quoted(&path.to_string_lossy());
    match &certificate.source {
        Source::Files { cert, chain, key } => {
            lines.push(format!("cert = {}", path(cert)));
            lines.extend(chain.iter().map(|chain| format!("chain = {}", path(chain))));
            match key {
                None => {}
                Some(KeySource::File(file)) => lines.push(format!("key = {}", path(file))),
                Some(KeySource::Env(name)) => {
                    lines.push(format!("key = {{ env = {} }}", quoted(name)));
                }
            }
        }
        Source::Stored { account, id } => lines.push(format!(
            "stored = {{ account = {}, id = {} }}",
            quoted(account),
            quoted(&id.identifier_or_id())
        )),
    }
    write_list(lines, "names", &certificate.names);
    for block in &certificate.on {
        lines.push(String::new());
        lines.push(format!("[[certificates.{name}.on]]"));
        write_block(lines, block);
    }
}

fn write_block(lines: &mut Vec<String>, block: &Block) {
    lines.push(format!("account = {}", quoted(&block.account)));
    write_list(lines, "find", &block.find);
    write_list(lines, "places", &block.places);
    write_list(lines, "except", &block.except);
    if let Some(range) = &block.expect {
        lines.push(match range.start() == range.end() {
            true => format!("expect = \"{}\"", range.start()),
            false => format!("expect = \"{}..{}\"", range.start(), range.end()),
        });
    }
    write_list(lines, "lose", &block.lose);
    for (key, flag) in [("wide", block.wide), ("on", block.on)] {
        lines.extend(flag.then(|| format!("{key} = true")));
    }
}

/// A list, nothing where it is empty. Of several items each has a line of its own.
fn write_list(lines: &mut Vec<String>, key: &str, items: &[impl Display]) {
    let item = |item: &dyn Display| quoted(&item.to_string());
    match items {
        [] => {}
        [only] => lines.push(format!("{key} = [{}]", item(only))),
        several => {
            lines.push(format!("{key} = ["));
            lines.extend(several.iter().map(|one| format!("    {},", item(one))));
            lines.push("]".to_owned());
        }
    }
}
