//! A GeoLite2-City or GeoIP2-City database as the [`GeoIp`] port.

use crate::ports::geoip::{GeoIp, LocateError};
use async_trait::async_trait;
use maxminddb::{MaxMindDbError, Reader};
use serde_json::{Map, Value};
use std::net::IpAddr;

/// The members of a record in the order of `@maxmind/geoip2-node`'s `City`: the name in the database, the name for apps.
/// `traits`, which every record has, stands between them and is added on its own.
const RECORDS_BEFORE_TRAITS: [(&str, &str); 5] = [
    ("continent", "continent"),
    ("country", "country"),
    ("maxmind", "maxmind"),
    ("registered_country", "registeredCountry"),
    ("represented_country", "representedCountry"),
];
const RECORDS_AFTER_TRAITS: [&str; 4] = ["city", "location", "postal", "subdivisions"];

/// The members of `traits` that are false where the database says nothing.
const BOOLEAN_TRAITS: [&str; 9] = [
    "isAnonymous",
    "isAnonymousProxy",
    "isAnonymousVpn",
    "isHostingProvider",
    "isLegitimateProxy",
    "isPublicProxy",
    "isResidentialProxy",
    "isSatelliteProvider",
    "isTorExitNode",
];

/// Why bytes are no database of places.
#[derive(Debug, thiserror::Error)]
pub enum GeoIpError {
    /// Not in MaxMind's format, or damaged.
    #[error("the geoip database cannot be read: give an unpacked .mmdb file")]
    Unreadable(#[source] MaxMindDbError),
    /// A database of something else, such as countries or networks.
    #[error("the geoip database is of type {database_type}: give one of cities, such as GeoLite2-City")]
    NotOfCities {
        /// What the database says it is.
        database_type: String,
    },
}

/// A database of cities, in memory or mapped into it: wherever the bytes are.
#[derive(Debug)]
pub struct GeoIpDatabase<S: AsRef<[u8]> = Vec<u8>> {
    reader: Reader<S>,
}

impl<S: AsRef<[u8]>> GeoIpDatabase<S> {
    /// Takes the content of an .mmdb file. Reads no more of it than its description, at its end.
    ///
    /// # Errors
    /// When the bytes are no such database or not one of cities; see [`GeoIpError`].
    pub fn from_bytes(bytes: S) -> Result<Self, GeoIpError> {
        let reader = Reader::from_source(bytes).map_err(GeoIpError::Unreadable)?;
        let database_type = &reader.metadata().database_type;
        if !database_type.contains("City") {
            return Err(GeoIpError::NotOfCities { database_type: database_type.clone() });
        }
        Ok(Self { reader })
    }

    /// The record of an address, as [`GeoIp::locate`] gives it. A damaged record counts as unknown: `meta.geoip.locate` never
    /// throws because of an address (case 163).
    pub fn find(&self, address: &str) -> Option<Value> {
        let found = self.reader.lookup(address.parse::<IpAddr>().ok()?).ok()?;
        let record = found.decode::<Map<String, Value>>().ok()??;
        Some(city(record, address, &found.network().ok()?.to_string()).into())
    }
}

#[async_trait]
impl<S: AsRef<[u8]> + Send + Sync> GeoIp for GeoIpDatabase<S> {
    async fn locate(&self, address: &str) -> Result<Option<Value>, LocateError> {
        Ok(self.find(address))
    }
}

/// A record in the shape of `@maxmind/geoip2-node` 3.5's `City` (behaviour.md b.5). Records that the database lacks are missing.
fn city(mut record: Map<String, Value>, address: &str, network: &str) -> Map<String, Value> {
    let mut city = Map::new();
    for (stored, shown) in RECORDS_BEFORE_TRAITS {
        if let Some(value) = record.remove(stored) {
            city.insert(shown.into(), in_camel_case(value));
        }
    }
    if let Some(registered) = city.get_mut("registeredCountry").and_then(Value::as_object_mut) {
        registered.entry("isInEuropeanUnion").or_insert(Value::Bool(false));
    }
    city.insert("traits".into(), traits(record.remove("traits"), address, network).into());
    for name in RECORDS_AFTER_TRAITS {
        if let Some(value) = record.remove(name) {
            city.insert(name.into(), in_camel_case(value));
        }
    }
    city
}

fn traits(stored: Option<Value>, address: &str, network: &str) -> Map<String, Value> {
    let mut traits = match stored.map(in_camel_case) {
        Some(Value::Object(traits)) => traits,
        _ => Map::new(),
    };
    for name in BOOLEAN_TRAITS {
        traits.entry(name).or_insert(Value::Bool(false));
    }
    traits.entry("ipAddress").or_insert_with(|| address.into());
    traits.entry("network").or_insert_with(|| network.into());
    traits
}

/// The value with `snake_case` keys in camelCase, at every depth. Keys with a hyphen are languages (`pt-BR`) and stay.
fn in_camel_case(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(key, member)| (if key.contains('-') { key } else { camel_case(&key) }, in_camel_case(member)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(elements) => elements.into_iter().map(in_camel_case).collect::<Vec<_>>().into(),
        other => other,
    }
}

fn camel_case(key: &str) -> String {
    let mut words = key.split('_').filter(|word| !word.is_empty());
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut characters = word.chars();
        camel.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(characters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn a_record_becomes_camel_case_except_for_languages() {
        let record = object(json!({
            "location": {"accuracy_radius": 76, "time_zone": "Europe/Stockholm"},
            "subdivisions": [{"iso_code": "E", "names": {"pt-BR": "Östergötland"}}],
            "registered_country": {"geoname_id": 1, "is_in_european_union": true},
        }));
        let city = city(record, "192.0.2.1", "192.0.2.0/24");
        assert_eq!(city["location"], json!({"accuracyRadius": 76, "timeZone": "Europe/Stockholm"}));
        assert_eq!(city["subdivisions"], json!([{"isoCode": "E", "names": {"pt-BR": "Östergötland"}}]));
        assert_eq!(city["registeredCountry"], json!({"geonameId": 1, "isInEuropeanUnion": true}));
        assert!(!city.contains_key("postal"));
    }

    #[test]
    fn traits_are_always_there_and_what_the_database_says_wins() {
        let record = object(json!({"traits": {"is_anonymous_vpn": true, "network": "192.0.2.0/28"}}));
        let traits = city(record, "192.0.2.1", "192.0.2.0/24").remove("traits").expect("always there");
        assert_eq!(traits["isAnonymousVpn"], json!(true));
        assert_eq!(traits["isTorExitNode"], json!(false));
        assert_eq!((&traits["ipAddress"], &traits["network"]), (&json!("192.0.2.1"), &json!("192.0.2.0/28")));
    }

    #[test]
    fn other_bytes_are_refused() {
        for bytes in [Vec::new(), b"not a database".to_vec(), b"\xab\xcd\xefMaxMind.com".to_vec()] {
            let error = GeoIpDatabase::from_bytes(bytes).expect_err("no database");
            assert_eq!(error.to_string(), "the geoip database cannot be read: give an unpacked .mmdb file");
        }
    }
}
