//! Sockets of packages: bytes both ways, ends, TLS that is started on the way, and whom it trusts.

use crate::support::{ScriptedResolver, TestServer, loopback, network, target};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use runtime_core::ports::network::{
    Connection, NameCheck, Network, NetworkError, SystemError, TlsOptions, Verification,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

const ROOT: &[u8] = include_bytes!("../certificates/root.der");
const VALID: &[u8] = include_bytes!("../certificates/valid.der");
const VALID_KEY: &[u8] = include_bytes!("../certificates/valid.key.der");
const EXPIRED: &[u8] = include_bytes!("../certificates/expired.der");
const EXPIRED_KEY: &[u8] = include_bytes!("../certificates/expired.key.der");
const SELF_SIGNED: &[u8] = include_bytes!("../certificates/self_signed.der");
const SELF_SIGNED_KEY: &[u8] = include_bytes!("../certificates/self_signed.key.der");
const CLIENTS: &[u8] = include_bytes!("../certificates/clients.der");
const CLIENT: &[u8] = include_bytes!("../certificates/client.der");
const CLIENT_KEY: &[u8] = include_bytes!("../certificates/client.key.der");

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
}

fn certificate(der: &[u8]) -> String {
    pem("CERTIFICATE", der)
}

fn trusting(der: &[u8]) -> TlsOptions {
    TlsOptions { authorities: Some(vec![certificate(der)]), ..named("secure.test") }
}

fn named(name: &str) -> TlsOptions {
    TlsOptions { server_name: Some(name.to_owned()), ..TlsOptions::default() }
}

async fn connect(server: &TestServer) -> Arc<dyn Connection> {
    network(&Arc::new(ScriptedResolver::default())).connect(target(&server.address, &loopback())).await.unwrap()
}

async fn write(connection: &dyn Connection, text: &'static str) {
    connection.write(Bytes::from_static(text.as_bytes())).await.unwrap();
}

async fn read(connection: &dyn Connection) -> Option<String> {
    let bytes = tokio::time::timeout(Duration::from_secs(20), connection.read()).await.unwrap().unwrap();
    bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

fn reset(syscall: &'static str) -> NetworkError {
    SystemError::of_stream(syscall, "ECONNRESET").into()
}

/// A server that says `S`, waits for a byte and then speaks TLS, echoing what it gets: as PostgreSQL does.
async fn upgrading(chain: &[&'static [u8]], key: &'static [u8]) -> TestServer {
    let acceptor = acceptor(chain, key, None);
    TestServer::accept(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut asked = [0; 1];
            stream.read_exact(&mut asked).await.unwrap();
            stream.write_all(b"S").await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                stream.write_all(&buffer[..count]).await.unwrap();
            }
            _ = stream.shutdown().await;
        }
    })
    .await
}

fn acceptor(chain: &[&'static [u8]], key: &'static [u8], clients: Option<&'static [u8]>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(authority)).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain = chain.iter().map(|der| CertificateDer::from(*der)).collect();
    let mut config = builder.with_single_cert(chain, PrivateKeyDer::try_from(key).unwrap()).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// What a handshake with that server comes to.
async fn handshake(
    chain: &[&'static [u8]],
    key: &'static [u8],
    options: TlsOptions,
) -> Result<Option<&'static str>, &'static str> {
    let server = upgrading(chain, key).await;
    let connection = connect(&server).await;
    write(&*connection, "?").await;
    assert_eq!(read(&*connection).await.as_deref(), Some("S"));
    match connection.start_tls(options).await {
        Ok(session) => {
            write(&*connection, "secret").await;
            assert_eq!(read(&*connection).await.as_deref(), Some("secret"));
            assert_eq!(session.peer_certificate, chain[0]);
            Ok(session.authorization_error)
        }
        Err(NetworkError::System(error)) => {
            assert_eq!(connection.read().await, Err(reset("read")), "a failed handshake ends the connection");
            Err(error.code)
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn bytes_go_both_ways_until_each_side_ends() {
    let server = TestServer::accept(|mut stream| async move {
        let mut all = String::new();
        stream.read_to_string(&mut all).await.unwrap();
        stream.write_all(all.to_uppercase().as_bytes()).await.unwrap();
    })
    .await;
    let connection = connect(&server).await;
    assert_eq!(connection.remote_address(), server.address);
    assert_eq!(connection.local_address().ip(), server.address.ip());
    connection.set_no_delay(false);
    connection.set_keep_alive(Some(Duration::from_millis(1)));
    let writes = ["one ", "two ", "three"].map(|text| connection.write(Bytes::from_static(text.as_bytes())));
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
    connection.shutdown().await.unwrap();
    assert_eq!(read(&*connection).await.as_deref(), Some("ONE TWO THREE"));
    assert_eq!(read(&*connection).await, None);
    assert_eq!(read(&*connection).await, None, "it stays ended");
}

#[tokio::test]
async fn closing_ends_what_waits_and_tells_the_other_side() {
    let (ended, told) = tokio::sync::oneshot::channel();
    let ended = std::sync::Mutex::new(Some(ended));
    let server = TestServer::accept(move |mut stream| {
        let ended = ended.lock().unwrap().take();
        async move {
            let count = stream.read(&mut [0; 8]).await.unwrap();
            ended.unwrap().send(count).unwrap();
        }
    })
    .await;
    let connection = connect(&server).await;
    let (outcome, ()) = tokio::join!(connection.read(), async { connection.close() });
    assert_eq!(outcome, Err(reset("read")));
    assert_eq!(connection.write(Bytes::from_static(b"late")).await, Err(reset("write")));
    assert_eq!(told.await.unwrap(), 0);
}

#[tokio::test]
async fn at_most_64_kib_are_read_at_a_time() {
    let server = TestServer::accept(|mut stream| async move {
        stream.write_all(&vec![7; 300_000]).await.unwrap();
    })
    .await;
    let connection = connect(&server).await;
    let mut total = 0;
    while let Some(bytes) = connection.read().await.unwrap() {
        assert!(bytes.len() <= 65_536, "{}", bytes.len());
        total += bytes.len();
    }
    assert_eq!(total, 300_000);
}

#[tokio::test]
async fn nobody_listening_and_no_such_name_are_told_as_node_does() {
    let server = TestServer::accept(|_| async {}).await;
    let port = server.address.port();
    let network = network(&Arc::new(ScriptedResolver::default().with("six.test", &[&["::1"]])));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = network.connect(target(&closed, &loopback())).await.map(|_| ()).unwrap_err();
    assert_eq!(error, SystemError::of_connect("ECONNREFUSED", closed).into());
    assert_eq!(error.to_string(), format!("connect ECONNREFUSED {closed}"));
    for host in ["nowhere.test", "no name", "fe80::1%eth0"] {
        let asked = runtime_core::ports::network::Target { host: host.into(), ..target(&server.address, &loopback()) };
        let error = network.connect(asked.clone()).await.map(|_| ()).unwrap_err();
        assert_eq!(error, SystemError::of_lookup("ENOTFOUND", host).into());
        assert_eq!(network.lookup(asked).await, Err(error));
    }
    let six = runtime_core::ports::network::Target {
        host: "six.test".into(),
        port,
        family: runtime_core::ports::network::Family::V4,
        policy: crate::support::policy(&["six.test"], &[]),
    };
    assert_eq!(network.lookup(six).await, Err(SystemError::of_lookup("ENOTFOUND", "six.test").into()));
}

#[tokio::test]
async fn tls_is_started_while_a_read_waits_and_it_goes_on() {
    let server = upgrading(&[VALID], VALID_KEY).await;
    let connection = connect(&server).await;
    write(&*connection, "?").await;
    assert_eq!(read(&*connection).await.as_deref(), Some("S"));
    let offered = TlsOptions { alpn_protocols: vec!["http/1.1".into()], ..trusting(ROOT) };
    let upgrade = async {
        let session = connection.start_tls(offered).await.unwrap();
        write(&*connection, "encrypted").await;
        session
    };
    let (text, session) = tokio::join!(read(&*connection), upgrade);
    assert_eq!(text.as_deref(), Some("encrypted"));
    assert_eq!((session.protocol, session.alpn_protocol.as_deref()), ("TLSv1.3", Some("http/1.1")));
    assert_eq!(session.cipher, "TLS_AES_256_GCM_SHA384");
    connection.shutdown().await.unwrap();
    assert_eq!(read(&*connection).await, None);
}

#[tokio::test]
async fn certificates_are_judged_in_nodes_words() {
    let secure = named("secure.test");
    for (chain, key, options, expected) in [
        (&[VALID][..], VALID_KEY, trusting(ROOT), Ok(None)),
        (&[VALID], VALID_KEY, secure.clone(), Err("UNABLE_TO_VERIFY_LEAF_SIGNATURE")),
        (&[VALID, ROOT], VALID_KEY, secure.clone(), Err("SELF_SIGNED_CERT_IN_CHAIN")),
        (&[VALID, EXPIRED], VALID_KEY, secure.clone(), Err("UNABLE_TO_GET_ISSUER_CERT_LOCALLY")),
        (&[VALID, ROOT], VALID_KEY, trusting(ROOT), Ok(None)),
        (&[EXPIRED], EXPIRED_KEY, trusting(ROOT), Err("CERT_HAS_EXPIRED")),
        (&[SELF_SIGNED], SELF_SIGNED_KEY, secure.clone(), Err("DEPTH_ZERO_SELF_SIGNED_CERT")),
        // Its own authority, as many a database has it.
        (&[SELF_SIGNED], SELF_SIGNED_KEY, trusting(SELF_SIGNED), Ok(None)),
        (&[SELF_SIGNED], SELF_SIGNED_KEY, trusting(ROOT), Err("DEPTH_ZERO_SELF_SIGNED_CERT")),
        (
            &[VALID],
            VALID_KEY,
            TlsOptions { server_name: Some("other.test".into()), ..trusting(ROOT) },
            Err("ERR_TLS_CERT_ALTNAME_INVALID"),
        ),
        (
            &[SELF_SIGNED],
            SELF_SIGNED_KEY,
            TlsOptions { server_name: Some("other.test".into()), ..trusting(SELF_SIGNED) },
            Err("ERR_TLS_CERT_ALTNAME_INVALID"),
        ),
        (
            &[VALID],
            VALID_KEY,
            TlsOptions {
                server_name: Some("other.test".into()),
                name_check: NameCheck::LeftToCaller,
                ..trusting(ROOT)
            },
            Ok(None),
        ),
        (
            &[SELF_SIGNED],
            SELF_SIGNED_KEY,
            TlsOptions { verification: Verification::Reported, ..secure.clone() },
            Ok(Some("DEPTH_ZERO_SELF_SIGNED_CERT")),
        ),
        (&[VALID], VALID_KEY, TlsOptions { verification: Verification::Reported, ..trusting(ROOT) }, Ok(None)),
        // What `ca` names replaces the public authorities, also where it names none that fits.
        (
            &[VALID],
            VALID_KEY,
            TlsOptions { authorities: Some(Vec::new()), ..secure },
            Err("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ),
    ] {
        let label = format!("{options:?}");
        assert_eq!(handshake(chain, key, options).await, expected, "{} certificates, {label}", chain.len());
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let acceptor = acceptor(&[VALID], VALID_KEY, Some(CLIENTS));
    let server = TestServer::accept(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let shown = stream.get_ref().1.peer_certificates().map_or(0, <[_]>::len);
            stream.write_all(format!("{shown} shown").as_bytes()).await.unwrap();
        }
    })
    .await;
    let with = TlsOptions {
        certificate: Some(certificate(CLIENT)),
        key: Some(pem("PRIVATE KEY", CLIENT_KEY)),
        ..trusting(ROOT)
    };
    let connection = connect(&server).await;
    connection.start_tls(with.clone()).await.unwrap();
    assert_eq!(read(&*connection).await.as_deref(), Some("1 shown"));

    let without = connect(&server).await;
    without.start_tls(trusting(ROOT)).await.unwrap();
    // TLS 1.3 tells the client after its own end of the handshake.
    assert!(without.read().await.is_err());

    for (wrong, code) in [
        (TlsOptions { key: Some(pem("PRIVATE KEY", VALID_KEY)), ..with.clone() }, "ERR_OSSL_X509_KEY_VALUES_MISMATCH"),
        (TlsOptions { key: Some("no key".into()), ..with.clone() }, "ERR_OSSL_PEM_NO_START_LINE"),
        (TlsOptions { authorities: Some(vec!["nobody".into()]), ..with }, "ERR_OSSL_PEM_NO_START_LINE"),
    ] {
        let Err(NetworkError::System(error)) = connect(&server).await.start_tls(wrong).await else { panic!("{code}") };
        assert_eq!(error.code, code);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_a_protocol_error_or_a_disconnection() {
    let plain = TestServer::raw(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let error = connect(&plain).await.start_tls(named("secure.test")).await.unwrap_err();
    assert!(error.to_string().starts_with("write EPROTO"), "{error}");
    let silent = TestServer::raw(b"").await;
    let error = connect(&silent).await.start_tls(named("secure.test")).await.unwrap_err();
    assert_eq!(error.to_string(), "Client network socket disconnected before secure TLS connection was established");
}
