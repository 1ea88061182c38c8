//! The export to BigQuery, against the double of Google.

use super::events::{check_properties, check_whole, events};
use super::fetched::{check_errors, export, fetched, run_task};
use runtime_core::installation::Attachment;
use serde_json::{Value, json};
use tests::AppSetup;
use tests::doubles::Google;

/// The key of the service account, as the file that the operator uploads.
pub fn key(double: &Google) -> Attachment {
    Attachment {
        file_name: "key.json".into(),
        content_type: "application/json".into(),
        contents: double.service_account().to_string().into_bytes(),
    }
}

/// Makes the dataset, which the app does not.
async fn make_dataset(double: &Google) {
    let app = AppSetup::new(
        "const { BigQuery } = require('@google-cloud/bigquery')
         async function runEveryMinute({ config }) {
             const credentials = JSON.parse(config.key)
             await new BigQuery({ projectId: credentials.project_id, credentials, apiEndpoint: config.endpoint }).createDataset('analytics')
         }
         module.exports = { runEveryMinute }",
    );
    let app = app.with(|app| {
        app.config = json!({"key": double.service_account().to_string(), "endpoint": double.url()});
        app.egress.allowed_networks = vec!["127.0.0.1/32".into()];
    });
    check_errors(&run_task(app, double.ports(), "runEveryMinute").await, &[]);
}

async fn exports(app: &str) {
    let config = json!({"datasetId": "analytics", "tableId": "events", "exportEventsToIgnore": ""});
    let Some(app) = fetched(app, config) else { return };
    let double = Google::start().await.expect("there is a free port");
    make_dataset(&double).await;
    let app = app.with(|app| {
        app.attachments.insert("googleCloudKeyJson".into(), key(&double));
    });
    let engine = export(app, double.ports()).await;
    // That there is no table yet, before it is made.
    check_errors(&engine, &["Failed to get metadata:"]);
    assert!(double.complaints().is_empty(), "{:#?}", double.complaints());
    let inserted: Vec<_> = double.requests().into_iter().filter(|seen| seen.path.ends_with("/insertAll")).collect();
    let rows: Vec<Value> = inserted.iter().flat_map(|seen| rows(&seen.json())).collect();
    check_whole(&rows, &["event", "distinct_id", "team_id", "timestamp"]);
    for sent in events() {
        let row = rows.iter().find(|row| row["uuid"] == sent["uuid"]).expect("it was compared");
        check_properties(&row["properties"], &sent);
        assert_eq!(row["ip"], sent["ip"]);
        let set: Value = serde_json::from_str(row["set"].as_str().expect("a text")).expect("JSON");
        assert_eq!(set, sent.get("$set").cloned().unwrap_or_else(|| json!({})));
    }
}

/// The rows of an `insertAll`, with the properties as the object that their text is.
fn rows(body: &Value) -> Vec<Value> {
    let rows = body["rows"].as_array().expect("rows are inserted").iter();
    rows.map(|row| {
        let mut row = row["json"].clone();
        row["properties"] = serde_json::from_str(row["properties"].as_str().expect("a text")).expect("JSON");
        row
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn bigquery_exports() {
    exports("bigquery").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn bigquery_0fb4_with_a_buffer() {
    exports("bigquery@0fb438afcc85").await;
}
