//! Parameters with dotted names, as Tencent Cloud takes them: a tree.
#![deny(clippy::disallowed_methods)]

use super::params::{NOTHING_SENT, given_twice};
use crate::error::Error;
use crate::providers::{Params, Value};

/// A part of a tree that is being put together.
enum Node {
    Leaf(Value),
    Branch(Vec<(String, Node)>),
}

/// Dotted names as a tree: `Filters.0.Name` is a member of the first item of `Filters`.
pub fn tree(fields: Vec<(String, Value)>) -> Result<Params, Error> {
    let mut root = Vec::new();
    for (name, value) in fields {
        let parts: Vec<&str> = name.split('.').collect();
        insert(&mut root, &parts, value).map_err(|()| given_twice(&name))?;
    }
    match grown("", Node::Branch(root))? {
        Value::Struct(params) => Ok(params),
        _ => unreachable!("a parameter name begins with a letter"),
    }
}

fn insert(branch: &mut Vec<(String, Node)>, path: &[&str], value: Value) -> Result<(), ()> {
    let [first, rest @ ..] = path else {
        return Err(());
    };
    let place = branch.iter().position(|(name, _)| name == first);
    match (place, rest) {
        (None, []) => branch.push(((*first).to_owned(), Node::Leaf(value))),
        (None, rest) => {
            let mut inner = Vec::new();
            insert(&mut inner, rest, value)?;
            branch.push(((*first).to_owned(), Node::Branch(inner)));
        }
        (Some(at), rest) => match &mut branch[at].1 {
            Node::Branch(inner) if !rest.is_empty() => insert(inner, rest, value)?,
            _ => return Err(()),
        },
    }
    Ok(())
}

fn grown(name: &str, node: Node) -> Result<Value, Error> {
    let members = match node {
        Node::Leaf(value) => return Ok(value),
        Node::Branch(members) => members,
    };
    let inner = |part: &str| match name {
        "" => part.to_owned(),
        _ => format!("{name}.{part}"),
    };
    let index = |part: &str| part.parse::<usize>().ok();
    if members.iter().all(|(part, _)| index(part).is_none()) {
        let mut params = Params::new();
        for (part, node) in members {
            let value = grown(&inner(&part), node)?;
            params = params.with(part, value);
        }
        return Ok(Value::Struct(params));
    }
    let mut items: Vec<(usize, Value)> = Vec::with_capacity(members.len());
    for (part, node) in members {
        let Some(at) = index(&part) else {
            return Err(Error::usage(
                format!("{name} has both numbered items and the member {part}"),
                format!("write items as {name}.0, {name}.1 …: {NOTHING_SENT}"),
            ));
        };
        items.push((at, grown(&inner(&part), node)?));
    }
    items.sort_by_key(|(at, _)| *at);
    let gap = items
        .iter()
        .enumerate()
        .find(|(place, (at, _))| place != at);
    match gap {
        None => Ok(Value::List(
            items.into_iter().map(|(_, value)| value).collect(),
        )),
        Some((missing, _)) => Err(Error::usage(
            format!("{name} has no item {missing}"),
            format!("number the items from 0 without gaps: {NOTHING_SENT}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(name: &str, text: &str) -> (String, Value) {
        (name.to_owned(), Value::from(text))
    }

    #[test]
    fn dots_lead_into_structures_and_lists() {
        let params = tree(vec![
            field("Filters.1.Values.0", "b"),
            field("Domain", "a.com"),
            field("Filters.0.Name", "n"),
            field("Filters.0.Values.1", "y"),
            field("Filters.0.Values.0", "x"),
        ]);
        let expected = json!({
            "Filters": [{"Name": "n", "Values": ["x", "y"]}, {"Values": ["b"]}],
            "Domain": "a.com",
        });
        assert_eq!(params.unwrap().masked_json(), expected);
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        for (fields, expected) in [
            (vec![("A", "1"), ("A", "2")], "A is given twice"),
            (vec![("A", "1"), ("A.B", "2")], "A.B is given twice"),
            (vec![("A.B", "1"), ("A", "2")], "A is given twice"),
            (vec![("A.0", "1"), ("A.2", "2")], "A has no item 1"),
            (vec![("B.A.1", "1")], "B.A has no item 0"),
            (
                vec![("A.0", "1"), ("A.B", "2")],
                "A has both numbered items and the member B",
            ),
        ] {
            let fields = fields.iter().map(|(name, text)| field(name, text));
            assert_eq!(tree(fields.collect()).unwrap_err().message, expected);
        }
    }
}
