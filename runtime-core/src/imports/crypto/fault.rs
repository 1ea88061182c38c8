//! What the natives of `crypto` throw: OpenSSL's numbers and words, as apps and libraries match on them.

use crate::node::{Thrown, throw_with};
use rquickjs::{Ctx, Error};

/// Why a native fails, in the words that Node 20 passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// An error of OpenSSL's: `NUMBER:LIBRARY::REASON`.
    Openssl(&'static str),
    /// The authentication tag is not that of the message: an error without a code.
    Unauthentic,
    /// An error that Node's own code makes.
    Node { class: &'static str, code: &'static str, message: String },
}

/// No decoder takes the input for a key.
pub(super) const UNSUPPORTED: Fault = Fault::Openssl("1E08010C:DECODER routines::unsupported");
/// The key is encrypted and no passphrase was given.
pub(super) const INTERRUPTED: Fault = Fault::Openssl("07880109:common libcrypto routines::interrupted or cancelled");
/// A wrong passphrase, or padding that is none.
pub(super) const BAD_DECRYPT: Fault = Fault::Openssl("1C800064:Provider routines::bad decrypt");
pub(super) const WRONG_TAG: Fault = Fault::Openssl("068000A8:asn1 encoding routines::wrong tag");
pub(super) const WRONG_FINAL_BLOCK_LENGTH: Fault =
    Fault::Openssl("1C80006B:Provider routines::wrong final block length");
pub(super) const TOO_LARGE_FOR_KEY: Fault = Fault::Openssl("0200006E:rsa routines::data too large for key size");
pub(super) const INVALID_SALT_LENGTH: Fault = Fault::Openssl("1C800070:Provider routines::invalid salt length");
pub(super) const ILLEGAL_PADDING: Fault =
    Fault::Openssl("1C8000A5:Provider routines::illegal or unsupported padding mode");
pub(super) const INVALID_PADDING: Fault = Fault::Openssl("1C8000A8:Provider routines::invalid padding mode");
pub(super) const INVALID_DIGEST: Fault = Fault::Openssl("1C80007A:Provider routines::invalid digest");
pub(super) const OAEP_DECODING: Fault = Fault::Openssl("02000079:rsa routines::oaep decoding error");

impl Fault {
    /// An error of Node's own: `class` is a built-in one.
    pub(super) fn node(class: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Node { class, code, message: message.into() }
    }

    /// Throws it, with `library`, `reason` and `code` where it is OpenSSL's.
    pub(super) fn throw(&self, ctx: &Ctx<'_>) -> Error {
        match self {
            Self::Node { class, code, message } => {
                throw_with(ctx, &Thrown { class, message, properties: &[("code", code)] })
            }
            Self::Unauthentic => {
                let message = "Unsupported state or unable to authenticate data";
                throw_with(ctx, &Thrown { class: "Error", message, properties: &[] })
            }
            Self::Openssl(text) => {
                let (library, reason) = parts(text);
                let code = code(library, reason);
                let properties = [("library", library), ("reason", reason), ("code", code.as_str())];
                throw_with(ctx, &Thrown { class: "Error", message: &format!("error:{text}"), properties: &properties })
            }
        }
    }
}

fn parts(text: &str) -> (&str, &str) {
    let after_number = text.split_once(':').map_or(text, |(_, rest)| rest);
    after_number.split_once("::").unwrap_or((after_number, ""))
}

/// Node names a few of OpenSSL's libraries in its codes, not all.
fn code(library: &str, reason: &str) -> String {
    let prefix = match library {
        "digital envelope routines" => "EVP_",
        "rsa routines" => "RSA_",
        "common libcrypto routines" => "CRYPTO_",
        "asn1 encoding routines" => "ASN1_",
        _ => "",
    };
    format!("ERR_OSSL_{prefix}{}", reason.to_uppercase().replace(' ', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_made_of_the_library_and_the_reason() {
        let of = |fault: &Fault| match fault {
            Fault::Openssl(text) => code(parts(text).0, parts(text).1),
            _ => String::new(),
        };
        assert_eq!(of(&UNSUPPORTED), "ERR_OSSL_UNSUPPORTED");
        assert_eq!(of(&INTERRUPTED), "ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED");
        assert_eq!(of(&TOO_LARGE_FOR_KEY), "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE");
        assert_eq!(of(&WRONG_TAG), "ERR_OSSL_ASN1_WRONG_TAG");
    }
}
