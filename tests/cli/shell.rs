//! `certctl completions`, `certctl man` and `certctl help`

use std::path::Path;
use std::process::{Command, Stdio};

use certctl::cli::Cli;
use clap::CommandFactory;

use crate::support::{Call, Clouds};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// A word that is begun at the end of a line, and some of what completes it. Of these, files are
/// [`FILES`], and `nothing` means that.
const LINES: [(&str, &[&str]); 30] = [
    (
        "certctl ",
        &[
            "cdn",
            "ga",
            "ssl",
            "ulb",
            "api",
            "errors",
            "completions",
            "man",
        ],
    ),
    ("certctl cd", &["cdn"]),
    ("certctl cdn se", &["set"]),
    ("certctl -o json cdn se", &["set"]),
    ("certctl ssl csr dele", &["delete"]),
    ("certctl ssl csr delete --miss", &["--missing-ok"]),
    ("certctl ssl csr delete --site ", &["intl", "mainland"]),
    (
        "certctl cdn set --via ",
        &["auto", "batch", "single", "ssl"],
    ),
    ("certctl api ", &["alibaba", "tencent", "ucloud"]),
    ("certctl api alibaba dc", &["dcdn"]),
    (
        "certctl completions ",
        &["bash", "fish", "powershell", "zsh"],
    ),
    ("certctl --profile wo", &["work"]),
    ("certctl cdn list --profile ", &["default", "work"]),
    ("certctl config use ", &["default", "work"]),
    ("certctl config get tencent.reg", &["tencent.region"]),
    ("certctl cdn list -o nd", &["ndjson"]),
    ("certctl cdn list --output nd", &["ndjson"]),
    ("certctl --timeout 5 ulb repl", &["replace"]),
    // Files, where they belong.
    ("certctl cdn set --key ba", &["bait.pem"]),
    ("certctl cdn set --cert ba", &["bait.pem"]),
    ("certctl ssl csr delete --ids-file ba", &["bait.pem"]),
    ("certctl cert inspect ba", &["bait.pem"]),
    ("certctl --ca-bundle ba", &["bait.pem"]),
    // And nothing, neither files nor programs, where an id or a name does.
    ("certctl cdn set --cert-id ba", NOTHING),
    ("certctl ulb replace --old ba", NOTHING),
    ("certctl cdn set --domains ba", NOTHING),
    ("certctl ssl show ba", NOTHING),
    ("certctl ssl csr delete --ids ba", NOTHING),
    ("certctl --query ba", NOTHING),
    ("certctl errors ba", NOTHING),
];

const NOTHING: &[&str] = &[];

/// What lies where completions are asked for: each would complete `ba`, as would programs.
const FILES: [&str; 2] = ["bait.pem", "basement"];

const PROFILES: &str = "current = \"work\"\n[profiles.default]\noutput = \"json\"\n\
[profiles.work.tencent]\nregion = \"ap-guangzhou\"\n";

/// A folder to complete in, which is a home with profiles as well.
fn place() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a directory");
    std::fs::write(home.path().join(FILES[0]), "").expect("a file");
    std::fs::create_dir(home.path().join(FILES[1])).expect("a folder");
    let folder = home.path().join(".config/certctl");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), PROFILES).expect("a file");
    home
}

fn script(shell: &str) -> String {
    let outcome = Call::new(&["completions", shell]).run().expect(0);
    assert_eq!(outcome.stderr, "", "{shell}");
    outcome.stdout
}

/// What a program prints when it is given a text; `None` where there is no such program, which is
/// said, and a failure where `CERTCTL_TEST_ALL` is set: `.ci/run` installs them all.
#[allow(clippy::print_stderr)]
fn said_by(program: &str, args: &[&str], text: &str, folder: &Path) -> Option<String> {
    use std::io::Write;
    // The scripts ask certctl itself.
    let own = Path::new(env!("CARGO_BIN_EXE_certctl")).parent();
    let own = own.expect("a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([own].into_iter().chain(std::env::split_paths(&others)));
    let path = path.expect("a search path");
    let child = Command::new(program)
        .args(args)
        .env("HOME", folder)
        .env("PATH", path)
        .env_remove("XDG_CONFIG_HOME")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(
            std::env::var_os("CERTCTL_TEST_ALL").is_none(),
            "there is no {program}"
        );
        eprintln!("passed over: there is no {program}");
        return None;
    };
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && stderr.is_empty(),
        "{program}: {stderr}"
    );
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Holds what a shell offered, line by line of [`LINES`], against what it has to.
fn hold(shell: &str, offered: &str) {
    let offered: Vec<Vec<&str>> = offered
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(offered.len(), LINES.len(), "{shell}: {offered:?}");
    for ((line, expected), offered) in LINES.iter().zip(offered) {
        for word in *expected {
            assert!(
                offered.contains(word),
                "{shell}: '{line}' lacks {word}: {offered:?}"
            );
        }
        if expected.len() < 2 && !line.ends_with(' ') {
            // A folder may lead to a file.
            let offered = offered.iter().filter(|word| {
                !(expected == &[FILES[0]] && word.trim_end_matches('/') == FILES[1])
            });
            let offered: Vec<&str> = offered.copied().collect();
            assert_eq!(offered, *expected, "{shell}: '{line}'");
        }
    }
}

#[test]
fn every_shell_gets_a_script_with_every_command_and_flag() {
    let mut words = Vec::new();
    collect(&Cli::command(), &mut words);
    assert!(words.len() > 60, "{words:?}");
    for shell in SHELLS {
        let script = script(shell);
        for word in &words {
            assert!(script.contains(word.as_str()), "{shell}: {word}");
        }
    }
    let outcome = Call::new(&["completions", "tcsh"]).run().expect(2);
    let error = outcome.error();
    let message = error["message"].as_str().expect("a message");
    for shell in SHELLS {
        assert!(message.contains(shell), "{message}");
    }
    Call::new(&["completions"]).run().expect(2);
}

/// The names of the commands and of their flags.
fn collect(command: &clap::Command, words: &mut Vec<String>) {
    let mut command = command.clone();
    command.build();
    let flags = command.get_arguments().filter_map(|arg| arg.get_long());
    words.extend(flags.map(str::to_owned));
    for inner in command.get_subcommands() {
        words.push(inner.get_name().to_owned());
        collect(inner, words);
    }
}

#[test]
fn powershell_has_a_place_for_every_command() {
    fn paths(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        found.push(path.to_owned());
        for inner in command.get_subcommands() {
            paths(inner, &format!("{path};{}", inner.get_name()), found);
        }
    }
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    paths(&root, "certctl", &mut found);
    let script = script("powershell");
    for path in found {
        assert!(script.contains(&format!("'{path}' {{")), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_with_the_script() {
    let home = place();
    let mut probe = script("bash");
    for (line, _) in LINES {
        let words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
        let (last, words) = (words.len() - 1, words.join(" "));
        let before = last - 1;
        probe.push_str(&format!(
            "\nCOMP_WORDS=({words}); COMP_CWORD={last}; COMPREPLY=()\n\
             _certctl certctl \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{before}]}}\"\n\
             echo ${{COMPREPLY[*]}}\n"
        ));
    }
    // bash takes `--flag=VALUE` for three words; a list is completed after its last comma, and a name
    // with a blank in it is quoted.
    let more = [
        ("cdn list --output = nd", "ndjson"),
        ("cdn list --output =", "json table wide csv ndjson"),
        ("cdn list --output = json --stat", "--status"),
        ("cdn list --status = online,off", "online,offline"),
        ("cdn list --status online,off", "online,offline"),
    ];
    for (line, _) in more {
        let last = line.split(' ').count();
        probe.push_str(&format!(
            "\nCOMP_WORDS=(certctl {line}); COMP_CWORD={last}; COMPREPLY=()\n\
             _certctl certctl; echo ${{COMPREPLY[*]}}\n"
        ));
    }
    if let Some(offered) = said_by("bash", &["--norc"], &probe, home.path()) {
        let lines: Vec<&str> = offered.split_inclusive('\n').collect();
        let (known, rest) = lines.split_at(LINES.len());
        hold("bash", &known.concat());
        for ((line, expected), offered) in more.iter().zip(rest) {
            assert_eq!(offered.trim_end(), *expected, "{line}");
        }
        assert_eq!(rest.len(), more.len());
    }
}

#[test]
fn fish_completes_with_the_script() {
    let home = place();
    let mut probe = script("fish");
    for (line, _) in LINES {
        probe.push_str(&format!(
            "\necho (complete -C '{line}' | string replace -r '\\t.*' '')\n"
        ));
    }
    if let Some(offered) = said_by("fish", &["--no-config"], &probe, home.path()) {
        hold("fish", &offered);
    }
}

/// zsh completes on a terminal only, so it is given one: `compadd` writes down what it is handed,
/// and a key that ends each line makes it list the choices.
#[cfg(unix)]
#[test]
fn zsh_completes_with_the_script() {
    const HEAD: &str = r#"
        zmodload zsh/zpty zsh/zselect
        zpty z zsh -f -i
        integer lines=0
        await() {
            integer tries=0
            while (( $(wc -l < offered) < lines && tries++ < 400 )); do
                zselect -t 5
                zpty -r -t z echo
            done
        }
        offer() { (( lines++ )); zpty -w -n z "$1"$'\x18'; await }
        : > offered
        zpty -w z 'PS1=; fpath=('$PWD' $fpath); autoload -Uz compinit; compinit -u -D'
        zpty -w z 'compadd() {
            local -a hits
            [[ " $* " == *" -"[OAD]" "* ]] || builtin compadd -O hits "$@"
            print -rn -- "${(j: :)hits} " >> offered
            builtin compadd "$@"
        }'
        zpty -w z 'certctl_offer() { zle list-choices; print >> offered; BUFFER= }'
        zpty -w z 'zle -N certctl_offer; bindkey "^X" certctl_offer; print >> offered'
        (( lines++ ))
        await
    "#;
    let home = place();
    std::fs::write(home.path().join("_certctl"), script("zsh")).expect("it can be written");
    let mut probe = HEAD.to_owned();
    for (line, _) in LINES {
        probe.push_str(&format!("\noffer '{line}'"));
    }
    probe.push_str("\ntail -n +2 offered; zpty -d z\n");
    if let Some(offered) = said_by("zsh", &["-f"], &probe, home.path()) {
        hold("zsh", &offered);
    }
}

#[test]
fn the_manual_has_every_command_its_flags_and_its_examples() {
    let outcome = Call::new(&["man"]).run().expect(0);
    assert!(
        outcome.stdout.starts_with(".ie"),
        "{}",
        &outcome.stdout[..80]
    );
    for text in [
        "certctl\\-cdn\\-set",
        "certctl\\-ssl\\-csr\\-delete",
        "certctl\\-ulb\\-replace",
        "\\-\\-domains",
        "\\-\\-whole\\-project",
        "\\-\\-client\\-token",
        "Exit status",
        ".SH EXAMPLES",
        "certctl cdn set a.com b.com \\-\\-on\n",
    ] {
        assert!(outcome.stdout.contains(text), "{text}");
    }
    let home = tempfile::tempdir().expect("a directory");
    let args = ["--warnings=all", "-l", "-"];
    if let Some(page) = said_by("man", &args, &outcome.stdout, home.path()) {
        assert!(page.contains("certctl cdn set a.com b.com --on\n"));
    }
}

#[test]
fn the_manual_is_written_to_a_folder() {
    let clouds = Clouds::new();
    let man = |more: &[&str]| {
        let args = [&["man", "--out", "share/man1"], more].concat();
        clouds.certctl(&args).run().expect(0).json()["results"].clone()
    };
    let planned = man(&["--dry-run"]);
    assert!(!clouds.home().join("share").exists());
    assert_eq!(man(&[]), planned);
    let files = planned.as_array().expect("a list");
    let mut root = Cli::command();
    root.build();
    assert_eq!(files.len(), count(&root));
    for file in files {
        let name = file["file"].as_str().expect("a name");
        let page = std::fs::read_to_string(clouds.home().join(name)).expect("a page");
        assert!(
            page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"),
            "{name}"
        );
    }
    let page = |name: &str| {
        let path = clouds.home().join("share/man1").join(name);
        std::fs::read_to_string(path).expect("a page")
    };
    let set = page("certctl-cdn-set.1");
    let examples = &set[set.find(".SH EXAMPLES\n.nf\n").expect("examples")..];
    assert!(
        examples.contains("\ncertctl cdn set \\-\\-domains"),
        "{examples}"
    );
    assert!(page("certctl.1").contains("certctl\\-cdn(1)"));
    // All pages or none: the last one's place is taken by a folder.
    std::fs::create_dir_all(clouds.home().join("half/certctl.1")).expect("a folder");
    clouds.certctl(&["man", "--out", "half"]).run().expect(11);
    let left = std::fs::read_dir(clouds.home().join("half")).expect("the folder");
    assert_eq!(left.count(), 1);
    clouds.file("taken", "");
    let outcome = clouds.certctl(&["man", "--out", "taken"]).run().expect(11);
    assert_eq!(outcome.error()["kind"], "io");
}

fn count(command: &clap::Command) -> usize {
    1 + command.get_subcommands().map(count).sum::<usize>()
}

#[test]
fn help_is_also_a_word() {
    for (words, page) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "cdn", "set"], &["cdn", "set", "--help"]),
        (&["help", "errors"], &["errors", "--help"]),
    ] {
        let said = |args: &[&str]| Call::new(args).run().expect(0).stdout;
        assert_eq!(said(words), said(page));
    }
    let error = Call::new(&["help", "cdm"]).run().expect(2).error();
    assert_eq!(error["hint"], "did you mean `certctl cdn`?");
}

/// The first line of a help page is a sentence without a full stop, as in every list of commands.
#[test]
fn every_command_says_what_it_does_in_a_line() {
    fn check(command: &clap::Command, path: &str) {
        let about = command.get_about().map(ToString::to_string);
        let about = about.unwrap_or_else(|| panic!("{path} says nothing of itself"));
        assert!(
            !about.ends_with('.') && !about.contains('\n'),
            "{path}: {about}"
        );
        assert!(about.starts_with(char::is_uppercase), "{path}: {about}");
        assert!(about.chars().count() <= 80, "{path}: {about}");
        for arg in command.get_arguments() {
            let (id, help) = (arg.get_id(), arg.get_help().map(ToString::to_string));
            let help = help.unwrap_or_else(|| panic!("{path} {id} has no help"));
            assert!(!help.ends_with('.'), "{path} {id}: {help}");
        }
        for inner in command.get_subcommands() {
            check(inner, &format!("{path} {}", inner.get_name()));
        }
    }
    let mut root = Cli::command();
    root.build();
    check(&root, "certctl");
}
