//! Completions for bash, 3.2 and newer. `clap_complete` offers file names wherever it knows nothing
//! better, and does not see the flag in `--flag=VALUE`, which bash takes for three words.

use std::fmt::Write;

use clap::{Arg, Command, ValueHint};

use super::hints::PROFILE;
use super::{takes_value, words};

const SCRIPT: &str = r#"# Completions of certctl for bash.

_certctl() {
    local cur="${COMP_WORDS[COMP_CWORD]}" path= flag= given=0 word i kind= words= flags=
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if [[ -n $flag ]]; then
            [[ $word == = ]] || flag=
            continue
        fi
        case "$word" in
            =) ;;
            -*) if _certctl_value "$path $word"; then flag="$word"; fi ;;
            *)
                if [[ $given == 0 ]] && _certctl_words "${path:+$path }$word"; then
                    path="${path:+$path }$word"
                else
                    given=$((given + 1))
                fi
                ;;
        esac
    done
    [[ $cur == = ]] && cur=
    _certctl_words "$path"
    if [[ -n $flag ]]; then
        _certctl_value "$path $flag"
    elif [[ $cur == -* ]]; then
        kind="$flags $_certctl_global"
    elif [[ $given == 0 && -n $words ]]; then
        kind="$words"
    else
        _certctl_value "$path $given" || kind="$flags $_certctl_global"
    fi
    case "$kind" in
        NONE) ;;
        FILE | DIR)
            compopt -o filenames 2>/dev/null
            local IFS=$'\n' action=-f
            [[ $kind == DIR ]] && action=-d
            COMPREPLY=($(compgen $action -- "$cur"))
            ;;
        PROFILE)
            while IFS= read -r word; do
                [[ $word == "$cur"* ]] && COMPREPLY+=("$(printf %q "$word")")
            done < <(@profiles@)
            ;;
        *)
            word=
            [[ $cur == *,* ]] && word="${cur%,*},"
            COMPREPLY=($(compgen -P "$word" -W "$kind" -- "${cur##*,}"))
            ;;
    esac
}

# The commands and the flags below a command; fails where there is no such command.
_certctl_words() {
    case "$1" in
@commands@        *) return 1 ;;
    esac
}

# What completes the value of a flag, or the argument at a place; fails where there is none.
_certctl_value() {
    case "$1" in
@values@        *) return 1 ;;
    esac
}

_certctl_global='@global@'

if [[ ${BASH_VERSINFO[0]} -gt 4 || ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4 ]]; then
    complete -o nosort -F _certctl certctl
else
    complete -F _certctl certctl
fi
"#;

/// The script for a tree that is built and hinted; `profiles` prints the names of the profiles.
pub fn script(root: &Command, profiles: &str) -> String {
    let (mut commands, mut values) = (String::new(), String::new());
    below(root, "", &mut commands, &mut values);
    for arg in root.get_arguments() {
        value(&mut values, arg, "*");
    }
    SCRIPT
        .replace("@profiles@", profiles)
        .replace("@commands@", &commands)
        .replace("@values@", &values)
        .replace("@global@", &flags(root, |arg| arg.get_id() != "version"))
}

fn below(command: &Command, path: &str, commands: &mut String, values: &mut String) {
    let inner = || command.get_subcommands().filter(|it| !it.is_hide_set());
    let names: Vec<&str> = inner().map(Command::get_name).collect();
    let flags = match path {
        "" => flags(command, |arg| arg.get_id() == "version"),
        _ => flags(command, |arg| {
            !arg.is_global_set() && arg.get_id() != "help"
        }),
    };
    let _ = writeln!(
        commands,
        "        '{path}') words='{}' flags='{flags}' ;;",
        names.join(" ")
    );
    if !path.is_empty() {
        let own = command.get_arguments().filter(|arg| !arg.is_global_set());
        own.for_each(|arg| value(values, arg, &format!("'{path}'")));
    }
    for inner in inner() {
        let path = format!("{path} {}", inner.get_name());
        below(inner, path.trim_start(), commands, values);
    }
}

fn flags(command: &Command, of: impl Fn(&Arg) -> bool) -> String {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let mut names = Vec::new();
    for arg in shown.filter(|arg| of(arg)) {
        names.extend(arg.get_long().map(|long| format!("--{long}")));
        names.extend(arg.get_short().map(|short| format!("-{short}")));
    }
    names.join(" ")
}

/// A case for a value: by its flag, or by its place among the arguments, from 0.
fn value(cases: &mut String, arg: &Arg, path: &str) {
    if !takes_value(arg) || arg.is_require_equals_set() {
        return;
    }
    let kind = match (words(arg), arg.get_value_hint()) {
        (words, _) if !words.is_empty() => words,
        (_, ValueHint::FilePath) => "FILE".into(),
        (_, ValueHint::DirPath) => "DIR".into(),
        (_, hint) if hint == PROFILE => "PROFILE".into(),
        _ => "NONE".into(),
    };
    let repeats = arg
        .get_num_args()
        .is_some_and(|count| count.max_values() > 1);
    let keys: Vec<String> = match arg.get_index() {
        Some(_) if repeats => vec![format!("{path}' '[0-9]*")],
        Some(index) => vec![format!("{path}' {}'", index - 1)],
        None => {
            let long = arg.get_long().map(|long| format!("{path}' --{long}'"));
            let short = arg.get_short().map(|short| format!("{path}' -{short}'"));
            long.into_iter().chain(short).collect()
        }
    };
    let _ = writeln!(cases, "        {}) kind='{kind}' ;;", keys.join(" | "));
}
