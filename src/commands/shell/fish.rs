//! Completions for fish. `clap_complete` knows two levels of commands there, and no values of
//! arguments; certctl has three levels.

use std::fmt::Write;

use clap::{Arg, Command};

use super::hints::PROFILE;
use super::{takes_file, takes_value, words};

/// Finds out at which command the cursor is, and how many arguments stand before it. The first
/// list holds every command, the second one the flags whose value is the next word.
const HEAD: &str = r#"# Completions of certctl for fish.
set -g __certctl_commands @commands@
set -g __certctl_valued @valued@

function __certctl_at --description 'Whether the cursor is at this command, after so many arguments'
    set -l words (commandline -opc)
    set -e words[1]
    set -l path
    set -l given 0
    set -l skip 0
    for word in $words
        if test $skip = 1
            set skip 0
        else if contains -- $word $__certctl_valued
            set skip 1
        else if string match -q -- '-*' $word
            continue
        else if test $given = 0; and contains -- (string join ' ' $path $word) $__certctl_commands
            set path $path $word
        else
            set given (math $given + 1)
        end
    end
    test "$path" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test $given = "$argv[2]"
end

function __certctl_profiles --description 'The names of the profiles'
    @profiles@
end

complete -c certctl -f
"#;

/// The script for a tree that is built and hinted; `profiles` prints the names of the profiles.
pub fn script(root: &Command, profiles: &str) -> String {
    let mut commands = Vec::new();
    let mut valued = Vec::new();
    let mut lines = String::new();
    for arg in root.get_arguments() {
        flag(&mut lines, &mut valued, arg, None);
    }
    below(root, "", &mut commands, &mut valued, &mut lines);
    valued.sort();
    valued.dedup();
    let quoted = |words: &[String]| {
        words
            .iter()
            .map(|word| quote(word))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let head = HEAD
        .replace("@profiles@", profiles)
        .replace("@commands@", &quoted(&commands))
        .replace("@valued@", &quoted(&valued));
    head + &lines
}

fn below(
    command: &Command,
    path: &str,
    commands: &mut Vec<String>,
    valued: &mut Vec<String>,
    lines: &mut String,
) {
    let at = format!("__certctl_at {}", quote(path));
    for inner in command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
    {
        let about = inner.get_about().map(ToString::to_string);
        let (condition, name) = (quote(&format!("{at} 0")), inner.get_name());
        let about = quote(&about.unwrap_or_default());
        let _ = writeln!(
            lines,
            "complete -c certctl -n {condition} -a {name} -d {about}"
        );
        let path = format!("{path} {name}").trim_start().to_owned();
        commands.push(path.clone());
        for arg in inner.get_arguments().filter(|arg| !arg.is_global_set()) {
            let at = format!("__certctl_at {}", quote(&path));
            match arg.get_index() {
                Some(index) => positional(lines, arg, &at, index),
                None => flag(lines, valued, arg, Some(&at)),
            }
        }
        below(inner, &path, commands, valued, lines);
    }
}

/// A flag, at one command or at all of them.
fn flag(lines: &mut String, valued: &mut Vec<String>, arg: &Arg, at: Option<&str>) {
    if arg.is_hide_set() {
        return;
    }
    let mut line = String::from("complete -c certctl");
    if let Some(at) = at {
        let _ = write!(line, " -n {}", quote(at));
    }
    if let Some(short) = arg.get_short() {
        let _ = write!(line, " -s {short}");
    }
    if let Some(long) = arg.get_long() {
        let _ = write!(line, " -l {long}");
    }
    if let Some(help) = arg.get_help() {
        let _ = write!(line, " -d {}", quote(&help.to_string()));
    }
    if takes_value(arg) {
        let long = arg.get_long().map(|long| format!("--{long}"));
        let short = arg.get_short().map(|short| format!("-{short}"));
        if !arg.is_require_equals_set() {
            valued.extend(long.into_iter().chain(short));
            line.push_str(if takes_file(arg) { " -r -F" } else { " -x" });
        }
        let values = values(arg);
        if !values.is_empty() {
            let _ = write!(line, " -a {}", quote(&values));
        }
    }
    lines.push_str(&line);
    lines.push('\n');
}

/// An argument by its place, from 1.
fn positional(lines: &mut String, arg: &Arg, at: &str, index: usize) {
    let values = values(arg);
    // The last one may repeat.
    let condition = match arg
        .get_num_args()
        .is_some_and(|count| count.max_values() > 1)
    {
        true => quote(at),
        false => quote(&format!("{at} {}", index - 1)),
    };
    if takes_file(arg) {
        let _ = writeln!(lines, "complete -c certctl -n {condition} -F");
    } else if !values.is_empty() {
        let _ = writeln!(
            lines,
            "complete -c certctl -n {condition} -a {}",
            quote(&values)
        );
    }
}

/// What is offered for a value: its words, or what prints the names of the profiles.
fn values(arg: &Arg) -> String {
    match arg.get_value_hint() {
        hint if hint == PROFILE => "(__certctl_profiles)".into(),
        _ => words(arg),
    }
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
