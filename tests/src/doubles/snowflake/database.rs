//! The little SQL that the double knows: `CREATE TABLE`, `INSERT INTO ... VALUES (?, ...)` with binds, `SELECT` from one table,
//! and `CALL SYSTEM$WAIT`.

use super::results::{Answer, SELECT, Table};
use serde_json::Value;
use std::collections::BTreeMap;

/// Tables by their names in upper case.
#[derive(Debug, Default)]
pub struct Database(BTreeMap<String, Table>);

impl Database {
    /// Runs a statement.
    ///
    /// # Errors
    ///
    /// The binds are not such as the driver makes.
    pub fn run(&mut self, sql: &str, binds: &Value) -> Result<Answer, String> {
        let upper = sql.trim().trim_end_matches(';').to_uppercase();
        if let Some(rest) = upper.strip_prefix("CREATE TABLE ") {
            return Ok(self.create(rest));
        }
        if let Some(rest) = upper.strip_prefix("INSERT INTO ") {
            return self.insert(rest, binds);
        }
        if let Some(rest) = upper.strip_prefix("SELECT ") {
            return Ok(self.select(rest));
        }
        if upper.starts_with("CALL SYSTEM$WAIT") {
            return Ok(Answer::Later(Table::status("waited".into())));
        }
        let word = sql.split_whitespace().next().unwrap_or("<EOF>");
        let message = format!("SQL compilation error:\nsyntax error line 1 at position 0 unexpected '{word}'.");
        Ok(Answer::Failure { code: "001003", state: "42000", message })
    }

    fn create(&mut self, rest: &str) -> Answer {
        let (name, columns) = rest.split_once('(').unwrap_or((rest, ""));
        let columns = columns.trim_end_matches(')').split(',').filter_map(|column| {
            let (name, kind) = column.trim().split_once(' ')?;
            Some((name.to_owned(), logical_type(kind).to_owned()))
        });
        let name = name.trim().to_owned();
        let table = Table { statement: SELECT, columns: columns.collect(), rows: Vec::new() };
        if self.0.contains_key(&name) {
            let message = format!("SQL compilation error:\nObject '{name}' already exists.");
            return Answer::Failure { code: "002002", state: "42710", message };
        }
        let status = format!("Table {name} successfully created.");
        self.0.insert(name, table);
        Answer::Table(Table::status(status))
    }

    /// The binds are a map from the places (`"1"`, ...) to `{type, value}`; for many rows at once each value is a list.
    fn insert(&mut self, rest: &str, binds: &Value) -> Result<Answer, String> {
        let name = rest.split([' ', '(']).next().unwrap_or_default();
        let Some(table) = self.0.get_mut(name) else { return Ok(no_table(name)) };
        let places = rest.matches('?').count();
        let mut columns = Vec::new();
        for place in 1..=places {
            let bind = &binds[place.to_string()];
            if bind["type"].as_str().is_none() {
                return Err(format!("the bind for place {place} is {bind}"));
            }
            columns.push(match &bind["value"] {
                Value::Array(values) => values.clone(),
                value => vec![value.clone()],
            });
        }
        let count = columns.first().map_or(0, Vec::len);
        if columns.iter().any(|column| column.len() != count) {
            return Err("the binds are of different lengths".into());
        }
        if columns.iter().flatten().any(|value| !value.is_string() && !value.is_null()) {
            return Err("a bind is neither a text nor null".into());
        }
        for row in 0..count {
            let cells = columns.iter().zip(&table.columns).map(|(column, (_, kind))| stored(kind, &column[row]));
            table.rows.push(cells.collect());
        }
        Ok(Answer::Table(Table::inserted(count)))
    }

    fn select(&self, rest: &str) -> Answer {
        let Some((wanted, name)) = rest.split_once(" FROM ") else {
            // `SELECT 1`
            let columns = vec![(rest.to_owned(), "FIXED".to_owned())];
            return Answer::Table(Table { statement: SELECT, columns, rows: vec![vec![rest.into()]] });
        };
        let Some(table) = self.0.get(name.trim()) else { return no_table(name.trim()) };
        if wanted == "*" {
            return Answer::Table(table.clone());
        }
        let wanted: Vec<_> = wanted.split(',').map(str::trim).collect();
        let mut places = Vec::new();
        for column in &wanted {
            match table.columns.iter().position(|(known, _)| known == column) {
                Some(place) => places.push(place),
                None => {
                    let message =
                        format!("SQL compilation error: error line 1 at position 7\ninvalid identifier '{column}'");
                    return Answer::Failure { code: "000904", state: "42000", message };
                }
            }
        }
        let columns = places.iter().map(|place| table.columns[*place].clone()).collect();
        let rows = table.rows.iter().map(|row| places.iter().map(|place| row[*place].clone()).collect()).collect();
        Answer::Table(Table { statement: SELECT, columns, rows })
    }
}

/// A bound value as results show it: a truth is `1` or `0`.
fn stored(kind: &str, value: &Value) -> Value {
    match (kind, value.as_str()) {
        ("BOOLEAN", Some(text)) => if text.eq_ignore_ascii_case("true") { "1" } else { "0" }.into(),
        _ => value.clone(),
    }
}

fn no_table(name: &str) -> Answer {
    let message = format!("SQL compilation error:\nObject '{name}' does not exist or not authorized.");
    Answer::Failure { code: "002003", state: "02000", message }
}

/// The logical type of a declared one.
fn logical_type(declared: &str) -> &str {
    match declared.split('(').next().unwrap_or(declared).trim() {
        "NUMBER" | "INT" | "INTEGER" => "FIXED",
        "FLOAT" | "DOUBLE" => "REAL",
        "STRING" | "VARCHAR" => "TEXT",
        same @ ("BOOLEAN" | "VARIANT" | "TIMESTAMP_NTZ" | "DATE") => same,
        other => panic!("the double knows no type {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_that_were_bound_are_found_again() {
        let mut database = Database::default();
        database.run("create table t (id number, name string)", &Value::Null).unwrap();
        let binds = json!({"1": {"type": "FIXED", "value": ["1", "2"]}, "2": {"type": "TEXT", "value": ["a", null]}});
        assert_eq!(database.run("insert into t values (?, ?)", &binds), Ok(Answer::Table(Table::inserted(2))));
        let Ok(Answer::Table(found)) = database.run("select name from t", &Value::Null) else { panic!("t has a name") };
        assert_eq!(found.rows, [[json!("a")], [Value::Null]]);
        assert!(database.run("insert into t values (?, ?)", &Value::Null).is_err());
        let failed = database.run("select nope from t", &Value::Null);
        assert!(matches!(failed, Ok(Answer::Failure { code: "000904", .. })), "{failed:?}");
    }
}
