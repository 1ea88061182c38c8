//! `fetch` over a function of the test in the host's place.

use super::result_of;
use crate::node::testing::{show, with_node};
use crate::node::{HostFunction, set_host_function};
use rquickjs::Ctx;

/// The host notes each request in the global `sent` and answers with what the global `answer` says.
fn with_fetch(test: impl FnOnce(&Ctx<'_>)) {
    with_node(|ctx| {
        let native = ctx
            .eval(
                "globalThis.sent = []; globalThis.answer = {}; let reads = 0; \
                 (async (request) => { \
                   sent.push(request); \
                   if (answer.error) throw answer.error; \
                   return {url: 'https://final/', status: 200, statusText: 'OK', headers: [['Content-Type', 'text/x']], \
                     redirected: false, \
                     readBody: async () => { reads++; if (answer.bodyError) throw answer.bodyError; return Buffer.from(answer.text || '') }, \
                     ...answer.head} \
                 })",
            )
            .unwrap();
        set_host_function(ctx, HostFunction::Fetch, native).unwrap();
        test(ctx);
    });
}

/// What the host was sent, for the arguments of `fetch`.
fn sent(arguments: &str, shown: &str) -> String {
    let mut result = String::new();
    with_fetch(|ctx| {
        result = result_of(ctx, &format!("await fetch({arguments}); const r = sent[0]; result = {shown}"))
    });
    result
}

#[test]
fn a_bare_get() {
    assert_eq!(
        sent("'https://a.b/c?d'", "r"),
        "{method: \"GET\", url: \"https://a.b/c?d\", headers: [], body: null, contentType: null, timeout: 0, size: 0, \
         redirect: \"follow\", follow: 20, compress: true, args: [\"https://a.b/c?d\"]}"
    );
}

#[test]
fn urls_are_strings_objects_or_requests() {
    assert_eq!(sent("new URL('https://a.b/c d')", "r.url"), "\"https://a.b/c%20d\"");
    assert_eq!(
        sent(
            "new fetch.Request('https://a.b', {method: 'put', body: 'x', headers: {A: 'b'}})",
            "[r.url, r.method, r.body, r.headers]"
        ),
        "[\"https://a.b\", \"PUT\", Buffer<78>, [[\"A\", \"b\"], [\"Content-Type\", \"text/plain;charset=UTF-8\"]]]"
    );
}

#[test]
fn bodies_and_the_content_types_they_imply() {
    let text = "\"text/plain;charset=UTF-8\"";
    for (body, expected) in [
        ("'é'", format!("[Buffer<c3 a9>, {text}]")),
        ("Buffer.from('b')", "[Buffer<62>, null]".to_owned()),
        ("new Uint8Array([1]).buffer", "[Buffer<01>, null]".to_owned()),
        ("new Uint16Array([1])", "[Buffer<01 00>, null]".to_owned()),
        (
            "new (load('url').URLSearchParams)({a: 1})",
            "[Buffer<61 3d 31>, \"application/x-www-form-urlencoded;charset=UTF-8\"]".to_owned(),
        ),
        ("5", format!("[Buffer<35>, {text}]")),
        ("[1, 2]", format!("[Buffer<31 2c 32>, {text}]")),
        ("null", "[null, null]".to_owned()),
        ("''", format!("[Buffer<>, {text}]")),
    ] {
        assert_eq!(
            sent(&format!("'https://a', {{method: 'POST', body: {body}}}"), "[r.body, r.contentType]"),
            expected,
            "{body}"
        );
    }
}

#[test]
fn options_reach_the_host() {
    let init = "{method: 'delete', timeout: 5, size: 6, follow: 0, redirect: 'manual', compress: false, agent: {}}";
    assert_eq!(
        sent(
            &format!("'https://a', {init}"),
            "[r.method, r.timeout, r.size, r.follow, r.redirect, r.compress, r.args.length]"
        ),
        "[\"DELETE\", 5, 6, 0, \"manual\", false, 2]"
    );
    assert_eq!(
        sent("'https://a', {headers: [['X-A', '1'], ['x-a', '2']]}", "r.headers"),
        "[[\"X-A\", \"1\"], [\"X-A\", \"2\"]]"
    );
    assert_eq!(
        sent("'https://a', {method: 'POST', body: 'x', headers: {'content-type': 'a/b'}}", "r.headers"),
        "[[\"content-type\", \"a/b\"]]"
    );
}

#[test]
fn wrong_requests_reject() {
    for (arguments, expected) in [
        ("'https://a', {body: 'x'}", "TypeError: Request with GET/HEAD method cannot have body"),
        ("'https://a', {headers: {'a b': 1}}", "TypeError: a b is not a legal HTTP header name"),
        ("'https://a', {headers: {a: '\\n'}}", "TypeError: \n is not a legal HTTP header value"),
        ("'https://a', {headers: 'x'}", "TypeError: Provided initializer must be an object"),
        ("'https://a', {signal: {}}", "TypeError: Expected signal to be an instanceof AbortSignal"),
    ] {
        with_fetch(|ctx| {
            assert_eq!(result_of(ctx, &format!("await fetch({arguments})")), expected, "{arguments}");
            assert_eq!(show(ctx, "sent.length"), "0", "{arguments}");
        });
    }
    with_node(|ctx| assert_eq!(result_of(ctx, "await fetch('https://a')"), "Error: fetch is not available here"));
}

#[test]
fn a_response_has_what_the_head_says() {
    with_fetch(|ctx| {
        let script = "answer = {text: '{\"a\": [1]}', head: {status: 404, statusText: 'Nope', redirected: true, \
                      headers: [['X-One', 'é'], ['set-cookie', 'a=1'], ['Set-Cookie', 'b=2']]}}; \
                      const r = await fetch('https://a'); \
                      result = [r.status, r.ok, r.statusText, r.url, r.redirected, r.headers.get('x-one'), r.headers.has('nope'), \
                        r.headers.get('nope'), r.headers.raw(), [...r.headers], r.bodyUsed, await r.json(), r.bodyUsed]";
        assert_eq!(
            result_of(ctx, script),
            "[404, false, \"Nope\", \"https://final/\", true, \"é\", false, null, \
             {x-one: [\"é\"], set-cookie: [\"a=1\", \"b=2\"]}, [[\"set-cookie\", \"a=1, b=2\"], [\"x-one\", \"é\"]], false, \
             {a: [1]}, true]"
        );
    });
}

#[test]
fn bodies_are_read_once() {
    with_fetch(|ctx| {
        let read = |method: &str| {
            result_of(ctx, &format!("answer = {{text: 'é'}}; result = await (await fetch('https://a')).{method}()"))
        };
        assert_eq!(read("text"), "\"é\"");
        assert_eq!(read("buffer"), "Buffer<c3 a9>");
        assert_eq!(result_of(ctx, "result = (await (await fetch('https://a')).arrayBuffer()).byteLength"), "2");
        assert_eq!(
            result_of(
                ctx,
                "const b = await (await fetch('https://a')).blob(); result = [b.size, b.type, await b.text()]"
            ),
            "[2, \"text/x\", \"é\"]"
        );
        let script = "const r = await fetch('https://a'); await r.text(); await r.json()";
        assert_eq!(result_of(ctx, script), "TypeError: body used already for: https://final/");
        let script = "reads = 0; const r = await fetch('https://a'); const c = r.clone(); \
                      result = [await r.text(), await c.text(), c.url, c.headers.get('content-type'), reads]";
        assert_eq!(result_of(ctx, script), "[\"é\", \"é\", \"https://final/\", \"text/x\", 1]");
        let script = "const r = await fetch('https://a'); await r.text(); r.clone()";
        assert_eq!(result_of(ctx, script), "Error: cannot clone body after it is used");
    });
}

#[test]
fn json_that_is_none_is_a_fetch_error() {
    with_fetch(|ctx| {
        let script = "answer = {text: '<html>'}; try { await (await fetch('https://a')).json() } catch (e) { \
                      result = [e.name, e.type, e instanceof load('node-fetch').FetchError, e instanceof Error, \
                        e.message.startsWith('invalid json response body at https://final/ reason: ')] }";
        assert_eq!(result_of(ctx, script), "[\"FetchError\", \"invalid-json\", true, true, true]");
    });
}

#[test]
fn errors_of_the_host_are_real_ones() {
    with_fetch(|ctx| {
        let show_error =
            "[e instanceof fetch.FetchError, e.name, e.type, e.code, e.errno, e.message, String(e), Object.keys(e)]";
        let script = format!(
            "answer = {{error: {{name: 'FetchError', type: 'system', code: 'ECONNREFUSED', message: 'm'}}}}; \
             await fetch('https://a').catch((e) => {{ result = {show_error} }})"
        );
        assert_eq!(
            result_of(ctx, &script),
            "[true, \"FetchError\", \"system\", \"ECONNREFUSED\", \"ECONNREFUSED\", \"m\", \"FetchError: m\", \
             [\"message\", \"type\", \"errno\", \"code\"]]"
        );
        let script = "answer = {bodyError: {name: 'FetchError', type: 'max-size', message: 'm'}}; await (await fetch('https://a')).text()";
        assert_eq!(result_of(ctx, script), "FetchError: m");
        let script = "answer = {error: new RetryError('late')}; await fetch('https://a').catch((e) => { result = e === answer.error })";
        assert_eq!(result_of(ctx, script), "true");
        let script = "answer = {error: {name: 'AbortError', message: 'stop'}}; \
                      await fetch('https://a').catch((e) => { result = [e instanceof fetch.AbortError, e.type, String(e)] })";
        assert_eq!(result_of(ctx, script), "[true, \"aborted\", \"AbortError: stop\"]");
    });
}

#[test]
fn the_classes_can_be_used_alone() {
    with_node(|ctx| {
        let script = "const r = new fetch.Response('x', {status: 201, headers: {a: '1'}}); \
                      result = [r.status, r.statusText, r.ok, r.url, await r.text(), [...r.headers], new fetch.Response().body]";
        assert_eq!(
            result_of(ctx, script),
            "[201, \"Created\", true, \"\", \"x\", [[\"a\", \"1\"], [\"content-type\", \"text/plain;charset=UTF-8\"]], null]"
        );
        let script = "const h = new fetch.Headers({B: 1, a: 'x'}); h.append('b', 2); h.set('C', null); h.delete('A'); \
                      const seen = []; h.forEach((value, name) => seen.push(name + '=' + value)); \
                      [h.get('B'), h.raw(), seen, [...h.keys()], [...h.values()], new fetch.Headers(h).get('c')]";
        assert_eq!(
            show(ctx, &format!("(() => {{ {} }})()", script.replace("[h.get('B')", "return [h.get('B')"))),
            "[\"1, 2\", {B: [\"1\", \"2\"], C: [\"null\"]}, [\"b=1, 2\", \"c=null\"], [\"b\", \"c\"], [\"1, 2\", \"null\"], \"null\"]"
        );
        assert_eq!(
            show(ctx, "[301, 302, 303, 304, 307, 308].map(fetch.isRedirect)"),
            "[true, true, true, false, true, true]"
        );
        assert_eq!(show(ctx, "Object.prototype.toString.call(new fetch.Request('https://a'))"), "\"[object Request]\"");
    });
}

#[test]
fn a_fetch_over_another_function_gives_the_same_responses() {
    with_fetch(|ctx| {
        let send =
            ctx.eval("async () => ({url: 'https://api/', status: 201, statusText: 'Created', headers: []})").unwrap();
        ctx.globals().set("api", crate::imports::fetch_over(ctx, send).unwrap()).unwrap();
        let script =
            "const r = await api('https://api'); result = [r.status, r instanceof fetch.Response, sent.length]";
        assert_eq!(result_of(ctx, script), "[201, true, 0]");
    });
}
