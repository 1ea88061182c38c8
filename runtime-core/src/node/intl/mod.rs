//! The natives under `Intl`: dates, numbers, plurals, lists and the order of texts, in the locales that `data/generate.js`
//! names, as Node 20 prints them.
//!
//! JavaScript (`*.js` beside this file) reads and checks options as ECMA-402 says and hands them over as JSON; here they
//! meet CLDR. Everything is made at first use: an app without `Intl` loads none of it.

mod archive;
mod civil;
mod collation;
mod currency;
mod date_format;
mod date_options;
mod dates;
mod decimal;
mod fields;
mod locale;
mod natives;
mod notation;
mod number_format;
mod number_options;
mod numbers;
mod parts;
mod patterns;
mod plural;
mod rounding;
mod skeleton;
mod units;
mod words;
mod zone_names;

pub(super) use natives::natives;
