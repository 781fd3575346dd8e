//! The call: made once or page by page, and what its failure is to the person.

use serde_json::Value as Json;

use super::{CallArgs, answer, paging};
use crate::cloud::Cloud;
use crate::commands::{Session, planned_reads};
use crate::config::Settings;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::Answer;
use crate::providers::{Call, Effect, Params, Service, actions, services};
use crate::secret::Wiped;
use crate::sign::{Method, encode};
use crate::transport::{self, Client, Failure, Fate, PlannedCall};

/// A call that is settled but for its parameters.
pub struct Planned<'a> {
    /// The command's name, for a dry run.
    pub command: &'static str,
    /// The product.
    pub service: &'static Service,
    /// The HTTP verb.
    pub method: Method,
    /// Tencent Cloud's region.
    pub region: Option<&'a str>,
}

impl Planned<'_> {
    /// Makes the call, or all of a list's; in a dry run shows the first.
    pub fn run(
        self,
        session: &Session<'_>,
        settings: &Settings,
        args: &CallArgs,
        params: Params,
    ) -> Result<Answer, Error> {
        let mut list = match &args.paginate {
            None => None,
            Some(items) => {
                let items = Some(items.as_str()).filter(|items| !items.is_empty());
                let list = paging::List::new(self.service.cloud, &params, items);
                Some(list.map_err(|reason| {
                    Error::usage(
                        format!("--paginate: {reason}"),
                        "remove that parameter or --paginate: nothing was sent",
                    )
                })?)
            }
        };
        let mut call = args.call(self.method, self.region, params.clone());
        if session.globals.sends_nothing() {
            let planned = transport::plan_call(self.service, settings, &call, Vec::new());
            return Ok(self.shown(&call, vec![planned]));
        }
        let mut held_back = Vec::new();
        let answer = session.online(self.service, settings, async |client| {
            loop {
                let done = client.send(&call).await;
                if matches!(&done, Err(failure) if failure.is_planned()) {
                    held_back = client.take_planned();
                    return Ok(Json::Null);
                }
                let done = done.map_err(|failure| self.refused(args, &call, failure))?;
                let Some(list) = &mut list else {
                    return Ok(masked(client, done.reply));
                };
                match list.take(done.reply) {
                    Ok(Some(next)) => call.params = next,
                    Ok(None) => break,
                    Err(reason) => {
                        return Err(Error {
                            request_id: done.request_id,
                            ..Error::new(
                                Kind::Unavailable,
                                format!("{}: {reason}", call.action),
                                "remove --paginate to read one page at a time",
                            )
                        });
                    }
                }
            }
            let list = list.take().expect("it was read");
            Ok(masked(client, list.whole()))
        })?;
        match held_back.is_empty() {
            true => answer::answer(session, answer),
            false => Ok(self.shown(&call, held_back)),
        }
    }

    /// The answer of a dry run.
    fn shown(&self, call: &Call<'_>, mut calls: Vec<PlannedCall>) -> Answer {
        for planned in calls.iter_mut().filter(|_| self.method == Method::Get) {
            planned.url = format!("{}?{}", planned.url, query(call).as_str());
        }
        planned_reads(self.command, calls)
    }

    /// What a failed call is to the person: a write whose answer was lost is not known to have
    /// failed, and an action that does not exist may be misspelt.
    fn refused(&self, args: &CallArgs, call: &Call<'_>, failure: Failure) -> Error {
        let lost = failure.fate == Fate::Unknown && call.effect != Effect::Read;
        let mut error = Error::from(failure);
        if !fits(&error.hint) {
            error.hint = error.kind.hint().into();
        }
        let (verb, other_verb) = match call.method {
            Method::Get => ("GET", "post"),
            Method::Post => ("POST", "get"),
        };
        match error.kind {
            Kind::Interrupted => error,
            _ if lost => Error {
                kind: Kind::NoAnswer,
                hint: "the call may have been executed: check the current state before you repeat \
                       it"
                .into(),
                ..error
            },
            _ if self.service.cloud == Cloud::Alibaba && is_wrong_verb(&error) => Error {
                hint: format!(
                    "the action requires the other HTTP method: add --method \
                               {other_verb}"
                ),
                ..error
            },
            Kind::Unsupported => {
                let alibaba = self.service.cloud == Cloud::Alibaba;
                let verb = || {
                    (alibaba && is_unknown_action(&error)).then(|| {
                        format!(
                            "check the spelling of the action; if it does not accept {verb}, add \
                             --method {other_verb}"
                        )
                    })
                };
                Error {
                    hint: self
                        .meant(&args.action)
                        .or_else(verb)
                        .unwrap_or_else(|| error.hint.clone()),
                    ..error
                }
            }
            Kind::Parameter | Kind::Refused if self.service.cloud == Cloud::Tencent => Error {
                hint: untyped(args, &error.message).unwrap_or(error.hint),
                ..error
            },
            _ => error,
        }
    }

    /// The action that was meant, in the words of a hint.
    fn meant(&self, action: &str) -> Option<String> {
        let (cloud, name) = (self.service.cloud, self.service.name);
        if let Some(other) = actions::product_of(cloud, action)
            && other != name
            && cloud != Cloud::Ucloud
        {
            return Some(format!("{action} is an action of {other}"));
        }
        let known = actions::of(cloud, name);
        let near = services::nearest(known, action).filter(|near| *near != action)?;
        Some(format!("did you mean {near}?"))
    }
}

/// Whether Alibaba Cloud says that the HTTP verb is the wrong one.
fn is_wrong_verb(error: &Error) -> bool {
    const CODES: [&str; 4] = [
        "InvalidHTTPMethod",
        "MethodNotAllowed",
        "UnsupportedHTTPMethod",
        "UnsupportedMethod",
    ];
    let code = error.code.as_deref().unwrap_or_default();
    CODES.iter().any(|known| code.eq_ignore_ascii_case(known))
}

/// Whether Alibaba Cloud's gateway does not find the action, which it also says where an action is
/// there for the other verb only ("please check your url and method").
fn is_unknown_action(error: &Error) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    code.starts_with("InvalidAction") || code == "InvalidApi.NotFound"
}

/// Whether every flag that a hint names is one of this command's.
fn fits(hint: &str) -> bool {
    const FLAGS: [&str; 9] = [
        "--deadline",
        "--dry-run",
        "--endpoint",
        "--max-attempts",
        "--project-id",
        "--rate",
        "--region",
        "--site",
        "--timeout",
    ];
    let flag = |word: &str| word.starts_with("--");
    let mut flags = hint.split([' ', '`', ',']).filter(|word| flag(word));
    flags.all(|word| FLAGS.contains(&word))
}

/// The query of a call that carries its parameters there.
fn query(call: &Call<'_>) -> Wiped {
    let pairs = call.params.flatten(1);
    let mut pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.sort_unstable();
    encode::query(&pairs)
}

/// Tencent Cloud takes no text for a number, which is the commonest slip.
fn untyped(args: &CallArgs, message: &str) -> Option<String> {
    let looks_typed = |word: &&String| {
        let (name, value) = word.split_once('=').unwrap_or_default();
        !name.ends_with(':')
            && message.contains(name)
            && serde_json::from_str::<serde_json::Value>(value).is_ok()
    };
    let word = args.params.iter().find(looks_typed)?;
    let (name, value) = word.split_once('=')?;
    Some(format!(
        "{name}={value} is sent as text; for a number, true, false or a list, write \
         {name}:={value}"
    ))
}

fn masked(client: &Client<'_>, mut answer: serde_json::Value) -> serde_json::Value {
    client.mask(&mut answer);
    answer
}
