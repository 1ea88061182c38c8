use super::ModuleState;
use crate::app::transform;

fn state(source: &str) -> ModuleState {
    transform("index.ts", source, &["url", "crypto"]).unwrap_or_else(|error| panic!("{source}: {error}")).module_state
}

#[test]
fn functions_classes_constants_and_imports_are_no_state() {
    for source in [
        "",
        "export async function setupPlugin({ global }) { global.ready = true; global.list.push(1) }",
        "const limit = 5 * 60, name = `a${limit}`; let unset; var negative = -limit; export const url = 'x' + name",
        "const pattern = /^a/i; const f = () => 1; const g = function () {}; const same = f; const most = Number.MAX_SAFE_INTEGER",
        "import { createHash } from 'crypto'; import * as url from 'url'; const parse = url.parse; const hash = createHash
         export const processEvent = (event) => { event.properties.x = hash(parse(event.event)); return event }",
        "const { URL } = require('url'); const format = require('url').format; exports.processEvent = (event) => event",
        "class Client { #key; count = 0; static LIMIT = 3; constructor(key) { this.#key = key; this.list = [] } add() { this.count++ } }
         class Other extends Client { grow = () => { this.count += 1 } }
         export function processEvent(event) { const client = new Client(); client.count = 2; return event }",
        "const names = Object.freeze(['a', 'b']); const table = Object.freeze({ a: 1, b: Object.freeze([2]) }); const mark = Symbol('x')",
        "export const jobs = { run: async () => {}, stop() {} }",
        "export default { processEvent(event) { return event }, jobs: { a: () => {} }, version: 1 }",
        "\"use strict\"; Object.defineProperty(exports, '__esModule', { value: true }); exports.a = exports.b = void 0
         function a() {} exports.a = a; exports.b = () => {}",
        "function processEvent(event) { return event } module.exports = { processEvent, jobs: { work: async () => {} } }",
        "type T = { a: number }; interface I { b: string } export const x = 1 as number",
        "function f() { const cache = {}; cache.a = 1; let n = 0; n++; const self = { m() { return 1 } }; return [cache, n, self] }",
    ] {
        assert_eq!(state(source), ModuleState::None, "{source}");
    }
}

#[test]
fn what_a_call_can_change_is_state() {
    for source in [
        "let client; export function setupPlugin() { client = 1 }",
        "var count = 0; function processEvent(event) { count++; return event }",
        "let [a] = 'x'; function f() { ({ a } = { a: 2 }) }",
        "const cache = {}",
        "const list = []",
        "const seen = new Map()",
        "const made = make(); function make() { return 1 }",
        "const next = (() => { let n = 0; return () => n++ })()",
        "const pattern = /a/g; function f(text) { return pattern.test(text) }",
        "const pattern = /a/y",
        "export const table = { a: 1 }",
        "const deep = Object.freeze({ a: [] })",
        "const copy = Object.freeze([...'abc'])",
        "const choice = 1 ? [] : 2",
        "const either = null || {}",
        "class A { static cache = {} }",
        "class A { static { this.n = 0 } }",
        "class A { static n = 0; static add() { this.n++ } }",
        "class A { static n = 0 } function f() { A.n += 1 }",
        "function f() { f.count = (f.count || 0) + 1 }",
        "function f() { delete f.count }",
        "function f() { Object.assign(f, { n: 1 }) }",
        "function f() { [f.a] = [1] }",
        "import url from 'url'; function f() { url.cache = 1 }",
        "const url = require('url'); function f() { url.a.b = 1 }",
        "function f() { counter = 1 }",
        "function f() { this.counter = 1 }",
        "function f() { const add = () => { this.counter = 1 }; add() }",
        "function f() { globalThis.counter = 1 }",
        "function f() { global.counter = 1 }",
        "function f() { Array.prototype.seen = 1 }",
        "function f() { exports.count = 1 }",
        "exports.cache = []",
        "module.exports = { cache: new Map() }",
        "module.exports = make(); function make() { return {} }",
        "export default make(); function make() { return {} }",
        "function f() { return eval('n') }",
        "function f() { return new Function('return 1') }",
        "{ let n = 0; exports.f = () => n++ }",
        "if (true) { var x = 1 }",
        "for (let i = 0; i < 2; i++) {}",
        "f(); function f() {}",
        "enum Kind { A, B }",
        "namespace N { export let n = 0 }",
        "export let count = 0; export function add() { count += 1 }",
    ] {
        assert_eq!(state(source), ModuleState::Mutable, "{source}");
    }
}

#[test]
fn a_name_of_the_language_that_the_app_declares_is_the_apps() {
    for source in [
        "function require() { return {} } const cache = require('url')",
        "const Object = { freeze: (value) => value }; const cache = Object.freeze({})",
        "function Symbol() { return [] } const cache = Symbol()",
    ] {
        // `require` and `Object` at the top of a module are renamed, so they are the app's in every sense.
        assert_eq!(state(source), ModuleState::Mutable, "{source}");
    }
}
