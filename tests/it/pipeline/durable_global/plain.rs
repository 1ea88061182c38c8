//! What of `global` is plain data, and comes back as it was.

use super::*;

#[tokio::test]
async fn plain_data_comes_back_in_its_order() {
    let world = World::of(runner("")).await;
    let script = r"global.z = { deep: [1, -2.5, 'text \u00e9\ud83d\ude00', true, null, { '': {} }] }; global.a = 1e21; global['2'] = '\ud800'";
    let kept = invoke(&world, script).await;
    assert_eq!(next(&world, runner("")).await, kept);
    assert_eq!(kept.as_array().map(Vec::len), Some(3));
    assert_eq!(warnings(&world), [""; 0]);
}

#[tokio::test]
async fn one_value_that_is_not_plain_keeps_all_from_being_stored() {
    for value in [
        "new Date(0)",
        "new Map()",
        "new Set()",
        "/x/",
        "() => 1",
        "undefined",
        "NaN",
        "-1 / 0",
        "1n",
        "Symbol('x')",
        "new (class Client {})()",
        "Object.create(null)",
        "Object.create({ inherited: 1 })",
        "Object.freeze({ a: 1 })",
        "{ get a() { throw new Error('ran') } }",
        "{ toJSON() { return 1 } }",
        "{ [Symbol('x')]: 1 }",
        "Object.defineProperty({}, 'hidden', { value: 1 })",
        "[1, , 2]",
        "Object.assign([1], { extra: 1 })",
        "new Array(3)",
        "new (class extends Array {})()",
        "new Proxy({}, { ownKeys() { throw new Error('ran') }, getPrototypeOf() { throw new Error('ran') } })",
        "new Proxy([], { get() { throw new Error('ran') } })",
        "meta.config",
        "Buffer.from('x')",
        "new Error('x')",
        "Promise.resolve(1)",
        "(() => { const cycle = {}; cycle.self = cycle; return cycle })()",
        "(() => { const shared = {}; return [shared, shared] })()",
        "global",
        "new String('x')",
    ] {
        let world = World::of(runner("")).await;
        invoke(&world, "global.older = 1").await;
        invoke_quietly(&world, &format!("global.older = 2; global.nested = {{ list: [{value}] }}")).await;
        assert_eq!(next(&world, runner("")).await, json!([["older", 1]]), "{value}");
        assert_eq!(warnings(&world), ["global is not kept while anything in it is more than plain JSON"], "{value}");
        invoke(&world, "delete global.nested").await;
        assert_eq!(next(&world, runner("")).await, json!([["older", 2]]), "plain again after {value}");
    }
}

#[tokio::test]
async fn a_global_that_is_not_usual_itself_is_not_stored() {
    for script in [
        "Object.freeze(global)",
        "Object.preventExtensions(global)",
        "Object.setPrototypeOf(global, { inherited: 1 })",
        "global.__proto__ = { inherited: 1 }",
        "Object.defineProperty(global, 'x', { get() { throw new Error('ran') } })",
        "Object.defineProperty(global, 'x', { value: 1 })",
        "global[Symbol('x')] = 1",
        "global['\\ud800'] = 1",
        "meta.global = new Proxy(global, { ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ value: 1, configurable: true, enumerable: true }) })",
        "Object.defineProperty(meta, 'global', { get: () => ({ made: 'up' }) })",
        "Object.prototype.toJSON = function () { return this }",
    ] {
        let world = World::of(runner("")).await;
        invoke(&world, "global.older = 1").await;
        invoke_quietly(&world, &format!("global.older = 2; {script}")).await;
        assert_eq!(next(&world, runner("")).await, json!([["older", 1]]), "{script}");
    }
}

#[tokio::test]
async fn a_global_that_set_up_closed_stays_closed() {
    for close in ["Object.freeze(global)", "Object.preventExtensions(global)", "Object.seal(global)"] {
        let closed = World::of(runner(&format!("global.own = 1; {close}"))).await;
        let kept = NewDocument { json: r#"{"v":1,"keys":[["kept",1]]}"#.to_owned(), ends_at: None };
        assert!(closed.store.documents().put(&snapshot_key(&closed), kept, None).await.expect("in memory"));
        assert_eq!(run(&closed, "").await, json!([["own", 1]]), "{close}");
        closed.pipeline.save_globals().await;
        assert_eq!(stored(&closed).await.as_deref(), Some(r#"{"v":1,"keys":[["kept",1]]}"#), "{close}");
    }
}

#[tokio::test]
async fn a_global_in_the_place_of_the_first_is_the_one_that_counts() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.old = 1; global.both = 1").await;
    invoke(&world, "meta.global = { both: 2, fresh: 3 }").await;
    assert_eq!(next(&world, runner("")).await, json!([["both", 2], ["fresh", 3]]));
    // Restored into what set-up put there.
    let replacing = "arguments[0].global = { own: 1 }";
    let replaced = World::of(runner(replacing)).await;
    invoke(&replaced, "meta.global.kept = 2").await;
    assert_eq!(next(&replaced, runner(replacing)).await, json!([["own", 1], ["kept", 2]]));
    invoke(&replaced, "meta.global = null; meta.global = 5; meta.global = { a: 1 }").await;
    assert_eq!(next(&replaced, runner(replacing)).await, json!([["own", 1], ["a", 1]]));
}

#[tokio::test]
async fn names_that_mean_something_to_objects_are_keys_like_others() {
    let world = World::of(runner("")).await;
    let script = "const own = (object, key, value) => Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
        own(global, '__proto__', { polluted: 1 }); global.constructor = 'c'; global.toString = 's'; own(global.nested = {}, '__proto__', [1])
        global.hasOwnProperty = 0; global.toJSON = 'no function'";
    let kept = invoke(&world, script).await;
    assert_eq!(kept[0], json!(["__proto__", {"polluted": 1}]));
    let again = beside(&world, runner("")).await;
    assert_eq!(run(&again, "").await, kept);
    let seen = run(
        &again,
        "if ({}.polluted || global.polluted || Object.getPrototypeOf(global) !== Object.prototype) global.broken = 1",
    )
    .await;
    assert_eq!(seen, kept);
}

#[tokio::test]
async fn what_the_app_does_to_the_language_changes_nothing() {
    let world = World::of(runner("")).await;
    let script = "global.kept = [{ a: 1 }]
        JSON.stringify = JSON.parse = Reflect.ownKeys = Object.keys = () => { throw new Error('ran') }
        Set.prototype.has = Set.prototype.add = Array.prototype.push = Function.prototype.call = () => { throw new Error('ran') }
        Array.prototype[Symbol.iterator] = function* () {}";
    invoke_quietly(&world, script).await;
    assert_eq!(next(&world, runner("")).await, json!([["kept", [{"a": 1}]]]));
}

#[tokio::test]
async fn what_is_too_large_is_not_stored_and_told_once() {
    let world = World::of(runner("")).await;
    invoke(&world, "global.small = 1").await;
    for script in [
        "global.large = 'x'.repeat(400_000)",
        "global.large = Array.from({ length: 200_000 }, () => 1)",
        "global.large = '\\u0001'.repeat(290_000)",
    ] {
        run(&world, script).await;
        world.pipeline.save_globals().await;
    }
    assert_eq!(warnings(&world), ["global has more than 300000 bytes of JSON: it is not kept"]);
    assert_eq!(next(&world, runner("")).await, json!([["small", 1]]));
    run(&world, "global.large = 'x'.repeat(290_000)").await;
    world.pipeline.save_globals().await;
    assert_eq!(next(&world, runner("")).await.as_array().map(Vec::len), Some(2), "just not too large");
}
