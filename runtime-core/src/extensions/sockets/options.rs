//! The options that the Node layer gives, as the ports take them.

use super::Sockets;
use crate::ports::network::{Family, NameCheck, Target, TlsOptions, Verification};
use rquickjs::{Object, Result};

/// Node's number of a family of addresses.
pub(super) fn family(number: Option<u8>) -> Family {
    match number {
        Some(4) => Family::V4,
        Some(6) => Family::V6,
        _ => Family::Any,
    }
}

/// `{ host, port, family }`
pub(super) fn target(sockets: &Sockets, given: &Object<'_>) -> Result<Target> {
    Ok(sockets.target(given.get("host")?, given.get("port")?, family(given.get("family")?)))
}

/// `{ servername, ca, cert, key, rejectUnauthorized, alpnProtocols, checkServerName }`, each of which may be missing.
pub(super) fn tls(given: &Object<'_>) -> Result<TlsOptions> {
    let is_off = |name: &str| given.get::<_, Option<bool>>(name).map(|value| value == Some(false));
    Ok(TlsOptions {
        server_name: given.get::<_, Option<String>>("servername")?.filter(|name| !name.is_empty()),
        authorities: given.get("ca")?,
        certificate: given.get("cert")?,
        key: given.get("key")?,
        verification: if is_off("rejectUnauthorized")? { Verification::Reported } else { Verification::Required },
        name_check: if is_off("checkServerName")? { NameCheck::LeftToCaller } else { NameCheck::Verified },
        alpn_protocols: given.get::<_, Option<Vec<String>>>("alpnProtocols")?.unwrap_or_default(),
    })
}
