//! Tables of expressions against Node 20, and what is particular to us.

use super::testing::{check_table, show, with_node};

#[test]
fn buffer_does_as_node_does() {
    with_node(|ctx| check_table(ctx, include_str!("buffer.json")));
}

#[test]
fn urls_are_as_in_node() {
    with_node(|ctx| check_table(ctx, include_str!("url.json")));
}

#[test]
fn crypto_and_zlib_are_as_in_node() {
    with_node(|ctx| check_table(ctx, include_str!("crypto_zlib.json")));
}

#[test]
fn apps_may_declare_or_assign_our_globals() {
    for declaration in [
        "var Buffer = 1; Buffer",
        "const Buffer = 1; Buffer",
        "function Buffer() {} typeof Buffer.from === 'undefined' ? 1 : 0",
        "Buffer = 1; Buffer",
    ] {
        with_node(|ctx| assert_eq!(show(ctx, declaration), "1", "{declaration}"));
    }
}

#[test]
fn a_global_is_not_enumerable_and_stays_the_same() {
    with_node(|ctx| {
        assert_eq!(show(ctx, "Object.keys(globalThis).includes('Buffer')"), "false");
        assert_eq!(
            show(ctx, "Buffer === Buffer && Object.getOwnPropertyDescriptor(globalThis, 'Buffer').writable"),
            "true"
        );
    });
}

#[test]
fn names_an_app_declares_do_not_reach_our_sources() {
    with_node(|ctx| {
        ctx.eval::<(), _>("const Uint8Array = 1; class Math {}; var String = null, Object = 0;").unwrap();
        assert_eq!(ctx.eval::<String, _>("Buffer.from('abc').toString('hex')").unwrap(), "616263");
    });
}
