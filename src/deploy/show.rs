//! A plan, for people and for scripts.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

use super::{Change, KeySource, Plan, Shelf, Target, Wanted, World};
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
    pub wanted: &'p [Wanted],
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
        let mut parts = vec![format!("{} to change", plan.changed_places())];
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

    /// The plan for people: each certificate, a block for each account with a line for each place, and
    /// the summary. Lines that are alike are folded, unless it is asked for in full.
    pub fn text(&self, full: bool) -> String {
        let mut text = String::new();
        for (certificate, wanted) in self.wanted.iter().enumerate() {
            if certificate > 0 {
                text.push('\n');
            }
            let facts = &wanted.certificate;
            let end = facts.expires.map_or_else(String::new, |end| {
                let days = (end - self.made).num_days();
                format!(", ends {} ({days} days left)", end.format("%Y-%m-%d"))
            });
            text.push_str(&format!("{}{end}\n", wanted.called));
            text.push_str(&format!("for {}\n", facts.names.join(", ")));
            for (account, holding) in self.world.holdings.iter().enumerate() {
                let lines = self.lines(certificate, account);
                // What could not be read is said once.
                let gaps = match certificate {
                    0 => &holding.inventory.gaps[..],
                    _ => &[],
                };
                if lines.is_empty() && gaps.is_empty() {
                    continue;
                }
                text.push_str(&format!("\n{}\n", holding.name()));
                for gap in gaps {
                    text.push_str(&format!("  ? {} could not be read\n", gap.of));
                }
                push_lines(&mut text, &lines, full);
            }
            let missing = self.plan.missing.iter();
            for one in missing.filter(|one| one.certificate == certificate) {
                let of = match one.account {
                    Some(account) => self.world.holdings[account].name(),
                    None => "any account".to_owned(),
                };
                text.push_str(&format!("\n  ! {}  not found in {of}\n", one.place));
            }
        }
        for (guard, message) in &self.plan.refused {
            text.push_str(&format!("\nx {}: {message}\n", guard.as_str()));
        }
        text.push_str(&format!("\n{}\n", self.summary()));
        text.push_str("+ upload  ~ change  = as wanted  x blocked  ! not changed\n");
        text
    }

    fn lines(&self, certificate: usize, account: usize) -> Vec<Line> {
        let plan = self.plan;
        let is_here = |target: &Target| (target.certificate, target.at.0) == (certificate, account);
        let mut lines = Vec::new();
        for upload in &plan.uploads {
            if (upload.certificate, upload.shelf.account) == (certificate, account) {
                lines.push(Line {
                    mark: '+',
                    target: shelf_text(&upload.shelf),
                    detail: format!("upload {}", self.wanted[certificate].called),
                    like: String::new(),
                });
            }
        }
        for change in plan.changes.iter().filter(|one| is_here(&one.target)) {
            let goes = self.before(change);
            let way_back = match change.undo {
                Undo::Yes => String::new(),
                Undo::No(why) => format!("; no way back: {why}"),
                Undo::Unknown(why) => format!("; a way back is not known: {why}"),
            };
            let binding = self.world.binding(change.target.at);
            let waits = match binding.unsettled.as_str() {
                "" => String::new(),
                unsettled => format!("; waits, since {unsettled}"),
            };
            let detail = match change.after {
                Some(_) if change.is_first => format!("switches HTTPS on{waits}{way_back}"),
                Some(_) => format!("replaces {goes}{waits}{way_back}"),
                None => format!("takes away {goes}{waits}{way_back}"),
            };
            lines.push(self.line('~', change.target.at, detail));
        }
        for blocked in plan.blocked.iter().filter(|one| is_here(&one.target)) {
            let detail = format!("{}: {}", blocked.guard.as_str(), blocked.message);
            lines.push(self.line('x', blocked.target.at, detail));
        }
        for target in plan.unchanged.iter().filter(|one| is_here(one)) {
            lines.push(self.line('=', target.at, String::new()));
        }
        for target in plan.bare.iter().filter(|one| is_here(one)) {
            lines.push(self.line('!', target.at, "serves no certificate".to_owned()));
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

    /// What a change takes away, and how long that is good for.
    fn before(&self, change: &Change) -> String {
        let old = self.world.goes(change.target.at, change.before.as_ref());
        let called = match (&change.before, old) {
            (Some(id), _) => id.id.clone(),
            (None, Some(_)) => "a certificate of its own".to_owned(),
            (None, None) => "nothing".to_owned(),
        };
        match old.and_then(|old| old.expires) {
            Some(end) => format!("{called}, which ends {}", end.format("%Y-%m-%d")),
            None => called,
        }
    }

    /// The plan for scripts: docs/schema/plan-v1.json.
    pub fn json(&self) -> Json {
        let plan = self.plan;
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let called = |certificate: usize| self.wanted[certificate].called.as_str();
        let name = |account: usize| self.world.holdings[account].name();
        let accounts = self.world.holdings.iter().map(|holding| {
            json!({
                "account": holding.name(),
                "cloud": holding.cloud,
                "profile": holding.profile,
                "identity": holding.identity,
                "project": holding.scope.project,
                "site": holding.scope.site,
                "regions": holding.scope.regions,
                "complete": holding.inventory.gaps.is_empty(),
            })
        });
        let certificates = self.wanted.iter().map(|wanted| {
            let facts = &wanted.certificate;
            let files = wanted.files.as_ref();
            let key = files.and_then(|files| files.key.as_ref());
            json!({
                "certificate": wanted.called,
                "cert_file": files.map(|files| &files.cert),
                "chain_file": files.and_then(|files| files.chain.as_ref()),
                "key": key.map(|key| match key {
                    KeySource::File(path) => json!({"file": path}),
                    KeySource::Env(name) => json!({"env": name}),
                }),
                "stored": wanted.stored.as_ref().map(|(account, id)| {
                    json!({"account": name(*account), "id": id.identifier_or_id()})
                }),
                "names": facts.names,
                "fingerprint": facts.sha256,
                "chain": facts.chain,
                "starts": facts.starts.map(time),
                "expires": facts.expires.map(time),
                "allow": wanted.allow.iter().map(|guard| guard.as_str()).collect::<Vec<_>>(),
            })
        });
        let mut steps: Vec<Json> = Vec::new();
        for upload in &plan.uploads {
            steps.push(json!({
                "id": format!("s{}", steps.len() + 1),
                "do": "upload",
                "certificate": called(upload.certificate),
                "account": name(upload.shelf.account),
                "store": upload.shelf.store.as_str(),
                "region": upload.shelf.region,
            }));
        }
        for change in &plan.changes {
            let at = change.target.at;
            let upload = change.after.as_ref().and_then(|shelf| {
                let of = change.target.certificate;
                let mut uploads = plan.uploads.iter();
                let at = uploads.position(|one| one.certificate == of && one.shelf == *shelf)?;
                Some(format!("s{}", at + 1))
            });
            let (can, why) = match change.undo {
                Undo::Yes => ("yes", None),
                Undo::No(why) => ("no", Some(why)),
                Undo::Unknown(why) => ("unknown", Some(why)),
            };
            let old = self.world.goes(at, change.before.as_ref());
            steps.push(json!({
                "id": format!("s{}", steps.len() + 1),
                "do": match (&change.after, change.is_first) {
                    (Some(_), true) => "switch-on",
                    (Some(_), false) => "bind",
                    (None, _) => "unbind",
                },
                "certificate": called(change.target.certificate),
                "account": name(at.0),
                "place": self.world.binding(at).place.to_string(),
                "region": self.world.binding(at).region,
                "before": change.before.as_ref().map(|id| id.id.clone()),
                "before_expires": old.and_then(|old| old.expires).map(time),
                "needs": upload,
                "undo": {"can": can, "why": why},
            }));
        }
        let place = |target: &Target| {
            json!({
                "certificate": called(target.certificate),
                "account": name(target.at.0),
                "place": self.world.binding(target.at).place.to_string(),
                "region": self.world.binding(target.at).region,
            })
        };
        let blocked = plan.blocked.iter().map(|one| {
            let mut row = place(&one.target);
            row["guard"] = one.guard.as_str().into();
            row["message"] = one.message.clone().into();
            row
        });
        let missing = plan.missing.iter().map(|one| {
            json!({
                "certificate": called(one.certificate),
                "account": one.account.map(name),
                "place": one.place.to_string(),
            })
        });
        let refused = plan.refused.iter();
        let refused =
            refused.map(|(guard, message)| json!({"guard": guard.as_str(), "message": message}));
        json!({
            "schema": SCHEMA,
            "id": plan.id(self.wanted, self.world),
            "made": time(self.made),
            "complete": self.world.is_complete(),
            "accounts": accounts.collect::<Vec<_>>(),
            "certificates": certificates.collect::<Vec<_>>(),
            "steps": steps,
            "unchanged": plan.unchanged.iter().map(place).collect::<Vec<_>>(),
            "blocked": blocked.collect::<Vec<_>>(),
            "bare": plan.bare.iter().map(place).collect::<Vec<_>>(),
            "missing": missing.collect::<Vec<_>>(),
            "refused": refused.collect::<Vec<_>>(),
            "summary": {
                "upload": plan.uploads.len(),
                "change": plan.changed_places(),
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
        for (certificate, wanted) in self.wanted.iter().enumerate() {
            for (account, holding) in self.world.holdings.iter().enumerate() {
                for line in self.lines(certificate, account) {
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
                        "certificate": wanted.called,
                        "detail": line.detail,
                    }));
                }
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
