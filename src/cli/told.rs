//! What an error must not repeat of a command line: a key or a password that stands in the wrong place.

use std::ffi::OsString;
use std::path::Path;

use crate::cloud::Cloud;
use crate::config::{Env, Flags, Key, known_secrets, load, resolve};
use crate::redact::{Redactor, is_switch, looks_secret, names_secret};
use crate::secret::Secret;

/// Flags that take a file's name where a newcomer may give what is in the file.
const FILES: [&str; 3] = ["--key", "--from-file", "--key-password-file"];

/// The flags of `config set` whose next word is their value.
const VALUED: [&str; 6] = [
    "--from-file",
    "--config",
    "--profile",
    "--output",
    "-o",
    "--deadline",
];

/// The shortest word that is taken for a secret because of where it stands.
const SHORTEST: usize = 6;

/// Teaches what the words of a command line may hold that is secret: what is named as one or made like
/// one, and what stands where one was meant to go.
pub fn learn(args: &[OsString], redactor: &Redactor) {
    let words: Vec<String> = args
        .iter()
        .skip(1)
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let mut found: Vec<&str> = Vec::new();
    let mut before = "";
    for word in &words {
        let (name, value) = word.split_once('=').unwrap_or((before, word));
        let is_file = |value: &str| value.contains(['.', '/']) || Path::new(value).exists();
        if FILES.contains(&name) && !is_file(value) {
            found.push(value);
        }
        let name = name.trim_end_matches(':');
        if word.contains('=') && names_secret(name) && !value.starts_with('@') {
            found.push(value);
        }
        let ends = |c: char| c.is_whitespace() || "\"'`,;:=@".contains(c);
        let parts = word.split(ends).map(|part| part.trim_start_matches('-'));
        found.extend(parts.filter(|part| looks_secret(part)));
        before = word;
    }
    let set = words.windows(2).position(|two| two == ["config", "set"]);
    if let Some(at) = set {
        found.extend(beside_a_key(&words[at + 2..]));
    }
    for text in found {
        if text.chars().count() >= SHORTEST && !is_switch(text) {
            redactor.learn(&Secret::new(text.to_owned()));
        }
    }
}

/// The words of `config set` that may be a secret: all but the key and flags, where the key is one of a
/// secret, or none at all.
fn beside_a_key(words: &[String]) -> Vec<&str> {
    let mut before = "";
    let mut plain = words.iter().filter(|word| {
        let is_value = VALUED.contains(&before);
        before = word;
        !word.starts_with('-') && !is_value
    });
    let Some(key) = plain.next() else {
        return Vec::new();
    };
    if let Some((_, value)) = key.split_once('=') {
        return vec![value];
    }
    match Key::named(key) {
        Ok(key) if !key.is_secret() => Vec::new(),
        _ => plain.map(String::as_str).collect(),
    }
}

/// Teaches the secrets that are there for a command line that was not understood: those of the
/// environment, and of the profile in use.
pub fn learn_known(args: &[OsString], env: &Env, redactor: &Redactor) {
    known_secrets(env)
        .iter()
        .for_each(|secret| redactor.learn(secret));
    let of = |flag: &str| {
        let words = args.iter().map(|arg| arg.to_str().unwrap_or_default());
        let mut words = words.skip_while(|word| !word.starts_with(flag));
        let first = words.next()?;
        first
            .strip_prefix(flag)
            .and_then(|rest| rest.strip_prefix('='))
            .or_else(|| words.next())
    };
    let flags = Flags {
        profile: of("--profile"),
        config: of("--config").map(Path::new),
        ..Flags::default()
    };
    for cloud in Cloud::ALL {
        let Ok(settings) = resolve(cloud, &flags, env, &load(&[cloud], &flags, env)) else {
            continue;
        };
        let keys = settings.login.iter().filter_map(|login| login.value.keys());
        for keys in keys {
            redactor.learn(&keys.secret);
            keys.token.iter().for_each(|token| redactor.learn(token));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_wrong_place_is_not_repeated() {
        for (line, hidden) in [
            ("config set x.secret=hunter2hunter2", "hunter2hunter2"),
            ("config set nothing.at_all hunter2hunter2", "hunter2hunter2"),
            (
                "config set tencent.secret_key hunter2hunter2",
                "hunter2hunter2",
            ),
            ("config set output json hunter2hunter2 --x", ""),
            (
                "config set tencent.secret_key --from-file ./key.txt --profile shop",
                "",
            ),
            ("cdn set --key hunter2hunter2", "hunter2hunter2"),
            ("cdn set --key=hunter2hunter2", "hunter2hunter2"),
            ("cdn set --key=./privkey.pem", ""),
            ("api alibaba cdn X Token=hunter2hunter2", "hunter2hunter2"),
            (
                "api alibaba cdn X A.Passwd:=hunter2hunter2",
                "hunter2hunter2",
            ),
            ("api alibaba cdn X Token=@hunter2hunter2", ""),
            ("api alibaba cdn X EnableToken=true", ""),
            (
                "--sandboxAlibabaSecret0000000001",
                "sandboxAlibabaSecret0000000001",
            ),
            (
                "cdn list a.com,Gu5t9xGARNpq86cd98joQYCN3aB",
                "Gu5t9xGARNpq86cd98joQYCN3aB",
            ),
            ("cas show 6092001-cn-hangzhou", ""),
        ] {
            let args: Vec<OsString> = ["certctl"]
                .into_iter()
                .chain(line.split(' '))
                .map(Into::into)
                .collect();
            let redactor = Redactor::new();
            learn(&args, &redactor);
            let masked = redactor.mask(line);
            match hidden {
                "" => assert_eq!(masked, line),
                hidden => assert!(!masked.contains(hidden), "{masked}"),
            }
        }
    }
}
