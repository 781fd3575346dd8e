//! Tables for people.
#![deny(clippy::disallowed_methods)]

use comfy_table::{ContentArrangement, Table, presets};

use crate::ui::inert;

/// A table without lines: the first row is its header. Ends in a newline.
pub fn table(rows: &[Vec<String>]) -> String {
    let Some((header, rows)) = rows.split_first() else {
        return String::new();
    };
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().map(|cell| inert(cell)))
        .add_rows(rows.iter().map(|row| row.iter().map(|cell| inert(cell))));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
