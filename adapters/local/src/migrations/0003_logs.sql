-- What apps log, what their calls add up to, and their own metrics.

-- Ids never come again, so that whoever follows the lines knows those that were shown.
CREATE TABLE app_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    written_at INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    line TEXT NOT NULL
);
CREATE INDEX app_log_by_time ON app_log (written_at, id);

-- A sum over the five minutes that begin at `period`. A name a row: another measure needs no other table.
CREATE TABLE call_sum (
    period INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    function TEXT NOT NULL,
    name TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (period, installation, function, name)
) WITHOUT ROWID;

CREATE TABLE own_metric (
    period INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    name TEXT NOT NULL,
    operation TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (period, installation, name, operation)
) WITHOUT ROWID;
