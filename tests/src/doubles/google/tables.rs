//! A table of BigQuery: its resource (<https://cloud.google.com/bigquery/docs/reference/rest/v2/tables>) and its rows, as
//! `tabledata.insertAll` takes them and as results show them.

use crate::doubles::reply::Reply;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A table.
#[derive(Debug)]
pub struct Table {
    /// As the client made it, with what the service adds.
    pub resource: Value,
    rows: Vec<Map<String, Value>>,
    insert_ids: BTreeSet<String>,
}

impl Table {
    /// An empty table of this resource.
    pub fn new(resource: Value) -> Self {
        Self { resource, rows: Vec::new(), insert_ids: BTreeSet::new() }
    }

    fn fields(&self) -> &[Value] {
        self.resource["schema"]["fields"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Changes members of the resource. Columns can be added but not taken away.
    pub fn patch(&mut self, given: &Value) -> Result<(), String> {
        if let Some(fields) = given["schema"]["fields"].as_array() {
            let named = |name: &Value| fields.iter().any(|field| field["name"] == *name);
            if let Some(lost) = self.fields().iter().find(|field| !named(&field["name"])) {
                let name = lost["name"].as_str().unwrap_or_default();
                return Err(format!("Provided Schema does not match Table. Field {name} is missing in new schema"));
            }
        }
        for (key, value) in given.as_object().into_iter().flatten() {
            self.resource[key.as_str()] = value.clone();
        }
        Ok(())
    }

    /// Takes rows: <https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll>. Unless `skipInvalidRows` is
    /// set none is taken if one is wrong; those that were not are `stopped` then.
    pub fn insert_all(&mut self, request: &Value) -> Result<Reply, String> {
        let rows = request["rows"].as_array().filter(|rows| !rows.is_empty()).ok_or("rows are inserted")?;
        let is_set = |name: &str| request[name] == true;
        let mut errors = Vec::new();
        let mut good = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let json = row["json"].as_object().ok_or_else(|| format!("row {index} has no `json`"))?;
            match self.check(json, is_set("ignoreUnknownValues")) {
                Some(error) => errors.push(json!({"index": index, "errors": [error]})),
                None => good.push((index, row["insertId"].as_str(), json)),
            }
        }
        if !errors.is_empty() && !is_set("skipInvalidRows") {
            let stopped = json!({"reason": "stopped", "location": "", "debugInfo": "", "message": ""});
            errors.extend(good.drain(..).map(|(index, _, _)| json!({"index": index, "errors": [stopped]})));
        }
        for (_, id, row) in good {
            // The same id again within a minute or so is the same row.
            if id.is_none_or(|id| self.insert_ids.insert(id.to_owned())) {
                self.rows.push(row.clone());
            }
        }
        let mut body = json!({"kind": "bigquery#tableDataInsertAllResponse"});
        if !errors.is_empty() {
            body["insertErrors"] = errors.into();
        }
        Ok(Reply::json(200, &body))
    }

    fn check(&self, row: &Map<String, Value>, ignores_unknown: bool) -> Option<Value> {
        let wrong = |location: &str, message: String| {
            Some(json!({"reason": "invalid", "location": location, "debugInfo": "", "message": message}))
        };
        for (name, value) in row {
            let Some(field) = self.fields().iter().find(|field| field["name"] == name.as_str()) else {
                if ignores_unknown {
                    continue;
                }
                return wrong(name, format!("no such field: {name}."));
            };
            let values = if field["mode"] == "REPEATED" { value.as_array().cloned()? } else { vec![value.clone()] };
            if let Some(bad) = values.iter().find(|value| !value.is_null() && cell(field, value).is_none()) {
                let kind = field["type"].as_str().unwrap_or_default().to_lowercase();
                return wrong(name, format!("Cannot convert value to {kind} (bad value): {}", text(bad)));
            }
        }
        let missing = self.fields().iter().find(|field| {
            let name = field["name"].as_str().unwrap_or_default();
            field["mode"] == "REQUIRED" && row.get(name).is_none_or(Value::is_null)
        })?;
        let name = missing["name"].as_str().unwrap_or_default();
        wrong("", format!("Missing required field: {name}."))
    }

    /// The rows as results show them: `{"f": [{"v": ...}]}`, every value a text.
    pub fn results(&self) -> Vec<Value> {
        let of_row = |row: &Map<String, Value>| {
            let cells: Vec<_> = self.fields().iter().map(|field| json!({"v": shown(field, row)})).collect();
            json!({"f": cells})
        };
        self.rows.iter().map(of_row).collect()
    }
}

fn shown(field: &Value, row: &Map<String, Value>) -> Value {
    let value = row.get(field["name"].as_str().unwrap_or_default()).unwrap_or(&Value::Null);
    match value {
        Value::Array(values) => values.iter().map(|value| json!({"v": cell(field, value)})).collect(),
        value => json!(cell(field, value)),
    }
}

/// A value as text; `None` if it is null or not of the field's type.
fn cell(field: &Value, value: &Value) -> Option<String> {
    match field["type"].as_str()? {
        "INTEGER" | "INT64" => text(value).parse::<i64>().ok().map(|number| number.to_string()),
        "FLOAT" | "FLOAT64" => text(value).parse::<f64>().ok().map(|number| number.to_string()),
        "BOOLEAN" | "BOOL" => text(value).parse::<bool>().ok().map(|value| value.to_string()),
        // As a number of seconds, as results show it unless the client asks for another form.
        "TIMESTAMP" => value.as_f64().or_else(|| seconds(value.as_str()?)).map(|seconds| format!("{seconds:E}")),
        _ if value.is_null() => None,
        _ => Some(text(value)),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads `2023-01-01T00:00:00.123Z`, which is how a JavaScript date shows itself.
fn seconds(text: &str) -> Option<f64> {
    let (date, time) = text.strip_suffix('Z')?.split_once(['T', ' '])?;
    let date: Vec<i64> = date.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    let time: Vec<f64> = time.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let ([year, month, day], [hours, minutes, seconds]) = (date.try_into().ok()?, time.try_into().ok()?);
    // Days since 1970 in the calendar whose years begin in March, so that a leap day ends one.
    let (years, months): (i64, i64) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day - 719_469;
    #[expect(clippy::cast_precision_loss, reason = "the days of all years with four digits are few")]
    Some(((days * 24) as f64 + hours) * 3600.0 + minutes * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_since_1970() {
        assert_eq!(seconds("1970-01-01T00:00:00.000Z"), Some(0.0));
        assert_eq!(seconds("2023-01-01T00:00:01.500Z"), Some(1_672_531_201.5));
        assert_eq!(seconds("2024-02-29 12:00:00Z"), Some(1_709_208_000.0));
        assert_eq!(seconds("yesterday"), None);
    }

    #[test]
    fn a_wrong_row_stops_the_others() {
        let schema = json!({"schema": {"fields": [{"name": "id", "type": "INTEGER", "mode": "REQUIRED"}]}});
        let mut table = Table::new(schema);
        let rows = json!({"rows": [{"json": {"id": 1}}, {"json": {"id": "x"}}, {"json": {"more": 1, "id": 2}}]});
        table.insert_all(&rows).unwrap();
        assert!(table.results().is_empty());
        let mut lenient = rows;
        lenient["skipInvalidRows"] = true.into();
        lenient["ignoreUnknownValues"] = true.into();
        table.insert_all(&lenient).unwrap();
        assert_eq!(table.results(), [json!({"f": [{"v": "1"}]}), json!({"f": [{"v": "2"}]})]);
    }
}
