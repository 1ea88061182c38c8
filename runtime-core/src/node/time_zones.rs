//! The natives of `intl.js` for time zones: the IANA database, compiled in, so that every machine gives the same answer.

use crate::node::registry::native;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use rquickjs::{Object, Result};

/// What jiff calls a zone that is not known; the database of ECMAScript has no such name.
const UNKNOWN: &str = "Etc/Unknown";

/// Adds the natives to the object that `intl.js` gets.
pub(super) fn natives(object: &Object<'_>) -> Result<()> {
    native(object, "isTimeZone", |name: String| find(&name).is_some())?;
    native(object, "offsetSeconds", |name: String, milliseconds: f64| offset_seconds(&name, milliseconds))
}

/// The zone of that name, in any mix of upper and lower case.
fn find(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case(UNKNOWN) {
        return None;
    }
    TimeZoneDatabase::bundled().get(name).ok()
}

/// How far the zone is ahead of UTC at that time, in seconds; `None` for an unknown zone, and for a time outside of the years
/// -9999 to 9999.
#[expect(clippy::cast_possible_truncation, reason = "the time of a Date is a whole number below 2^53")]
fn offset_seconds(name: &str, milliseconds: f64) -> Option<i32> {
    let time = Timestamp::from_millisecond(milliseconds as i64).ok()?;
    Some(find(name)?.to_offset(time).seconds())
}
