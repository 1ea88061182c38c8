//! `Intl.NumberFormat`: a number to its parts.

use crate::node::intl::archive::entry;
use crate::node::intl::currency::{self, CurrencyDisplay};
use crate::node::intl::decimal::{Decimal, Quantity};
use crate::node::intl::notation::Sized;
use crate::node::intl::number_options::{Grouping, Notation, NumberOptions, SignDisplay, Style};
use crate::node::intl::numbers::{Affix, Numbers, Pattern, Sign};
use crate::node::intl::parts::Parts;
use crate::node::intl::plural;
use crate::node::intl::rounding::Digits;
use crate::node::intl::units;
use crate::node::intl::words::of_category;
use std::sync::Arc;

/// A formatter: everything is decided but the number.
#[derive(Debug)]
pub(super) struct NumberFormat {
    options: NumberOptions,
    numbers: Arc<Numbers>,
    pattern: Pattern,
    /// What `¤` stands for.
    symbol: String,
}

/// What decides on the sign of a number.
#[derive(Clone, Copy)]
struct Polarity {
    negative: bool,
    /// Also of what is no number.
    is_zero: bool,
}

/// What stands around the digits of a number.
struct Frame<'a> {
    sign: Sign,
    pattern: &'a Pattern,
    /// Whether the words of the pattern stand for a power of ten.
    is_compact: bool,
    plural_category: &'a str,
}

impl NumberFormat {
    pub(super) fn new(options: NumberOptions) -> Self {
        let numbers: Arc<Numbers> = entry(&format!("{}/numbers", options.data));
        let pattern = if options.is_percent() {
            &numbers.percent
        } else if options.has_symbol() && options.accounting && !options.own_pattern {
            &numbers.accounting
        } else if options.has_symbol() {
            &numbers.currency
        } else {
            &numbers.decimal
        };
        let pattern = Pattern::parse(pattern);
        let display = match options.currency_display {
            CurrencyDisplay::Name => CurrencyDisplay::Symbol,
            display => display,
        };
        let symbol = currency::symbol(&options.data, &options.currency, display);
        Self { options, numbers, pattern, symbol }
    }

    /// The parts of a number.
    pub(super) fn parts(&self, quantity: &Quantity) -> Parts {
        let symbols = &self.numbers.symbols;
        match quantity {
            Quantity::NotANumber => self.word("nan", &symbols.nan, Polarity { negative: false, is_zero: true }),
            Quantity::Infinite { negative } => {
                self.word("infinity", &symbols.infinity, Polarity { negative: *negative, is_zero: false })
            }
            Quantity::Finite(decimal) => self.finite(decimal),
        }
    }

    /// The plural category of a number as shown.
    pub(super) fn plural(&self, quantity: &Quantity, kind: &str) -> String {
        match quantity {
            Quantity::Finite(decimal) => plural::category(&self.options.data, kind, &self.sized(decimal).operands()),
            _ => "other".to_owned(),
        }
    }

    fn sized(&self, decimal: &Decimal) -> Sized {
        Sized::new(decimal, &self.options, &self.numbers)
    }

    /// A word where the digits would be.
    fn word(&self, kind: &'static str, text: &str, polarity: Polarity) -> Parts {
        let mut inner = Parts::default();
        inner.add(kind, text);
        let sign = self.sign(polarity);
        self.around(inner, &Frame { sign, pattern: &self.pattern, is_compact: false, plural_category: "other" })
    }

    fn finite(&self, decimal: &Decimal) -> Parts {
        let percent = if self.options.style == Style::Percent { 2 } else { 0 };
        let sized = self.sized(&decimal.times_ten(percent));
        let mut inner = Parts::default();
        self.add_digits(&mut inner, &sized.digits);
        if matches!(self.options.notation, Notation::Scientific | Notation::Engineering) {
            inner.add("exponentSeparator", &self.numbers.symbols.exponential);
            if sized.exponent < 0 {
                inner.add("exponentMinusSign", &self.numbers.symbols.minus_sign);
            }
            inner.add("exponentInteger", &sized.exponent.unsigned_abs().to_string());
        }
        let frame = Frame {
            sign: self.sign(Polarity { negative: decimal.negative, is_zero: sized.digits.decimal.is_zero() }),
            pattern: sized.pattern.as_ref().unwrap_or(&self.pattern),
            is_compact: sized.pattern.is_some(),
            plural_category: &plural::category(&self.options.data, "cardinal", &sized.operands()),
        };
        self.around(inner, &frame)
    }

    /// Puts sign, symbols and words around the digits.
    fn around(&self, digits: Parts, frame: &Frame<'_>) -> Parts {
        let (prefix, suffix) = frame.pattern.affixes(frame.sign);
        let text_kind = if frame.is_compact { "compact" } else { "literal" };
        let mut parts = Parts::default();
        self.add_affix(&mut parts, &prefix, text_kind);
        let stands_apart = |edge: Option<char>| edge.is_some_and(is_letter_like);
        if prefix.last() == Some(&Affix::Currency)
            && stands_apart(self.symbol.chars().next_back())
            && starts_with_digit(&digits)
        {
            parts.literal(&self.numbers.insert_between[1]);
        }
        if !frame.pattern.is_word {
            parts.append(digits);
        }
        let is_beside = suffix.first() == Some(&Affix::Currency) && !frame.is_compact;
        if is_beside && stands_apart(self.symbol.chars().next()) {
            parts.literal(&self.numbers.insert_between[0]);
        }
        self.add_affix(&mut parts, &suffix, text_kind);
        match self.options.style {
            Style::Currency if self.options.currency_display == CurrencyDisplay::Name => {
                let name = currency::name(&self.options.data, &self.options.currency, frame.plural_category);
                let pattern = of_category(&self.numbers.currency_unit, frame.plural_category);
                units::wrap(pattern, parts, ("currency", &name))
            }
            Style::Percent | Style::Unit if !self.options.is_percent() => {
                units::with_unit(&self.options, parts, frame.plural_category)
            }
            _ => parts,
        }
    }

    fn add_affix(&self, parts: &mut Parts, affix: &[Affix], text_kind: &'static str) {
        let symbols = &self.numbers.symbols;
        for piece in affix {
            match piece {
                Affix::Minus => parts.add("minusSign", &symbols.minus_sign),
                Affix::Plus => parts.add("plusSign", &symbols.plus_sign),
                Affix::Percent => parts.add(self.percent_kind(), &symbols.percent_sign),
                Affix::Currency => parts.add("currency", &self.symbol),
                Affix::Text(text) => units::add_words(parts, text, text_kind),
            }
        }
    }

    fn percent_kind(&self) -> &'static str {
        if self.options.style == Style::Unit { "unit" } else { "percentSign" }
    }

    fn sign(&self, polarity: Polarity) -> Sign {
        match (self.options.sign_display, polarity.negative) {
            (SignDisplay::Never, _) => Sign::None,
            (SignDisplay::ExceptZero | SignDisplay::Negative, _) if polarity.is_zero => Sign::None,
            (_, true) => Sign::Minus,
            (SignDisplay::Always | SignDisplay::ExceptZero, false) => Sign::Plus,
            (_, false) => Sign::None,
        }
    }

    fn add_digits(&self, parts: &mut Parts, digits: &Digits) {
        let symbols = &self.numbers.symbols;
        let money = self.options.style == Style::Currency;
        let group = if money { symbols.currency_group.as_ref() } else { None }.unwrap_or(&symbols.group);
        let decimal = if money { symbols.currency_decimal.as_ref() } else { None }.unwrap_or(&symbols.decimal);
        for (index, text) in self.groups(&digits.whole).iter().enumerate() {
            if index > 0 {
                parts.add("group", group);
            }
            parts.add("integer", text);
        }
        if !digits.fraction.is_empty() {
            parts.add("decimal", decimal);
            parts.add("fraction", &digits.fraction);
        }
    }

    fn groups<'a>(&self, whole: &'a str) -> Vec<&'a str> {
        let (last, before) = self.pattern.groups;
        let least = match self.options.grouping {
            Grouping::Never => return vec![whole],
            Grouping::Always => 1,
            Grouping::Auto => self.numbers.minimum_grouping_digits,
            Grouping::Min2 => self.numbers.minimum_grouping_digits.max(2),
        };
        if last == 0 || whole.len() < last + least {
            return vec![whole];
        }
        let (mut rest, tail) = whole.split_at(whole.len() - last);
        let mut groups = vec![tail];
        while rest.len() > before {
            let (head, group) = rest.split_at(rest.len() - before);
            groups.push(group);
            rest = head;
        }
        groups.push(rest);
        groups.reverse();
        groups
    }
}

/// Whether CLDR sets the character apart from a digit beside it: neither a symbol (`$`) nor a space.
fn is_letter_like(character: char) -> bool {
    let is_symbol = matches!(character, '$' | '+' | '<'..='>' | '^' | '`' | '|' | '~' | '¢'..='©' | '¬' | '®'..='±' | '´' | '¸' | '×' | '÷')
        || ('\u{20a0}'..='\u{20cf}').contains(&character)
        || ('\u{ffe0}'..='\u{ffe6}').contains(&character);
    !is_symbol && !character.is_whitespace()
}

fn starts_with_digit(parts: &Parts) -> bool {
    parts.0.first().is_some_and(|(kind, _)| *kind == "integer")
}
