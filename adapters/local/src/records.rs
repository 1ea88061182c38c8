//! What apps log, what their calls add up to, and their own metrics: tables of the SQLite file, bounded in time and number.

use crate::database::Database;
use async_trait::async_trait;
use runtime_core::event::InstallationId;
use runtime_core::ports::Unavailable;
use runtime_core::ports::app_logs::{AppLogs, FoundLines, LineQuery, LinesOf, LogLine, StoredLine};
use runtime_core::ports::app_metrics::{
    AppMetrics, FoundMetrics, MetricsQuery, OwnMetric, combined, measures, period_of,
};
use runtime_core::ports::clock::Timestamp;
use runtime_core::telemetry::{AppCall, AppLog, AppMetric};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long lines and sums are kept: as long as PostHog kept lines (behaviour.md b.9).
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How many lines are kept.
const MOST_LINES: i64 = 200_000;

/// [`AppLogs`] and [`AppMetrics`] over the SQLite file.
pub struct SqliteRecords {
    database: Arc<Database>,
    most_lines: i64,
}

/// What is written at once.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    lines: Vec<AppLog>,
    calls: BTreeMap<(Timestamp, InstallationId, String), BTreeMap<&'static str, u64>>,
    own: BTreeMap<(Timestamp, OwnMetric), f64>,
    /// How many things were added.
    pub(crate) count: usize,
}

impl Batch {
    pub(crate) fn add_line(&mut self, line: AppLog) {
        self.count += 1;
        self.lines.push(line);
    }

    pub(crate) fn add_call(&mut self, call: AppCall, now: Timestamp) {
        self.count += 1;
        let added = measures(&call);
        let sums = self.calls.entry((period_of(now), call.installation, call.function)).or_default();
        for (name, more) in added.into_iter().filter(|(_, more)| *more > 0) {
            let sum = sums.entry(name).or_default();
            *sum = sum.saturating_add(more);
        }
    }

    pub(crate) fn add_own(&mut self, metric: AppMetric, now: Timestamp) {
        // No sum, and no largest value, can be said of what is no number.
        if !metric.value.is_finite() {
            return;
        }
        self.count += 1;
        let AppMetric { installation, name, operation, value } = metric;
        let key = (period_of(now), OwnMetric { installation, name, operation });
        let operation = key.1.operation.clone();
        self.own.entry(key).and_modify(|before| *before = combined(&operation, *before, value)).or_insert(value);
    }
}

impl SqliteRecords {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database, most_lines: MOST_LINES }
    }

    /// Removes what has been there for longer than a week.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn prune(&self, now: Timestamp) -> Result<(), Unavailable> {
        let oldest = now.0.saturating_sub(i64::try_from(KEPT.as_millis()).expect("a week is short"));
        let pruned = self.database.write(|connection| {
            connection.execute("DELETE FROM app_log WHERE written_at < ?1", [oldest])?;
            connection.execute("DELETE FROM call_sum WHERE period < ?1", [oldest])?;
            connection.execute("DELETE FROM own_metric WHERE period < ?1", [oldest])
        });
        pruned.map(drop).map_err(|error: rusqlite::Error| Unavailable::caused_by("logs", error))
    }

    /// Writes a batch, and removes the oldest lines where there are too many.
    pub(crate) fn write(&self, batch: &Batch) -> Result<(), Unavailable> {
        let written = self.database.write(|connection| {
            write_lines(connection, &batch.lines)?;
            if !batch.lines.is_empty() {
                let newest = connection.last_insert_rowid();
                let mut statement = connection.prepare_cached("DELETE FROM app_log WHERE id <= ?1")?;
                statement.execute([newest.saturating_sub(self.most_lines)])?;
            }
            write_calls(connection, batch)?;
            write_own(connection, batch)
        });
        written.map_err(|error: rusqlite::Error| Unavailable::caused_by("logs", error))
    }
}

fn write_lines(connection: &Connection, lines: &[AppLog]) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT INTO app_log (written_at, installation, line) VALUES (?1, ?2, ?3)")?;
    for line in lines {
        let json = serde_json::to_string(line).expect("plain data always has a JSON form");
        statement.execute(params![line.timestamp.0, line.installation.0, json])?;
    }
    Ok(())
}

fn write_calls(connection: &Connection, batch: &Batch) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO call_sum (period, installation, function, name, sum) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET sum = sum + excluded.sum",
    )?;
    for ((period, installation, function), sums) in &batch.calls {
        for (name, sum) in sums {
            let sum = i64::try_from(*sum).unwrap_or(i64::MAX);
            statement.execute(params![period.0, installation.0, function, name, sum])?;
        }
    }
    Ok(())
}

fn write_own(connection: &Connection, batch: &Batch) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO own_metric (period, installation, name, operation, value) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET value = CASE operation
             WHEN 'max' THEN max(value, excluded.value)
             WHEN 'min' THEN min(value, excluded.value)
             ELSE value + excluded.value
         END",
    )?;
    for ((period, metric), value) in &batch.own {
        statement.execute(params![period.0, metric.installation.0, metric.name, metric.operation, value])?;
    }
    Ok(())
}

/// The newest lines that a query takes, and one more if there is one.
fn read_lines(connection: &Connection, query: &LineQuery) -> rusqlite::Result<Vec<StoredLine>> {
    let installation = match query.of {
        LinesOf::AllApps => None,
        LinesOf::App(installation) => Some(installation.0),
        // On this machine no function has a log of its own.
        LinesOf::Functions => return Ok(Vec::new()),
    };
    let mut statement = connection.prepare_cached(
        "SELECT id, line FROM app_log WHERE written_at >= ?1 AND (?2 IS NULL OR installation = ?2)
         ORDER BY written_at DESC, id DESC",
    )?;
    let mut rows = statement.query(params![query.since.0, installation])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // What another release has written otherwise is nothing that can be shown.
        let Ok(line) = serde_json::from_str(row.get_ref(1)?.as_str()?) else { continue };
        let line = LogLine::App(line);
        if query.takes(&line) {
            found.push(StoredLine { id: row.get::<_, i64>(0)?.to_string(), function: None, line });
        }
        if found.len() > query.limit {
            break;
        }
    }
    found.reverse();
    Ok(found)
}

fn read_metrics(connection: &Connection, query: &MetricsQuery) -> rusqlite::Result<FoundMetrics> {
    let mut found = FoundMetrics::default();
    let installation = query.installation.map(|installation| installation.0);
    let bounds = params![period_of(query.since).0, query.until.0, installation];
    let mut statement = connection.prepare_cached(
        "SELECT installation, function, name, total(sum) FROM call_sum
         WHERE period BETWEEN ?1 AND ?2 AND (?3 IS NULL OR installation = ?3) GROUP BY 1, 2, 3",
    )?;
    let mut rows = statement.query(bounds)?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(2)?;
        found.add_call((InstallationId(row.get(0)?), row.get(1)?), &name, row.get(3)?);
    }
    let mut statement = connection.prepare_cached(
        "SELECT installation, name, operation, value FROM own_metric
         WHERE period BETWEEN ?1 AND ?2 AND (?3 IS NULL OR installation = ?3)",
    )?;
    let mut rows = statement.query(bounds)?;
    while let Some(row) = rows.next()? {
        let (name, operation) = (row.get(1)?, row.get(2)?);
        found.add_own(OwnMetric { installation: InstallationId(row.get(0)?), name, operation }, row.get(3)?);
    }
    Ok(found)
}

#[async_trait]
impl AppLogs for SqliteRecords {
    async fn read(&self, query: &LineQuery) -> Result<FoundLines, Unavailable> {
        let lines = self.database.read(|connection| read_lines(connection, query));
        let lines = lines.map_err(|error| Unavailable::caused_by("logs", error))?;
        Ok(FoundLines::newest(lines, query.limit))
    }
}

#[async_trait]
impl AppMetrics for SqliteRecords {
    async fn read(&self, query: &MetricsQuery) -> Result<FoundMetrics, Unavailable> {
        let metrics = self.database.snapshot(|connection| read_metrics(connection, query));
        metrics.map_err(|error: rusqlite::Error| Unavailable::caused_by("metrics", error))
    }
}

#[cfg(test)]
mod tests;
