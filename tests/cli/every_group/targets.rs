//! What a person types as targets and values: one habit for all commands.

use std::collections::BTreeSet;

use certctl::cli::Cli;
use certctl::emulator::pki::{Authority, Issued};
use clap::CommandFactory;

use super::habits::{HABITS, Habit, Many};
use super::table::{COMMANDS, Nature};
use super::{each, leaves};
use crate::support::{Call, Clouds, Outcome, private};

/// The commands that take a list.
fn many() -> impl Iterator<Item = (&'static str, &'static Many)> {
    HABITS.iter().filter_map(|(words, habit)| match habit {
        Habit::Many(many) => Some((*words, many)),
        _ => None,
    })
}

/// A certificate and its key, the same in every home.
struct Pair(Issued);

/// Where a command is run again and again: one that changes something finds an account of its own
/// each time.
struct Ground<'a> {
    pair: &'a Pair,
    words: &'static str,
    shared: Option<Clouds>,
}

impl Pair {
    fn new() -> Self {
        let authority = Authority::generate().expect("an authority");
        let names = ["a.com", "example.com", "*.example.com"];
        Pair(authority.issue(&names, 90).expect("a certificate"))
    }

    fn ground(&self, words: &'static str) -> Ground<'_> {
        let mut commands = COMMANDS.iter();
        let command = commands.find(|one| one.words == words).expect("a command");
        Ground {
            pair: self,
            words,
            shared: match command.nature {
                Nature::Changes(_) | Nature::Across => None,
                Nature::Local | Nature::Reads => Some(Clouds::new()),
            },
        }
    }

    /// A command in an account of its own, with the pair's files there.
    fn call(&self, clouds: &Clouds, words: &str, args: &[&str]) -> Call {
        clouds.file("given.pem", &self.0.fullchain);
        private(&clouds.file("given.key", &self.0.key));
        ready(clouds.certctl(&[]), words, args)
    }
}

impl Ground<'_> {
    /// The exit status and the document.
    fn answer(&self, args: &[&str], stdin: &str) -> (i32, String) {
        let own = self.shared.is_none().then(Clouds::new);
        let clouds = self.shared.as_ref().or(own.as_ref()).expect("an account");
        let call = self.pair.call(clouds, self.words, args);
        let outcome = call.stdin(stdin).run();
        let about = format!("{} {args:?}: {outcome:#?}", self.words);
        assert!(outcome.stdout.starts_with('{'), "{about}");
        (outcome.status, settled(&outcome))
    }
}

/// A command with its words and arguments, `FILE` and `KEY` replaced.
fn ready(call: Call, words: &str, args: &[&str]) -> Call {
    let named = |arg: &&str| arg.replace("FILE", "given.pem").replace("KEY", "given.key");
    let words: Vec<&str> = words.split(' ').collect();
    let args: Vec<String> = args.iter().map(named).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    call.args(&words).args(&args)
}

/// The document without what differs from run to run.
fn settled(outcome: &Outcome) -> String {
    let volatile = [
        "\"request_id\":",
        "\"created\":",
        "\"updated\":",
        "\"modified\":",
        // Made anew for each answer.
        "\"request\":",
    ];
    let lines = outcome.stdout.lines();
    let kept = lines.filter(|line| !volatile.iter().any(|key| line.trim().starts_with(key)));
    kept.collect::<Vec<_>>().join("\n")
}

/// The arguments before a list: the thing that leads it.
fn leading(many: &Many) -> Vec<&'static str> {
    many.led_by.map(|(_, value)| value).into_iter().collect()
}

/// The arguments with a list.
fn with<'a>(many: &Many, list: &[&'a str]) -> Vec<&'a str> {
    [&leading(many)[..], list, many.rest].concat()
}

#[test]
fn every_command_has_a_habit() {
    let mut tree = Cli::command();
    tree.build();
    let mut there = BTreeSet::new();
    leaves(&tree, "", &mut there);
    let listed: BTreeSet<String> = HABITS
        .iter()
        .map(|(words, _)| (*words).to_owned())
        .collect();
    assert_eq!(there, listed);
    assert_eq!(listed.len(), HABITS.len(), "a command stands twice");
    for (words, habit) in HABITS {
        let mut command = &tree;
        for word in words.split(' ') {
            command = command.find_subcommand(word).expect("it is there");
        }
        let has = |flag: &str| {
            let mut flags = command.get_arguments();
            flags.any(|arg| arg.get_long() == flag.strip_prefix("--"))
        };
        let takes_list = has("--allow-empty") && !words.starts_with("api ");
        assert_eq!(matches!(habit, Habit::Many(_)), takes_list, "{words}");
        match habit {
            Habit::Nothing => {}
            Habit::One(flag, ..) => assert!(has(flag), "{words} {flag}"),
            Habit::Many(many) => {
                let flags = [many.flags.0, many.flags.1];
                assert!(flags.iter().all(|flag| has(flag)), "{words} {flags:?}");
            }
        }
    }
}

#[test]
fn a_target_is_an_argument_or_a_flag() {
    let pair = Pair::new();
    let singles = HABITS.iter().filter_map(|(words, habit)| match habit {
        Habit::One(flag, value, rest) => Some((*words, (*flag, *value, *rest))),
        _ => None,
    });
    each(singles, |words, (flag, value, rest)| {
        let ground = pair.ground(words);
        let argument = ground.answer(&[&[value], rest].concat(), "");
        assert_eq!(argument.0, 0, "{words}: {}", argument.1);
        for by_flag in [vec![flag, value], vec![&*format!("{flag}={value}")]] {
            let after = ground.answer(&[rest, &by_flag].concat(), "");
            assert_eq!(after, argument, "{words} {by_flag:?}");
        }
        let clouds = Clouds::new();
        for empty in [&[""][..], &[flag, ""], &[&*format!("{flag}=")]] {
            let outcome = pair.call(&clouds, words, &[empty, rest].concat()).run();
            assert_eq!(outcome.status, 2, "{words} {empty:?}: {outcome:#?}");
            assert_eq!(outcome.stdout, "", "{words} {empty:?}");
        }
        assert!(clouds.log().is_empty(), "{words}");
    });
}

#[test]
fn a_list_is_arguments_or_a_flag_or_a_file() {
    let pair = Pair::new();
    each(many(), |words, many| {
        let [first, second] = many.values;
        let (flag, file_flag) = many.flags;
        let ground = pair.ground(words);
        let expected = ground.answer(&with(many, &[first, second]), "");
        assert!([0, 9].contains(&expected.0), "{words}: {}", expected.1);
        let joined = format!("{first},{second}");
        let spaced = format!(" {first} , {second} ");
        let lines =
            format!("\u{feff}# a list\r\n{first}\r\n\r\n  {second} # the second\r\n{first}");
        let lines = lines
            .replace("FILE", "given.pem")
            .replace("KEY", "given.key");
        let same: [(&[&str], &str); 9] = [
            (&[&joined], ""),
            (&[first, second, first], ""),
            (&[flag, &joined], ""),
            (&[flag, &spaced], ""),
            (&[flag, first, flag, second], ""),
            (&[first, flag, second], ""),
            (&[file_flag, "-"], &lines),
            (&[first, file_flag, "-"], &lines),
            (&[flag, "-"], &lines),
        ];
        for (list, stdin) in same {
            // A file of `-` is what is shown, not a list.
            if words == "cert inspect" && list == [flag, "-"] {
                continue;
            }
            let answer = ground.answer(&with(many, list), stdin);
            assert_eq!(answer, expected, "{words} {list:?}");
        }
        if let Some((flag, value)) = many.led_by {
            let list = [&[flag, value, first, second], many.rest].concat();
            assert_eq!(ground.answer(&list, ""), expected, "{words} {list:?}");
        }
    });
}

/// Nothing is sent, and no login is needed to say so.
#[test]
fn an_empty_list_is_refused_unless_it_may_be() {
    let pair = Pair::new();
    each(many(), |words, many| {
        let (flag, file_flag) = many.flags;
        let clouds = Clouds::new();
        clouds.file("empty", "# nothing\r\n\r\n");
        let lists: [&[&str]; 6] = [
            &[],
            &[""],
            &[flag, ""],
            &[flag, " "],
            &[file_flag, "empty"],
            &[file_flag, "-"],
        ];
        for list in lists {
            if many.optional && list.is_empty() {
                continue;
            }
            let outcome = pair.call(&clouds, words, &with(many, list)).run();
            let about = format!("{words} {list:?}: {outcome:#?}");
            assert_eq!(outcome.status, 2, "{about}");
            assert_eq!(outcome.stdout, "", "{about}");
            let told = &outcome.stderr;
            assert!(list.is_empty() || told.contains("empty"), "{about}");

            let args = [&with(many, list)[..], &["--allow-empty"]].concat();
            let nobody = || ready(Call::new(&[]), words, &args);
            let outcome = nobody().dir(clouds.home()).arg("-ojson").run();
            let about = format!("{words} {args:?}: {outcome:#?}");
            assert_eq!((outcome.status, &*outcome.stderr), (0, ""), "{about}");
            let json = outcome.json();
            assert_eq!(json["command"], words, "{about}");
            assert_eq!(json["ok"], true, "{about}");
            assert_eq!(json["results"], serde_json::json!([]), "{about}");
            for format in ["-otable", "-ocsv", "-ondjson"] {
                let outcome = nobody().dir(clouds.home()).arg(format).run();
                assert_eq!(outcome.status, 0, "{words} {format}: {outcome:#?}");
            }
        }
        // An item may not be empty, whatever the list may be.
        let gap = format!("{},,{}", many.values[0], many.values[1]);
        let outcome = pair.call(&clouds, words, &with(many, &[flag, &gap, "--allow-empty"]));
        let outcome = outcome.run();
        assert_eq!(outcome.status, 2, "{words}: {outcome:#?}");
        assert!(clouds.log().is_empty(), "{words}");
    });
}

#[test]
fn the_comma_of_a_chinese_keyboard_is_named() {
    let pair = Pair::new();
    each(many(), |words, many| {
        let clouds = Clouds::new();
        let (flag, file_flag) = many.flags;
        for comma in ['，', '、'] {
            let list = format!("{}{comma}{}", many.values[0], many.values[1]);
            for (given, stdin) in [
                (&[list.as_str()][..], ""),
                (&[flag, &list], ""),
                (&[file_flag, "-"], list.as_str()),
            ] {
                let args = with(many, given);
                let outcome = pair.call(&clouds, words, &args).stdin(stdin).run();
                let about = format!("{words} {given:?}: {outcome:#?}");
                assert_eq!(outcome.status, 2, "{about}");
                assert_eq!(outcome.stdout, "", "{about}");
                assert!(outcome.stderr.contains(&format!("'{comma}'")), "{about}");
                assert!(outcome.stderr.contains("type ','"), "{about}");
            }
        }
        assert!(clouds.log().is_empty(), "{words}");
    });
}

/// What a command has to be given besides the value that is wrong.
fn needed(habit: &Habit) -> Vec<&'static str> {
    match habit {
        Habit::Nothing => Vec::new(),
        Habit::One(_, value, rest) => [&[*value], *rest].concat(),
        Habit::Many(many) => [&leading(many)[..], &many.values, many.rest].concat(),
    }
}

/// Every option of every command, with what it stands for.
fn options(habit: &str) -> Vec<clap::Arg> {
    let mut tree = Cli::command();
    tree.build();
    let mut command = &tree;
    for word in habit.split(' ') {
        command = command.find_subcommand(word).expect("it is there");
    }
    // What is for all commands is looked at once.
    let own = |arg: &&clap::Arg| habit == "cdn list" || !arg.is_global_set();
    let options = command.get_arguments().filter(own);
    let options = options.filter(|arg| arg.get_long().is_some());
    let takes_value = |arg: &&clap::Arg| arg.get_action().takes_values();
    options.filter(takes_value).cloned().collect()
}

/// Runs every option of every command with a value.
fn every_option(
    wanted: impl Fn(&clap::Arg) -> bool + Sync,
    value: &str,
    look: impl Fn(&clap::Arg, &str, &Outcome) + Sync,
) {
    let habits = HABITS.iter().map(|(words, habit)| (*words, habit));
    each(habits, |words, habit| {
        let clouds = Clouds::new();
        for option in options(words).iter().filter(|option| wanted(option)) {
            let name = option.get_long().expect("it has a name");
            let given = format!("--{name}={value}");
            let mut args = needed(habit);
            // What is given once is given by this value.
            let flag = format!("--{name}");
            if let Some(at) = args.iter().position(|arg| *arg == flag) {
                args.drain(at..at + 2);
            }
            let args = [&args[..], &[&given]].concat();
            let outcome = ready(clouds.certctl(&[]), words, &args).run();
            let about = format!("{words} {given}: {outcome:#?}");
            look(option, &about, &outcome);
        }
        assert!(clouds.log().is_empty(), "{words}");
    });
}

/// An unset shell variable is no value.
#[test]
fn an_empty_value_is_refused() {
    every_option(
        |_| true,
        "",
        |_, about, outcome| {
            assert_eq!(outcome.status, 2, "{about}");
            assert_eq!(outcome.stdout, "", "{about}");
        },
    );
}

fn is_duration(option: &clap::Arg) -> bool {
    let names = option.get_value_names().unwrap_or_default();
    names.iter().any(|name| name == "DURATION")
}

/// A number alone is no time, but for the flags that always took seconds.
#[test]
fn a_duration_has_a_unit() {
    let strict = |option: &clap::Arg| {
        let name = option.get_long().unwrap_or_default();
        is_duration(option) && !["timeout", "deadline", "wait"].contains(&name)
    };
    every_option(strict, "30", |_, about, outcome| {
        assert_eq!(outcome.status, 2, "{about}");
        assert!(outcome.stderr.contains("30d"), "{about}");
    });
    every_option(is_duration, "30y", |_, about, outcome| {
        assert_eq!(outcome.status, 2, "{about}");
        assert!(outcome.stderr.contains("such as 90s or 30d"), "{about}");
    });
    let clouds = Clouds::new();
    for time in ["90s", "5m", "12h", "30d", "2w"] {
        for args in [
            &["cdn", "list", "--expiring", time][..],
            &["cdn", "list", "--timeout", time, "--deadline", time],
            &["cdn", "wait", "a.com", "--for", time],
        ] {
            clouds.certctl(args).run().expect(0);
        }
    }
}

/// Lists that name no targets are lists, too.
#[test]
fn a_list_of_a_flag_knows_the_comma() {
    let is_list = |option: &clap::Arg| option.get_value_delimiter() == Some(',');
    every_option(is_list, "online，offline", |_, about, outcome| {
        assert_eq!(outcome.status, 2, "{about}");
        assert!(
            outcome.stderr.contains("type ',' instead of '，'"),
            "{about}"
        );
    });
}
