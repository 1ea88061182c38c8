//! From Node's options of TLS to rustls's.

use crate::verdict::{Untrusted, Verifier};
use runtime_core::ports::network::{SystemError, TlsOptions, TlsSession};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore};
use std::sync::{Arc, OnceLock};

/// What makes TLS connections.
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    /// What is wrong with the certificate that a handshake has accepted all the same.
    found: Arc<OnceLock<Untrusted>>,
}

impl Tls {
    /// TLS as `options` say; `public` are the authorities that are trusted unless they name others.
    ///
    /// # Errors
    ///
    /// A certificate or key that cannot be used, in OpenSSL's words.
    pub(crate) fn new(options: &TlsOptions, public: &Arc<RootCertStore>) -> Result<Self, SystemError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let own = match &options.authorities {
            Some(texts) => authorities(texts)?,
            None => Vec::new(),
        };
        let roots = match &options.authorities {
            Some(_) => {
                let mut roots = RootCertStore::empty();
                // What is no authority to rustls may still be the server's own certificate, to which `own` is compared.
                roots.add_parsable_certificates(own.iter().cloned());
                Arc::new(roots)
            }
            None => Arc::clone(public),
        };
        let found = Arc::default();
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(Verifier {
            roots,
            own,
            algorithms,
            verification: options.verification,
            name_check: options.name_check,
            found: Arc::clone(&found),
        });
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| SystemError::new("EPROTO", error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match (&options.certificate, &options.key) {
            (Some(certificate), Some(key)) => builder
                .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                .map_err(|_| SystemError::new(KEY_MISMATCH.0, KEY_MISMATCH.1))?,
            _ => builder.with_no_client_auth(),
        };
        config.alpn_protocols = options.alpn_protocols.iter().map(|name| name.clone().into_bytes()).collect();
        Ok(Self { config: Arc::new(config), found })
    }

    /// What a handshake came to.
    pub(crate) fn session(&self, connection: &ClientConnection) -> TlsSession {
        let alpn = connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        let leaf = connection.peer_certificates().and_then(<[_]>::first);
        TlsSession {
            authorization_error: self.found.get().map(|untrusted| untrusted.code()),
            alpn_protocol: alpn,
            protocol: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            },
            cipher: connection
                .negotiated_cipher_suite()
                .and_then(|suite| suite.suite().as_str())
                .map(openssl_name)
                .unwrap_or_default(),
            peer_certificate: leaf.map(|certificate| certificate.to_vec()).unwrap_or_default(),
        }
    }
}

/// The public authorities and some more.
///
/// # Errors
///
/// One of those that is none.
pub(crate) fn public_authorities(extra: &[CertificateDer<'static>]) -> Result<Arc<RootCertStore>, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in extra {
        roots.add(certificate.clone())?;
    }
    Ok(Arc::new(roots))
}

/// The name of a server for SNI and its certificate.
///
/// # Errors
///
/// A text that is neither a name nor an address.
pub(crate) fn server_name(text: &str) -> Result<ServerName<'static>, SystemError> {
    let bare = text.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    ServerName::try_from(bare.to_owned())
        .map_err(|_| SystemError::new("ERR_INVALID_ARG_VALUE", format!("`{text}` cannot be the name of a TLS server")))
}

const NO_START_LINE: (&str, &str) = ("ERR_OSSL_PEM_NO_START_LINE", "error:0480006C:PEM routines::no start line");
const KEY_MISMATCH: (&str, &str) =
    ("ERR_OSSL_X509_KEY_VALUES_MISMATCH", "error:05800074:x509 certificate routines::key values mismatch");

/// The certificates of several texts. As Node's, a text may hold more than one; the last of them counts too.
fn authorities(texts: &[String]) -> Result<Vec<CertificateDer<'static>>, SystemError> {
    let mut all = Vec::new();
    for text in texts {
        all.extend(certificates(text)?);
    }
    Ok(all)
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, SystemError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(SystemError::new(NO_START_LINE.0, NO_START_LINE.1)),
    }
}

fn private_key(pem: &str) -> Result<PrivateKeyDer<'static>, SystemError> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| SystemError::new(NO_START_LINE.0, NO_START_LINE.1))
}

/// `TLS13_AES_256_GCM_SHA384` is `TLS_AES_256_GCM_SHA384` to OpenSSL, and the suites of TLS 1.2 have names of its own.
fn openssl_name(name: &str) -> String {
    if let Some(name) = name.strip_prefix("TLS13_") {
        return format!("TLS_{name}");
    }
    name.trim_start_matches("TLS_")
        .replace("_WITH_", "_")
        .replace("AES_128", "AES128")
        .replace("AES_256", "AES256")
        .replace("POLY1305_SHA256", "POLY1305")
        .replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::openssl_name;

    #[test]
    fn suites_have_the_names_that_openssl_gives_them() {
        for (rustls, openssl) in [
            ("TLS13_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
            ("TLS13_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
            ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ] {
            assert_eq!(openssl_name(rustls), openssl);
        }
    }
}
