//! The export to PostgreSQL and the import from Redshift, which speaks the same protocol, against a real PostgreSQL.

use super::events::check_whole;
use super::fetched::{check_errors, export, fetched, run_task};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tests::{AppSetup, postgres};
use url::Url;

/// How many rows Redshift has: more than two of the app's batches.
const ROWS: usize = 25;

/// Has the server answer an SQL text; the rows of its answer.
async fn query(sql: &str) -> Vec<Value> {
    let app = AppSetup::new(
        "const { Client } = require('pg')
         async function runEveryMinute({ config }) {
             const client = new Client({ connectionString: config.address })
             await client.connect()
             const { rows } = await client.query(config.sql)
             for (const row of rows) console.log(JSON.stringify(row))
             await client.end()
         }
         module.exports = { runEveryMinute }",
    );
    let app = app.with(|app| {
        app.config = json!({"address": postgres::address(), "sql": sql});
        app.egress.allowed_networks = vec!["127.0.0.1/32".into()];
    });
    let engine = run_task(app, BTreeMap::new(), "runEveryMinute").await;
    check_errors(&engine, &[]);
    engine.printed().iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn exports(app: &str, self_signed: &str) {
    let config = json!({"databaseUrl": "", "tableName": "", self_signed: "Yes", "eventsToIgnore": ""});
    let Some(app) = fetched(app, config) else { return };
    let table = postgres::new_schema();
    let app = app.with(|app| {
        app.config["databaseUrl"] = postgres::address().into();
        app.config["tableName"] = table.as_str().into();
    });
    let engine = export(app, BTreeMap::new()).await;
    check_errors(&engine, &[]);
    check_whole(
        &query(&format!("SELECT * FROM public.{table}")).await,
        &["event", "distinct_id", "team_id", "timestamp", "ip"],
    );
    query(&format!("DROP TABLE public.{table}")).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn postgres_export() {
    exports("postgres-export", "hasSelfSignedCert").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn postgres_export_3f3e_with_a_buffer() {
    exports("postgres-export@3f3e2c366605", "isHeroku").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn redshift_import() {
    let Some(app) = fetched("redshift-import", json!({})) else { return };
    let table = postgres::new_schema();
    query(&format!(
        "CREATE TABLE public.{table} AS SELECT i AS timestamp, 'person-' || i AS distinct_id, 'imported' AS event,
         json_build_object('number', i)::text AS properties FROM generate_series(1, {ROWS}) AS i"
    ))
    .await;
    let address = Url::parse(&postgres::address()).expect("an address");
    // Undone as for a name and value of a query: the password has no plus sign.
    let encoded = format!("password={}", address.password().unwrap_or_default());
    let (_, password) = url::form_urlencoded::parse(encoded.as_bytes()).next().expect("one is there");
    let app = app.with(|app| {
        app.config = json!({
            "clusterHost": "test.redshift.amazonaws.com",
            "clusterPort": address.port().expect("it has one").to_string(),
            "dbName": address.path().trim_start_matches('/'),
            "tableName": format!("public.{table}"),
            "dbUsername": address.username(),
            "dbPassword": password,
            "orderByColumn": "timestamp",
        });
    });
    let engine = export(app, BTreeMap::new()).await;
    check_errors(&engine, &[]);
    let captured = engine.sink.take_captured();
    let imported: Vec<_> = captured.iter().map(|captured| &captured.event.members).collect();
    let numbers: BTreeSet<_> = imported.iter().filter_map(|event| event["properties"]["number"].as_u64()).collect();
    assert_eq!((imported.len(), numbers.len()), (ROWS, ROWS), "{imported:#?}");
    for event in imported {
        let properties = &event["properties"];
        assert_eq!((&event["event"], &properties["source"]), (&json!("imported"), &json!("redshift_import")));
        assert_eq!(event["distinct_id"], format!("person-{}", properties["number"]));
    }
    query(&format!("DROP TABLE public.{table}")).await;
}
