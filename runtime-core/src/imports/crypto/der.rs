//! Writing DER, byte for byte as OpenSSL does; reading is the crates' work.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CONTEXT: u8 = 0xa0;

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().position(|&byte| byte != 0).unwrap_or(length.len() - 1)..];
    if content.len() >= 0x80 {
        bytes.push(0x80 | u8::try_from(significant.len()).expect("a length has at most eight bytes"));
    }
    bytes.extend_from_slice(significant);
    bytes.extend_from_slice(content);
    bytes
}

pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// A number that is not negative, from its bytes, most significant first, with or without zeros before it.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len());
    let significant = &bytes[start..];
    let sign = significant.first().is_none_or(|&byte| byte >= 0x80);
    element(INTEGER, &[if sign { &[0][..] } else { &[] }, significant].concat())
}

pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    element(OCTET_STRING, bytes)
}

/// A string of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes].concat())
}

pub(super) fn null() -> Vec<u8> {
    element(NULL, &[])
}

/// An object identifier from its text (`1.2.840.10045.2.1`).
pub(super) fn oid(text: &str) -> Vec<u8> {
    let oid = pkcs8::ObjectIdentifier::new(text).expect("our object identifiers are well-formed");
    element(OBJECT_IDENTIFIER, oid.as_bytes())
}

/// `[number] EXPLICIT`.
pub(super) fn tagged(number: u8, content: &[u8]) -> Vec<u8> {
    element(CONTEXT | number, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        assert_eq!(octets(&[1; 127])[..2], [4, 127]);
        assert_eq!(octets(&[1; 128])[..3], [4, 0x81, 128]);
        assert_eq!(octets(&[1; 300])[..4], [4, 0x82, 1, 44]);
        assert_eq!(octets(&[]), [4, 0]);
    }

    #[test]
    fn integers_are_shortest_and_never_negative() {
        assert_eq!(integer(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0]), [2, 1, 0]);
        assert_eq!(oid("1.2.840.10045.3.1.7"), [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
    }
}
