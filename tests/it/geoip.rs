//! A database of places, as apps see it.

use runtime_core::extensions::geoip::{GeoIpDatabase, GeoIpError};
use serde_json::json;
use tests::mmdb;

#[test]
fn a_record_has_the_shape_that_the_reference_gives_it() {
    let database = GeoIpDatabase::from_bytes(mmdb::cities()).expect("a database of cities");
    let expected = json!({
        "continent": {"code": "EU", "geonameId": 6_255_148, "names": {"en": "Europe"}},
        "country": {"geonameId": 2_661_886, "isInEuropeanUnion": true, "isoCode": "SE", "names": {"en": "Sweden", "pt-BR": "Suécia"}},
        "registeredCountry": {"geonameId": 2_921_044, "isInEuropeanUnion": false, "isoCode": "DE", "names": {"en": "Germany"}},
        "traits": {
            "isAnonymous": false, "isAnonymousProxy": false, "isAnonymousVpn": false, "isHostingProvider": false,
            "isLegitimateProxy": false, "isPublicProxy": false, "isResidentialProxy": false, "isSatelliteProvider": false,
            "isTorExitNode": false, "ipAddress": "89.160.20.129", "network": "89.160.20.128/25",
        },
        "city": {"geonameId": 2_694_762, "names": {"en": "Linköping"}},
        "location": {"accuracyRadius": 76, "latitude": 58.4167, "longitude": 15.6167, "timeZone": "Europe/Stockholm"},
        "subdivisions": [{"geonameId": 2_685_867, "isoCode": "E", "names": {"en": "Östergötland County"}}],
    });
    assert_eq!(database.find("89.160.20.129"), Some(expected));
}

#[test]
fn addresses_of_both_families_are_found_by_their_network() {
    let database = GeoIpDatabase::from_bytes(mmdb::cities()).expect("a database of cities");
    let network = |address| database.find(address).map(|city| city["traits"]["network"].clone());
    assert_eq!(network("89.160.20.255"), Some(json!("89.160.20.128/25")));
    assert_eq!(network("2001:db8:1::1"), Some(json!("2001:db8::/32")));
    for unknown in
        ["89.160.20.127", "127.0.0.1", "10.0.0.1", "::1", "2001:db9::1", "", "localhost", "89.160.20", "089.160.20.129"]
    {
        assert_eq!(network(unknown), None, "{unknown}");
    }
}

#[test]
fn a_database_of_something_else_is_refused() {
    let countries = mmdb::database("GeoLite2-Country", &[("192.0.2.0", 24, json!({"country": {"iso_code": "SE"}}))]);
    let error = GeoIpDatabase::from_bytes(countries).expect_err("not of cities");
    assert!(
        matches!(&error, GeoIpError::NotOfCities { database_type } if database_type == "GeoLite2-Country"),
        "{error}"
    );
}
