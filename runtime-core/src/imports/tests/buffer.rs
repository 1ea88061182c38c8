//! `createBuffer` of `@posthog/plugin-contrib`, on timers that the test fires.

use super::result_of;
use crate::node::testing::{show, with_node};
use crate::node::{HostFunction, set_host_function};
use rquickjs::Ctx;

/// Timers in the globals `timers` (id -> [callback, milliseconds]); flushed batches in `flushed`.
fn with_buffer(options: &str, test: impl FnOnce(&Ctx<'_>)) {
    with_node(|ctx| {
        ctx.eval::<(), _>("globalThis.timers = {}; globalThis.flushed = []; let ids = 0").unwrap();
        let set =
            ctx.eval("(callback, milliseconds) => { timers[++ids] = [callback, milliseconds]; return ids }").unwrap();
        let clear = ctx.eval("(id) => { delete timers[id] }").unwrap();
        set_host_function(ctx, HostFunction::SetTimer, set).unwrap();
        set_host_function(ctx, HostFunction::ClearTimer, clear).unwrap();
        ctx.eval::<(), _>(format!(
            "globalThis.buffer = load('@posthog/plugin-contrib').createBuffer(\
             {{onFlush: (objects, points) => {{ flushed.push([objects, points]) }}, {options}}})"
        ))
        .unwrap();
        test(ctx);
    });
}

#[test]
fn it_flushes_first_what_an_object_would_push_over_the_limit() {
    with_buffer("limit: 3", |ctx| {
        assert_eq!(result_of(ctx, "buffer.add('a'); buffer.add('b', 2); result = flushed"), "[]");
        assert_eq!(result_of(ctx, "buffer.add('c'); result = [flushed, buffer._points]"), "[[[[\"a\", \"b\"], 3]], 1]");
    });
}

#[test]
fn an_object_over_the_limit_goes_alone() {
    with_buffer("limit: 3", |ctx| {
        let script = "buffer.add('a'); buffer.add('huge', 9); buffer.add('b'); result = flushed";
        assert_eq!(result_of(ctx, script), "[[[\"a\"], 1], [[\"huge\"], 9]]");
    });
}

#[test]
fn the_defaults_are_ten_points_and_sixty_seconds() {
    with_buffer("", |ctx| {
        let script =
            "for (let i = 0; i < 11; i++) buffer.add(i); result = [flushed, Object.values(timers).map((t) => t[1])]";
        assert_eq!(result_of(ctx, script), "[[[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10]], [60000]]");
    });
}

#[test]
fn a_timer_flushes_once_and_a_flush_clears_it() {
    with_buffer("timeoutSeconds: 2", |ctx| {
        assert_eq!(result_of(ctx, "buffer.add('a'); result = Object.values(timers)[0][1]"), "2000");
        assert_eq!(
            result_of(ctx, "Object.values(timers)[0][0](); result = [flushed, Object.keys(timers)]"),
            "[[[[\"a\"], 1]], []]"
        );
        assert_eq!(result_of(ctx, "await buffer.flush(); result = flushed.length"), "1");
        assert_eq!(result_of(ctx, "buffer.add('b'); await buffer.flush(); result = Object.keys(timers)"), "[]");
    });
}

#[test]
fn flush_waits_for_on_flush_and_passes_its_error_on() {
    with_buffer("onFlush: async () => { throw new Error('down') }", |ctx| {
        assert_eq!(result_of(ctx, "buffer.add('a'); await buffer.flush()"), "Error: down");
    });
}

#[test]
fn without_timers_of_the_host_it_still_flushes_by_size() {
    with_node(|ctx| {
        let script = "const all = []; const b = load('@posthog/plugin-contrib').createBuffer({limit: 1, onFlush: (o) => all.push(o)}); \
                      b.add(1); b.add(2); all";
        assert_eq!(show(ctx, script), "[[1]]");
    });
}
