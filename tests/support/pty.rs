//! Runs a call on a pseudo-terminal of its own.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::{Call, Outcome, exit_status};

/// What it leaves behind on a terminal so wide: everything it writes is its stdout.
pub fn on_a_terminal(call: Call, width: u16) -> Outcome {
    let mut command = call.command;
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&controller).expect("its rights");
    unlockpt(&controller).expect("its lock");
    let name = ptsname(&controller, Vec::new()).expect("its name");
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let screen = File::from(open(name, flags, Mode::empty()).expect("its other end"));
    let size = Winsize {
        ws_row: 40,
        ws_col: width,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&screen, size).expect("its size");
    let end = || Stdio::from(screen.try_clone().expect("another handle"));
    command.stdin(end()).stdout(end()).stderr(end());
    let mut child = command.spawn().expect("the binary starts");
    // The terminal ends once nobody has it open any more.
    drop((command, screen));
    let mut shown = Vec::new();
    let mut part = [0; 4096];
    let mut controller = File::from(controller);
    // Linux tells of the end by an error.
    while let Ok(count @ 1..) = controller.read(&mut part) {
        shown.extend_from_slice(&part[..count]);
    }
    let status = child.wait().expect("the binary ends");
    let text = String::from_utf8(shown).expect("UTF-8");
    Outcome {
        status: exit_status(&status),
        stdout: text.replace("\r\n", "\n"),
        stderr: String::new(),
    }
}

/// A text without colours.
pub fn uncoloured(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = after.find('m').expect("a colour and nothing else");
        assert!(after[..end].chars().all(|c| c.is_ascii_digit() || c == ';'));
        rest = &after[end + 1..];
    }
    plain + rest
}
