//! https: whom the client trusts, and what it says of the others.

use crate::support::{ScriptedResolver, TestServer, client_with, get, loopback, options, system, text};
use adapter_http::{HttpOptions, HyperClient, Resolve};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

const ROOT: &[u8] = include_bytes!("../certificates/root.der");
const VALID: (&[u8], &[u8]) =
    (include_bytes!("../certificates/valid.der"), include_bytes!("../certificates/valid.key.der"));
const EXPIRED: (&[u8], &[u8]) =
    (include_bytes!("../certificates/expired.der"), include_bytes!("../certificates/expired.key.der"));

async fn server((certificate, key): (&'static [u8], &'static [u8])) -> TestServer {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], PrivateKeyDer::try_from(key).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    TestServer::accept(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            // A client that does not trust us ends the handshake.
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut head = [0; 4096];
            _ = stream.read(&mut head).await;
            _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret").await;
        }
    })
    .await
}

fn client(extra_roots: Vec<CertificateDer<'static>>) -> HyperClient {
    let resolver =
        ScriptedResolver::default().with("secure.test", &[&["127.0.0.1"]]).with("other.test", &[&["127.0.0.1"]]);
    client_with(HttpOptions { extra_roots, resolver: Arc::new(resolver) as Arc<dyn Resolve>, ..options() })
}

fn trusting() -> HyperClient {
    client(vec![CertificateDer::from(ROOT)])
}

fn https(server: &TestServer, host: &str) -> runtime_core::ports::http::HttpRequest {
    get(&format!("https://{host}:{}/", server.address.port()), &loopback())
}

#[tokio::test]
async fn a_certificate_of_a_trusted_root_is_accepted() {
    let server = server(VALID).await;
    assert_eq!(text(&trusting(), https(&server, "secure.test")).await.unwrap(), "secret");
}

#[tokio::test]
async fn other_certificates_are_refused_in_nodes_words() {
    let valid = server(VALID).await;
    assert_eq!(
        text(&client(Vec::new()), https(&valid, "secure.test")).await,
        Err(system("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"))
    );
    assert_eq!(
        text(&trusting(), https(&valid, "other.test")).await,
        Err(system("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames"))
    );
    let expired = server(EXPIRED).await;
    assert_eq!(
        text(&trusting(), https(&expired, "secure.test")).await,
        Err(system("CERT_HAS_EXPIRED", "certificate has expired"))
    );
}

#[tokio::test]
async fn a_server_without_tls_is_a_protocol_error_or_a_disconnection() {
    let plain = TestServer::raw(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let error = text(&trusting(), https(&plain, "secure.test")).await.unwrap_err().to_string();
    assert!(error.starts_with("write EPROTO"), "{error}");

    let silent = TestServer::raw(b"").await;
    assert_eq!(
        text(&trusting(), https(&silent, "secure.test")).await,
        Err(system("ECONNRESET", "Client network socket disconnected before secure TLS connection was established"))
    );
}
