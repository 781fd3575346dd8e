//! A call on a terminal of its own, made by script(1): what is shown is read, what a person types is
//! sent.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Call, Outcome};

/// A call that runs on a terminal.
pub struct Terminal {
    child: Child,
    shown: Vec<u8>,
}

impl Terminal {
    /// Starts a call; `None` where there is no script(1), so that nobody can be asked anything.
    pub fn start(call: &Call) -> Option<Self> {
        Terminal::after(call, "")
    }

    /// Starts a call after a line for the shell, such as one that looks at the terminal.
    pub fn after(call: &Call, line: &str) -> Option<Self> {
        let words = std::iter::once(call.command.get_program()).chain(call.command.get_args());
        let words = words.map(|word| format!("'{}'", word.to_str().expect("UTF-8")));
        let words = words.collect::<Vec<_>>().join(" ");
        let command = match line {
            "" => format!("exec {words}"),
            line => line.replace("CALL", &words),
        };
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).env_clear();
        for (name, value) in call.command.get_envs() {
            script.env(name, value.expect("it is set"));
        }
        script.env("PATH", std::env::var_os("PATH")?);
        script.env("SHELL", "/bin/sh").env("TERM", "dumb");
        if let Some(folder) = call.command.get_current_dir() {
            script.current_dir(folder);
        }
        script.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = script.stderr(Stdio::piped()).spawn().ok()?;
        Some(Terminal {
            child,
            shown: Vec::new(),
        })
    }

    /// Reads until this is shown.
    #[track_caller]
    pub fn until(&mut self, text: &str) {
        let screen = self.child.stdout.as_mut().expect("a pipe");
        while !self.shown.ends_with(text.as_bytes()) {
            let mut byte = [0];
            let count = screen.read(&mut byte).expect("a terminal");
            assert_ne!(count, 0, "{}", String::from_utf8_lossy(&self.shown));
            self.shown.push(byte[0]);
        }
    }

    /// Types this.
    pub fn types(&mut self, keys: &str) {
        let keyboard = self.child.stdin.as_mut().expect("a pipe");
        keyboard.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// What is left of it: all that was shown is its stdout.
    #[track_caller]
    pub fn end(mut self) -> Outcome {
        // The end of the keyboard would be an answer, too: it comes only if nothing else happens.
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20)
            && self.child.try_wait().expect("a child").is_none()
        {
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut outcome = Outcome::of(self.child);
        outcome
            .stdout
            .insert_str(0, &String::from_utf8_lossy(&self.shown));
        outcome
    }
}
