//! What a command is about, as its arguments and by a flag: the same habit in all groups.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::hash::Hash;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::list::{Item, List, parse_distinct, parsed, without_foreign_comma};
use crate::domain::Domain;
use crate::error::Error;

/// The arguments; the flag has its own name.
const ARGUMENTS: &str = "targets";

/// `--allow-empty`
const ALLOW_EMPTY: &str = "allow_empty";

/// What the targets of a command are called.
#[derive(Clone, Copy, Debug)]
pub struct Noun {
    /// Several of them: `domains`.
    pub many: &'static str,
    /// The flag that lists them, without dashes.
    pub flag: &'static str,
    /// Another name of the flag, which help does not show.
    pub alias: &'static str,
    /// The flag of a file with one a line.
    pub file: &'static str,
    /// One of them, in help: `DOMAIN`.
    pub value: &'static str,
    /// Several of them, in help: `DOMAIN,…`.
    pub values: &'static str,
    /// The help of the arguments.
    pub help: &'static str,
    /// Whether an argument such as `-5` is a target that is refused, and no option.
    pub numbers: bool,
    /// Whether whatever follows the flag is a target, were it an option.
    pub hyphens: bool,
}

/// A kind of targets.
pub trait Named {
    /// What they are called.
    const NOUN: Noun;
}

/// Makes a type of the targets of a [`Noun`].
macro_rules! named {
    ($(#[$doc:meta])* $name:ident: $noun:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Named for $name {
            const NOUN: Noun = $noun;
        }
    };
}

named!(
    /// Domains.
    Domains: Noun {
        many: "domains",
        flag: "domains",
        alias: "domain",
        file: "domains-file",
        value: "DOMAIN",
        values: "DOMAIN,…",
        help: "Domains, separated by spaces or commas; - reads standard input",
        numbers: false,
        hyphens: false,
    }
);

named!(
    /// Hosts, each with its port if that is not 443.
    Hosts: Noun {
        alias: "hosts",
        value: "HOST",
        values: "HOST[:PORT],…",
        help: "Hosts, each with its port if it is not 443; - reads standard input",
        ..Domains::NOUN
    }
);

named!(
    /// Certificates by their ids.
    Certificates: Noun {
        many: "ids",
        flag: "ids",
        alias: "id",
        file: "ids-file",
        value: "ID",
        values: "ID,…",
        help: "Certificate ids, separated by spaces or commas; - reads standard input",
        numbers: true,
        hyphens: false,
    }
);

named!(
    /// Certificate signing requests by their ids.
    Requests: Noun {
        help: "CSR ids, separated by spaces or commas; - reads standard input",
        hyphens: true,
        ..Certificates::NOUN
    }
);

named!(
    /// Listeners by their ids.
    Listeners: Noun {
        many: "listeners",
        flag: "listener",
        alias: "listeners",
        file: "listeners-file",
        value: "LISTENER",
        help: "Listener ids (VServer ids for CLB), separated by spaces or commas; - reads standard input",
        ..Certificates::NOUN
    }
);

named!(
    /// Instances of a Tencent Cloud product.
    Instances: Noun {
        many: "instances",
        flag: "instances",
        alias: "instance",
        file: "instances-file",
        value: "INSTANCE",
        values: "ID,…",
        help: "Instances, separated by spaces or commas; - reads standard input",
        numbers: false,
        hyphens: false,
    }
);

named!(
    /// Files. Their names may have commas in them: an argument is one name.
    Files: Noun {
        many: "files",
        flag: "files",
        alias: "file",
        file: "files-file",
        value: "FILE",
        values: "FILE,…",
        help: "Files, PEM or DER; - reads standard input",
        numbers: false,
        hyphens: false,
    }
);

named!(
    /// Certificates, each with the domain that it is for.
    Pairs: Noun {
        many: "pairs",
        flag: "cert",
        alias: "certs",
        file: "pairs-file",
        value: "CERT=DOMAIN",
        values: "CERT=DOMAIN,…",
        help: "Certificates, as id or file, each with the domain that it serves; - reads standard input",
        numbers: false,
        hyphens: false,
    }
);

/// The targets of a command that takes many.
#[derive(Debug)]
pub struct Targets<N> {
    arguments: Vec<OsString>,
    flag: Vec<OsString>,
    file: Option<PathBuf>,
    allow_empty: bool,
    noun: PhantomData<N>,
}

impl<N: Named> Targets<N> {
    /// Whether any is given, were it an empty list.
    pub fn are_given(&self) -> bool {
        !self.arguments.is_empty() || !self.flag.is_empty() || self.file.is_some()
    }

    /// Whether the list may be empty: then nothing is to be done.
    pub fn may_be_none(&self) -> bool {
        self.allow_empty
    }

    /// The items: the arguments, those of the flag, those of the file.
    ///
    /// # Errors
    /// An empty list, unless it may be; an empty item; a file or stdin that cannot be read.
    pub fn items(&self) -> Result<Vec<Item>, Error> {
        let noun = N::NOUN;
        let flag = format!("--{}", noun.flag);
        let mut list = self.list();
        list.add(noun.value, texts(noun.value, &self.arguments)?)?;
        list.add(&flag, texts(&flag, &self.flag)?)?;
        if let Some(path) = &self.file {
            list.add_file(path)?;
        }
        list.items(Self::how)
    }

    fn list(&self) -> List {
        List::new(N::NOUN.many, self.allow_empty)
    }

    /// How the list is given.
    fn how() -> String {
        let noun = N::NOUN;
        format!(
            "use {}, --{} {} or --{} FILE (one per line; - reads standard input), or \
             --allow-empty: nothing was sent",
            noun.value, noun.flag, noun.values, noun.file
        )
    }

    /// The targets, each once, in the order given.
    ///
    /// # Errors
    /// Those of [`Targets::items`]; one that is none.
    pub fn distinct<T, K: Hash + Eq>(
        &self,
        parse: impl Fn(&str) -> Result<T, String>,
        key: impl Fn(&T) -> K,
    ) -> Result<Vec<T>, Error> {
        parse_distinct(self.items()?, parse, key)
    }
}

impl Targets<Domains> {
    /// The domains, each once, in the order given.
    ///
    /// # Errors
    /// Those of [`Targets::distinct`].
    pub fn domains(&self) -> Result<Vec<Domain>, Error> {
        self.distinct(Domain::parse, |domain| domain.ascii().to_owned())
    }
}

impl Targets<Files> {
    /// The files, each once, in the order given. `-` is standard input itself, not a list there.
    ///
    /// # Errors
    /// An empty list or name; a name that is none, because another keyboard's comma is in it.
    pub fn paths(&self) -> Result<Vec<PathBuf>, Error> {
        let name = |text: &str| without_foreign_comma(text).map(PathBuf::from);
        let mut paths: Vec<PathBuf> = Vec::new();
        for (place, words) in [("FILE", &self.arguments), ("--files", &self.flag)] {
            for word in words {
                let is_one = word == "-" || Path::new(word).exists();
                match word.to_str().filter(|_| !is_one) {
                    None => paths.push(word.into()),
                    Some(text) => {
                        let mut list = self.list();
                        list.add(place, [text])?;
                        for item in list.items(Self::how)? {
                            paths.push(parsed(&item, name)?);
                        }
                    }
                }
            }
        }
        let mut list = self.list();
        if let Some(path) = &self.file {
            list.add_file(path)?;
        }
        if self.file.is_some() || paths.is_empty() {
            for item in list.items(Self::how)? {
                paths.push(parsed(&item, name)?);
            }
        }
        let mut seen = HashSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        Ok(paths)
    }
}

/// Words as texts.
fn texts<'w>(place: &str, words: &'w [OsString]) -> Result<Vec<&'w str>, Error> {
    let text = |(at, word): (usize, &'w OsString)| {
        word.to_str().ok_or_else(|| {
            Error::usage(
                format!("{place}, item {} is not UTF-8", at + 1),
                "correct it and run the command again: nothing was sent",
            )
        })
    };
    words.iter().enumerate().map(text).collect()
}

impl<N: Named> Args for Targets<N> {
    fn augment_args(command: Command) -> Command {
        let noun = N::NOUN;
        let words = ValueParser::os_string();
        command
            .arg(
                Arg::new(ARGUMENTS)
                    .value_name(noun.value)
                    .help(noun.help)
                    .action(ArgAction::Append)
                    .num_args(0..)
                    .allow_negative_numbers(noun.numbers)
                    .value_parser(words.clone()),
            )
            .arg(
                Arg::new(noun.flag)
                    .long(noun.flag)
                    .alias(noun.alias)
                    .value_name(noun.values)
                    .help(format!(
                        "Same as the argument {}; comma-separated or repeated",
                        noun.value
                    ))
                    .action(ArgAction::Append)
                    .allow_hyphen_values(noun.hyphens)
                    .allow_negative_numbers(noun.numbers)
                    .value_parser(words),
            )
            .arg(
                Arg::new(noun.file)
                    .long(noun.file)
                    .value_name("FILE")
                    .help(format!(
                        "Read {} from this file, one per line; - reads standard input",
                        noun.many
                    ))
                    .value_parser(ValueParser::path_buf()),
            )
            .arg(
                Arg::new(ALLOW_EMPTY)
                    .long("allow-empty")
                    .help("Succeed without doing anything if the list is empty")
                    .action(ArgAction::SetTrue),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<N: Named> FromArgMatches for Targets<N> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let noun = N::NOUN;
        let words = |id| {
            matches
                .get_many(id)
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        };
        Ok(Targets {
            arguments: words(ARGUMENTS),
            flag: words(noun.flag),
            file: matches.get_one(noun.file).cloned(),
            allow_empty: matches.get_flag(ALLOW_EMPTY),
            noun: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A kind of target of which a command takes one.
pub trait Single: 'static {
    /// What it is read as.
    type Value: Clone + Send + Sync + 'static;
    /// Its flag, without dashes.
    const FLAG: &'static str;
    /// What stands for it in help: `ID`.
    const VALUE: &'static str;
    /// Its help.
    const HELP: &'static str;
    /// Whether there has to be one.
    const REQUIRED: bool;

    /// Reads it; the error is a phrase that goes behind the value.
    fn parse(text: &str) -> Result<Self::Value, String>;

    /// [`Single::parse`] of a word.
    fn read(word: &OsStr) -> Result<Self::Value, String> {
        Self::parse(word.to_str().ok_or("it is not UTF-8")?)
    }

    /// [`Single::parse`], as clap wants it.
    fn parser() -> ValueParser {
        ValueParser::new(Self::parse)
    }
}

/// Makes a type of a target that is read by a function: `single!(Id: String, "id", "ID", "Help",
/// required, parse)`.
macro_rules! single {
    ($name:ident: $value:ty, $flag:literal, $stands:literal, $help:literal, required, $parse:expr) => {
        single!($name: $value, $flag, $stands, $help, true, $parse);
    };
    ($name:ident: $value:ty, $flag:literal, $stands:literal, $help:literal, optional, $parse:expr) => {
        single!($name: $value, $flag, $stands, $help, false, $parse);
    };
    ($name:ident: $value:ty, $flag:literal, $stands:literal, $help:literal, $required:literal, $parse:expr) => {
        #[doc = $help]
        #[derive(Debug)]
        pub struct $name;

        impl $crate::commands::targets::Single for $name {
            type Value = $value;
            const FLAG: &'static str = $flag;
            const VALUE: &'static str = $stands;
            const HELP: &'static str = $help;
            const REQUIRED: bool = $required;

            fn parse(text: &str) -> Result<$value, String> {
                $parse(text)
            }
        }
    };
}

pub(crate) use single;

/// The target of a command that takes one: its argument, or the value of a flag.
#[derive(Debug)]
pub struct Target<S: Single>(Option<S::Value>);

impl<S: Single> Target<S> {
    /// The target, where it may be left out.
    pub fn given(&self) -> Option<&S::Value> {
        self.0.as_ref()
    }

    /// The target, where there has to be one.
    pub fn one(&self) -> &S::Value {
        self.0.as_ref().expect("clap requires it")
    }
}

/// The flag of a [`Single`].
fn flag_of<S: Single>() -> Arg {
    Arg::new(S::FLAG)
        .long(S::FLAG)
        .value_name(S::VALUE)
        .help(format!("Same as the argument {}", S::VALUE))
        .allow_negative_numbers(true)
        .value_parser(S::parser())
}

impl<S: Single> Args for Target<S> {
    fn augment_args(command: Command) -> Command {
        let argument = Arg::new(ARGUMENTS)
            .value_name(S::VALUE)
            .help(S::HELP)
            .allow_negative_numbers(true)
            .conflicts_with(S::FLAG)
            .value_parser(S::parser());
        let argument = match S::REQUIRED {
            true => argument.required_unless_present(S::FLAG),
            false => argument,
        };
        command.arg(argument).arg(flag_of::<S>())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Single> FromArgMatches for Target<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |id| matches.get_one(id).cloned();
        Ok(Target(value(ARGUMENTS).or_else(|| value(S::FLAG))))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A thing and targets for it: it is the first argument, unless its flag gives it.
#[derive(Debug)]
pub struct Led<S: Single, N> {
    /// The thing.
    pub by: S::Value,
    /// The targets.
    pub targets: Targets<N>,
}

/// The argument that a [`Led`] begins with.
const FIRST: &str = "first";

impl<S: Single, N: Named> Args for Led<S, N> {
    fn augment_args(command: Command) -> Command {
        let first = Arg::new(FIRST)
            .value_name(S::VALUE)
            .help(S::HELP)
            .required_unless_present(S::FLAG)
            .value_parser(ValueParser::os_string());
        Targets::<N>::augment_args(command.arg(first).arg(flag_of::<S>()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Single, N: Named> FromArgMatches for Led<S, N> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut targets = Targets::from_arg_matches(matches)?;
        let first: Option<&OsString> = matches.get_one(FIRST);
        let by = match (matches.get_one::<S::Value>(S::FLAG), first) {
            (Some(given), first) => {
                targets.arguments.splice(0..0, first.cloned());
                given.clone()
            }
            (None, first) => {
                let word = first.map(OsString::as_os_str).unwrap_or_default();
                S::read(word).map_err(|reason| {
                    let (value, text) = (S::VALUE, word.display());
                    let message = format!("invalid value '{text}' for '<{value}>': {reason}\n");
                    clap::Error::raw(ErrorKind::ValueValidation, message)
                })?
            }
        };
        Ok(Led { by, targets })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
