//! `certctl completions` and `certctl man`.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;

/// Print a completion script
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// For this shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The completion script of a shell.
pub fn completions(args: &CompletionsArgs, mut root: Command) -> Result<Answer, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut root, "certctl", &mut script);
    text(script)
}

/// The manual: a page for certctl and one for each command, one after the other.
pub fn man(mut root: Command) -> Result<Answer, Error> {
    let mut pages = Vec::new();
    root.build();
    render(&root, &mut pages).map_err(|error| {
        Error::new(
            Kind::Bug,
            format!("the manual cannot be rendered: {error}"),
            Kind::Bug.hint(),
        )
    })?;
    text(pages)
}

fn render(command: &Command, pages: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(pages)?;
    for command in command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        render(command, pages)?;
    }
    Ok(())
}

fn text(bytes: Vec<u8>) -> Result<Answer, Error> {
    String::from_utf8(bytes)
        .map(Answer::Text)
        .map_err(|_| Error::new(Kind::Bug, "generated text is not UTF-8", Kind::Bug.hint()))
}
