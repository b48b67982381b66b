//! The text of a table or index definition, part by part.

use std::ops::Range;

use super::lexer::{Kind, Token, tokens};

/// A `CREATE TABLE` statement taken apart.
#[derive(Debug, Clone)]
pub(crate) struct TableText {
    pub(crate) columns: Vec<ColumnText>,
    pub(crate) checks: Vec<CheckText>,
    pub(crate) uniques: Vec<UniqueText>,
    /// Foreign keys in the order of the text.
    pub(crate) references: Vec<ReferenceText>,
    pub(crate) autoincrement: bool,
    sql: String,
    /// The end of the last column's text.
    columns_end: usize,
    /// The parenthesis that closes the body.
    close: usize,
}

/// A column's whole definition.
#[derive(Debug, Clone)]
pub(crate) struct ColumnText {
    pub(crate) name: String,
    pub(crate) text: String,
}

#[derive(Debug, Clone)]
pub(crate) struct CheckText {
    pub(crate) name: Option<String>,
    pub(crate) expression: String,
}

#[derive(Debug, Clone)]
pub(crate) struct UniqueText {
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct ReferenceText {
    pub(crate) deferred: bool,
    /// The whole item, when it is a table constraint of its own that can be taken out.
    item: Option<Range<usize>>,
}

impl TableText {
    /// Takes a statement apart; the text says what is wrong when it is no `CREATE TABLE` with a body.
    pub(crate) fn parse(sql: &str) -> Result<Self, String> {
        let all = tokens(sql)?;
        let open = all
            .iter()
            .position(|token| token.is_sign('('))
            .ok_or("the definition has no list of columns")?;
        let close = open + closing(&all[open..]).ok_or("the list of columns is never closed")?;
        let mut result = Self {
            columns: Vec::new(),
            checks: Vec::new(),
            uniques: Vec::new(),
            references: Vec::new(),
            autoincrement: false,
            sql: sql.to_owned(),
            columns_end: all[open].range.end,
            close: all[close].range.start,
        };
        for item in split(&all[open + 1..close]) {
            result.take(item);
        }
        if result.columns.is_empty() {
            return Err("the definition has no columns".to_owned());
        }
        Ok(result)
    }

    fn take(&mut self, item: &[Token]) {
        let (Some(first), Some(last)) = (item.first(), item.last()) else {
            return;
        };
        let range = first.range.start..last.range.end;
        let is_constraint = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]
            .iter()
            .any(|word| first.is(word));
        let column = if is_constraint {
            None
        } else {
            first.name(&self.sql).map(str::to_owned)
        };
        if let Some(name) = &column {
            self.columns_end = range.end;
            self.columns.push(ColumnText {
                name: name.clone(),
                text: self.sql[range.clone()].to_owned(),
            });
        }
        self.take_rules(item, column.as_deref(), range);
    }

    fn take_rules(&mut self, item: &[Token], column: Option<&str>, range: Range<usize>) {
        let mut name = None;
        let references = item.iter().filter(|token| token.is("REFERENCES")).count();
        let rules = item.iter().filter(|token| {
            ["CHECK", "UNIQUE", "FOREIGN", "PRIMARY"]
                .iter()
                .any(|word| token.is(word))
        });
        let alone = column.is_none() && references == 1 && rules.count() == 1;
        let mut at = usize::from(column.is_some());
        while let Some(token) = item.get(at) {
            at += 1;
            let group = item
                .get(at)
                .filter(|next| next.is_sign('('))
                .and_then(|_| closing(&item[at..]));
            if token.is("CONSTRAINT") {
                name = item
                    .get(at)
                    .and_then(|token| token.name(&self.sql))
                    .map(str::to_owned);
                at += 1;
            } else if token.is("AUTOINCREMENT") {
                self.autoincrement = true;
            } else if let (true, Some(length)) = (token.is("CHECK"), group) {
                let inside = item[at].range.end..item[at + length].range.start;
                self.checks.push(CheckText {
                    name: name.take(),
                    expression: self.sql[inside].trim().to_owned(),
                });
            } else if token.is("UNIQUE") {
                let columns = match (group, column) {
                    (Some(length), _) => self.names(&item[at + 1..at + length]),
                    (None, Some(column)) => vec![column.to_owned()],
                    (None, None) => Vec::new(),
                };
                self.uniques.push(UniqueText {
                    name: name.take(),
                    columns,
                });
            } else if token.is("REFERENCES") {
                let rest = &item[at..];
                let end = rest
                    .iter()
                    .position(|token| token.is("REFERENCES"))
                    .unwrap_or(rest.len());
                self.references.push(ReferenceText {
                    deferred: is_deferred(&rest[..end]),
                    item: alone.then(|| range.clone()),
                });
                name = None;
            } else if token.is("PRIMARY") {
                name = None;
            }
            // What stands in parentheses is an expression or a list: no rule begins in there.
            if let (false, Some(length)) = (token.is("CONSTRAINT"), group) {
                at += length + 1;
                if item[at - length - 2..at]
                    .iter()
                    .any(|token| token.is("AUTOINCREMENT"))
                {
                    self.autoincrement = true;
                }
            }
        }
    }

    fn names(&self, list: &[Token]) -> Vec<String> {
        split(list)
            .filter_map(|part| part.first()?.name(&self.sql).map(str::to_owned))
            .collect()
    }

    /// The statement with further columns after the last one and further rules at the end.
    pub(crate) fn with(&self, columns: &[&str], rules: &[String]) -> String {
        let mut sql = self.sql[..self.columns_end].to_owned();
        for column in columns {
            sql.push_str(",\n    ");
            sql.push_str(column);
        }
        let rest = &self.sql[self.columns_end..self.close];
        sql.push_str(rest);
        for rule in rules {
            // A comment at the end of the body would swallow what follows on its line.
            sql.push_str("\n  , ");
            sql.push_str(rule);
        }
        sql.push_str(&self.sql[self.close..]);
        sql
    }

    /// The statement with the foreign key at that place of the text replaced; `None` when it is part of a column.
    pub(crate) fn with_reference_replaced(&self, place: usize, clause: &str) -> Option<String> {
        let range = self.references.get(place)?.item.clone()?;
        Some(format!(
            "{}{clause}{}",
            &self.sql[..range.start],
            &self.sql[range.end..]
        ))
    }
}

/// The condition of a partial index.
pub(crate) fn index_condition(sql: &str) -> Option<String> {
    let all = tokens(sql).ok()?;
    let open = all.iter().position(|token| token.is_sign('('))?;
    let close = open + closing(&all[open..])?;
    let condition = all.get(close + 1).filter(|token| token.is("WHERE"))?;
    let end = all
        .iter()
        .rev()
        .find(|token| !token.is_sign(';'))?
        .range
        .end;
    Some(sql[condition.range.end..end].trim().to_owned())
}

/// How far it is from an opening parenthesis to the one that closes it.
fn closing(from_open: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    for (position, token) in from_open.iter().enumerate() {
        match token.kind {
            Kind::Sign('(') => depth += 1,
            Kind::Sign(')') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(position);
                }
            }
            _ => {}
        }
    }
    None
}

/// The pieces between commas outside parentheses.
fn split(list: &[Token]) -> impl Iterator<Item = &[Token]> {
    let mut depth = 0_usize;
    list.split(move |token| {
        match token.kind {
            Kind::Sign('(') => depth += 1,
            Kind::Sign(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.is_sign(',')
    })
}

/// Only `DEFERRABLE INITIALLY DEFERRED` waits for the end of the transaction.
fn is_deferred(clause: &[Token]) -> bool {
    clause.iter().enumerate().any(|(at, token)| {
        token.is("DEFERRABLE")
            && !(at > 0 && clause[at - 1].is("NOT"))
            && clause.get(at + 1).is_some_and(|next| next.is("INITIALLY"))
            && clause.get(at + 2).is_some_and(|next| next.is("DEFERRED"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE TABLE t (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key, of course
        \"a,b\" TEXT DEFAULT ('x,)') CONSTRAINT c1 CHECK (length(\"a,b\") > (1)) UNIQUE,
        p INT REFERENCES t(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT u UNIQUE (\"a,b\", p DESC) CHECK (p <> 0),
        FOREIGN KEY (p) REFERENCES q (x) NOT DEFERRABLE INITIALLY DEFERRED -- last
    ) STRICT";

    #[test]
    fn a_table_is_taken_apart() {
        let table = TableText::parse(SQL).expect("it is a table");
        let names: Vec<_> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["id", "a,b", "p"]);
        assert_eq!(
            table.columns[0].text,
            "id INTEGER PRIMARY KEY AUTOINCREMENT"
        );
        assert!(table.autoincrement);
        let checks: Vec<_> = table
            .checks
            .iter()
            .map(|check| (check.name.as_deref(), check.expression.as_str()))
            .collect();
        assert_eq!(
            checks,
            [(Some("c1"), "length(\"a,b\") > (1)"), (None, "p <> 0")]
        );
        let uniques: Vec<_> = table
            .uniques
            .iter()
            .map(|unique| (unique.name.as_deref(), unique.columns.join("|")))
            .collect();
        assert_eq!(
            uniques,
            [(None, "a,b".to_owned()), (Some("u"), "a,b|p".to_owned())]
        );
        let deferred: Vec<_> = table
            .references
            .iter()
            .map(|reference| reference.deferred)
            .collect();
        assert_eq!(deferred, [true, false]);
    }

    #[test]
    fn columns_and_rules_are_added_where_they_belong() {
        let table = TableText::parse(SQL).expect("it is a table");
        let wider = table.with(&["z TEXT"], &["CHECK (z <> '')".to_owned()]);
        let again = TableText::parse(&wider).expect("it still is a table");
        assert_eq!(again.columns.len(), 4);
        assert_eq!(again.checks.len(), 3);
        assert_eq!(again.references.len(), 2);
        let replaced = table
            .with_reference_replaced(1, "FOREIGN KEY (p) REFERENCES r")
            .expect("a rule of its own");
        assert!(
            replaced.contains("REFERENCES r -- last") && !replaced.contains("REFERENCES q"),
            "{replaced}"
        );
        assert!(table.with_reference_replaced(0, "").is_none());
    }

    #[test]
    fn the_condition_of_an_index_is_found() {
        assert_eq!(
            index_condition("CREATE INDEX i ON t (a, lower('where (')) WHERE a > 1 ;").as_deref(),
            Some("a > 1")
        );
        assert_eq!(index_condition("CREATE INDEX i ON t (a)"), None);
    }
}
