-- The first version: a table or two for each port. Times are milliseconds since 1970, as `Timestamp`.

-- A key of the cache. `text` is null for a list, whose elements are in cache_element; `length` is how many there are.
CREATE TABLE cache_key (
    id INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    team INTEGER NOT NULL,
    key TEXT NOT NULL,
    text TEXT,
    length INTEGER NOT NULL,
    expires_at INTEGER,
    UNIQUE (app, team, key)
);
CREATE INDEX cache_key_by_end ON cache_key (expires_at) WHERE expires_at IS NOT NULL;

-- An element of a list: the smaller its position, the nearer to the head. A push takes the positions below the smallest.
CREATE TABLE cache_element (
    key_id INTEGER NOT NULL REFERENCES cache_key (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    element TEXT NOT NULL,
    PRIMARY KEY (key_id, position)
) WITHOUT ROWID;

-- Increments done of late, so that a repeat counts once. Not part of cache_key: they outlive the key.
CREATE TABLE cache_operation (
    app TEXT NOT NULL,
    team INTEGER NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    result INTEGER NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (app, team, key, operation)
);
CREATE INDEX cache_operation_by_time ON cache_operation (done_at);

CREATE TABLE storage (
    installation INTEGER NOT NULL,
    key TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (installation, key)
) WITHOUT ROWID;

CREATE TABLE storage_operation (
    installation INTEGER NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    result REAL NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (installation, key, operation)
);
CREATE INDEX storage_operation_by_time ON storage_operation (done_at);

-- `available_at` is `not_before` until the message is taken, then the end of its lease.
CREATE TABLE delayed_message (
    id TEXT PRIMARY KEY,
    not_before INTEGER NOT NULL,
    available_at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX delayed_message_by_time ON delayed_message (available_at);

CREATE TABLE dead_letter (
    id TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    body BLOB NOT NULL,
    installation INTEGER,
    function TEXT,
    team INTEGER,
    created_at INTEGER NOT NULL
);
CREATE INDEX dead_letter_by_time ON dead_letter (created_at, id);
