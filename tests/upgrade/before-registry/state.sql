PRAGMA foreign_keys = OFF;
PRAGMA application_id = 1752330103;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE cache_element (
    key_id INTEGER NOT NULL REFERENCES cache_key (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    element TEXT NOT NULL,
    PRIMARY KEY (key_id, position)
) WITHOUT ROWID;
INSERT INTO "cache_element" VALUES(3,-10,'retried job');
INSERT INTO "cache_element" VALUES(3,-9,'job');
INSERT INTO "cache_element" VALUES(3,-8,'failed');
INSERT INTO "cache_element" VALUES(3,-7,'export');
INSERT INTO "cache_element" VALUES(3,-6,'webhook');
INSERT INTO "cache_element" VALUES(3,-5,'on_event');
INSERT INTO "cache_element" VALUES(3,-4,'gone job');
INSERT INTO "cache_element" VALUES(3,-3,'gone job');
INSERT INTO "cache_element" VALUES(3,-2,'exhausted');
INSERT INTO "cache_element" VALUES(3,-1,'parked');
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
INSERT INTO "cache_key" VALUES(2,'keeper',2,'counter','10',0,NULL);
INSERT INTO "cache_key" VALUES(3,'keeper',2,'list',NULL,10,NULL);
INSERT INTO "cache_key" VALUES(4,'keeper',2,'set up','["once"]',0,NULL);
CREATE TABLE cache_operation (
    app TEXT NOT NULL,
    team INTEGER NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    result INTEGER NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (app, team, key, operation)
);
INSERT INTO "cache_operation" VALUES('keeper',2,'counter','e8a11bd89ac75bd580aa1b6dffda4916.0',5,1672531200270);
INSERT INTO "cache_operation" VALUES('keeper',2,'counter','6257c3806503b9cb9ec37deae7997ccf.0',6,1672531200270);
INSERT INTO "cache_operation" VALUES('keeper',2,'counter','7889f5b3b730c316c742c1e3071d58d0.0',7,1672531200270);
INSERT INTO "cache_operation" VALUES('keeper',2,'counter','9a93cab5fd53b8657164e88022f1b815.0',8,1672531200270);
INSERT INTO "cache_operation" VALUES('keeper',2,'counter','461d645204b5e8a224e271a357d22026.1',9,1672531200273);
INSERT INTO "cache_operation" VALUES('keeper',2,'counter','1ff4edc69b9a2115c2172d450a94294e.1',10,1672531200274);
CREATE TABLE dead_letter (
    id TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    body BLOB NOT NULL,
    installation INTEGER,
    function TEXT,
    team INTEGER,
    created_at INTEGER NOT NULL
, redrive TEXT NOT NULL DEFAULT '"record"', redriven_at INTEGER, claimed_until INTEGER);
INSERT INTO "dead_letter" VALUES('018bcd01-0000-7000-8000-00000000000c-on_event:2-9945c477ac7475c4','"disabled"','setupPlugin failed: Error: never',X'7B226576656E74223A227061726B6564222C2264697374696E63745F6964223A22616E6E222C2275756964223A2230313862636430312D303030302D373030302D383030302D303030303030303030303063222C2270726F70657274696573223A7B2224706C7567696E735F737563636565646564223A5B224B656570657220283129225D2C2224706C7567696E735F6465666572726564223A5B224B656570657220283129222C224C6174657220283229225D7D2C227465616D5F6964223A322C22736974655F75726C223A22222C226E6F77223A22323032322D31322D32395432333A30303A30302E3334305A222C2274696D657374616D70223A22323032322D31322D32395432333A30303A30302E3334305A222C226970223A6E756C6C7D',2,'onEvent',2,1672358400557,'{"stage":"{\"name\":\"on_event\",\"installation\":2}"}',NULL,NULL);
INSERT INTO "dead_letter" VALUES('018bcd01-0000-7000-8000-000000000009-on_event:1-7f23e1c14d03dd6a','"retries_exhausted"','RetryError (attempt 6/6): exhausted later',X'7B226576656E74223A22657868617573746564222C2264697374696E63745F6964223A22616E6E222C2275756964223A2230313862636430312D303030302D373030302D383030302D303030303030303030303039222C2270726F70657274696573223A7B2224706C7567696E735F737563636565646564223A5B224B656570657220283129225D2C2224706C7567696E735F6465666572726564223A5B224B656570657220283129225D7D2C227465616D5F6964223A322C22736974655F75726C223A22222C226E6F77223A22323032322D31322D33305430303A30303A30302E3534375A222C2274696D657374616D70223A22323032322D31322D33305430303A30303A30302E3534375A222C226970223A6E756C6C7D',1,'onEvent',2,1672358555592,'{"stage":"{\"name\":\"on_event\",\"installation\":1}"}',NULL,NULL);
INSERT INTO "dead_letter" VALUES('b27c03efc168761a15f114bdaeca1675:8-0','"undecodable"','event 0 at byte 0 cannot be used: its name is not text: set `event` to text',X'7B226576656E74223A20372C202264697374696E63745F6964223A2022616E6E227D',NULL,NULL,NULL,1672531200268,'"record"',NULL,NULL);
INSERT INTO "dead_letter" VALUES('018bcd01-0000-7000-8000-000000000008-on_event:1-ddb6dfffdf60f152','"app_failed"','Error: no such plan',X'7B226576656E74223A226661696C6564222C2264697374696E63745F6964223A22616E6E222C2275756964223A2230313862636430312D303030302D373030302D383030302D303030303030303030303038222C2270726F70657274696573223A7B2224706C7567696E735F737563636565646564223A5B224B656570657220283129225D2C2224706C7567696E735F6465666572726564223A5B224B656570657220283129222C224C6174657220283229225D7D2C227465616D5F6964223A322C22736974655F75726C223A22222C226E6F77223A22323032332D30312D30315430303A30303A30302E3236385A222C2274696D657374616D70223A22323032332D30312D30315430303A30303A30302E3236385A222C226970223A6E756C6C7D',1,'onEvent',2,1672531200367,'{"stage":"{\"name\":\"on_event\",\"installation\":1}"}',NULL,NULL);
INSERT INTO "dead_letter" VALUES('827354bb79522f7a0be39d632233e51e.0','"bad_job"','Task "gone" not found for plugin "Keeper" with config id 1',X'7B2276223A312C22696E7374616C6C6174696F6E223A312C226E616D65223A22676F6E65222C227061796C6F6164223A7B7D2C22686F7073223A307D',1,'jobs.gone',2,1672531200372,'{"message":"jobs"}',NULL,NULL);
INSERT INTO "dead_letter" VALUES('1ff4edc69b9a2115c2172d450a94294e.0','"app_failed"','RetryError: retried job later',X'7B2276223A312C22696E7374616C6C6174696F6E223A312C226E616D65223A2272657472696564222C227061796C6F6164223A7B2277686174223A2272657472696564206A6F62227D2C22686F7073223A307D',1,'jobs.retried',2,1672531200373,'{"message":"jobs"}',NULL,NULL);
CREATE TABLE delayed_message (
    id TEXT PRIMARY KEY,
    not_before INTEGER NOT NULL,
    available_at INTEGER NOT NULL,
    body TEXT NOT NULL
, lane TEXT NOT NULL DEFAULT '"jobs"', team INTEGER);
INSERT INTO "delayed_message" VALUES('41deaa3b05440acf4745ea14316c4f4f.0',1672560000904,1672560000904,'{"v":1,"installation":1,"name":"gone","payload":{},"hops":0}','"jobs"',2);
INSERT INTO "delayed_message" VALUES('461d645204b5e8a224e271a357d22026.0',1672552800269,1672552800269,'{"v":1,"installation":1,"name":"later","payload":{"what":"job","from":"ann"},"hops":0}','"jobs"',2);
INSERT INTO "delayed_message" VALUES('continuation-5918506a673870cdde93fca00426c40e',1672538406613,1672538406613,'{"kind":"continuation","v":1,"stage":{"name":"job","installation":2,"job":"parked","id":"3a0c96acd4ec0e8b77e91d450340ac7d.0"},"progress":{"attempt":1,"outages":0,"parks":1,"first_at":1672538400728,"hops":0},"subject":{"payload":{"what":"job"}}}','"jobs"',2);
INSERT INTO "delayed_message" VALUES('continuation-92fb046ac3aabe4ee61008f71d645028',1672538410729,1672538410729,'{"kind":"continuation","v":1,"stage":{"name":"chain","from":{"order":0,"installation":1},"marks":{"succeeded":[],"failed":[]},"person":{}},"progress":{"attempt":3,"outages":0,"parks":0,"first_at":1672531200270,"hops":0},"subject":{"event":{"event":"chain","distinct_id":"ann","uuid":"018bcd01-0000-7000-8000-000000000001","properties":{"plan":"free"},"team_id":2,"site_url":"","now":"2023-01-01T00:00:00.267Z","timestamp":"2023-01-01T00:00:00.267Z","ip":null}}}','"continuations"',2);
INSERT INTO "delayed_message" VALUES('continuation-a1907813ea126dd782e3344a6a2c3c5a',1672538410729,1672538410729,'{"kind":"continuation","v":1,"stage":{"name":"on_event","installation":1},"progress":{"attempt":3,"outages":0,"parks":0,"first_at":1672531200365,"hops":0},"subject":{"event":{"event":"on_event","distinct_id":"ann","uuid":"018bcd01-0000-7000-8000-000000000005","properties":{"$set":{"plan":"free"},"$plugins_succeeded":["Keeper (1)"],"$plugins_deferred":["Keeper (1)","Later (2)"]},"team_id":2,"site_url":"","now":"2023-01-01T00:00:00.268Z","timestamp":"2023-01-01T00:00:00.268Z","ip":null}}}','"continuations"',2);
INSERT INTO "delayed_message" VALUES('continuation-036cde85f0e4637380320a135b4aa58e',1672538410729,1672538410729,'{"kind":"continuation","v":1,"stage":{"name":"webhook","installation":1},"progress":{"attempt":3,"outages":0,"parks":0,"first_at":1672531200371,"hops":0},"subject":{"event":{"event":"webhook","distinct_id":"ann","uuid":"018bcd01-0000-7000-8000-000000000006","properties":{"$plugins_succeeded":["Keeper (1)"],"$plugins_deferred":["Keeper (1)","Later (2)"]},"team_id":2,"site_url":"","now":"2023-01-01T00:00:00.268Z","timestamp":"2023-01-01T00:00:00.268Z","ip":null}}}','"continuations"',2);
INSERT INTO "delayed_message" VALUES('continuation-16acd43065b99219156a5965d5a2a750',1672538412730,1672538412730,'{"kind":"continuation","v":1,"stage":{"name":"export","installation":1,"batch_id":"batch-e287094e7d5b1c51d76670cd72d4a183"},"progress":{"attempt":3,"outages":0,"parks":0,"first_at":1672531200379,"hops":0},"subject":{"batch":[{"distinct_id":"ann","ip":null,"team_id":2,"event":"on_event","properties":{"$set":{"plan":"free"},"$plugins_succeeded":["Keeper (1)"],"$plugins_deferred":["Keeper (1)","Later (2)"]},"timestamp":"2023-01-01T00:00:00.268Z","$set":{"plan":"free"},"$set_once":null,"uuid":"018bcd01-0000-7000-8000-000000000005","elements":[]},{"distinct_id":"ann","ip":null,"team_id":2,"event":"webhook","properties":{"$plugins_succeeded":["Keeper (1)"],"$plugins_deferred":["Keeper (1)","Later (2)"]},"timestamp":"2023-01-01T00:00:00.268Z","$set":null,"$set_once":null,"uuid":"018bcd01-0000-7000-8000-000000000006","elements":[]},{"distinct_id":"ann","ip":null,"team_id":2,"event":"export","properties":{"$plugins_succeeded":["Keeper (1)"],"$plugins_deferred":["Keeper (1)","Later (2)"]},"timestamp":"2023-01-01T00:00:00.268Z","$set":null,"$set_once":null,"uuid":"018bcd01-0000-7000-8000-000000000007","elements":[]},{"distinct_id":"ann","ip":null,"team_id":2,"event":"failed","properties":{"$plugins_succeeded":["Keeper (1)"],"$plugins_deferred":["Keeper (1)","Later (2)"]},"timestamp":"2023-01-01T00:00:00.268Z","$set":null,"$set_once":null,"uuid":"018bcd01-0000-7000-8000-000000000008","elements":[]},{"distinct_id":"ann","ip":null,"team_id":2,"event":"job","properties":{"$plugins_succeeded":["Keeper (1)"],"$plugins_deferred":["Keeper (1)","Later (2)"]},"timestamp":"2023-01-01T00:00:00.268Z","$set":null,"$set_once":null,"uuid":"018bcd01-0000-7000-8000-000000000002","elements":[]},{"distinct_id":"ann","ip":null,"team_id":2,"event":"retried job","properties":{"$plugins_succeeded":["Keeper (1)"],"$plugins_deferred":["Keeper (1)","Later (2)"]},"timestamp":"2023-01-01T00:00:00.268Z","$set":null,"$set_once":null,"uuid":"018bcd01-0000-7000-8000-000000000003","elements":[]}]}}','"exports"',2);
CREATE TABLE document (
    key TEXT PRIMARY KEY,
    json TEXT NOT NULL,
    revision TEXT NOT NULL,
    ends_at INTEGER
);
INSERT INTO "document" VALUES('global/1/0e5593afec0ead3c7264d44601bb874a','{"v":1,"keys":[["events",8]]}','E1732CB306DB652FE088A77DB8859C95',NULL);
INSERT INTO "document" VALUES('setup/2/c58243ee7e833a39fc1556d99d7d3fe9','{"failures":0,"next_at":null,"has_succeeded":false,"disabled":{"message":"setupPlugin failed: Error: never","at":1672358400546,"is_load_error":false,"was_notified":true}}','6B5F02FE846510B018E30FFB69271D5F',NULL);
INSERT INTO "document" VALUES('setup/1/53130c43ab406508f86bf92820babdf5','{"failures":0,"next_at":null,"has_succeeded":true,"disabled":null}','4176DF59833483897F813ED82E06BBBC',NULL);
INSERT INTO "document" VALUES('global/1/53130c43ab406508f86bf92820babdf5','{"v":1,"keys":[["events",2]]}','6556BDE008DBAE3E689D20E8CAAB598B',NULL);
INSERT INTO "document" VALUES('setup/2/0216ebd82cfa79e6c52c8218ee2f6429','{"failures":0,"next_at":null,"has_succeeded":true,"disabled":null}','0DDFDAC6C21D6582E5C590374F6B97EE',NULL);
INSERT INTO "document" VALUES('task/1/runEveryMinute','{"tick":1672538400735,"owner":"2dc9308c0dd94440a133f35a7dfba6a9","until":1672538400736,"is_done":true}','22D486BBC86F8848FC300EDF09C9B269',NULL);
INSERT INTO "document" VALUES('setup/2/cda2a41b7e0d105e3798d8b6a83aad13','{"failures":1,"next_at":1672538405721,"has_succeeded":false,"disabled":null}','643AE383562EECF9DB6F20C3D18BCB4E',NULL);
INSERT INTO "document" VALUES('setup/1/0e5593afec0ead3c7264d44601bb874a','{"failures":0,"next_at":null,"has_succeeded":true,"disabled":null}','1F2E7D3281BD6FFB85C778C48B0B16F2',NULL);
CREATE TABLE storage (
    installation INTEGER NOT NULL,
    key TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (installation, key)
) WITHOUT ROWID;
INSERT INTO "storage" VALUES(1,'an event','{"name":"retried job","text":"ä 🌿 \"quoted\"","number":1.5,"nothing":null}');
INSERT INTO "storage" VALUES(1,'cursor','100');
INSERT INTO "storage" VALUES(1,'set up','{"by":"the release before"}');
CREATE TABLE storage_operation (
    installation INTEGER NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    result REAL NOT NULL,
    done_at INTEGER NOT NULL,
    PRIMARY KEY (installation, key, operation)
);
INSERT INTO "storage_operation" VALUES(1,'cursor','e8a11bd89ac75bd580aa1b6dffda4916.1',50.0,1672531200274);
INSERT INTO "storage_operation" VALUES(1,'cursor','6257c3806503b9cb9ec37deae7997ccf.1',60.0,1672531200274);
INSERT INTO "storage_operation" VALUES(1,'cursor','7889f5b3b730c316c742c1e3071d58d0.1',70.0,1672531200275);
INSERT INTO "storage_operation" VALUES(1,'cursor','9a93cab5fd53b8657164e88022f1b815.1',80.0,1672531200295);
INSERT INTO "storage_operation" VALUES(1,'cursor','461d645204b5e8a224e271a357d22026.2',90.0,1672531200296);
INSERT INTO "storage_operation" VALUES(1,'cursor','1ff4edc69b9a2115c2172d450a94294e.2',100.0,1672531200296);
CREATE INDEX cache_key_by_end ON cache_key (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX cache_operation_by_time ON cache_operation (done_at);
CREATE INDEX storage_operation_by_time ON storage_operation (done_at);
CREATE INDEX delayed_message_by_time ON delayed_message (available_at);
CREATE INDEX dead_letter_by_time ON dead_letter (created_at, id);
CREATE INDEX document_by_end ON document (ends_at) WHERE ends_at IS NOT NULL;
COMMIT;
