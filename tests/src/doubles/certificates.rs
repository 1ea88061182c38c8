//! The certificates and keys of tests/certificates; its README says what each is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;

/// The certificate that signed those of all doubles.
pub fn authority() -> CertificateDer<'static> {
    CertificateDer::from(read("root.der"))
}

/// The same in PEM.
pub fn authority_pem() -> String {
    pem("root.der", "CERTIFICATE")
}

/// A file of tests/certificates in PEM, with that label (RFC 7468).
///
/// # Panics
///
/// If there is no such file.
pub fn pem(file: &str, label: &str) -> String {
    let text = STANDARD.encode(read(file));
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

pub(super) fn read(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("certificates").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(super) fn server_config() -> Arc<rustls::ServerConfig> {
    let key = PrivateKeyDer::try_from(read("server.key.der")).expect("the key is PKCS #8");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the cipher suites of every version")
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(read("server.der"))], key)
        .expect("the key is that of the certificate");
    Arc::new(config)
}
