//! Markdown tables with columns that line up in the source too.

use std::fmt;

/// A table with a fixed number of columns.
#[derive(Debug)]
pub(super) struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(headers: &[&str]) -> Self {
        Self {
            headers: headers.iter().map(ToString::to_string).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, which has a cell for each header.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| cell.replace('|', "\\|"));
        self.rows.push(cells.collect());
    }

    /// Whether there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn widths(&self) -> Vec<usize> {
        let rows = std::iter::once(&self.headers).chain(&self.rows);
        rows.fold(vec![3; self.headers.len()], |widths, row| {
            let cells = row.iter().map(|cell| cell.chars().count());
            widths
                .iter()
                .zip(cells)
                .map(|(width, cell)| cell.max(*width))
                .collect()
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let rows = [&self.headers, &rules].into_iter().chain(&self.rows);
        for row in rows {
            for (cell, width) in row.iter().zip(&widths) {
                write!(f, "| {cell:width$} ")?;
            }
            writeln!(f, "|")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_bars_are_escaped() {
        let mut table = Table::new(&["what", "size"]);
        table.row(["größer".to_owned(), "1 | 2".to_owned()]);
        assert_eq!(
            table.to_string(),
            "| what   | size   |\n| ------ | ------ |\n| größer | 1 \\| 2 |\n"
        );
    }
}
