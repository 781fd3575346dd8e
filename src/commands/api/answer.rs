//! The answer as the cloud gave it: JSON, unless another form was asked for.

use serde_json::Value as Json;

use crate::commands::{Place, Session};
use crate::config::{Output, load, output};
use crate::error::Error;
use crate::output::Answer;

/// A cloud's answer is JSON on a terminal too; a table of its fields where one was asked for.
pub fn answer(session: &Session<'_>, json: Json) -> Result<Answer, Error> {
    let flags = session.flags(Place::default());
    let given = output(&flags, session.env, &load(&[], &flags, session.env))?;
    let table = given.is_some_and(|given| given.value == Output::Table);
    Ok(Answer::Raw { json, table })
}
