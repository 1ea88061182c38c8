//! `hedgerow metrics`: how often apps' functions ran, how that ended and how long it took; and apps' own metrics.

use crate::arguments::{MetricsArguments, PlaceArguments};
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::names::Names;
use crate::records::Records;
use crate::table;
use runtime_core::ports::app_metrics::{FoundMetrics, MetricsQuery};
use runtime_core::ports::clock::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Counts, in the order of the table, with the heads of their columns.
const COUNTS: [(&str, &str); 6] = [
    ("calls", "CALLS"),
    ("successes", "OK"),
    ("successes_on_retry", "OK LATER"),
    ("retries", "RETRIES"),
    ("failures", "FAILED"),
    ("dropped", "DROPPED"),
];

/// Runs the command.
pub async fn metrics(arguments: &MetricsArguments) -> Result<Outcome, Unusable> {
    let records = Records::open(&arguments.place).await?;
    let installation = arguments.app.as_deref().map(|app| records.names.installation(app)).transpose()?;
    let until = records.clock.now();
    let since = arguments.since.time(until);
    let query = MetricsQuery { installation, since, until };
    let found = records.metrics.read(&query).await.map_err(Unusable::new)?;
    if arguments.json {
        console::line(to_json(&found, &query, &records.names));
    } else if found == FoundMetrics::default() {
        tell_nothing(&arguments.place, since);
    } else {
        tell(&found, &records.names);
    }
    Ok(Outcome::Success)
}

fn tell_nothing(place: &PlaceArguments, since: Timestamp) {
    let hint = if let Some(stack) = &place.stack {
        format!(
            "CloudWatch has nothing in the namespace hedgerow/{stack}: check that events arrive, that apps are enabled \
             (`hedgerow apps list --stack {stack}`), and what `hedgerow logs --system --stack {stack}` says; counts come \
             up to two minutes late"
        )
    } else {
        "`hedgerow run --state DIR` counts; check that it had events of the apps' team".to_owned()
    };
    console::note(format_args!("nothing was counted since {since}; give an earlier --since ({hint})"));
}

type Sums = BTreeMap<String, f64>;

fn sum(sums: &Sums, name: &str) -> f64 {
    sums.get(name).copied().unwrap_or(0.0)
}

/// Of a call; none if there was none. A sum that is not there is 0: stores leave out what did not happen.
fn mean(sums: &Sums, name: &str, scale: f64) -> Option<f64> {
    let calls = sum(sums, "calls");
    (calls > 0.0).then(|| (sum(sums, name) * scale / calls * 1_000.0).round() / 1_000.0)
}

fn tell(found: &FoundMetrics, names: &Names) {
    if !found.calls.is_empty() {
        let has_host_calls = found.calls.values().any(|sums| sums.contains_key("host_calls"));
        let mut head: Vec<String> = ["APP", "FUNCTION"].map(str::to_owned).into();
        head.extend(COUNTS.map(|(_, head)| head.to_owned()));
        head.extend(["MEAN MS", "MEAN CPU MS"].map(str::to_owned));
        head.extend(has_host_calls.then(|| "HOST CALLS".to_owned()));
        let mut rows = vec![head];
        for ((installation, function), sums) in &found.calls {
            let mut row = vec![names.shown(*installation), function.clone()];
            row.extend(COUNTS.map(|(name, _)| number(sum(sums, name)).to_string()));
            for mean in [mean(sums, "duration_ms", 1.0), mean(sums, "cpu_us", 0.001)] {
                row.push(mean.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.1}")));
            }
            row.extend(has_host_calls.then(|| number(sum(sums, "host_calls")).to_string()));
            rows.push(row);
        }
        table::print(rows);
    }
    if !found.own.is_empty() {
        if !found.calls.is_empty() {
            console::line("");
        }
        let mut rows = vec![["APP", "ITS OWN METRIC", "KIND", "VALUE"].map(str::to_owned).to_vec()];
        rows.extend(found.own.iter().map(|(metric, value)| {
            let kind = kind(&metric.operation).to_owned();
            vec![names.shown(metric.installation), metric.name.clone(), kind, number(*value).to_string()]
        }));
        table::print(rows);
    }
}

fn to_json(found: &FoundMetrics, query: &MetricsQuery, names: &Names) -> Value {
    let functions = found.calls.iter().map(|((installation, function), sums)| {
        let mut row = Map::new();
        row.insert("installation".to_owned(), json!(installation));
        row.insert("slug".to_owned(), json!(names.name(*installation)));
        row.insert("function".to_owned(), json!(function));
        let always = COUNTS.iter().map(|(name, _)| *name).chain(["duration_ms", "cpu_us"]);
        row.extend(always.map(|name| (name.to_owned(), number(sum(sums, name)))));
        // Whatever else is counted.
        row.extend(sums.iter().map(|(name, sum)| (name.clone(), number(*sum))));
        row.insert("mean_duration_ms".to_owned(), json!(mean(sums, "duration_ms", 1.0)));
        row.insert("mean_cpu_ms".to_owned(), json!(mean(sums, "cpu_us", 0.001)));
        Value::Object(row)
    });
    let own = found.own.iter().map(|(metric, value)| {
        let slug = names.name(metric.installation);
        json!({ "installation": metric.installation, "slug": slug, "name": metric.name, "kind": kind(&metric.operation), "value": number(*value) })
    });
    json!({
        "since": query.since.to_string(),
        "until": query.until.to_string(),
        "functions": Value::from_iter(functions),
        "own_metrics": Value::from_iter(own),
    })
}

/// As the app has declared it.
fn kind(operation: &str) -> &str {
    if operation == "increment" { "sum" } else { operation }
}

/// A whole number without a point.
fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "it is looked at whether anything is lost")]
    let whole = value as i64;
    #[expect(clippy::cast_precision_loss, reason = "it is looked at whether anything is lost")]
    let is_whole = whole as f64 == value;
    if is_whole { Value::from(whole) } else { Value::from(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::event::InstallationId;
    use runtime_core::ports::app_metrics::OwnMetric;

    #[test]
    fn json_has_every_count_and_the_means() {
        let mut found = FoundMetrics::default();
        let key = (InstallationId(1), "onEvent".to_owned());
        for (name, sum) in
            [("calls", 4.0), ("successes", 4.0), ("duration_ms", 10.0), ("cpu_us", 500.0), ("host_calls", 8.0)]
        {
            found.add_call(key.clone(), name, sum);
        }
        let metric = |operation: &str| OwnMetric {
            installation: InstallationId(1),
            name: "m".to_owned(),
            operation: operation.to_owned(),
        };
        found.add_own(metric("increment"), 2.5);
        let query = MetricsQuery { installation: None, since: Timestamp(0), until: Timestamp(1_000) };
        assert_eq!(
            to_json(&found, &query, &Names::default()),
            json!({
                "since": "1970-01-01T00:00:00.000Z",
                "until": "1970-01-01T00:00:01.000Z",
                "functions": [{
                    "installation": 1, "slug": null, "function": "onEvent", "calls": 4, "successes": 4,
                    "successes_on_retry": 0, "retries": 0, "failures": 0, "dropped": 0, "duration_ms": 10, "cpu_us": 500,
                    "host_calls": 8, "mean_duration_ms": 2.5, "mean_cpu_ms": 0.125,
                }],
                "own_metrics": [{"installation": 1, "slug": null, "name": "m", "kind": "sum", "value": 2.5}],
            })
        );
    }
}
