//! What a query comes to, and how a result is sent: the first rows with the answer, the others in chunks to be fetched.

use serde_json::{Value, json};

/// How many rows come with the answer, and how many with each chunk.
const ROWS: usize = 500;

/// What a query comes to.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// A result.
    Table(Table),
    /// A result that the client has to come back for.
    Later(Table),
    /// A failure.
    Failure { code: &'static str, state: &'static str, message: String },
}

/// A result.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What kind of statement it is of, as the driver numbers them.
    pub statement: u32,
    /// Names and types of the columns.
    pub columns: Vec<(String, String)>,
    /// The rows; every value is a text or null.
    pub rows: Vec<Vec<Value>>,
}

/// The driver's number for SELECT.
pub const SELECT: u32 = 0x1000;
/// The driver's number for INSERT.
pub const INSERT: u32 = 0x3100;
/// The driver's number for data definition.
pub const DEFINITION: u32 = 0x6000;

impl Table {
    /// One row with one text.
    pub fn status(text: String) -> Self {
        Self { statement: DEFINITION, columns: vec![("status".into(), "TEXT".into())], rows: vec![vec![text.into()]] }
    }

    /// How many rows were inserted.
    pub fn inserted(count: usize) -> Self {
        let columns = vec![("number of rows inserted".into(), "FIXED".into())];
        Self { statement: INSERT, columns, rows: vec![vec![count.to_string().into()]] }
    }

    /// `data` of the answer, and the chunks by their ids, which are to be found at `address`.
    pub fn into_data(self, id: &str, address: &str) -> (Value, Vec<(String, String)>) {
        let types: Vec<_> = self.columns.iter().map(|(name, kind)| column(name, kind)).collect();
        let total = self.rows.len();
        let mut parts = self.rows.chunks(ROWS);
        let first = parts.next().unwrap_or_default();
        let (mut listed, mut chunks) = (Vec::new(), Vec::new());
        for (number, rows) in parts.enumerate() {
            // The rows of a chunk are separated by commas, without brackets around them.
            let text = Value::from(rows.iter().cloned().map(Value::from).collect::<Vec<_>>()).to_string();
            let text = text[1..text.len() - 1].to_owned();
            let chunk = format!("{id}-{number}");
            listed.push(json!({"url": format!("{address}/chunks/{chunk}"), "rowCount": rows.len(),
                "uncompressedSize": text.len(), "compressedSize": text.len()}));
            chunks.push((chunk, text));
        }
        let mut data = json!({
            "parameters": [], "rowtype": types, "rowset": first, "total": total, "returned": total, "queryId": id,
            "databaseProvider": null, "finalDatabaseName": "DB", "finalSchemaName": "PUBLIC", "finalWarehouseName": "WH",
            "finalRoleName": "PUBLIC", "numberOfBinds": 0, "arrayBindSupported": self.statement == INSERT,
            "statementTypeId": self.statement, "version": 1, "queryResultFormat": "json",
        });
        if !listed.is_empty() {
            data["chunks"] = listed.into();
            data["chunkHeaders"] = json!({});
        }
        (data, chunks)
    }
}

fn column(name: &str, kind: &str) -> Value {
    let scale = if kind == "FIXED" {
        json!(0)
    } else if kind.starts_with("TIMESTAMP") {
        json!(9)
    } else {
        Value::Null
    };
    json!({"name": name, "type": kind.to_lowercase(), "nullable": true, "scale": scale,
        "precision": if kind == "FIXED" { json!(38) } else { Value::Null }, "length": null, "byteLength": null,
        "database": "DB", "schema": "PUBLIC", "table": "", "collation": null})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_rows_are_in_chunks() {
        let rows: Vec<Vec<Value>> = (0..1001).map(|number| vec![number.to_string().into()]).collect();
        let table = Table { statement: SELECT, columns: vec![("N".into(), "FIXED".into())], rows };
        let (data, chunks) = table.into_data("q", "http://x");
        assert_eq!((data["rowset"].as_array().unwrap().len(), data["total"].as_u64()), (500, Some(1001)));
        assert_eq!(chunks.len(), 2);
        assert_eq!(chunks[1], ("q-1".to_owned(), r#"["1000"]"#.to_owned()));
        assert_eq!(data["chunks"][1]["url"], "http://x/chunks/q-1");
    }
}
