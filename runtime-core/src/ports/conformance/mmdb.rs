//! Databases in MaxMind's format (<https://maxmind.github.io/MaxMind-DB/>), as small as a test needs them.

use serde_json::{Value, json};
use std::net::IpAddr;

/// Between the search tree and the data.
const SEPARATOR: [u8; 16] = [0; 16];
/// Before the metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";

/// What a side of a node leads to.
#[derive(Clone, Copy)]
enum Side {
    Nothing,
    Node(usize),
    Data(usize),
}

/// A database of that type, such as `GeoLite2-City`, with a record for each network (an address and the length of its
/// prefix). Networks may not overlap.
///
/// # Panics
/// When a network lies within an earlier one.
pub fn database(database_type: &str, networks: &[(&str, usize, Value)]) -> Vec<u8> {
    let mut nodes = vec![[Side::Nothing; 2]];
    let mut data = Vec::new();
    for (address, prefix_length, record) in networks {
        let address = address.parse().expect("an address");
        insert(&mut nodes, bits(address, *prefix_length), data.len());
        encode(&mut data, record);
    }
    let mut file = Vec::new();
    for side in nodes.iter().flatten() {
        let record = match side {
            Side::Node(index) => *index,
            Side::Nothing => nodes.len(),
            Side::Data(offset) => nodes.len() + SEPARATOR.len() + offset,
        };
        file.extend(u32::try_from(record).expect("a small file").to_be_bytes());
    }
    file.extend(SEPARATOR);
    file.append(&mut data);
    file.extend(MARKER);
    metadata(&mut file, database_type, nodes.len());
    file
}

/// Linköping as GeoLite2 has it: 89.160.20.128/25, without a postal code; and an address of IPv6, in a place without a name.
pub fn cities() -> Vec<u8> {
    let sweden = json!({"geoname_id": 2_661_886, "is_in_european_union": true, "iso_code": "SE", "names": {"en": "Sweden", "pt-BR": "Suécia"}});
    let linkoping = json!({
        "city": {"geoname_id": 2_694_762, "names": {"en": "Linköping"}},
        "continent": {"code": "EU", "geoname_id": 6_255_148, "names": {"en": "Europe"}},
        "country": sweden,
        "location": {"accuracy_radius": 76, "latitude": 58.4167, "longitude": 15.6167, "time_zone": "Europe/Stockholm"},
        "registered_country": {"geoname_id": 2_921_044, "iso_code": "DE", "names": {"en": "Germany"}},
        "subdivisions": [{"geoname_id": 2_685_867, "iso_code": "E", "names": {"en": "Östergötland County"}}],
    });
    database(
        "GeoLite2-City",
        &[("89.160.20.128", 25, linkoping), ("2001:db8::", 32, json!({"location": {"latitude": -1.5}}))],
    )
}

/// The bits of a network from the top; IPv4 lies in the lowest 32 bits of IPv6.
fn bits(address: IpAddr, prefix_length: usize) -> Vec<usize> {
    let (number, length) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), prefix_length + 96),
        IpAddr::V6(address) => (address.to_bits(), prefix_length),
    };
    (0..length).map(|depth| usize::from(number >> (127 - depth) & 1 == 1)).collect()
}

fn insert(nodes: &mut Vec<[Side; 2]>, mut bits: Vec<usize>, offset: usize) {
    let last = bits.pop().expect("a network shorter than everything");
    let mut node = 0;
    for bit in bits {
        node = match nodes[node][bit] {
            Side::Node(next) => next,
            Side::Data(_) => panic!("the network lies within an earlier one"),
            Side::Nothing => {
                nodes.push([Side::Nothing; 2]);
                nodes[node][bit] = Side::Node(nodes.len() - 1);
                nodes.len() - 1
            }
        };
    }
    nodes[node][last] = Side::Data(offset);
}

/// What a reader needs to know; readers insist on the exact width of each number.
fn metadata(file: &mut Vec<u8>, database_type: &str, node_count: usize) {
    let texts = json!({"database_type": database_type, "description": {"en": "for tests"}, "languages": ["en"]});
    let texts = texts.as_object().expect("an object");
    let numbers: [(&str, u8, &[u8]); 6] = [
        ("binary_format_major_version", types::UNSIGNED_16, &2_u16.to_be_bytes()),
        ("binary_format_minor_version", types::UNSIGNED_16, &0_u16.to_be_bytes()),
        ("build_epoch", types::UNSIGNED_64, &1_672_531_200_u64.to_be_bytes()),
        ("ip_version", types::UNSIGNED_16, &6_u16.to_be_bytes()),
        ("node_count", types::UNSIGNED_32, &u32::try_from(node_count).expect("a small tree").to_be_bytes()),
        ("record_size", types::UNSIGNED_16, &32_u16.to_be_bytes()),
    ];
    control(file, types::MAP, texts.len() + numbers.len());
    for (key, value) in texts {
        encode(file, &Value::String(key.clone()));
        encode(file, value);
    }
    for (key, kind, bytes) in numbers {
        encode(file, &Value::String(key.into()));
        control(file, kind, bytes.len());
        file.extend(bytes);
    }
}

/// Numbers of the format's data types.
mod types {
    pub const TEXT: u8 = 2;
    pub const DOUBLE: u8 = 3;
    pub const UNSIGNED_16: u8 = 5;
    pub const UNSIGNED_32: u8 = 6;
    pub const MAP: u8 = 7;
    pub const UNSIGNED_64: u8 = 9;
    pub const ARRAY: u8 = 11;
    pub const BOOLEAN: u8 = 14;
}

fn encode(data: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => panic!("the format has no null"),
        // The size of a boolean is its value.
        Value::Bool(is_true) => control(data, types::BOOLEAN, usize::from(*is_true)),
        Value::Number(number) => match number.as_u64().and_then(|number| u32::try_from(number).ok()) {
            Some(number) => {
                control(data, types::UNSIGNED_32, 4);
                data.extend(number.to_be_bytes());
            }
            None => {
                control(data, types::DOUBLE, 8);
                data.extend(number.as_f64().expect("a JSON number").to_be_bytes());
            }
        },
        Value::String(text) => {
            control(data, types::TEXT, text.len());
            data.extend(text.as_bytes());
        }
        Value::Array(elements) => {
            control(data, types::ARRAY, elements.len());
            elements.iter().for_each(|element| encode(data, element));
        }
        Value::Object(members) => {
            control(data, types::MAP, members.len());
            for (key, member) in members {
                encode(data, &Value::String(key.clone()));
                encode(data, member);
            }
        }
    }
}

/// The type and the size of a field; the larger types have a byte of their own.
fn control(data: &mut Vec<u8>, kind: u8, size: usize) {
    let size = u8::try_from(size).expect("a small field");
    let direct = size.min(29);
    if kind <= 7 {
        data.push(kind << 5 | direct);
    } else {
        data.extend([direct, kind - 7]);
    }
    if direct == 29 {
        data.push(size - 29);
    }
}
