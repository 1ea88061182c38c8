//! The little SQL that the BigQuery double knows: `SELECT * FROM` one table, and a `SELECT` of named parameters.

use serde_json::{Value, json};

/// What a query asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Query {
    /// All rows of `dataset.table`.
    Table { dataset: String, table: String },
    /// The parameters of these names: pairs of parameter and column.
    Parameters(Vec<(String, String)>),
}

impl Query {
    /// Reads it; what it says about one that it does not know is what the service says about a syntax error.
    pub fn parse(sql: &str) -> Result<Self, String> {
        let unknown = || {
            let word = sql.split_whitespace().next().unwrap_or("end of script");
            format!("Syntax error: Unexpected identifier \"{word}\" at [1:1]")
        };
        let words: Vec<_> = sql.split_whitespace().collect();
        if let [select, "*", from, table] = words[..]
            && select.eq_ignore_ascii_case("select")
            && from.eq_ignore_ascii_case("from")
        {
            let names: Vec<_> = table.trim_matches('`').split('.').collect();
            let [.., dataset, table] = names[..] else { return Err(unknown()) };
            return Ok(Self::Table { dataset: dataset.into(), table: table.into() });
        }
        let columns = sql.strip_prefix("SELECT ").ok_or_else(unknown)?.split(',');
        let columns = columns.map(|column| {
            let (parameter, name) = column.trim().strip_prefix('@')?.split_once(" AS ")?;
            Some((parameter.to_owned(), name.trim().to_owned()))
        });
        columns.collect::<Option<_>>().map(Self::Parameters).ok_or_else(unknown)
    }
}

/// The schema and the only row for a query of parameters; `None` if one of them was not sent.
pub fn of_parameters(wanted: &[(String, String)], sent: &Value) -> Option<(Value, Vec<Value>)> {
    let (mut fields, mut cells) = (Vec::new(), Vec::new());
    for (parameter, column) in wanted {
        let sent = sent.as_array()?.iter().find(|sent| sent["name"] == parameter.as_str())?;
        let (kind, value) = (&sent["parameterType"], &sent["parameterValue"]);
        if kind["type"] == "ARRAY" {
            fields.push(json!({"name": column, "type": old_name(&kind["arrayType"]["type"]), "mode": "REPEATED"}));
            let values = value["arrayValues"].as_array()?.iter().map(|value| json!({"v": text(&value["value"])}));
            cells.push(json!({"v": values.collect::<Vec<_>>()}));
        } else {
            fields.push(json!({"name": column, "type": old_name(&kind["type"]), "mode": "NULLABLE"}));
            cells.push(json!({"v": text(&value["value"])}));
        }
    }
    Some((json!({"fields": fields}), vec![json!({"f": cells})]))
}

/// Results show every value as a text.
fn text(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        other => other.clone(),
    }
}

/// Schemas name types as they were named before standard SQL.
fn old_name(kind: &Value) -> Value {
    match kind.as_str() {
        Some("INT64") => "INTEGER".into(),
        Some("FLOAT64") => "FLOAT".into(),
        Some("BOOL") => "BOOLEAN".into(),
        _ => kind.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_query_is_a_syntax_error() {
        let table = Query::Table { dataset: "d".into(), table: "t".into() };
        assert_eq!(Query::parse("SELECT * FROM `p.d.t`"), Ok(table));
        let parameters = vec![("a".to_owned(), "x".to_owned()), ("b".into(), "y".into())];
        assert_eq!(Query::parse("SELECT @a AS x, @b AS y"), Ok(Query::Parameters(parameters)));
        assert_eq!(Query::parse("SELEC 1").unwrap_err(), "Syntax error: Unexpected identifier \"SELEC\" at [1:1]");
    }
}
