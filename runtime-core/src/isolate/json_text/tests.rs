//! Every value here is written as the engine's own `JSON.stringify` writes it.

use super::*;
use rquickjs::{Context, Runtime};

/// Expressions; each is evaluated afresh for either side, as getters may count.
const VALUES: [&str; 46] = [
    "({ a: 1, b: 'x', c: [true, false, null], d: { e: {} }, f: [] })",
    "'plain'",
    "'quote \" backslash \\\\ slash / \\b\\f\\n\\r\\t \\u0000 \\u001f \\u007f \\u2028 \\u2029'",
    "'é ß 漢字 \\u{1f600}'",
    "'\\ud83d alone'",
    "'alone \\ude00'",
    "({ '\\ud83d': '\\ude00', '\\u{1f600}': 1, '\\u0000': 2, 'a\\u0000b': 3 })",
    "'a'.repeat(20000) + 'b'",
    "0",
    "-0",
    "1.5",
    "-1e-7",
    "1e21",
    "123456789012345680000",
    "9007199254740991",
    "9007199254740993",
    "-2147483649",
    "4294967296",
    "5e-324",
    "1.7976931348623157e308",
    "NaN",
    "[Infinity, -Infinity, NaN, undefined, () => 1, Symbol('s')]",
    "({ u: undefined, f() {}, s: Symbol('s'), n: NaN, [Symbol('k')]: 1 })",
    "undefined",
    "(() => 1)",
    "Symbol('s')",
    "null",
    "true",
    "({ when: new Date(0), bad: new Date(NaN), re: /x/g, map: new Map([[1, 2]]), err: new Error('e') })",
    "new Date(0)",
    "[new Date(0), new Number(5), new String('s'), new Boolean(false), Object(Symbol('s'))]",
    "({ n: new Number(5), s: new String('s'), b: new Boolean(false) })",
    "({ toJSON(key) { return 'key:' + key } })",
    "({ a: { toJSON(key) { return 'key:' + key } }, b: { toJSON() {} }, c: { toJSON: 5 } })",
    "[{ toJSON(key) { return 'key:' + key } }, { toJSON() {} }, 1]",
    "Array.from({ length: 12 }, () => ({ toJSON(key) { return [key, typeof key] } }))",
    "Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'hidden' })",
    "Object.defineProperty({ a: 1 }, 'hidden', { value: 2 })",
    "Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } })",
    "Object.assign(Object.create(null), { a: 1, 2: 'two', 1: 'one' })",
    "JSON.parse('{\"__proto__\": {\"x\": 1}, \"a\": {\"__proto__\": 3}}')",
    "({ ['__proto__']: new Date(0) })",
    "[1, , 3]",
    "Object.assign([1, 2], { extra: 3 })",
    "({ p: new Proxy({ a: 1 }, {}), q: new Proxy([1, 2], {}), bytes: new Uint8Array([1, 2]) })",
    "(() => { let n = 0; return { get a() { return ++n }, get b() { delete this.c; return ++n }, c: 1 } })()",
];

fn both(source: &str) -> (String, String) {
    let runtime = Runtime::new().expect("an engine");
    let context = Context::full(&runtime).expect("a context");
    let shown = |ctx: &Ctx<'_>, result: rquickjs::Result<Option<String>>| match result {
        Ok(text) => format!("{text:?}"),
        Err(_) => {
            let thrown = super::super::convert::describe(ctx, &ctx.catch());
            format!("threw {}: {}", thrown.name, thrown.message)
        }
    };
    context.with(|ctx| {
        let value = || ctx.eval::<Value, _>(source).expect("the expression is valid");
        let ours = shown(&ctx, to_json(&ctx, value()));
        (ours, shown(&ctx, through_engine(&ctx, value())))
    })
}

#[test]
fn every_value_is_written_as_the_engine_writes_it() {
    for source in VALUES {
        let (ours, engines) = both(source);
        assert_eq!(ours, engines, "{source}");
    }
}

#[test]
fn what_throws_throws_the_same() {
    for source in [
        "1n",
        "({ a: [1n] })",
        "(() => { const a = { b: [] }; a.b.push(a); return a })()",
        "(() => { const a = []; a.push(a, a); return { a } })()",
        "(() => { const a = { d: new Map() }; a.d.a = a; return a })()",
        "({ get a() { throw new Error('mine') } })",
        "({ a: { toJSON() { throw new Error('mine') } } })",
        "({ get toJSON() { throw new Error('mine') } })",
    ] {
        let (ours, engines) = both(source);
        assert!(engines.starts_with("threw "), "{source} does not throw: {engines}");
        assert_eq!(ours, engines, "{source}");
    }
}

#[test]
fn deep_and_long_values_are_the_engines() {
    for source in [
        "(() => { let v = 1; for (let i = 0; i < 64; i++) v = [v]; return v })()",
        "(() => { let v = 1; for (let i = 0; i < 65; i++) v = [v]; return v })()",
        "(() => { let v = 1; for (let i = 0; i < 500; i++) v = { v }; return v })()",
        "(() => { const t = 'x'.repeat(1 << 20); return [t, t, t, t, t, t, t, t, t] })()",
    ] {
        let (ours, engines) = both(source);
        assert!(engines.starts_with("Some"), "{source}");
        assert!(ours == engines, "{source}");
    }
}

#[test]
fn a_to_json_of_every_object_is_seen() {
    let (ours, engines) = both("(Object.prototype.toJSON = () => 'all', { a: 1 })");
    assert_eq!((ours.as_str(), engines.as_str()), ("Some(\"\\\"all\\\"\")", "Some(\"\\\"all\\\"\")"));
    let (ours, engines) = both("(BigInt.prototype.toJSON = () => 'big', { a: 1n, b: [2n] })");
    assert_eq!(ours, engines);
}

#[test]
fn a_bomb_of_text_meets_a_limit() {
    let runtime = Runtime::new().expect("an engine");
    runtime.set_memory_limit(32 << 20);
    let context = Context::full(&runtime).expect("a context");
    context.with(|ctx| {
        let bomb = "let v = 'x'.repeat(1000); for (let i = 0; i < 30; i++) v = [v, v]; v";
        let value: Value = ctx.eval(bomb).expect("the value itself is small");
        assert!(to_json(&ctx, value).is_err());
    });
}
