//! `docs/cli.md`: every help page.

use certctl::cli::Cli;
use clap::{Command, CommandFactory};

use super::super::{exit_status_table, hold};

const WIDTH: usize = 100;

const HEAD: &str = "\
# The command line

<!-- Made from the code by `CERTCTL_BLESS=1 cargo test --test docs`. -->

Every help page, as `--help` prints it. Global options can come before or after the command. They are the
same for every command and are listed once, under `certctl`.
";

#[test]
fn cli_md_is_fresh() {
    let mut root = Cli::command().term_width(WIDTH);
    root.build();
    let mut page = String::from(HEAD);
    section(&mut root, "certctl", &mut page);
    page.push_str("\n## Exit statuses\n\n");
    page.push_str(&exit_status_table());
    page.push_str(
        "\nWhen several targets fail for different reasons and none succeeds, the status is that of \
         the first failed\ntarget. See [what to do next](exit-status.md#what-to-do-next).\n",
    );
    hold("docs/cli.md", &page);
}

fn section(command: &mut Command, name: &str, page: &mut String) {
    let help = command
        .clone()
        .term_width(WIDTH)
        .render_long_help()
        .to_string();
    let help = match name.contains(' ') {
        true => without_globals(&help),
        false => help,
    };
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let help = lines.join("\n");
    page.push_str(&format!(
        "\n## {name}\n\n```text\n{}\n```\n",
        help.trim_end()
    ));
    for command in command.get_subcommands_mut() {
        let name = format!("{name} {}", command.get_name());
        section(command, &name, page);
    }
}

/// The page without the section of the global options, which ends at a line that is not indented.
fn without_globals(help: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in help.lines() {
        inside = match line {
            "Global options:" => true,
            "" => inside,
            line => inside && line.starts_with(' '),
        };
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}
