//! JavaScript's `String(value)` for JSON values: how PostHog turns a `distinct_id` of any type into text.

use serde_json::{Number, Value};

/// What `String(value)` gives in JavaScript for a value that came out of `JSON.parse`.
pub(crate) fn js_string(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => js_number(number),
        Value::String(text) => text.clone(),
        Value::Array(elements) => elements
            .iter()
            .map(|element| if element.is_null() { String::new() } else { js_string(element) })
            .collect::<Vec<_>>()
            .join(","),
        Value::Object(_) => "[object Object]".to_owned(),
    }
}

/// Whether JavaScript takes the value for true.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// The text of a number as JavaScript prints it. Integers beyond 2^53 lose their last digits there, and so they do here.
fn js_number(number: &Number) -> String {
    let Some(float) = number.as_f64() else { return number.to_string() };
    if float == 0.0 {
        return "0".to_owned();
    }
    let (sign, magnitude) = if float < 0.0 { ("-", -float) } else { ("", float) };
    // Rust prints the shortest digits that read back as the same number, which is what ECMAScript asks for; only where the
    // point goes differs.
    let scientific = format!("{magnitude:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific.as_str(), "0"));
    let digits = mantissa.replace('.', "");
    let point = exponent.parse::<i32>().unwrap_or_default() + 1;
    format!("{sign}{}", place_point(&digits, point))
}

/// Writes `0.DIGITS * 10^point` by the rules of ECMAScript's Number::toString.
fn place_point(digits: &str, point: i32) -> String {
    let count = i32::try_from(digits.len()).expect("a shortest float has at most 17 digits");
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    if (count..=21).contains(&point) {
        return format!("{digits}{}", zeros(point - count));
    }
    if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or_default());
        return format!("{whole}.{fraction}");
    }
    if (-5..=0).contains(&point) {
        return format!("0.{}{digits}", zeros(-point));
    }
    let exponent = point - 1;
    let sign = if exponent < 0 { '-' } else { '+' };
    let (first, rest) = digits.split_at(1);
    let fraction = if rest.is_empty() { String::new() } else { format!(".{rest}") };
    format!("{first}{fraction}e{sign}{}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_read_as_javascript_prints_them() {
        for (json, expected) in [
            ("5", "5"),
            ("-0", "0"),
            ("5.0", "5"),
            ("0.1", "0.1"),
            ("123.456", "123.456"),
            ("1e21", "1e+21"),
            ("1e20", "100000000000000000000"),
            ("1.5e300", "1.5e+300"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
            ("-1.25e-9", "-1.25e-9"),
            ("9007199254740993", "9007199254740992"),
            ("18446744073709551615", "18446744073709552000"),
            ("true", "true"),
            ("\"x\"", "x"),
            ("[1,null,[2,\"a\"]]", "1,,2,a"),
            ("{\"a\":1}", "[object Object]"),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(js_string(&value), expected, "String({json})");
        }
    }

    #[test]
    fn empty_text_and_zero_are_not_truthy() {
        assert!(!is_truthy(&json!("")) && !is_truthy(&json!(0)) && !is_truthy(&json!(null)));
        assert!(is_truthy(&json!("0")) && is_truthy(&json!([])) && is_truthy(&json!({})));
    }
}
