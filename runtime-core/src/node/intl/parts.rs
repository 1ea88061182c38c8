//! A formatted text in its parts: what `formatToParts` gives, and put together what `format` does.

/// Parts in order: (type, text).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts(pub(super) Vec<(&'static str, String)>);

/// Between a time and its AM or PM in CLDR; V8 prints a common space, as much code expects one, but in parts.
const NARROW_SPACE: char = '\u{202f}';

impl Parts {
    /// Adds a part, unless it is empty.
    pub(super) fn add(&mut self, kind: &'static str, text: &str) {
        if !text.is_empty() {
            self.0.push((kind, text.to_owned()));
        }
    }

    /// Adds text that is no field, to the literal before it if there is one.
    pub(super) fn literal(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(("literal", before)) => before.push_str(text),
            _ => self.add("literal", text),
        }
    }

    /// Adds all parts of another text.
    pub(super) fn append(&mut self, other: Self) {
        for (kind, text) in other.0 {
            if kind == "literal" { self.literal(&text) } else { self.add(kind, &text) }
        }
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The whole text of a date, whose narrow no-break spaces are common ones.
    pub(super) fn date_text(&self) -> String {
        self.text().replace(NARROW_SPACE, " ")
    }

    /// Type, text, type, text, … for JavaScript.
    pub(super) fn flat(self) -> Vec<String> {
        self.0.into_iter().flat_map(|(kind, text)| [kind.to_owned(), text]).collect()
    }
}
