//! Cases 31-44: what an app can import.

use super::properties_after;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use tests::{AppSetup, MockReply, World};

/// The first line of the error of an app that does not load.
fn load_error(source: &str) -> String {
    let error = AppSetup::new(source).load_error().to_string();
    error.lines().next().unwrap_or_default().to_owned()
}

fn cannot_import(name: &str) -> String {
    format!("/index.ts: Cannot import '{name}'! This package is not provided by PostHog in plugins.")
}

#[tokio::test(flavor = "multi_thread")]
async fn case_031_default_and_namespace_imports_are_the_host_object() {
    let properties = properties_after(
        "import byDefault from 'crypto'
        import * as namespace from 'crypto'
        export function processEvent(event) {
            const required = require('crypto')
            event.properties.same = [byDefault === namespace, byDefault === required]
            event.properties.kinds = [typeof byDefault.createHash, typeof byDefault.default]
            return event
        }",
    )
    .await;
    assert_eq!(properties["same"], json!([true, true]));
    assert_eq!(properties["kinds"], json!(["function", "undefined"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_032_named_and_renamed_imports_are_members() {
    let properties = properties_after(
        "import crypto, { createHash, randomBytes as bytes } from 'crypto'
        export function processEvent(event) {
            event.properties.same = [createHash === crypto.createHash, bytes === crypto.randomBytes]
            event.properties.hash = createHash('md5').update('a').digest('hex')
            return event
        }",
    )
    .await;
    assert_eq!(properties["same"], json!([true, true]));
    assert_eq!(properties["hash"], json!("0cc175b9c0f1b6a831c399e269772661"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_033_require_is_destructured() {
    let properties = properties_after(
        "const { createHash, randomBytes: bytes } = require('crypto')
        function processEvent(event) {
            event.properties.hash = createHash('md5').update('a').digest('hex')
            event.properties.count = bytes(5).length
            return event
        }",
    )
    .await;
    assert_eq!(properties["hash"], json!("0cc175b9c0f1b6a831c399e269772661"));
    assert_eq!(properties["count"], json!(5));
}

#[test]
fn case_034_unknown_used_import_fails_the_load() {
    for import in ["import x from 'left-pad'", "import * as x from 'left-pad'", "import { x } from 'left-pad'"] {
        assert_eq!(load_error(&format!("{import}\nexport const y = x")), cannot_import("left-pad"));
    }
}

#[test]
fn case_035_unknown_require_fails_wherever_it_stands() {
    for source in [
        "const x = require('left-pad')",
        "function processEvent(event) { try { require('left-pad') } catch {} return event }",
        "if (false) { require('left-pad') }",
    ] {
        assert_eq!(load_error(source), cannot_import("left-pad"), "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_036_unknown_import_without_use_is_ignored() {
    let source = "import x, { y } from 'left-pad'
        type Y = typeof y
        export function processEvent(event) { event.properties.loaded = true; return event }";
    assert_eq!(properties_after(source).await["loaded"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_037_type_only_imports_are_ignored() {
    let source = "import type { A } from 'anywhere'
        import { type B } from './types'
        import { C } from '@types/c'
        export function processEvent(event: A, b?: B): C { event.properties.loaded = true; return event }";
    assert_eq!(properties_after(source).await["loaded"], json!(true));
}

#[test]
fn case_038_require_of_a_variable_reads_undefined() {
    assert_eq!(load_error("const name = 'crypto'\nconst crypto = require(name)"), cannot_import("undefined"));
}

#[test]
fn case_039_relative_and_json_imports_fail() {
    for name in ["./other", "../other.js", "./data.json"] {
        assert_eq!(load_error(&format!("import x from '{name}'\nexport const y = x")), cannot_import(name));
        assert_eq!(load_error(&format!("const x = require('{name}')")), cannot_import(name));
    }
}

#[test]
fn case_040_dynamic_import_fails() {
    let source = "export async function processEvent(event) { await import('crypto'); return event }";
    let error = load_error(source);
    assert!(error.contains("import()"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_041_fetch_is_node_fetch_however_it_is_reached() {
    let world = World::with(
        "import imported from 'node-fetch'
        export async function processEvent(event) {
            const required = require('node-fetch')
            event.properties.same = [fetch === imported, fetch === required]
            event.properties.replies = []
            for (const request of [fetch, imported, required]) {
                const response = await request('https://example.com/', { method: 'POST', body: 'x' })
                event.properties.replies.push((await response.json()).ok)
            }
            return event
        }",
    )
    .await;
    world.http.answer(MockReply::json(&json!({"ok": true})));
    let properties = world.run_properties().await;
    assert_eq!(properties["same"], json!([true, true]));
    assert_eq!(properties["replies"], json!([true, true, true]));
    let requests: Vec<String> = world.http.requests().iter().map(|request| format!("{request:?}")).collect();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| *request == requests[0]), "{requests:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_042_retry_error_of_scaffold_is_the_global_one() {
    let properties = properties_after(
        "import { RetryError as imported } from '@posthog/plugin-scaffold'
        export function processEvent(event) {
            const error = new imported('again')
            event.properties.same = imported === RetryError
            event.properties.kinds = [error instanceof RetryError, error instanceof Error, error.name, error.message]
            return event
        }",
    )
    .await;
    assert_eq!(properties["same"], json!(true));
    assert_eq!(properties["kinds"], json!([true, true, "RetryError", "again"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_042_the_host_recognises_retry_errors_and_their_subclasses() {
    for (class, is_retry) in [("RetryError", true), ("Again", true), ("Error", false), ("Fake", false)] {
        let world = World::with(&format!(
            "import {{ RetryError }} from '@posthog/plugin-scaffold'
            class Again extends RetryError {{}}
            class Fake extends Error {{ constructor(m) {{ super(m); this.name = 'RetryError' }} }}
            export function setupPlugin() {{ throw new {class}('not yet') }}
            export const jobs = {{ tidy() {{}} }}"
        ))
        .await;
        let tried_again = "setupPlugin failed with RetryError (attempt 1/6): not yet. Retrying in 5 s...";
        assert_eq!(world.logs.messages(LogLevel::Warn), [tried_again][..usize::from(is_retry)], "{class}");
        assert_eq!(world.first().disabled().is_none(), is_retry, "{class}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_043_jsonwebtoken_signs_and_verifies() {
    let properties = properties_after(
        "import jwt from 'jsonwebtoken'
        import * as namespace from 'jsonwebtoken'
        import { sign, TokenExpiredError } from 'jsonwebtoken'
        function failure(token, secret, options) {
            try { jwt.verify(token, secret, options) } catch (error) {
                return [error.name, error.message, error instanceof jwt.JsonWebTokenError]
            }
        }
        export async function processEvent(event) {
            const token = jwt.sign({ sub: 'ann', iat: 1700000000 }, 'secret', { expiresIn: '2h', keyid: 'k1' })
            Object.assign(event.properties, {
                same: [jwt === namespace, jwt === require('jsonwebtoken'), sign === jwt.sign],
                token,
                claims: jwt.verify(token, 'secret', { clockTimestamp: 1700000001 }),
                header: jwt.decode(token, { complete: true }).header,
                expired: failure(token, 'secret', { clockTimestamp: 1800000000 }),
                forged: failure(token, 'other'),
                unsigned: failure(jwt.sign({}, '', { algorithm: 'none' }), ''),
                later: await new Promise((resolve, reject) => sign(
                    { sub: 'ann', iat: 1700000000, exp: 1700007200 }, 'secret', { keyid: 'k1' },
                    (error, result) => error ? reject(error) : resolve(result === token),
                )),
                fresh: await new Promise((resolve, reject) => jwt.verify(
                    jwt.sign({ a: 1 }, 'secret', { expiresIn: 60, algorithm: 'HS512' }), 'secret', { algorithms: ['HS512'] },
                    (error, { iat, exp, a }) => error ? reject(error) : resolve([a, exp - iat]),
                )),
                date: new TokenExpiredError('m', new Date(0)).expiredAt,
            })
            return event
        }",
    )
    .await;
    let expected = json!({
        "same": [true, true, true],
        "token": concat!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.", "eyJzdWIiOiJhbm4iLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwNzIwMH0.", "IYv0Aj6wds6YYn1L9_hvre__qMi66PD2hLzvBDH7Wmc"),
        "claims": {"sub": "ann", "iat": 1_700_000_000, "exp": 1_700_007_200},
        "header": {"alg": "HS256", "typ": "JWT", "kid": "k1"},
        "expired": ["TokenExpiredError", "jwt expired", true],
        "forged": ["JsonWebTokenError", "invalid signature", true],
        "unsigned": ["JsonWebTokenError", "please specify \"none\" in \"algorithms\" to verify unsigned tokens", true],
        "later": true,
        "fresh": [1, 60],
        "date": "1970-01-01T00:00:00.000Z",
        "$plugins_succeeded": ["demo (39)"],
    });
    assert_eq!(properties, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_044_buffer_crypto_zlib_and_url_do_their_work() {
    let properties = properties_after(
        "import { createHash, createHmac } from 'crypto'
        import zlib from 'zlib'
        import * as url from 'url'
        import { URLSearchParams } from 'url'
        const { gzipSync, gunzipSync, gunzip } = zlib
        export async function processEvent(event) {
            const text = 'h\\u00e9llo \\u{1F600}'
            const bytes = Buffer.from(text)
            const packed = gzipSync(bytes)
            Object.assign(event.properties, {
                base64: bytes.toString('base64'),
                hex: bytes.toString('hex'),
                back: [Buffer.from(bytes.toString('base64'), 'base64'), Buffer.from(bytes.toString('hex'), 'hex')].map((b) => b.toString() === text),
                sha256: createHash('sha256').update('a').digest('hex'),
                hmac: createHmac('sha256', 'key').update('a').digest('base64'),
                magic: packed.slice(0, 2).toString('hex'),
                unpacked: gunzipSync(packed).toString(),
                later: await new Promise((resolve, reject) => gunzip(packed, (error, result) => error ? reject(error) : resolve(result.toString()))),
                parsed: (({ hostname, pathname, query }) => ({ hostname, pathname, query }))(url.parse('https://example.com/a/b?c=d&e=f', true)),
                query: new URLSearchParams({ a: '1 2', b: 'x&y' }).toString(),
                search: new URL('https://example.com/?a=1').searchParams.get('a'),
            })
            return event
        }",
    )
    .await;
    let expected = json!({
        "base64": "aMOpbGxvIPCfmIA=",
        "hex": "68c3a96c6c6f20f09f9880",
        "back": [true, true],
        "sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "hmac": "eAw9tM495bnlWBb7qY9ZBjHZbAdScbJpdiONX0REIZs=",
        "magic": "1f8b",
        "unpacked": "h\u{e9}llo \u{1F600}",
        "later": "h\u{e9}llo \u{1F600}",
        "parsed": {"hostname": "example.com", "pathname": "/a/b", "query": {"c": "d", "e": "f"}},
        "query": "a=1+2&b=x%26y",
        "search": "1",
        "$plugins_succeeded": ["demo (39)"],
    });
    assert_eq!(properties, expected);
}
