//! Authorities that an operator adds to the public ones, as texts in PEM.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The certificate of an authority.
pub type Authority = CertificateDer<'static>;

/// The certificates of a text in PEM that can be authorities. What else is in it is left out, as Node and OpenSSL do with bundles:
/// those of systems hold a certificate now and then that no modern TLS takes.
#[must_use]
pub fn authorities_in(pem: &[u8]) -> Vec<Authority> {
    let mut tried = RootCertStore::empty();
    CertificateDer::pem_slice_iter(pem)
        .filter_map(Result::ok)
        .filter(|certificate| tried.add(certificate.clone()).is_ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An authority of tests, valid for a hundred years; its key is gone.
    const AUTHORITY: &str = include_str!("../tests/authority.pem");

    #[test]
    fn what_is_no_authority_is_left_out() {
        let text = format!(
            "a comment\n{AUTHORITY}-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n{AUTHORITY}the end"
        );
        assert_eq!(authorities_in(text.as_bytes()).len(), 2);
        assert!(authorities_in(b"").is_empty() && authorities_in(b"no PEM").is_empty());
    }
}
