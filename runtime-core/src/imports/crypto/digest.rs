//! Digests and keyed digests under way, and which algorithms there are.

use hmac::digest::Digest;
use hmac::{Hmac, KeyInit, Mac};

/// Runs `$body` with `$D` the digest of that canonical name; `None` for a name that there is no digest of.
macro_rules! with_digest {
    ($name:expr, $D:ident => $body:expr) => {
        match $name {
            "md5" => {
                type $D = md5::Md5;
                Some($body)
            }
            "ripemd160" => {
                type $D = ripemd::Ripemd160;
                Some($body)
            }
            "sha1" => {
                type $D = sha1::Sha1;
                Some($body)
            }
            "sha224" => {
                type $D = sha2::Sha224;
                Some($body)
            }
            "sha256" => {
                type $D = sha2::Sha256;
                Some($body)
            }
            "sha384" => {
                type $D = sha2::Sha384;
                Some($body)
            }
            "sha512" => {
                type $D = sha2::Sha512;
                Some($body)
            }
            "sha512-224" => {
                type $D = sha2::Sha512_224;
                Some($body)
            }
            "sha512-256" => {
                type $D = sha2::Sha512_256;
                Some($body)
            }
            _ => None,
        }
    };
}
pub(super) use with_digest;

/// A digest under way.
pub(super) trait Running {
    fn update(&mut self, bytes: &[u8]);
    fn finish(self: Box<Self>) -> Vec<u8>;
    fn duplicate(&self) -> Box<dyn Running>;
}

#[derive(Clone)]
struct Plain<D>(D);

impl<D: Digest + Clone + 'static> Running for Plain<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }

    fn duplicate(&self) -> Box<dyn Running> {
        Box::new(self.clone())
    }
}

#[derive(Clone)]
struct Keyed<M>(M);

impl<M: Mac + Clone + 'static> Running for Keyed<M> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().into_bytes().to_vec()
    }

    fn duplicate(&self) -> Box<dyn Running> {
        Box::new(self.clone())
    }
}

/// A digest of a canonical name (`sha256`).
pub(super) fn hash(algorithm: &str) -> Option<Box<dyn Running>> {
    with_digest!(algorithm, D => Box::new(Plain(D::new())) as Box<dyn Running>)
}

/// An HMAC over the digest of a canonical name.
pub(super) fn hmac(algorithm: &str, key: &[u8]) -> Option<Box<dyn Running>> {
    fn keyed<M: Mac + KeyInit + Clone + 'static>(key: &[u8]) -> Box<dyn Running> {
        Box::new(Keyed(<M as KeyInit>::new_from_slice(key).expect("an HMAC takes a key of any length")))
    }
    with_digest!(algorithm, D => keyed::<Hmac<D>>(key))
}

/// How many bytes the digest of a canonical name has.
pub(super) fn length(algorithm: &str) -> Option<usize> {
    with_digest!(algorithm, D => <D as Digest>::output_size())
}
