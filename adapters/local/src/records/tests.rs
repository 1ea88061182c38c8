//! Lines and sums, written in batches and read again.

use super::*;
use runtime_core::event::TeamId;
use runtime_core::telemetry::{CallEnd, LogLevel, LogSource};

const DAY: i64 = 24 * 60 * 60 * 1_000;

fn line(timestamp: i64, installation: i64, message: &str) -> AppLog {
    AppLog {
        timestamp: Timestamp(timestamp),
        installation: InstallationId(installation),
        team: TeamId(2),
        app: "Demo".to_owned(),
        source: LogSource::Console,
        level: LogLevel::Log,
        message: message.to_owned(),
        event_uuid: Some("uuid".to_owned()),
    }
}

fn query(limit: usize) -> LineQuery {
    let (least_level, search, function) = (None, None, None);
    LineQuery { of: LinesOf::AllApps, least_level, since: Timestamp(0), search, function, limit }
}

fn records(most_lines: i64) -> SqliteRecords {
    SqliteRecords { most_lines, ..SqliteRecords::new(Arc::new(Database::in_memory())) }
}

fn write(records: &SqliteRecords, lines: impl IntoIterator<Item = AppLog>) {
    let mut batch = Batch::default();
    lines.into_iter().for_each(|line| batch.add_line(line));
    records.write(&batch).unwrap();
}

async fn messages(records: &SqliteRecords, query: &LineQuery) -> (Vec<String>, bool) {
    let found = AppLogs::read(records, query).await.unwrap();
    (found.lines.iter().map(|line| line.line.message().to_owned()).collect(), found.is_cut)
}

#[tokio::test]
async fn lines_come_back_as_they_were_the_newest_in_the_order_of_time() {
    let records = records(MOST_LINES);
    write(&records, [line(20, 1, "b"), line(10, 1, "a"), line(30, 2, "c")]);
    assert_eq!(messages(&records, &query(9)).await, (["a", "b", "c"].map(str::to_owned).to_vec(), false));
    assert_eq!(messages(&records, &query(2)).await, (["b", "c"].map(str::to_owned).to_vec(), true));
    let of_one = LineQuery { of: LinesOf::App(InstallationId(1)), since: Timestamp(11), ..query(9) };
    assert_eq!(messages(&records, &of_one).await, (vec!["b".to_owned()], false));
    let found = AppLogs::read(&records, &of_one).await.unwrap();
    assert_eq!(found.lines[0].line, LogLine::App(line(20, 1, "b")));
    let of_functions = LineQuery { of: LinesOf::Functions, ..query(9) };
    assert_eq!(messages(&records, &of_functions).await, (Vec::new(), false));
}

#[tokio::test]
async fn lines_are_bounded_in_number_and_by_a_week() {
    let records = records(3);
    write(&records, (0..5).map(|at| line(at, 1, &at.to_string())));
    assert_eq!(messages(&records, &query(9)).await.0, ["2", "3", "4"]);
    write(&records, [line(8 * DAY, 1, "new")]);
    records.prune(Timestamp(8 * DAY)).unwrap();
    assert_eq!(messages(&records, &query(9)).await.0, ["new"]);
}

fn call(end: CallEnd) -> AppCall {
    AppCall {
        installation: InstallationId(1),
        team: TeamId(2),
        function: "onEvent".to_owned(),
        end,
        events: 3,
        duration_ms: 20,
        cpu_us: 500,
        host_calls: 2,
    }
}

fn own(operation: &str, value: f64) -> AppMetric {
    AppMetric { installation: InstallationId(1), name: "m".to_owned(), operation: operation.to_owned(), value }
}

#[tokio::test]
async fn sums_add_up_in_a_batch_and_over_batches() {
    let records = records(MOST_LINES);
    for now in [0, 299_999, 300_000] {
        let mut batch = Batch::default();
        for end in [CallEnd::Success, CallEnd::Success, CallEnd::Failure] {
            batch.add_call(call(end), Timestamp(now));
        }
        for value in [2.0, f64::NAN, 5.0] {
            batch.add_own(own("max", value), Timestamp(now));
            batch.add_own(own("increment", value), Timestamp(now));
        }
        records.write(&batch).unwrap();
    }
    let all = MetricsQuery { installation: None, since: Timestamp(0), until: Timestamp(300_000) };
    let found = AppMetrics::read(&records, &all).await.unwrap();
    let sums = &found.calls[&(InstallationId(1), "onEvent".to_owned())];
    let expected = [
        ("calls", 9.0),
        ("cpu_us", 4_500.0),
        ("duration_ms", 180.0),
        ("failures", 9.0),
        ("host_calls", 18.0),
        ("successes", 18.0),
    ];
    assert_eq!(*sums, BTreeMap::from(expected.map(|(name, sum)| (name.to_owned(), sum))));
    assert_eq!(found.own.values().copied().collect::<Vec<_>>(), [21.0, 5.0]);
    let second = MetricsQuery { since: Timestamp(300_001), until: Timestamp(600_000), ..all };
    let found = AppMetrics::read(&records, &second).await.unwrap();
    assert!((found.calls[&(InstallationId(1), "onEvent".to_owned())]["calls"] - 3.0).abs() < 1e-9);
    let other = MetricsQuery { installation: Some(InstallationId(2)), ..all };
    assert_eq!(AppMetrics::read(&records, &other).await.unwrap(), FoundMetrics::default());
}
