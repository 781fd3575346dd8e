//! How far a long command is.

use std::fmt;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less is not worth a word.
const SILENT: Duration = Duration::from_secs(1);

/// A bar on a terminal; elsewhere at most a line for each tenth of the work.
pub struct Progress {
    total: usize,
    done: usize,
    failed: usize,
    tenths: usize,
    started: Instant,
    shown: Shown,
    /// The tenth in which it was last told what is waited for.
    told: Option<usize>,
}

/// What is shown of it.
pub(super) enum Shown {
    Nothing,
    /// A line for each tenth.
    Lines,
    /// A bar, once there is reason for one.
    Bar(Option<ProgressBar>),
}

impl Progress {
    pub(super) fn new(total: usize, shown: Shown) -> Self {
        Progress {
            total,
            done: 0,
            failed: 0,
            tenths: 0,
            started: Instant::now(),
            shown,
            told: None,
        }
    }

    /// So many targets more are settled, `failed` of them not as asked.
    pub fn settle(&mut self, targets: usize, failed: usize) {
        self.done += targets;
        self.failed += failed;
        if self.started.elapsed() < SILENT {
            return;
        }
        let tenths = self.done * 10 / self.total.max(1);
        let text = self.to_string();
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines if tenths > self.tenths => {
                self.tenths = tenths;
                super::say(&text);
            }
            Shown::Lines => {}
            Shown::Bar(bar) => {
                let bar = bar.get_or_insert_with(|| new_bar(self.total));
                bar.set_message(text);
                bar.set_position(self.done as u64);
            }
        }
    }
}

impl Progress {
    /// So many targets are there by now, and this is what the others are waited for: a bar on a
    /// terminal; elsewhere a line, at most one for each tenth.
    pub fn tell(&mut self, done: usize, what: &str) {
        let text = format!("{done} of {} confirmed; waiting for {what}", self.total);
        let tenth = Some(done * 10 / self.total.max(1));
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines if self.told != tenth => {
                super::say(&super::inert(&text));
                self.told = tenth;
            }
            Shown::Lines => {}
            Shown::Bar(bar) => {
                let bar = bar.get_or_insert_with(|| new_bar(self.total));
                bar.set_message(super::inert(&text).into_owned());
                bar.set_position(done as u64);
            }
        }
    }
}

/// Done, failed, rate and time left. The rate is that of the whole run: answers come in bursts.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Progress {
            total,
            done,
            failed,
            ..
        } = self;
        let rate = *done as f64 / self.started.elapsed().as_secs_f64();
        let left = total.saturating_sub(*done) as f64 / rate;
        write!(
            f,
            "{done}/{total} done, {failed} failed, {rate:.0}/s, {left:.0} s left"
        )
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shown::Bar(Some(bar)) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn new_bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:30} {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
