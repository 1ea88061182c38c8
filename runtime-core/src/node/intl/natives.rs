//! What the JavaScript of Intl may call.

use crate::node::intl::archive::entry;
use crate::node::intl::civil::Zone;
use crate::node::intl::collation::{CollationOptions, Order};
use crate::node::intl::date_format::DateFormat;
use crate::node::intl::date_options::DateOptions;
use crate::node::intl::decimal::Quantity;
use crate::node::intl::number_format::NumberFormat;
use crate::node::intl::number_options::NumberOptions;
use crate::node::intl::words::Words;
use crate::node::intl::zone_names::canonical_name;
use crate::node::intl::{currency, locale, plural};
use crate::node::registry::native;
use rquickjs::{Ctx, Exception, Object, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;

/// Adds the natives to the object that the sources of Intl get. Options and answers of several values are JSON.
pub(in crate::node) fn natives(object: &Object<'_>) -> Result<()> {
    native(object, "canonicalLocale", |tag: String| locale::canonical(&tag))?;
    native(object, "negotiate", |tags: Vec<String>| json(&locale::negotiate(&tags)))?;
    native(object, "isSupportedLocale", |tag: String| locale::is_supported(&tag))?;
    native(object, "supportedLocales", locale::supported)?;
    native(object, "timeZone", |name: String| Zone::find(&name).map(|zone| canonical_name(&zone.name)))?;
    native(object, "currencyDigits", |code: String| currency::digits(&code))?;
    native(object, "pluralCategories", |data: String, kind: String| plural::categories(&data, &kind))?;
    native(object, "listPatterns", |data: String, name: String| {
        words(&data).lists.get(&name).map(|list| list.to_vec())
    })?;
    native(object, "relativePatterns", |data: String, name: String| words(&data).relative.get(&name).map(json))?;
    native(object, "hasUnit", |data: String, unit: String| {
        words(&data).units.get("long").is_some_and(|units| units.contains_key(&unit))
    })?;
    native(object, "dateFormat", date_format)?;
    native(object, "numberFormat", number_format)?;
    native(object, "collator", collator)
}

fn words(data: &str) -> std::sync::Arc<Words> {
    entry(&format!("{data}/words"))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("maps with text as keys are JSON")
}

fn read<T: DeserializeOwned>(ctx: &Ctx<'_>, options: &str) -> Result<T> {
    serde_json::from_str(options).map_err(|error| {
        Exception::throw_message(ctx, &format!("the options of Intl are not what was checked: {error}"))
    })
}

/// An object with `resolved`, JSON, and the functions `text(milliseconds)` and `parts(milliseconds)`, which give `undefined`
/// where the name of the time zone would be one that we do not have.
#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn date_format<'js>(ctx: Ctx<'js>, options: String) -> Result<Object<'js>> {
    let options: DateOptions = read(&ctx, &options)?;
    let zone = Zone::find(&options.time_zone)
        .ok_or_else(|| Exception::throw_range(&ctx, &format!("Invalid time zone specified: {}", options.time_zone)))?;
    let format = Rc::new(DateFormat::new(&options, zone));
    let object = Object::new_proto(ctx, None)?;
    object.set("resolved", json(&format.resolved()))?;
    let texts = Rc::clone(&format);
    native(&object, "text", move |time: f64| texts.parts(whole(time)).map(|parts| parts.date_text()))?;
    native(&object, "parts", move |time: f64| format.parts(whole(time)).map(super::parts::Parts::flat))?;
    Ok(object)
}

#[expect(clippy::cast_possible_truncation, reason = "the time of a Date is a whole number below 2^53")]
fn whole(time: f64) -> i64 {
    time as i64
}

/// An object with the functions `text(number)`, `parts(number)` and `plural(number, type)`; a number is text.
#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn number_format<'js>(ctx: Ctx<'js>, options: String) -> Result<Object<'js>> {
    let options: NumberOptions = read(&ctx, &options)?;
    let format = Rc::new(NumberFormat::new(options));
    let object = Object::new_proto(ctx, None)?;
    let (texts, plurals) = (Rc::clone(&format), Rc::clone(&format));
    native(&object, "text", move |number: String| texts.parts(&Quantity::parse(&number)).text())?;
    native(&object, "parts", move |number: String| format.parts(&Quantity::parse(&number)).flat())?;
    native(&object, "plural", move |number: String, kind: String| plurals.plural(&Quantity::parse(&number), &kind))?;
    Ok(object)
}

/// An object with the function `compare(left, right)`.
#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn collator<'js>(ctx: Ctx<'js>, options: String) -> Result<Object<'js>> {
    let options: CollationOptions = read(&ctx, &options)?;
    let order = Order::new(&options)
        .ok_or_else(|| Exception::throw_message(&ctx, &format!("there is no order of texts for {}", options.locale)))?;
    let object = Object::new_proto(ctx, None)?;
    native(&object, "compare", move |left: String, right: String| order.compare(&left, &right))?;
    Ok(object)
}
