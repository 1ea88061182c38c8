//! `hedgerow test`: every key of a case file.

use super::{AppFolder, Ran, hedgerow};
use serde_json::{Value, json};

/// Plays one case with an app of this source.
fn play(source: &str, case: &Value) -> Ran {
    play_all(source, &json!({ "cases": [case] }))
}

fn play_all(source: &str, file: &Value) -> Ran {
    let app = AppFolder::with(&[("index.ts", source), ("demo.cases.json", &file.to_string())]);
    hedgerow(&["test", app.path()], b"")
}

#[track_caller]
fn assert_passes(source: &str, case: &Value) {
    let ran = play(source, case);
    ran.assert_ends_with(0);
    assert!(ran.stdout.ends_with("1 passed, 0 failed\n"), "{}", ran.stdout);
}

#[track_caller]
fn assert_fails(source: &str, case: &Value, parts: &[&str]) {
    let ran = play(source, case);
    ran.assert_ends_with(1);
    for part in parts.iter().chain(&["✗ ", "0 passed, 1 failed"]) {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

const ECHO: &str = "export function processEvent(event) { return event }";

#[test]
fn a_difference_is_shown_with_its_path() {
    let case = json!({"name": "greets", "calls": [{"fn": "processEvent", "arg": {"properties": {"a": 1}}, "expect": {"properties": {"a": "1"}}}]});
    assert_fails(ECHO, &case, &["✗ greets", "calls[0] processEvent: properties.a", "expected \"1\"", "got      1"]);
}

#[test]
fn results_compare_as_json() {
    let source = "export const jobs = { make: () => ({ d: new Date(0), u: undefined, n: NaN, list: [1, { b: 1, a: 2 }] }), none: () => {} }
        export const processEvent = (event) => event.drop && ''";
    assert_passes(
        source,
        &json!({"calls": [
            {"fn": "jobs.make", "expect": {"list": [1.0, {"a": 2, "b": 1}], "n": null, "d": "1970-01-01T00:00:00.000Z"}},
            {"fn": "jobs.make", "expect_subset": {"list": [1, {"a": 2, "b": 1}]}},
            {"fn": "jobs.none", "expect": null},
            {"fn": "processEvent", "arg": {"drop": true}, "expect": null},
        ]}),
    );
    assert_fails(
        source,
        &json!({"calls": [{"fn": "jobs.make", "expect_subset": {"list": [1, {"a": 2}]}}]}),
        &["list[1].b"],
    );
}

#[test]
fn arguments_are_verbatim_and_meta_comes_last() {
    let source = "export const jobs = { count: (...args) => args.length, keys: (meta) => Object.keys(meta).sort(), first: (a) => a }
        export const composeWebhook = (event) => ({ isDate: event.timestamp instanceof Date })";
    assert_passes(
        source,
        &json!({"calls": [
            {"fn": "jobs.count", "expect": 1},
            {"fn": "jobs.count", "arg": null, "expect": 2},
            {"fn": "jobs.first", "arg": {"team_id": "x", "properties": {"$plugins_failed": []}}, "expect": {"team_id": "x", "properties": {"$plugins_failed": []}}},
            {"fn": "jobs.keys", "expect_subset": ["attachments", "cache", "config", "geoip", "global", "jobs", "metrics", "storage", "utils"]},
            {"fn": "composeWebhook", "arg": {"timestamp": "2023-01-01T00:00:00Z"}, "expect": {"isDate": true}},
        ]}),
    );
}

#[test]
fn batches_answer_process_event_and_their_own_name() {
    assert_passes(
        "export const processEventBatch = (events) => events.map((event) => ({ ...event, seen: true }))",
        &json!({"calls": [
            {"fn": "processEvent", "arg": {"a": 1}, "expect": {"a": 1, "seen": true}},
            {"fn": "processEventBatch", "arg": [{"a": 1}, {"a": 2}], "expect": [{"a": 1, "seen": true}, {"a": 2, "seen": true}]},
        ]}),
    );
}

#[test]
fn expected_errors_let_the_calls_go_on() {
    let source = "export function onEvent(event) { if (event.name) { const e = new TypeError('bad ' + event.name); throw e } throw new RetryError('later') }";
    assert_passes(
        source,
        &json!({"calls": [
            {"fn": "onEvent", "arg": {"name": "x"}, "throws": "TypeError"},
            {"fn": "onEvent", "arg": {"name": "x"}, "throws": "ad x"},
            {"fn": "onEvent", "arg": {"name": "x"}, "throws": {"name": "TypeError", "message": "bad"}},
            {"fn": "onEvent", "arg": {}, "throws": "RetryError"},
        ]}),
    );
    assert_fails(
        source,
        &json!({"calls": [{"fn": "onEvent", "arg": {}}]}),
        &["it threw RetryError: later", "index.ts:1"],
    );
    assert_fails(ECHO, &json!({"calls": [{"fn": "processEvent", "arg": {}, "throws": "x"}]}), &["it threw nothing"]);
    assert_fails(ECHO, &json!({"calls": [{"fn": "onEvent", "arg": {}, "throws": "x"}]}), &["no function onEvent"]);
    assert_fails(ECHO, &json!({"calls": [{"fn": "jobs.x"}]}), &["no function jobs.x"]);
}

#[test]
fn set_up_runs_once_and_its_failure_ends_the_calls() {
    let source = "let runs = 0
        export const setupPlugin = ({ config, global }) => { console.log('run', ++runs); if (config.bad) throw new Error('bad config'); global.runs = runs }
        export const processEvent = (event, { global }) => ({ runs: global.runs })";
    assert_passes(
        source,
        &json!({"calls": [{"fn": "processEvent", "arg": {}, "expect": {"runs": 1}}, {"fn": "processEvent", "arg": {}, "expect": {"runs": 1}}]}),
    );
    let expect = json!({"setup_throws": "bad config", "logs": [["log", "run 1"]]});
    let calls = json!([{"fn": "processEvent", "arg": {}, "expect": "never compared"}]);
    assert_passes(source, &json!({"config": {"bad": true}, "calls": calls, "expect": expect}));
    assert_fails(source, &json!({"config": {"bad": true}}), &["setupPlugin: it threw Error: bad config"]);
    assert_fails(source, &json!({"expect": {"setup_throws": "x"}}), &["setupPlugin: expected", "threw nothing"]);
}

#[test]
fn time_and_chance_are_fixed() {
    let source = "import { randomBytes } from 'crypto'
        export const jobs = { now: () => [Date.now(), new Date().getTimezoneOffset()], chance: () => [Math.random(), randomBytes(4).toString('hex')] }";
    let calls = json!([
        {"fn": "jobs.now", "expect": [1_672_531_200_000_i64, 0]},
        {"fn": "jobs.now", "now": "2023-01-01T00:00:01.500Z", "expect": [1_672_531_201_500_i64, 0]},
    ]);
    assert_passes(source, &json!({ "calls": calls }));
    let chance = |seed: u64| {
        let ran = play(source, &json!({"seed": seed, "calls": [{"fn": "jobs.chance", "expect": []}]}));
        ran.assert_ends_with(1);
        ran.stdout
    };
    assert_eq!(chance(1), chance(1));
    assert_ne!(chance(1), chance(2));
}

#[test]
fn state_is_seeded_and_compared_whole() {
    let source = "export async function onEvent(_, { cache, storage, utils }) {
        await cache.lpush('list', ['b', 'c'])
        await cache.set('timed', { x: 1 }, 60)
        await cache.incr('count')
        await cache.set('cleared', undefined)
        await storage.set('seen', (await storage.get('seen', 0)) + 1)
        await utils.cursor.increment('cursor', 2)
    }";
    let mut case = json!({
        "storage": {"seen": 4, "kept": [true]},
        "cache": {"list": {"$list": ["a"]}, "count": 41, "old": {"$value": 1, "$ttl": 10}},
        "calls": [{"fn": "onEvent", "arg": {}}, {"fn": "onEvent", "arg": {}, "now": "2023-01-01T00:00:20.000Z"}],
        "expect": {
            "storage": {"seen": 6, "kept": [true], "cursor": 4},
            "cache": {"list": ["c", "b", "c", "b", "a"], "timed": {"x": 1}, "count": 43, "cleared": null},
            "cache_ttl": {"timed": 60},
        },
    });
    assert_passes(source, &case);
    case["expect"] = json!({"storage": {}, "cache_ttl": {"timed": 59, "gone": 1}});
    assert_fails(
        source,
        &case,
        &["expect.storage: seen", "expect.cache_ttl: timed", "expect.cache_ttl: gone", "got      nothing"],
    );
}

#[test]
fn what_an_app_does_outside_is_recorded() {
    let source = "export const metrics = { sent: 'sum' }
    export async function onEvent(event, { jobs, metrics }) {
        await fetch('http://localhost:8000/x', { method: 'post', headers: { 'X-Y': '1' }, body: 'b' })
        await posthog.capture('e')
        await posthog.capture('e', { p: 1 })
        await jobs.tell({ a: 1 }).runIn(3, 'minutes')
        await jobs.tell('x').runAt(new Date(0))
        metrics.sent.increment(2)
        console.warn('first', 1); console.log('second')
    }";
    let mut case = json!({
        "fetch": [{"match": "^http://localhost:8000/", "method": "POST", "status": 204}],
        "calls": [{"fn": "onEvent", "arg": {}}],
        "expect": {
            "fetch": [["http://localhost:8000/x", {"method": "post", "headers": {"X-Y": "1"}, "body": "b"}]],
            "captures": [["e"], ["e", {"p": 1}]],
            "jobs": [["tell", {"a": 1}, "runIn", 3, "minutes"], ["tell", "x", "runAt", "1970-01-01T00:00:00.000Z"]],
            "metrics": [["sent", "increment", 2]],
            "logs": [["warn", "first"], ["log", "second"]],
        },
    });
    assert_passes(source, &case);
    case["expect"] = json!({"captures": [["e"]], "logs": [["log", "second"], ["warn", "first"]]});
    assert_fails(source, &case, &["expect.captures: [1]", "expect.logs[1]: no line of level warn", "warn: first 1"]);
}

#[test]
fn mocks_answer_in_order_and_nothing_else_does() {
    let source = "export async function onEvent(event) {
        try { const r = await fetch(event.url); return [r.status, r.headers.get('x'), await r.text()] } catch (e) { return [e.name, e.type, e.code] }
    }";
    let get = |url: &str, expect: Value| json!({"fn": "onEvent", "arg": {"url": url}, "expect": expect});
    let mocks = json!([
        {"match": "/once$", "times": 1, "json": {"a": 1}, "headers": {"X": "y"}},
        {"match": "/once$", "error": "ECONNREFUSED"},
        {"match": "^https://api\\.example\\.com/", "status": 201, "base64": "aGk="},
    ]);
    let calls = json!([
        get("https://x.example/once", json!([200, "y", "{\"a\":1}"])),
        get("https://x.example/once", json!(["FetchError", "system", "ECONNREFUSED"])),
        get("https://api.example.com/", json!([201, null, "hi"])),
    ]);
    assert_passes(source, &json!({"fetch": mocks, "calls": calls}));
    let calls = json!([{"fn": "onEvent", "arg": {"url": "https://nobody.example/"}, "expect_subset": ["FetchError", "system", "ENOTFOUND"]}]);
    assert_fails(source, &json!({ "calls": calls }), &["no mock of the case matches GET https://nobody.example/"]);
}

#[test]
fn posthog_uses_the_same_mocks_by_full_address() {
    let source = "export async function runEveryMinute() { return (await posthog.api.get('/api/projects/@current/x', { data: { a: 1 } })).json() }";
    let case = json!({
        "fetch": [{"match": "^https://app\\.example\\.com/api/projects/2/x\\?a=1&token=phc_t$", "json": {"ok": true}}],
        "calls": [{"fn": "runEveryMinute", "expect": {"ok": true}}],
        "expect": {"fetch": [["https://app.example.com/api/projects/2/x?a=1&token=phc_t", {"method": "GET", "headers": {"Authorization": "Bearer phx_k"}}]]},
    });
    assert_passes(source, &case);
}

#[test]
fn installation_attachments_config_and_geoip_are_the_cases() {
    let source = "export const jobs = {
        all: async ({ attachments, config, geoip }) => [attachments.a.contents.toString(), attachments.a.file_name, attachments.a.content_type, config, await geoip.locate('1.2.3.4'), await geoip.locate('4.3.2.1')],
        where: async ({ geoip }) => geoip.locate('1.2.3.4'),
    }";
    let manifest = r#"{"name": "Demo", "config": [{"key": "k", "default": "d"}, {"key": "r", "required": true}]}"#;
    let cases = json!({"cases": [
        {"attachments": {"a": "a.txt"}, "config": {"x": [1]}, "geoip": {"1.2.3.4": {"city": 1}, "4.3.2.1": null},
         "calls": [{"fn": "jobs.all", "expect": ["file", "a.txt", "text/plain", {"x": [1]}, {"city": 1}, null]}]},
        {"defaults": true, "attachments": {"a": {"text": "t", "file_name": "b"}}, "geoip": {},
         "calls": [{"fn": "jobs.all", "expect": ["t", "b", "application/octet-stream", {"k": "d"}, null, null]}]},
        {"calls": [{"fn": "jobs.where", "throws": "geoip database is not ready"}]},
    ]});
    let files =
        [("index.ts", source), ("plugin.json", manifest), ("a.txt", "file"), ("x.cases.json", &cases.to_string())];
    let ran = hedgerow(&["test", AppFolder::with(&files).path()], b"");
    ran.assert_ends_with(0);
    assert!(ran.stdout.ends_with("3 passed, 0 failed\n"), "{}", ran.stdout);
}

#[test]
fn what_a_call_leaves_behind_ends_before_the_next() {
    let source = "export const jobs = { start: ({ cache }) => { cache.set('a', 1).then(() => cache.incr('a')) }, look: ({ cache }) => cache.get('a') }";
    assert_passes(source, &json!({"calls": [{"fn": "jobs.start"}, {"fn": "jobs.look", "expect": 2}]}));
}

#[test]
fn cases_share_nothing() {
    let source = "let calls = 0\nexport const jobs = { next: async ({ cache, storage }) => [++calls, await cache.incr('n'), await storage.get('s', null), await storage.set('s', 1)] }";
    let case = json!({"calls": [{"fn": "jobs.next", "expect": [1, 1, null, null]}]});
    let ran = play_all(source, &json!({"cases": [case, case]}));
    ran.assert_ends_with(0);
    assert!(ran.stdout.contains("2 passed"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_used_ends_with_2() {
    for (file, part) in [
        (json!({"cases": [{"call": []}]}), "demo.cases.json: cases[0].call: unknown key"),
        (json!({"cases": [{"expect": {"fetch": 1}}]}), "cases[0].expect.fetch: must be a list"),
        (json!([]), "cases"),
    ] {
        play_all(ECHO, &file).assert_ends_with(2).assert_says(part);
    }
    play_all("throw new Error('at load')", &json!({"cases": [{}]})).assert_ends_with(2).assert_says("at load");
    let app = AppFolder::new(ECHO);
    hedgerow(&["test", app.path()], b"").assert_ends_with(2).assert_says("*.cases.json");
    hedgerow(&["test", app.path(), "--cases", "/does/not/exist"], b"")
        .assert_ends_with(2)
        .assert_says("/does/not/exist");
}

#[test]
fn programs_get_json() {
    let case = json!({"name": "n", "calls": [{"fn": "processEvent", "arg": {"a": 1}, "expect": {"a": 2}}]});
    let app = AppFolder::with(&[("index.ts", ECHO), ("demo.cases.json", &json!({"cases": [case]}).to_string())]);
    let ran = hedgerow(&["test", app.path(), "--json"], b"");
    ran.assert_ends_with(1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&report["passed"], &report["failed"]), (&json!(0), &json!(1)));
    let failure = json!({"place": "calls[0] processEvent", "path": "a", "message": "differs", "expected": 2, "got": 1});
    assert_eq!(report["cases"][0]["failures"], json!([failure]));
}
