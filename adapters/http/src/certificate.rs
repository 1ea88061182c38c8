//! The few parts of a certificate that say who made it and how long it holds (RFC 5280, section 4.1).

use crate::verdict::Untrusted;
use rustls::pki_types::UnixTime;

const SEQUENCE: u8 = 0x30;
const EXPLICIT_VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Where those parts are.
pub(crate) struct Outline<'der> {
    pub(crate) issuer: &'der [u8],
    pub(crate) subject: &'der [u8],
    /// Seconds since 1970.
    not_before: u64,
    not_after: u64,
}

impl<'der> Outline<'der> {
    /// Finds them; `None` if this is no certificate.
    pub(crate) fn of(der: &'der [u8]) -> Option<Self> {
        let mut certificate = Reader(Reader(der).expect(SEQUENCE)?);
        let mut signed = Reader(certificate.expect(SEQUENCE)?);
        let (first, _) = signed.next()?;
        if first == EXPLICIT_VERSION {
            signed.next()?; // the serial number
        }
        signed.expect(SEQUENCE)?; // the algorithm
        let issuer = signed.expect(SEQUENCE)?;
        let mut validity = Reader(signed.expect(SEQUENCE)?);
        let (not_before, not_after) = (validity.time()?, validity.time()?);
        let subject = signed.expect(SEQUENCE)?;
        Some(Self { issuer, subject, not_before, not_after })
    }

    /// Whether it holds at that time.
    pub(crate) fn check_time(&self, now: UnixTime) -> Result<(), Untrusted> {
        if now.as_secs() < self.not_before {
            Err(Untrusted::NotYetValid)
        } else if now.as_secs() > self.not_after {
            Err(Untrusted::Expired)
        } else {
            Ok(())
        }
    }
}

/// Elements of DER, one after the other.
struct Reader<'der>(&'der [u8]);

impl<'der> Reader<'der> {
    /// The tag and the content of the next element.
    fn next(&mut self) -> Option<(u8, &'der [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let count = usize::from(first & 0x7f);
            let (bytes, rest) = rest.split_at_checked(count)?;
            let add = |length: usize, byte: &u8| length.checked_mul(256)?.checked_add(usize::from(*byte));
            (bytes.iter().try_fold(0, add)?, rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn expect(&mut self, expected: u8) -> Option<&'der [u8]> {
        self.next().filter(|(tag, _)| *tag == expected).map(|(_, content)| content)
    }

    /// A time in seconds since 1970.
    fn time(&mut self) -> Option<u64> {
        let (tag, text) = self.next()?;
        let text = std::str::from_utf8(text).ok()?;
        let (year, rest) = match tag {
            UTC_TIME => {
                let (year, rest) = text.split_at_checked(2)?;
                let year: i64 = year.parse().ok()?;
                (if year < 50 { 2000 + year } else { 1900 + year }, rest)
            }
            GENERALIZED_TIME => {
                let (year, rest) = text.split_at_checked(4)?;
                (year.parse().ok()?, rest)
            }
            _ => return None,
        };
        let part = |index: usize| rest.get(index * 2..index * 2 + 2)?.parse::<i64>().ok();
        let days = days_since_1970(year, part(0)?, part(1)?);
        let seconds = days * 86_400 + part(2)? * 3600 + part(3)? * 60 + part(4)?;
        Some(u64::try_from(seconds).unwrap_or(0))
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::{Outline, days_since_1970};
    use crate::verdict::Untrusted;
    use rustls::pki_types::UnixTime;
    use std::time::Duration;

    const ROOT: &[u8] = include_bytes!("../tests/certificates/root.der");
    const VALID: &[u8] = include_bytes!("../tests/certificates/valid.der");
    const EXPIRED: &[u8] = include_bytes!("../tests/certificates/expired.der");

    #[test]
    fn days_are_counted_through_leap_years() {
        let table = [((1970, 1, 1), 0), ((2000, 2, 29), 11_016), ((2000, 3, 1), 11_017), ((2026, 11, 23), 20_780)];
        for ((year, month, day), expected) in table {
            assert_eq!(days_since_1970(year, month, day), expected, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn a_root_is_its_own_issuer_and_others_name_it() {
        let (root, valid) = (Outline::of(ROOT).unwrap(), Outline::of(VALID).unwrap());
        assert_eq!(root.issuer, root.subject);
        assert_eq!(valid.issuer, root.subject);
        assert_ne!(valid.subject, root.subject);
        assert!(Outline::of(&ROOT[..40]).is_none());
    }

    #[test]
    fn a_certificate_holds_between_its_dates() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        assert_eq!(Outline::of(EXPIRED).unwrap().check_time(UnixTime::now()), Err(Untrusted::Expired));
        let valid = Outline::of(VALID).unwrap();
        assert_eq!(valid.check_time(UnixTime::now()), Ok(()));
        assert_eq!(valid.check_time(at(1)), Err(Untrusted::NotYetValid));
    }
}
