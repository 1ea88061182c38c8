//! Tables of expressions against Node 20, and what is particular to us.

mod parity;

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
            "new Date(0).toLocaleString('de', {timeZone: 'Europe/London'})",
            "Date.prototype.toLocaleString(\\\"de\\\", {\\\"timeZone\\\":\\\"Europe/London\\\"})",
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

#[test]
fn case_067_bytes_of_the_host_are_a_buffer() {
    with_node(|ctx| {
        ctx.eval::<(), _>("Buffer.from = null; globalThis.Kept = Buffer; Buffer = 5").unwrap();
        ctx.globals().set("contents", super::buffer(ctx, b"{}").unwrap()).unwrap();
        assert_eq!(show(ctx, "contents instanceof Kept && contents.toString()"), "\"{}\"");
        assert_eq!(show(ctx, "JSON.stringify(contents)"), r#""{\"type\":\"Buffer\",\"data\":[123,125]}""#);
    });
}

#[test]
fn natives_do_not_reach_an_app_through_object_prototype() {
    with_node(|ctx| {
        let script = "globalThis.caught = []; for (const name of ['hash', 'hmac', 'hostFunction', 'compare', 'encodeUtf8', 'random']) \
                      Object.defineProperty(Object.prototype, name, {configurable: true, set(value) { caught.push(value) }})";
        ctx.eval::<(), _>(script).unwrap();
        assert_eq!(show(ctx, "load('crypto').createHash('md5').digest('hex').length + caught.length"), "32");
    });
}

#[test]
fn nothing_leaks_when_everything_was_used() {
    // QuickJS asserts that no object is left when its runtime ends; `with_node` ends one.
    with_node(|ctx| {
        for name in crate::imports::names() {
            show(ctx, &format!("globalThis.kept = (globalThis.kept || []).concat(load('{name}'))"));
        }
        show(
            ctx,
            "kept.push(kept, Buffer.alloc(9), new URL('http://a/?b').searchParams, new Date(0).toLocaleString(), fetch)",
        );
        show(ctx, "kept.push(load('crypto').createHash('md5').update('half'), fetch('https://a').catch(() => kept))");
        show(
            ctx,
            "const crypto = load('crypto'); const pair = crypto.generateKeyPairSync('ed25519'); \
             kept.push(pair, pair.privateKey.export({format: 'jwk'}), crypto.createSign('sha256').update('half')); \
             kept.push(crypto.createCipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)).setAAD(Buffer.alloc(3))); \
             crypto.pbkdf2('a', 'b', 1, 1, 'sha1', () => kept); kept.push(kept)",
        );
        assert_eq!(show(ctx, "kept.length > 10 && kept.at(-2).constructor.name"), "\"Cipheriv\"");
        super::testing::drain(ctx);
    });
}
