//! A plan, for people and for scripts.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

use super::{Plan, Shelf, Wanted, World};
use crate::products::Undo;

/// The version that every plan names.
pub const SCHEMA: &str = "certctl-plan/v1";

/// How many alike lines are shown before the rest is counted.
const ALIKE: usize = 5;

/// The widest line that is not broken.
const WIDTH: usize = 80;

/// A plan with what it was made from.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// What is wanted.
    pub wanted: &'p Wanted,
    /// What is there.
    pub world: &'p World,
    /// When it was made.
    pub made: DateTime<Utc>,
}

/// A line of the plan for people.
struct Line {
    mark: char,
    target: String,
    detail: String,
    /// What the lines that are folded have in common.
    like: String,
}

impl Shown<'_> {
    /// `Plan 7f3c-91ab-02de: 60 to change, 2 as wanted already, 1 blocked`.
    pub fn summary(&self) -> String {
        let plan = self.plan;
        let mut parts = vec![format!("{} to change", self.changed_places())];
        for (count, words) in [
            (plan.uploads.len(), "to upload"),
            (plan.unchanged.len(), "as wanted already"),
            (plan.blocked.len(), "blocked"),
            (plan.bare.len(), "without a certificate"),
            (plan.missing.len(), "not found"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        let id = plan.id(self.wanted, self.world);
        format!("Plan {id}: {}", parts.join(", "))
    }

    /// How many places are changed.
    pub fn changed_places(&self) -> usize {
        let mut places: Vec<_> = self.plan.changes.iter().map(|change| change.at).collect();
        places.dedup();
        places.len()
    }

    /// The plan for people: the certificate, a block for each account with a line for each place, and
    /// the summary. Lines that are alike are folded, unless it is asked for in full.
    pub fn text(&self, full: bool) -> String {
        let certificate = &self.wanted.certificate;
        let end = certificate.expires.map_or_else(String::new, |end| {
            let days = (end - self.made).num_days();
            format!(", ends {} ({days} days left)", end.format("%Y-%m-%d"))
        });
        let mut text = format!("{}{end}\n", self.wanted.called);
        text.push_str(&format!("for {}\n", certificate.names.join(", ")));
        for (account, holding) in self.world.holdings.iter().enumerate() {
            let lines = self.lines(account);
            let gaps = &holding.inventory.gaps;
            if lines.is_empty() && gaps.is_empty() {
                continue;
            }
            text.push_str(&format!("\n{}\n", holding.name()));
            for gap in gaps {
                text.push_str(&format!("  ? {} could not be read\n", gap.of));
            }
            push_lines(&mut text, &lines, full);
        }
        for place in &self.plan.missing {
            text.push_str(&format!("\n  ! {place}  not found in any account\n"));
        }
        text.push_str(&format!("\n{}\n", self.summary()));
        text.push_str("+ upload  ~ change  = as wanted  x blocked  ! not changed\n");
        text
    }

    fn lines(&self, account: usize) -> Vec<Line> {
        let plan = self.plan;
        let mut lines = Vec::new();
        for shelf in plan.uploads.iter().filter(|one| one.account == account) {
            lines.push(Line {
                mark: '+',
                target: shelf_text(shelf),
                detail: format!("upload {}", self.wanted.called),
                like: String::new(),
            });
        }
        for change in plan.changes.iter().filter(|one| one.at.0 == account) {
            let goes = self.before(change.at, change.before.as_ref().map(|id| id.id.as_str()));
            let way_back = match change.undo {
                Undo::Yes => String::new(),
                Undo::No(why) => format!("; no way back: {why}"),
                Undo::Unknown(why) => format!("; a way back is not known: {why}"),
            };
            let detail = match change.after {
                Some(_) => format!("replaces {goes}{way_back}"),
                None => format!("takes away {goes}{way_back}"),
            };
            lines.push(self.line('~', change.at, detail));
        }
        for blocked in plan.blocked.iter().filter(|one| one.at.0 == account) {
            let detail = format!("{}: {}", blocked.guard.as_str(), blocked.message);
            lines.push(self.line('x', blocked.at, detail));
        }
        for at in plan.unchanged.iter().filter(|at| at.0 == account) {
            lines.push(self.line('=', *at, String::new()));
        }
        for at in plan.bare.iter().filter(|at| at.0 == account) {
            lines.push(self.line('!', *at, "serves no certificate".to_owned()));
        }
        lines
    }

    fn line(&self, mark: char, at: (usize, usize), detail: String) -> Line {
        let product = self.world.binding(at).place.product.word();
        Line {
            mark,
            target: self.place(at),
            like: format!("{mark} {product} {detail}"),
            detail,
        }
    }

    fn place(&self, at: (usize, usize)) -> String {
        let binding = self.world.binding(at);
        match &binding.region {
            Some(region) => format!("{} ({region})", binding.place),
            None => binding.place.to_string(),
        }
    }

    /// What a place serves now, and for how long.
    fn before(&self, at: (usize, usize), id: Option<&str>) -> String {
        let borne = self.world.borne(at);
        let is_it = |one: &&super::Borne<'_>| match (id, one.id) {
            (Some(id), Some(own)) => own.id == id,
            (None, own) => own.is_none(),
            _ => false,
        };
        let one = borne.iter().find(is_it);
        let end = one.and_then(|one| one.known.certificate.expires);
        let called = match (id, one) {
            (Some(id), _) => id.to_owned(),
            (None, Some(_)) => "a certificate of its own".to_owned(),
            (None, None) => "nothing".to_owned(),
        };
        match end {
            Some(end) => format!("{called}, which ends {}", end.format("%Y-%m-%d")),
            None => called,
        }
    }

    /// The plan for scripts: docs/schema/plan-v1.json.
    pub fn json(&self) -> Json {
        let plan = self.plan;
        let certificate = &self.wanted.certificate;
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let accounts = self.world.holdings.iter().map(|holding| {
            json!({
                "account": holding.name(),
                "cloud": holding.cloud,
                "identity": holding.identity,
                "complete": holding.inventory.gaps.is_empty(),
            })
        });
        let mut steps: Vec<Json> = Vec::new();
        for shelf in &plan.uploads {
            steps.push(json!({
                "id": format!("s{}", steps.len() + 1),
                "do": "upload",
                "account": self.world.holdings[shelf.account].name(),
                "store": shelf.store.as_str(),
                "region": shelf.region,
            }));
        }
        for change in &plan.changes {
            let upload = change.after.as_ref().and_then(|shelf| {
                let at = plan.uploads.iter().position(|one| one == shelf)?;
                Some(format!("s{}", at + 1))
            });
            let (can, why) = match change.undo {
                Undo::Yes => ("yes", None),
                Undo::No(why) => ("no", Some(why)),
                Undo::Unknown(why) => ("unknown", Some(why)),
            };
            steps.push(json!({
                "id": format!("s{}", steps.len() + 1),
                "do": if change.after.is_some() { "bind" } else { "unbind" },
                "account": self.world.holdings[change.at.0].name(),
                "place": self.world.binding(change.at).place.to_string(),
                "region": self.world.binding(change.at).region,
                "before": change.before.as_ref().map(|id| id.id.clone()),
                "needs": upload,
                "undo": {"can": can, "why": why},
            }));
        }
        let place = |at: &(usize, usize)| {
            json!({
                "account": self.world.holdings[at.0].name(),
                "place": self.world.binding(*at).place.to_string(),
                "region": self.world.binding(*at).region,
            })
        };
        let blocked = plan.blocked.iter().map(|one| {
            let mut row = place(&one.at);
            row["guard"] = one.guard.as_str().into();
            row["message"] = one.message.clone().into();
            row
        });
        json!({
            "schema": SCHEMA,
            "id": plan.id(self.wanted, self.world),
            "made": time(self.made),
            "complete": self.world.is_complete(),
            "accounts": accounts.collect::<Vec<_>>(),
            "certificates": [{
                "file": self.wanted.called,
                "names": certificate.names,
                "fingerprint": certificate.sha256,
                "chain": certificate.chain,
                "starts": certificate.starts.map(time),
                "expires": certificate.expires.map(time),
            }],
            "steps": steps,
            "unchanged": plan.unchanged.iter().map(place).collect::<Vec<_>>(),
            "blocked": blocked.collect::<Vec<_>>(),
            "bare": plan.bare.iter().map(place).collect::<Vec<_>>(),
            "missing": plan.missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "allow": self.wanted.allow.iter().map(|guard| guard.as_str()).collect::<Vec<_>>(),
            "summary": {
                "upload": plan.uploads.len(),
                "change": self.changed_places(),
                "unchanged": plan.unchanged.len(),
                "blocked": plan.blocked.len(),
                "bare": plan.bare.len(),
                "missing": plan.missing.len(),
            },
        })
    }

    /// A row for each upload and each place, for lines and columns.
    pub fn rows(&self) -> Vec<Json> {
        let mut rows = Vec::new();
        for (account, holding) in self.world.holdings.iter().enumerate() {
            for line in self.lines(account) {
                rows.push(json!({
                    "do": match line.mark {
                        '+' => "upload",
                        '~' => "change",
                        'x' => "blocked",
                        '=' => "unchanged",
                        _ => "bare",
                    },
                    "place": line.target,
                    "account": holding.name(),
                    "detail": line.detail,
                }));
            }
        }
        rows
    }
}

/// `cas cn-hangzhou`.
fn shelf_text(shelf: &Shelf) -> String {
    match &shelf.region {
        Some(region) => format!("{} {region}", shelf.store.as_str()),
        None => shelf.store.as_str().to_owned(),
    }
}

/// Writes lines, those in the middle of many alike as a count. A detail that does not fit beside its
/// target stands below it.
fn push_lines(text: &mut String, lines: &[Line], full: bool) {
    let widest = lines.iter().map(|line| line.target.chars().count()).max();
    let column = widest.unwrap_or(0).min(WIDTH / 2);
    let mut at = 0;
    while at < lines.len() {
        let like = &lines[at].like;
        let alike = lines[at..]
            .iter()
            .take_while(|line| line.like == *like)
            .count();
        let alike = if like.is_empty() { 1 } else { alike };
        let shown = if full || alike <= ALIKE + 1 {
            alike
        } else {
            ALIKE
        };
        for line in &lines[at..at + shown] {
            let one = format!("  {} {:column$}  {}", line.mark, line.target, line.detail);
            match one.trim_end() {
                short if short.chars().count() <= WIDTH || line.detail.is_empty() => {
                    text.push_str(short);
                }
                _ => text.push_str(&format!(
                    "  {} {}\n      {}",
                    line.mark, line.target, line.detail
                )),
            }
            text.push('\n');
        }
        if shown < alike {
            text.push_str(&format!(
                "    and {} more like these (--full)\n",
                alike - shown
            ));
        }
        at += alike;
    }
}
