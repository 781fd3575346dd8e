//! Manual pages: clap's own sections, and the examples as they are to be typed.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

/// What begins the examples in a command's help.
const EXAMPLES: &str = "Examples:";

/// A page for a command and one for each below it, with the names of their files. The tree has
/// to be built.
pub fn pages(command: &Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    remarks(command, &mut page)?;
    let mut pages = vec![(man.get_filename(), page)];
    for inner in command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
    {
        pages.extend(self::pages(inner)?);
    }
    Ok(pages)
}

/// What stands below the options in the help: examples line by line, the rest as paragraphs.
fn remarks(command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    let Some(help) = command.get_after_long_help().or(command.get_after_help()) else {
        return Ok(());
    };
    let help = help.to_string();
    let mut in_examples = false;
    let mut in_notes = false;
    for line in help.lines() {
        if line == EXAMPLES {
            writeln!(out, ".SH EXAMPLES\n.nf")?;
            in_examples = true;
        } else if in_examples && line.starts_with("  ") {
            writeln!(out, "{}", escaped(line.trim_start_matches("  ")))?;
        } else if !line.is_empty() {
            if in_examples {
                writeln!(out, ".fi")?;
                in_examples = false;
            }
            if !in_notes {
                writeln!(out, ".SH NOTES")?;
                in_notes = true;
            }
            writeln!(out, "{}", escaped(line))?;
        }
    }
    if in_examples {
        writeln!(out, ".fi")?;
    }
    Ok(())
}

/// Text that roff takes for text.
fn escaped(line: &str) -> String {
    let text = line
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq");
    match text.starts_with('.') {
        true => format!("\\&{text}"),
        false => text,
    }
}
