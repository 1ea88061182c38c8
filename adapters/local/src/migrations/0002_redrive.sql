-- Documents, lanes of the queue, and letters that are claimed and sent again.

CREATE TABLE document (
    key TEXT PRIMARY KEY,
    json TEXT NOT NULL,
    revision TEXT NOT NULL,
    ends_at INTEGER
);
CREATE INDEX document_by_end ON document (ends_at) WHERE ends_at IS NOT NULL;

-- `lane` is JSON text, as `dead_letter.reason` is. Messages from before are jobs, or continuations, which say so.
ALTER TABLE delayed_message ADD COLUMN lane TEXT NOT NULL DEFAULT '"jobs"';
ALTER TABLE delayed_message ADD COLUMN team INTEGER;
UPDATE delayed_message
    SET lane = iif(json_extract(body, '$.stage.name') = 'export', '"exports"', '"continuations"')
    WHERE iif(json_valid(body), json_extract(body, '$.kind'), NULL) = 'continuation';

-- `redrive` is JSON text. Letters from before did not say how they are run again; their function tells. Those of the chain go
-- through all of it again.
ALTER TABLE dead_letter ADD COLUMN redrive TEXT NOT NULL DEFAULT '"record"';
ALTER TABLE dead_letter ADD COLUMN redriven_at INTEGER;
ALTER TABLE dead_letter ADD COLUMN claimed_until INTEGER;
UPDATE dead_letter SET redrive = CASE
    WHEN function IS NULL THEN iif(reason = '"unavailable"', json_object('stage', '{"name":"sink"}'), '"record"')
    WHEN function = 'processEvent' THEN '"record"'
    -- `|| ''` makes it text: `json_object` would put JSON into JSON.
    WHEN function = 'onEvent' THEN
        json_object('stage', json_object('name', 'on_event', 'installation', installation) || '')
    WHEN function = 'composeWebhook' THEN
        json_object('stage', json_object('name', 'webhook', 'installation', installation) || '')
    WHEN function = 'exportEvents' THEN
        json_object('stage', json_object('name', 'export', 'installation', installation, 'batch_id', id) || '')
    ELSE json_object('message', 'jobs')
END;
