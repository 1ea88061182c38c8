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

#[test]
fn what_we_print_for_a_locale_is_what_node_prints() {
    with_node(|ctx| check_table(ctx, include_str!("intl.json")));
}

#[test]
fn what_we_cannot_do_for_a_locale_throws_and_says_so() {
    for (expression, call) in [
        ("new Date(0).toLocaleDateString('de-DE')", "Date.prototype.toLocaleDateString(\\\"de-DE\\\")"),
        (
            "new Date(0).toLocaleString('en-GB', {timeZone: 'Europe/London'})",
            "Date.prototype.toLocaleString(\\\"en-GB\\\", {\\\"timeZone\\\":\\\"Europe/London\\\"})",
        ),
        (
            "new Date(0).toLocaleTimeString([], {hour: '2-digit'})",
            "Date.prototype.toLocaleTimeString([], {\\\"hour\\\":\\\"2-digit\\\"})",
        ),
        ("new Date(-1e14).toLocaleString()", "Date.prototype.toLocaleString(undefined)"),
        ("(5).toLocaleString('en-US', {style: 'percent'})", "Number.prototype.toLocaleString"),
        ("5n.toLocaleString('fr')", "BigInt.prototype.toLocaleString(\\\"fr\\\")"),
        ("'a'.localeCompare('b', 'sv')", "String.prototype.localeCompare(\\\"sv\\\")"),
        ("'a'.localeCompare('b', undefined, {numeric: true})", "String.prototype.localeCompare"),
        ("'日'.localeCompare('本')", "localeCompare of text beyond Latin letters"),
        ("'I'.toLocaleLowerCase('tr')", "String.prototype.toLocaleLowerCase(\\\"tr\\\")"),
        ("new Intl.DateTimeFormat()", "Intl.DateTimeFormat"),
        ("Intl.NumberFormat('en')", "Intl.NumberFormat"),
    ] {
        with_node(|ctx| {
            let message = show(ctx, &format!("try {{ {expression} }} catch (error) {{ error.message }}"));
            assert!(
                message.contains(&format!("hedgerow does not provide Intl yet: {call}")),
                "{expression}: {message}"
            );
        });
    }
}
