//! Authorities that the SDK trusts beside those of the system: a company's own, behind its proxy.

use aws_smithy_http_client::tls::TrustStore;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::ffi::OsString;
use std::path::Path;

/// Files of certificates in PEM: what other SDKs of AWS read, and what Node reads. `SSL_CERT_FILE` is not among them: whoever reads
/// the authorities of the system reads that instead.
const VARIABLES: [&str; 2] = ["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

/// The authorities of the system and of these variables. A file that cannot be used is told in the log.
pub(crate) fn trust(lookup: impl Fn(&str) -> Option<OsString>) -> TrustStore {
    let mut trust = TrustStore::default();
    for certificate in named(lookup) {
        trust.add_pem_certificate(certificate);
    }
    trust
}

/// The certificates that can be authorities, each as PEM of its own: one that cannot would end the process when a client is made.
fn named(lookup: impl Fn(&str) -> Option<OsString>) -> Vec<String> {
    let (mut tried, mut found) = (RootCertStore::empty(), Vec::new());
    for variable in VARIABLES {
        let Some(path) = lookup(variable).filter(|path| !path.is_empty()) else { continue };
        let pem = match std::fs::read(Path::new(&path)) {
            Ok(pem) => pem,
            Err(error) => {
                tracing::warn!("{variable} names {}, which cannot be read: {error}", Path::new(&path).display());
                continue;
            }
        };
        for certificate in CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok) {
            if tried.add(certificate.clone()).is_ok() {
                let base64 = STANDARD.encode(&certificate);
                found.push(format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../http/tests/authority.pem");

    #[test]
    fn certificates_of_both_files_count_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("hedgerow-authorities-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let strange = folder.join("strange.pem");
        let authority = std::fs::read_to_string(AUTHORITY).unwrap();
        std::fs::write(
            &strange,
            format!("{authority}-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"),
        )
        .unwrap();
        let with = |bundle: PathBuf, extra: PathBuf| {
            let of =
                move |name: &str| Some(if name == VARIABLES[0] { &bundle } else { &extra }.clone().into_os_string());
            let found = named(&of);
            // What cannot be used would end the process here.
            let tls = aws_smithy_http_client::tls::TlsContext::builder().with_trust_store(trust(of)).build().unwrap();
            let provider = aws_smithy_http_client::tls::Provider::Rustls(
                aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
            );
            drop(aws_smithy_http_client::Builder::new().tls_provider(provider).tls_context(tls).build_https());
            found.len()
        };
        assert_eq!(with(strange, PathBuf::from(AUTHORITY)), 2);
        assert_eq!(with(folder.join("none"), PathBuf::from(AUTHORITY)), 1);
        assert_eq!(with(PathBuf::new(), PathBuf::new()), 0);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
