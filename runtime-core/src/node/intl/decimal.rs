//! A decimal number of any length: what `format` was given, digit by digit, as rounding a binary one would differ from Node.

use serde::Deserialize;

/// A finite number: its digits, without zeros in front, times a power of ten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) negative: bool,
    /// From 0 to 9, the first is not 0; none for zero.
    digits: Vec<u8>,
    /// The power of ten of the last digit.
    scale: i32,
}

/// A number as JavaScript has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Quantity {
    NotANumber,
    Infinite { negative: bool },
    Finite(Decimal),
}

/// The option `roundingMode`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum RoundingMode {
    Ceil,
    Floor,
    Expand,
    Trunc,
    HalfCeil,
    HalfFloor,
    #[default]
    HalfExpand,
    HalfTrunc,
    HalfEven,
}

impl Quantity {
    /// From the text of a number as JavaScript writes it: `-1.5e-7`, `-0`, `NaN`, `-Infinity`, or of any more digits.
    pub(super) fn parse(text: &str) -> Self {
        let (negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if magnitude == "Infinity" {
            return Self::Infinite { negative };
        }
        Decimal::parse(magnitude, negative).map_or(Self::NotANumber, Self::Finite)
    }
}

impl Decimal {
    fn parse(magnitude: &str, negative: bool) -> Option<Self> {
        let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = Vec::with_capacity(whole.len() + fraction.len());
        for character in whole.chars().chain(fraction.chars()) {
            digits.push(u8::try_from(character.to_digit(10)?).expect("a digit is below ten"));
        }
        if digits.is_empty() {
            return None;
        }
        let exponent: i32 = exponent.parse().ok()?;
        let mut decimal = Self { negative, digits, scale: exponent.checked_sub(i32::try_from(fraction.len()).ok()?)? };
        decimal.trim();
        Some(decimal)
    }

    fn trim(&mut self) {
        let zeros = self.digits.iter().take_while(|&&digit| digit == 0).count();
        self.digits.drain(..zeros);
        while self.digits.last() == Some(&0) {
            self.digits.pop();
            self.scale += 1;
        }
        if self.digits.is_empty() {
            self.scale = 0;
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The power of ten of the first digit; 0 for zero.
    pub(super) fn magnitude(&self) -> i32 {
        if self.is_zero() { 0 } else { self.scale + i32::try_from(self.digits.len()).unwrap_or(i32::MAX) - 1 }
    }

    /// The number times a power of ten.
    pub(super) fn times_ten(&self, power: i32) -> Self {
        let scale = if self.is_zero() { 0 } else { self.scale.saturating_add(power) };
        Self { scale, ..self.clone() }
    }

    /// The number as a multiple of ten to the power `at`.
    pub(super) fn rounded(&self, at: i32, mode: RoundingMode) -> Self {
        let dropped = usize::try_from(at.saturating_sub(self.scale)).unwrap_or(0);
        if dropped == 0 || self.is_zero() {
            return self.clone();
        }
        let kept = self.digits.len().saturating_sub(dropped);
        let mut result = Self { negative: self.negative, digits: self.digits[..kept].to_vec(), scale: at };
        // Where the first digit that goes is one in front of ours, it is a zero.
        let first = if dropped > self.digits.len() { 0 } else { self.digits[kept] };
        let more = dropped > self.digits.len() || self.digits[kept + 1..].iter().any(|&digit| digit != 0);
        let odd = result.digits.last().is_some_and(|digit| digit % 2 == 1);
        if goes_up(mode, self.negative, (first, more), odd) {
            result.increment();
        }
        result.trim();
        result
    }

    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
    }

    /// The digits before the point, at least one.
    pub(super) fn whole(&self) -> String {
        let whole: String = (0..=self.magnitude().max(0)).rev().map(|power| self.digit(power)).collect();
        whole
    }

    /// The digits after the point, at least that many.
    pub(super) fn fraction(&self, least: usize) -> String {
        let length = usize::try_from(-self.scale).unwrap_or(0).max(least);
        (1..=i32::try_from(length).unwrap_or(0)).map(|place| self.digit(-place)).collect()
    }

    fn digit(&self, power: i32) -> char {
        let from_last = power - self.scale;
        let index = usize::try_from(from_last).ok().and_then(|from_last| self.digits.len().checked_sub(from_last + 1));
        index.and_then(|index| self.digits.get(index)).map_or('0', |&digit| char::from(b'0' + digit))
    }
}

/// Whether what was dropped, a first digit and whether anything follows it, makes the rest one more.
fn goes_up(mode: RoundingMode, negative: bool, (first, more): (u8, bool), odd: bool) -> bool {
    let nothing = first == 0 && !more;
    let above_half = first > 5 || (first == 5 && more);
    let half = first == 5 && !more;
    match mode {
        RoundingMode::Ceil => !nothing && !negative,
        RoundingMode::Floor => !nothing && negative,
        RoundingMode::Expand => !nothing,
        RoundingMode::Trunc => false,
        RoundingMode::HalfCeil => above_half || (half && !negative),
        RoundingMode::HalfFloor => above_half || (half && negative),
        RoundingMode::HalfExpand => above_half || half,
        RoundingMode::HalfTrunc => above_half,
        RoundingMode::HalfEven => above_half || (half && odd),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(text: &str, at: i32, mode: RoundingMode) -> String {
        let Quantity::Finite(decimal) = Quantity::parse(text) else { return text.to_owned() };
        let decimal = decimal.rounded(at, mode);
        format!("{}{}.{}", if decimal.negative { "-" } else { "" }, decimal.whole(), decimal.fraction(0))
    }

    #[test]
    fn rounds_the_digits_that_javascript_shows() {
        use RoundingMode::{Ceil, Floor, HalfEven, HalfExpand, HalfTrunc, Trunc};
        for (text, at, mode, expected) in [
            ("1.005", -2, HalfExpand, "1.01"),
            ("999.995", -2, HalfExpand, "1000."),
            ("0.0005", -3, HalfExpand, "0.001"),
            ("0.0004", -3, HalfExpand, "0."),
            ("1e-7", -3, HalfExpand, "0."),
            ("1e21", 0, HalfExpand, "1000000000000000000000."),
            ("2.5", 0, HalfEven, "2."),
            ("3.5", 0, HalfEven, "4."),
            ("-2.5", 0, HalfTrunc, "-2."),
            ("-2.1", 0, Floor, "-3."),
            ("-2.1", 0, Ceil, "-2."),
            ("0.001", 0, Ceil, "1."),
            ("2.9", 0, Trunc, "2."),
            ("123456", 3, HalfExpand, "123000."),
            ("7", 2, HalfExpand, "0."),
        ] {
            assert_eq!(rounded(text, at, mode), expected, "{text} at {at} {mode:?}");
        }
    }

    #[test]
    fn what_is_no_finite_number() {
        assert_eq!(Quantity::parse("NaN"), Quantity::NotANumber);
        assert_eq!(Quantity::parse("-Infinity"), Quantity::Infinite { negative: true });
    }
}
