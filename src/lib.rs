//! certctl: TLS certificates where the traffic is, across Alibaba Cloud, Tencent Cloud and UCloud.
//!
//! The layers, bottom first; imports point down only, and never sideways (`tests/layers.rs` reads
//! this list and holds it):
//!
//! [`cloud`], [`secret`], [`domain`] · [`sign`] · [`redact`] · [`fault`] · [`cert`] · [`signals`] ·
//! [`files`] · [`config`] · [`providers`] · [`ui`] · [`transport`] · [`products`] · [`deploy`] ·
//! [`error`] · [`output`] · [`commands`] · [`cli`].
//!
//! [`emulator`] stands alone: of these it knows [`cloud`] only. It knows the wire, not the signer.

pub mod cert;
pub mod cli;
pub mod cloud;
pub mod commands;
pub mod config;
pub mod deploy;
pub mod domain;
pub mod emulator;
pub mod error;
pub mod fault;
pub mod files;
pub mod output;
pub mod products;
pub mod providers;
pub mod redact;
pub mod secret;
pub mod sign;
pub mod signals;
pub mod transport;
pub mod ui;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::time::Instant;
use std::{panic, process};

use crate::cli::{Command, parse, suggestion, unknown_command};
use crate::commands::config::refuse_irregular;
use crate::commands::{Session, keys, variables};
use crate::config::env::{NO_COLOR, TERM};
use crate::config::{Env, known_secrets};
use crate::error::Error;
use crate::output::{Answer, Format, Look, View, tell_error, tell_failures};
use crate::redact::Redactor;
use crate::transport::Memory;
use crate::ui::{Color, Ui, Volume};

/// Runs certctl: `args` begins with the program's name; the exit status comes back.
///
/// Standard output, error and input are the process's own; everything else is in the arguments.
pub fn run(args: Vec<OsString>, env: BTreeMap<OsString, OsString>) -> u8 {
    guard(|| execute(args, env))
}

/// Runs `work`. A panic, in whatever thread, is a bug of ours: one line on stderr says where, and the
/// process ends with status 70. Nothing is unwound, and the released program could not.
pub fn guard(work: impl FnOnce() -> u8) -> u8 {
    panic::set_hook(Box::new(|info| {
        if let Some(place) = info.location() {
            ui::bug(place);
        }
        process::exit(fault::Kind::Bug.exit().into());
    }));
    work()
}

fn execute(mut args: Vec<OsString>, env: BTreeMap<OsString, OsString>) -> u8 {
    let started = Instant::now();
    // `certctl help cdn set` is what other tools take for `certctl cdn set --help`.
    if args.get(1).is_some_and(|word| word == "help") {
        args.remove(1);
        args.push("--help".into());
    }
    if let Some(text) = known_answer(&args) {
        return print(text.to_owned());
    }
    let env: Env = env.into_iter().collect();
    let mut cli = match parse(&args) {
        Ok(cli) => cli,
        Err(error) => return refuse(&args, &env, error),
    };
    let taken = cli.globals.take_from(&env);
    let globals = &cli.globals;
    if let Some(after) = globals.deadline {
        files::end_by(started + after);
    }
    let ui = Ui::new(globals.volume(), color(globals.color, &env));
    if let Err(error) = taken {
        let error = unsaid(&args, &env, &Error::from(error));
        tell_error(&ui, &error, Format::asked_for(&args, &env));
        return error.exit();
    }
    let session = Session {
        globals,
        env: &env,
        ui,
        profile: Cell::default(),
        started,
        secrets: Memory::new(),
    };
    known_secrets(&env)
        .iter()
        .for_each(|secret| session.secrets.learn(secret));
    let fail = |error: &Error, asked: Option<Format>| {
        let redactor = session.secrets.redactor();
        cli::learn(&args, &redactor);
        tell_error(&ui, &error.masked(&redactor), asked);
        error.exit()
    };
    if let Command::Config(command) = &cli.command
        && let Err(error) = refuse_irregular(&session, command)
    {
        return fail(&error, Format::asked_for(&args, &env));
    }
    let asked = match session.format() {
        Ok(asked) => asked,
        Err(error) => return fail(&error, None),
    };
    let keys = match globals.columns.is_empty() {
        true => None,
        false => keys::of(&cli.words),
    };
    let view = match View::new(globals.query.as_deref(), &globals.columns, keys) {
        Ok(view) => view,
        Err(error) => return fail(&error, asked),
    };
    match cli::answer(&session, &cli.command) {
        Ok(mut answer) => {
            answer.mask(&session.secrets.redactor());
            let format = asked.unwrap_or_else(Format::for_stdout);
            let look = Look::on_stdout(format, color(globals.color, &env), &env);
            finish(&ui, &answer, (asked, format, look), &view)
        }
        Err(error) => fail(&error, asked),
    }
}

/// What `certctl --help` and `certctl --version` answer, without building the command tree: prompts,
/// wrappers and completions ask these all the time. `tests/help.rs` keeps them as clap has them.
fn known_answer(args: &[OsString]) -> Option<&'static str> {
    match args.get(1..)? {
        [only] if only == "--version" || only == "-V" => {
            Some(concat!("certctl ", env!("CERTCTL_VERSION"), "\n"))
        }
        [only] if only == "--help" || only == "-h" => Some(include_str!("help.txt")),
        _ => None,
    }
}

/// Writes the answer in a form, whether that was asked for or not, and tells what has failed.
fn finish(
    ui: &Ui,
    answer: &Answer,
    (asked, format, look): (Option<Format>, Format, Look),
    view: &View,
) -> u8 {
    let exit = answer.exit();
    let (written, misfit) = match output::viewed(answer, format, view, look) {
        Ok(Some((text, warning))) => {
            if let Some(warning) = warning {
                ui.warn(&warning);
            }
            (output::write(&text), None)
        }
        Ok(None) => (output::answer(answer, format, look), None),
        // What became of the targets is not withheld because it cannot be shown as asked.
        Err(misfit) if matches!(answer, Answer::Targets(_)) => {
            (output::answer(answer, Format::Json, look), Some(misfit))
        }
        Err(misfit) => (Ok(()), Some(misfit)),
    };
    tell_failures(ui, answer);
    if let Err(error) = written {
        let done = match answer {
            Answer::Targets(document) => format!(" ({})", document.counts()),
            _ => String::new(),
        };
        let error = Error::new(
            fault::Kind::Io,
            format!("could not write the answer: {error}{done}"),
            "the command itself finished; free some space, and check the targets before you run \
             it again",
        );
        tell_error(ui, &error, asked);
        return error.exit();
    }
    if let Some(misfit) = misfit {
        tell_error(ui, &misfit, asked);
        return match answer {
            Answer::Targets(_) if exit != 0 => exit,
            Answer::Targets(_) => fault::Kind::Io.exit(),
            _ => misfit.exit(),
        };
    }
    exit
}

/// Prints a help page or the version.
fn print(text: String) -> u8 {
    let ui = Ui::new(Volume::Normal, Color::Never);
    let form = (None, Format::Table, Look::default());
    finish(&ui, &Answer::Text(text), form, &View::default())
}

/// The colour asked for; where nobody asked, `NO_COLOR` (<https://no-color.org>) and the terminal have
/// their say.
fn color(asked: Option<Color>, env: &Env) -> Color {
    let is_unwanted = env.non_empty(NO_COLOR).is_some();
    let is_dumb = || env.non_empty(TERM).is_some_and(|term| term == "dumb");
    match asked.unwrap_or_default() {
        Color::Auto if is_unwanted || is_dumb() => Color::Never,
        asked => asked,
    }
}

/// A command line that clap did not take: help and version are answers, and a group without a command
/// shows what there is; the rest is usage.
fn refuse(args: &[OsString], env: &Env, error: clap::Error) -> u8 {
    use clap::error::ErrorKind;
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return print(error.render().to_string());
    }
    let ui = Ui::new(Volume::Normal, color(variables::color(env), env));
    let asked = Format::asked_for(args, env);
    if error.kind() == ErrorKind::MissingSubcommand
        && let Some(help) = unknown_command(&error).and_then(help_of)
    {
        if io::stdout().is_terminal() {
            return print(help);
        }
        // Whoever asks for JSON gets the error as JSON below.
        if !matches!(asked, Some(Format::Json | Format::Ndjson)) {
            ui.page(&help);
            return fault::Kind::Usage.exit();
        }
    }
    let hint = suggestion(args, &error);
    let mut error = Error::from(error);
    error.hint = hint.unwrap_or(error.hint);
    tell_error(&ui, &unsaid(args, env, &error), asked);
    error.exit()
}

/// An error without the secrets that there are before a command begins: those at hand, and those that
/// stand in the wrong place.
fn unsaid(args: &[OsString], env: &Env, error: &Error) -> Error {
    let redactor = Redactor::new();
    cli::learn(args, &redactor);
    cli::learn_known(args, env, &redactor);
    error.masked(&redactor)
}

/// The help page of a command, such as `certctl cdn`.
fn help_of(command: &str) -> Option<String> {
    let words = command.split(' ').chain(["--help"]);
    let args: Vec<OsString> = words.map(OsString::from).collect();
    match known_answer(&args) {
        Some(text) => Some(text.to_owned()),
        None => Some(parse(&args).err()?.render().to_string()),
    }
}

/// Keeps what the process knows to itself: no core dump may hold a key. Where the system has no
/// such switch, nothing is done.
pub fn harden() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Refused only by a sandbox that forbids the call; then there is nothing else to try.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
    }
}
