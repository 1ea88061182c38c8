//! What CloudWatch itself can leave out: a filter pattern over the members of a line.

use runtime_core::ports::app_logs::{LineQuery, LinesOf};
use runtime_core::telemetry::LogLevel;

const LEVELS: [LogLevel; 5] = [LogLevel::Debug, LogLevel::Log, LogLevel::Info, LogLevel::Warn, LogLevel::Error];
/// A pattern has at most 1,024 characters.
const LONGEST_SEARCH: usize = 200;

/// The pattern of a query. It lets through all that the query takes, and may let through more.
///
/// There is none for what functions say of themselves: the last words of a process are no JSON.
pub(super) fn of(query: &LineQuery) -> Option<String> {
    let whose = match query.of {
        LinesOf::AllApps => "($.source = \"*\")".to_owned(),
        LinesOf::App(installation) => format!("($.installation = {installation})"),
        LinesOf::Functions => return None,
    };
    let mut terms = vec![whose];
    if let Some(least) = query.least_level.filter(|least| *least > LogLevel::Debug) {
        let levels = LEVELS.iter().filter(|level| **level >= least);
        let levels: Vec<String> = levels.map(|level| format!("($.level = \"{}\")", level.name())).collect();
        terms.push(format!("({})", levels.join(" || ")));
    }
    if let Some(text) = query.search.as_deref().filter(|text| is_plain(text)) {
        terms.push(format!("($.message = \"*{text}*\")"));
    }
    Some(format!("{{ {} }}", terms.join(" && ")))
}

/// Whether a text means itself in a pattern. Quotes, backslashes and stars mean something else, and of other characters nobody
/// says what they do.
fn is_plain(text: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || " _-./:,=@".contains(character);
    !text.is_empty() && text.len() <= LONGEST_SEARCH && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::event::InstallationId;
    use runtime_core::ports::clock::Timestamp;

    fn query(of: LinesOf, least_level: Option<LogLevel>, search: Option<&str>) -> LineQuery {
        let search = search.map(str::to_owned);
        LineQuery { of, least_level, since: Timestamp(0), search, function: None, limit: 1 }
    }

    #[test]
    fn a_pattern_says_what_it_can_of_a_query() {
        let one = LinesOf::App(InstallationId(3));
        for (query, pattern) in [
            (query(LinesOf::AllApps, None, None), "{ ($.source = \"*\") }"),
            (query(one, Some(LogLevel::Debug), None), "{ ($.installation = 3) }"),
            (
                query(one, Some(LogLevel::Warn), Some("timed out")),
                "{ ($.installation = 3) && (($.level = \"warn\") || ($.level = \"error\")) && ($.message = \"*timed out*\") }",
            ),
            (query(one, None, Some("a\" || *")), "{ ($.installation = 3) }"),
        ] {
            assert_eq!(of(&query).as_deref(), Some(pattern));
        }
        assert_eq!(of(&query(LinesOf::Functions, Some(LogLevel::Warn), Some("x"))), None);
    }
}
