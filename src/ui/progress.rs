//! How far a long command is.

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
}

enum Shown {
    Nothing,
    Lines,
    Bar(Option<ProgressBar>),
}

impl Progress {
    pub(super) fn new(total: usize, terminal: bool, quiet: bool) -> Self {
        Progress {
            total,
            done: 0,
            failed: 0,
            tenths: 0,
            started: Instant::now(),
            shown: match (quiet, terminal) {
                (true, _) => Shown::Nothing,
                (false, true) => Shown::Bar(None),
                (false, false) => Shown::Lines,
            },
        }
    }

    /// So many targets more are settled, `failed` of them not as asked.
    pub fn settle(&mut self, targets: usize, failed: usize) {
        self.done += targets;
        self.failed += failed;
        if self.started.elapsed() < SILENT {
            return;
        }
        let (total, done, failed) = (self.total, self.done, self.failed);
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines => {
                let tenths = done * 10 / total.max(1);
                if tenths > self.tenths {
                    self.tenths = tenths;
                    let rate = done as f64 / self.started.elapsed().as_secs_f64();
                    let left = (total - done.min(total)) as f64 / rate;
                    super::say(&format!(
                        "{done}/{total} done, {failed} failed, {rate:.0}/s, {left:.0} s left"
                    ));
                }
            }
            Shown::Bar(bar) => {
                let bar = bar.get_or_insert_with(|| new_bar(total, self.started));
                bar.set_message(format!("{failed} failed"));
                bar.set_position(done as u64);
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shown::Bar(Some(bar)) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn new_bar(total: usize, started: Instant) -> ProgressBar {
    let style = "{bar:30} {pos}/{len} done, {msg}, {per_sec}, {eta} left";
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr())
        .with_elapsed(started.elapsed());
    match ProgressStyle::with_template(style) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
