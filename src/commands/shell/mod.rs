//! `certctl completions` and `certctl man`: for other programs, made from the command tree.

mod bash;
mod fish;
mod hints;
mod manual;
mod zsh;

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, Args, Command, ValueHint};
use clap_complete::Shell;
use serde::Serialize;

use super::Session;
use crate::error::Error;
use crate::fault::Kind;
use crate::files::{Access, Content, Existing, write_all};
use crate::output::{Answer, Column};

/// Print a completion script
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  certctl completions bash > certctl.bash
  certctl completions zsh > _certctl
  certctl completions fish > certctl.fish
  certctl completions powershell > certctl.ps1

bash: source the script in ~/.bashrc. zsh: put it into a folder of $fpath.
fish: put it into ~/.config/fish/completions. PowerShell: dot-source it in $PROFILE.")]
pub struct CompletionsArgs {
    /// Name of the shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual, or write manual pages to a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  certctl man > certctl.1
  certctl man --out man1")]
pub struct ManArgs {
    /// Write one page per command to this folder, which is created if needed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints the names of the profiles, a line each, in every shell; what is wrong is not told there.
const PROFILES: &str = "certctl config list --query 'results[].profile' -o table -q 2>/dev/null";

/// The completion script of a shell.
pub fn completions(args: &CompletionsArgs, mut root: Command) -> Result<Answer, Error> {
    root.build();
    let mut root = hints::hinted(root);
    let script = match args.shell {
        Shell::Bash => bash::script(&root, PROFILES),
        Shell::Fish => fish::script(&root, PROFILES),
        shell => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut root, "certctl", &mut script);
            return match shell {
                Shell::Zsh => text(script).map(|script| zsh::with_profiles(script, PROFILES)),
                _ => text(script),
            }
            .map(Answer::Text);
        }
    };
    Ok(Answer::Text(script))
}

/// Whether a value follows.
fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

fn takes_file(arg: &Arg) -> bool {
    matches!(
        arg.get_value_hint(),
        ValueHint::FilePath | ValueHint::DirPath
    )
}

/// The words that a value is one of, if it is one of a few.
fn words(arg: &Arg) -> String {
    let values = match takes_value(arg) {
        true => arg.get_possible_values(),
        false => Vec::new(),
    };
    let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
    names.join(" ")
}

const COLUMNS: &[Column] = &[("FILE", "file")];

/// A page that was written.
#[derive(Serialize)]
struct Written {
    file: String,
}

/// The manual: a page for certctl and one for each command; one after the other, or in files.
pub fn man(session: &Session<'_>, args: &ManArgs, mut root: Command) -> Result<Answer, Error> {
    root.build();
    let pages = manual::pages(&root).map_err(|error| {
        Error::new(
            Kind::Bug,
            format!("cannot create the manual: {error}"),
            Kind::Bug.hint(),
        )
    })?;
    let Some(folder) = &args.out else {
        let pages = pages.into_iter().flat_map(|(_, page)| page).collect();
        return text(pages).map(Answer::Text);
    };
    let files: Vec<Content<'_>> = pages
        .iter()
        .map(|(name, page)| Content {
            path: folder.join(name),
            bytes: page,
            access: Access::Anybody,
        })
        .collect();
    if !session.globals.is_dry() {
        write_all(&files, Existing::Replace)?;
    }
    let written = files.iter().map(|file| Written {
        file: file.path.display().to_string(),
    });
    Ok(Answer::list("man", COLUMNS, written.collect()))
}

fn text(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes)
        .map_err(|_| Error::new(Kind::Bug, "generated text is not UTF-8", Kind::Bug.hint()))
}
