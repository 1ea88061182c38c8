//! What a line of a function's log is.

use runtime_core::ports::app_logs::{FunctionLog, LogLine};
use runtime_core::ports::clock::Timestamp;
use runtime_core::telemetry::LogLevel;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Lines of Lambda about every invocation and environment. Why one ended badly is said by others.
const OF_LAMBDA: [&str; 5] = ["START RequestId:", "END RequestId:", "REPORT RequestId:", "INIT_START ", "EXTENSION\t"];

/// Reads a line; none of metrics, and none that Lambda writes whatever happens.
pub(super) fn read(text: &str, written: Timestamp) -> Option<LogLine> {
    let text = text.trim_end();
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => of_object(members, written),
        _ if text.is_empty() || OF_LAMBDA.iter().any(|start| text.starts_with(start)) => None,
        // The last words of a process, or Lambda's of its end.
        _ => Some(LogLine::Function(FunctionLog {
            timestamp: written,
            level: LogLevel::Error,
            message: text.to_owned(),
        })),
    }
}

fn of_object(mut members: Map<String, Value>, written: Timestamp) -> Option<LogLine> {
    if members.contains_key("source") {
        return serde_json::from_value(Value::Object(members)).ok().map(LogLine::App);
    }
    if members.contains_key("_aws") || members.contains_key("metric") {
        return None;
    }
    let level = match members.remove("level")?.as_str()? {
        "ERROR" => LogLevel::Error,
        "WARN" => LogLevel::Warn,
        "INFO" => LogLevel::Info,
        _ => LogLevel::Debug,
    };
    let mut message = match members.remove("message") {
        Some(Value::String(message)) => message,
        _ => String::new(),
    };
    for (key, value) in members.iter().filter(|(key, _)| !matches!(key.as_str(), "timestamp" | "span" | "spans")) {
        write!(message, " {key}={value}").expect("a String takes everything");
    }
    Some(LogLine::Function(FunctionLog { timestamp: written, level, message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `functions/common/src/telemetry.rs` writes it.
    const OF_APP: &str = r#"{"timestamp":5,"installation":3,"team":2,"app":"Demo","source":"CONSOLE","level":"warn","message":"hi","event_uuid":null}"#;

    fn function(text: &str) -> Option<(LogLevel, String)> {
        match read(text, Timestamp(9)) {
            Some(LogLine::Function(line)) => Some((line.level, line.message)),
            Some(LogLine::App(line)) => panic!("{line:?}"),
            None => None,
        }
    }

    #[test]
    fn a_line_about_an_app_is_known() {
        let Some(LogLine::App(line)) = read(&format!("{OF_APP}\n"), Timestamp(9)) else { panic!("it is of an app") };
        assert_eq!((line.installation.0, line.timestamp, line.message.as_str()), (3, Timestamp(5), "hi"));
        assert_eq!(line.level, LogLevel::Warn);
    }

    #[test]
    fn a_function_has_a_level_and_says_more_than_its_message() {
        let line = r#"{"level":"INFO","message":"another revision","revision":3,"span":{"name":"x"}}"#;
        assert_eq!(function(line), Some((LogLevel::Info, "another revision revision=3".to_owned())));
        let last_words = "RequestId: 1 Error: Runtime exited with error: signal: killed";
        assert_eq!(function(last_words), Some((LogLevel::Error, last_words.to_owned())));
    }

    #[test]
    fn metrics_and_what_lambda_always_says_are_left_out() {
        for line in [
            "",
            "REPORT RequestId: 1\tDuration: 3 ms",
            "START RequestId: 1 Version: $LATEST",
            r#"{"_aws":{},"installation":"1"}"#,
            r#"{"metric":{"installation":1}}"#,
        ] {
            assert_eq!(function(line), None, "{line}");
        }
    }
}
