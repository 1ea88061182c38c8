//! Whether a server's certificate is trusted, and in which words Node says that it is not.

use crate::certificate::Outline;
use runtime_core::ports::network::{NameCheck, Verification};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use std::sync::{Arc, OnceLock};

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untrusted {
    Expired,
    NotYetValid,
    WrongName,
    Revoked,
    BadSignature,
    /// The server's own certificate is its own authority.
    SelfSigned,
    /// The server sent an authority of its own along.
    SelfSignedInChain,
    /// The server sent its chain, which leads to nobody known.
    UnknownAuthority,
    /// The server sent its certificate alone, of nobody known.
    Alone,
}

impl Untrusted {
    /// What rustls found.
    pub(crate) fn of(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::WrongName,
            CertificateError::Revoked => Self::Revoked,
            CertificateError::BadSignature => Self::BadSignature,
            _ => Self::Alone,
        }
    }

    /// Node's code, which is OpenSSL's.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Expired => "CERT_HAS_EXPIRED",
            Self::NotYetValid => "CERT_NOT_YET_VALID",
            Self::WrongName => "ERR_TLS_CERT_ALTNAME_INVALID",
            Self::Revoked => "CERT_REVOKED",
            Self::BadSignature => "CERT_SIGNATURE_FAILURE",
            Self::SelfSigned => "DEPTH_ZERO_SELF_SIGNED_CERT",
            Self::SelfSignedInChain => "SELF_SIGNED_CERT_IN_CHAIN",
            Self::UnknownAuthority => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            Self::Alone => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        }
    }

    /// The words of Node 18.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Expired => "certificate has expired",
            Self::NotYetValid => "certificate is not yet valid",
            Self::WrongName => "Hostname/IP does not match certificate's altnames",
            Self::Revoked => "certificate revoked",
            Self::BadSignature => "certificate signature failure",
            Self::SelfSigned => "self-signed certificate",
            Self::SelfSignedInChain => "self-signed certificate in certificate chain",
            Self::UnknownAuthority => "unable to get local issuer certificate",
            Self::Alone => "unable to verify the first certificate",
        }
    }
}

/// The same on its way through rustls.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message())]
pub(crate) struct CertificateRefusal(pub(crate) Untrusted);

/// Verifies as OpenSSL does for Node: who is trusted is the same as with rustls's own verifier, except that an authority may be
/// the server's own certificate; what is wrong is told as Node tells it, and may be only told.
#[derive(Debug)]
pub(crate) struct Verifier {
    pub(crate) roots: Arc<RootCertStore>,
    /// The authorities that the caller named, for a server that is its own.
    pub(crate) own: Vec<CertificateDer<'static>>,
    pub(crate) algorithms: WebPkiSupportedAlgorithms,
    pub(crate) verification: Verification,
    pub(crate) name_check: NameCheck,
    /// What was wrong, where that does not end the handshake.
    pub(crate) found: Arc<OnceLock<Untrusted>>,
}

impl Verifier {
    fn judge(&self, shown: &Shown<'_>) -> Result<(), Untrusted> {
        let rustls_error = |error: rustls::Error| match error {
            rustls::Error::InvalidCertificate(reason) => Untrusted::of(&reason),
            _ => Untrusted::Alone,
        };
        let parsed = ParsedCertificate::try_from(shown.certificate).map_err(rustls_error)?;
        if self.own.iter().any(|own| own == shown.certificate) {
            let outline = Outline::of(shown.certificate).ok_or(Untrusted::Alone)?;
            outline.check_time(shown.now)?;
        } else {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &self.roots,
                shown.chain,
                shown.now,
                self.algorithms.all,
            )
            .map_err(|error| match rustls_error(error) {
                Untrusted::Alone => shown.unknown(),
                other => other,
            })?;
        }
        match self.name_check {
            NameCheck::Verified => verify_server_name(&parsed, shown.name).map_err(rustls_error),
            NameCheck::LeftToCaller => Ok(()),
        }
    }
}

/// What a server shows of itself, to whom and when.
struct Shown<'a> {
    certificate: &'a CertificateDer<'a>,
    chain: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    now: UnixTime,
}

impl Shown<'_> {
    /// In which way nobody known vouches for it.
    fn unknown(&self) -> Untrusted {
        let is_self_signed = |certificate: &CertificateDer<'_>| {
            Outline::of(certificate).is_some_and(|outline| outline.issuer == outline.subject)
        };
        match self.chain.last() {
            _ if is_self_signed(self.certificate) => Untrusted::SelfSigned,
            None => Untrusted::Alone,
            Some(last) if is_self_signed(last) => Untrusted::SelfSignedInChain,
            Some(_) => Untrusted::UnknownAuthority,
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = Shown { certificate: end_entity, chain: intermediates, name: server_name, now };
        match self.judge(&shown) {
            Ok(()) => {}
            Err(untrusted) if self.verification == Verification::Reported => {
                // Set by an earlier handshake: the first one is the one that is asked for.
                let _ = self.found.set(untrusted);
            }
            Err(untrusted) => {
                let refusal = OtherError(Arc::new(CertificateRefusal(untrusted)));
                return Err(rustls::Error::InvalidCertificate(CertificateError::Other(refusal)));
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
