//! Errors of the network as Node shapes them.

use crate::node::coded_error;
use crate::ports::network::{NetworkError, REFUSED_CODE, SystemError, Target};
use rquickjs::{Ctx, Error, Object, Result};

/// Throws an error of the network port.
pub(super) fn thrown(ctx: &Ctx<'_>, error: &NetworkError) -> Error {
    let made = match error {
        NetworkError::Refused { explanation, .. } => coded_error(ctx, explanation, REFUSED_CODE, None),
        NetworkError::System(error) => of_system(ctx, error),
    };
    match made {
        Ok(error) => ctx.throw(error.into_value()),
        Err(error) => error,
    }
}

fn of_system<'js>(ctx: &Ctx<'js>, error: &SystemError) -> Result<Object<'js>> {
    let object = coded_error(ctx, &error.message, error.code, errno(error.code))?;
    if let Some(syscall) = error.syscall {
        object.set("syscall", syscall)?;
    }
    if let Some(hostname) = &error.hostname {
        object.set("hostname", hostname.as_str())?;
    }
    if let Some(address) = error.address {
        object.set("address", address.ip().to_string())?;
        object.set("port", address.port())?;
    }
    Ok(object)
}

/// What a connection throws that was closed while something waited on it.
pub(crate) fn reset_error(ctx: &Ctx<'_>) -> Error {
    thrown(ctx, &SystemError::of_stream("read", "ECONNRESET").into())
}

/// One connection more than an isolate may have.
pub(super) fn too_many(ctx: &Ctx<'_>, target: &Target) -> Error {
    let message = format!("connect EMFILE {}:{} - too many open connections", target.host, target.port);
    let error = SystemError { syscall: Some("connect"), ..SystemError::new("EMFILE", message) };
    thrown(ctx, &error.into())
}

/// The number that Node gives a code on Linux, where it has one.
fn errno(code: &str) -> Option<i32> {
    Some(match code {
        "EACCES" => -13,
        "EMFILE" => -24,
        "EPIPE" => -32,
        "EPROTO" => -71,
        "EADDRNOTAVAIL" => -99,
        "ENETUNREACH" => -101,
        "ECONNABORTED" => -103,
        "ECONNRESET" => -104,
        "ETIMEDOUT" => -110,
        "ECONNREFUSED" => -111,
        "EHOSTUNREACH" => -113,
        "EAI_AGAIN" => -3001,
        "ENOTFOUND" => -3008,
        _ => return None,
    })
}
