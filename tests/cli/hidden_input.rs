//! A secret that is typed at a terminal: it is not shown, and whatever ends or stops the process
//! meanwhile, the terminal is left as it was.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::support::Clouds;

/// A terminal, and a process that asks at it.
struct Asked {
    clouds: Clouds,
    terminal: File,
    /// Kept open, so that the terminal's settings can be looked at to the end.
    side: OwnedFd,
    child: Child,
}

impl Asked {
    fn of(args: &[&str]) -> Self {
        let clouds = Clouds::new();
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&terminal).expect("its owner");
        unlockpt(&terminal).expect("its other side");
        let name = ptsname(&terminal, Vec::new()).expect("its name");
        let name = name.to_str().expect("UTF-8").to_owned();
        let side = || {
            let file = File::options().read(true).write(true).open(&name);
            file.expect("its other side")
        };
        let mut command = clouds.certctl(args).command;
        let child = command
            .stdin(Stdio::from(side()))
            .stdout(Stdio::null())
            .stderr(Stdio::from(side()))
            .spawn()
            .expect("the binary starts");
        Asked {
            clouds,
            terminal: File::from(terminal),
            side: OwnedFd::from(side()),
            child,
        }
    }

    fn echoes(&self) -> bool {
        let settings = tcgetattr(&self.side).expect("its settings");
        settings.local_modes.contains(LocalModes::ECHO)
    }

    /// Reads what the terminal shows, until it has shown a text.
    fn shows(&mut self, text: &str) -> String {
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(text) {
            let mut chunk = [0; 256];
            let size = self.terminal.read(&mut chunk).expect("the terminal");
            shown.extend_from_slice(&chunk[..size]);
        }
        String::from_utf8_lossy(&shown).into_owned()
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), signal).expect("it is there");
    }

    fn end(&mut self) -> i32 {
        let status = self.child.wait().expect("it ends");
        status.code().expect("it ended by itself")
    }
}

const SET: [&str; 3] = ["config", "set", "tencent.secret_key"];
const QUESTION: &str = "tencent.secret_key: ";
const TYPED: &str = "sandboxTencentSecret00000000000001";

#[test]
fn what_is_typed_is_not_shown() {
    let mut asked = Asked::of(&SET);
    assert!(asked.shows(QUESTION).ends_with(QUESTION));
    assert!(!asked.echoes());
    writeln!(asked.terminal, "{TYPED}").expect("the terminal");
    assert_eq!(asked.end(), 0);
    assert!(asked.echoes());
    let file = asked.clouds.home().join(".config/certctl/config.toml");
    let text = std::fs::read_to_string(file).expect("the configuration");
    assert!(text.contains(TYPED), "{text}");
}

#[test]
fn every_signal_that_ends_it_leaves_the_terminal_as_it_was() {
    for signal in [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::ALARM,
        Signal::TERM,
        Signal::USR1,
        Signal::USR2,
    ] {
        // The tests themselves may have been started with nohup.
        if certctl::signals::is_ignored(signal.as_raw()) && signal == Signal::HUP {
            continue;
        }
        let mut asked = Asked::of(&SET);
        asked.shows(QUESTION);
        assert!(!asked.echoes());
        asked.signal(signal);
        assert_eq!(asked.end(), 128 + signal.as_raw());
        assert!(asked.echoes(), "{signal:?}");
        assert!(!asked.clouds.home().join(".config").exists());
    }
}

#[test]
fn the_deadline_leaves_the_terminal_as_it_was() {
    let mut asked = Asked::of(&[&SET[..], &["--deadline=0.2"]].concat());
    assert_eq!(asked.end(), 7);
    assert!(asked.echoes());
    asked.shows("no more input before the deadline");
}

#[cfg(target_os = "linux")]
#[test]
fn while_it_is_stopped_the_terminal_is_as_it_was() {
    let mut asked = Asked::of(&SET);
    asked.shows(QUESTION);
    asked.signal(Signal::TSTP);
    let stat = format!("/proc/{}/stat", asked.child.id());
    let is_stopped = || {
        let stat = std::fs::read_to_string(&stat);
        stat.is_ok_and(|stat| stat.contains(") T "))
    };
    while !is_stopped() {
        std::thread::yield_now();
    }
    assert!(asked.echoes());
    asked.signal(Signal::CONT);
    // It asks again, and hides again.
    asked.shows(QUESTION);
    assert!(!asked.echoes());
    writeln!(asked.terminal, "{TYPED}").expect("the terminal");
    assert_eq!(asked.end(), 0);
    assert!(asked.echoes());
}
