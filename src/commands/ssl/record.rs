//! What the cloud works on in the background: waiting for it, and the rows of it.

use std::rc::Rc;

use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::wait::WaitArgs;
use crate::output::Row;
use crate::products::ssl::look::Watches;
use crate::products::ssl::record::{Progress, Tasks};
use crate::products::{Outcome, Seen, Settled};
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::records::{Item, Kind as RecordKind};
use crate::transport::Client;

/// Waits until the record of each target says that it is through; `seen` is what it says.
pub async fn confirm(
    session: &Session<'_>,
    (client, kind): (&Client<'_>, RecordKind),
    wait: &WaitArgs,
    tasks: &mut Tasks,
    name: impl Fn(usize) -> String,
    seen: impl Fn(usize, &Progress) -> Seen,
) {
    let watches = Watches::new(client, kind, &tasks.records);
    let see = async |targets: &[usize]| watches.see(targets, &seen).await;
    let settled = &mut tasks.settled;
    session.confirm(client, wait, settled, name, see).await;
}

/// The row of each target. What was confirmed needs no advice where to look.
pub fn rows(tasks: Tasks, targets: impl IntoIterator<Item = Row>) -> Vec<Row> {
    let settled = tasks.settled.into_iter().zip(tasks.records);
    let row = |(target, (settled, record)): (Row, (Settled, Option<Rc<str>>))| {
        let is_confirmed = matches!(settled.outcome, Outcome::Changed { confirmed: true });
        let mut row = target.of(&settled);
        if is_confirmed && record.is_some() {
            row.note = None;
        }
        Row { record, ..row }
    };
    targets.into_iter().zip(settled).map(row).collect()
}

/// A row for an item of a record.
pub fn item_row(action: &'static str, item: &Item) -> Row {
    let place = match item.place() {
        place if place.is_empty() => format!("item {}", item.id),
        place => place,
    };
    let place = match item.resource_type.as_str() {
        "" => place,
        of => format!("{of}:{place}"),
    };
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    Row {
        resource_type: some(&item.resource_type),
        region: some(&item.region),
        ..Row::new(Cloud::Tencent, SSL.name, action, &place)
    }
}
