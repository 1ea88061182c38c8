//! The importable modules: which there are, and what is particular to each.

mod buffer;
mod fetch;
mod jsonwebtoken;
mod packages;
mod zlib_stream;

use super::{module, names};
use crate::node::testing::{drain, show, with_node};
use rquickjs::CatchResultExt;

/// Evaluates a script, runs the jobs it leaves, and shows the global `result`.
fn result_of(ctx: &rquickjs::Ctx<'_>, script: &str) -> String {
    ctx.eval::<(), _>(format!(
        "globalThis.result = undefined; (async () => {{ {script} }})().catch((e) => {{ result = e }})"
    ))
    .catch(ctx)
    .unwrap();
    drain(ctx);
    show(ctx, "result")
}

#[test]
fn every_name_gives_one_module() {
    with_node(|ctx| {
        for name in names() {
            let first = module(ctx, name).catch(ctx).unwrap();
            assert_eq!(first, module(ctx, name).unwrap(), "{name}");
            assert!(first.is_object(), "{name}");
        }
        assert!(module(ctx, "fs").is_err());
        assert!(module(ctx, "imports/crypto").is_err());
        ctx.catch();
    });
}

#[test]
fn case_041_fetch_is_one_function_however_it_is_had() {
    with_node(|ctx| {
        assert_eq!(show(ctx, "load('node-fetch') === fetch && load('node-fetch').default === fetch"), "true");
    });
}

#[test]
fn case_042_retry_error_of_the_import_is_the_global_one() {
    with_node(|ctx| {
        assert_eq!(show(ctx, "load('@posthog/plugin-scaffold').RetryError === RetryError"), "true");
        assert_eq!(show(ctx, "class Mine extends RetryError {} new Mine('x') instanceof Error"), "true");
        let ours = crate::node::retry_error(ctx).unwrap();
        let script = "globalThis.kept = new (class extends RetryError {})('x'); RetryError = null; \
                      load('@posthog/plugin-scaffold').RetryError = null";
        assert_eq!(show(ctx, script), "null", "ignored, not thrown");
        let thrown: rquickjs::Object<'_> = ctx.globals().get("kept").unwrap();
        assert!(thrown.is_instance_of(ours));
    });
}

#[test]
fn retry_error_reads_as_the_packages() {
    with_node(|ctx| {
        assert_eq!(show(ctx, "String(new RetryError('no'))"), "\"RetryError: no\"");
        assert_eq!(show(ctx, "String(new RetryError())"), "\"RetryError\"");
        let counted = "Object.assign(new RetryError('no'), {_attempt: 2, _maxAttempts: 6})";
        assert_eq!(show(ctx, &format!("String({counted})")), "\"RetryError (attempt 2/6): no\"");
        assert_eq!(show(ctx, &format!("{counted}.nameWithAttempts")), "\"RetryError (attempt 2/6)\"");
        assert_eq!(show(ctx, "new RetryError('no').name"), "\"RetryError\"");
    });
}

#[test]
fn case_031_default_and_namespace_import_are_the_host_object() {
    with_node(|ctx| {
        assert_eq!(show(ctx, "load('crypto') === load('crypto') && typeof load('crypto').createHash"), "\"function\"");
    });
}

#[test]
fn case_032_named_imports_are_members() {
    with_node(|ctx| {
        let script = "const {createHash: hash, randomBytes} = load('crypto'); const {URL: Address} = load('url'); \
                      [hash('md5').update('').digest('hex'), randomBytes(1).length, Address === URL]";
        assert_eq!(show(ctx, script), "[\"d41d8cd98f00b204e9800998ecf8427e\", 1, true]");
    });
}

#[test]
fn case_044_buffer_crypto_zlib_url() {
    with_node(|ctx| {
        for (expression, expected) in [
            ("Buffer.from(Buffer.from('a€').toString('base64'), 'base64').toString()", "\"a€\""),
            ("Buffer.from(Buffer.from('a€').toString('hex'), 'hex').toString()", "\"a€\""),
            (
                "load('crypto').createHash('sha256').update('abc').digest('hex')",
                "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
            ),
            (
                "load('crypto').createHmac('sha256', 'key').update('The quick brown fox jumps over the lazy dog').digest('hex')",
                "\"f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8\"",
            ),
            ("load('zlib').gunzipSync(load('zlib').gzipSync('squeeze')).toString()", "\"squeeze\""),
            ("load('url').parse('http://a.b:1/c?d=e').query", "\"d=e\""),
            ("new (load('url').URLSearchParams)({a: 'b c'}).toString()", "\"a=b+c\""),
        ] {
            assert_eq!(show(ctx, expression), expected, "{expression}");
        }
    });
}

#[test]
fn case_045_there_are_no_timers_and_no_process() {
    with_node(|ctx| {
        let types =
            "[typeof setTimeout, typeof setInterval, typeof setImmediate, typeof process, typeof URLSearchParams]";
        assert_eq!(show(ctx, types), "[\"undefined\", \"undefined\", \"undefined\", \"undefined\", \"undefined\"]");
    });
}

#[test]
fn what_is_random_comes_from_the_port() {
    with_node(|ctx| {
        assert_eq!(show(ctx, "load('crypto').randomUUID()"), "\"00010203-0405-4607-8809-0a0b0c0d0e0f\"");
        assert_eq!(show(ctx, "load('crypto').randomBytes(3)"), "Buffer<00 01 02>");
        assert_eq!(show(ctx, "load('crypto').randomInt(1000)"), ((0x0001_0203_0405_u64 % 1000).to_string()));
    });
}

#[test]
fn what_is_not_there_yet_says_so() {
    with_node(|ctx| {
        for (expression, name) in [
            ("load('crypto').createECDH('prime256v1')", "crypto.createECDH"),
            ("load('crypto').createDiffieHellman(512)", "crypto.createDiffieHellman"),
        ] {
            let shown = show(ctx, expression);
            assert!(shown.contains(&format!("hedgerow does not provide {name}")), "{shown}");
        }
    });
}

#[test]
fn a_digest_pays_for_no_ciphers_and_no_keys() {
    with_node(|ctx| {
        let unread = "['createHash', 'createCipheriv', 'createSign', 'scrypt'].map((name) => \
                      Object.getOwnPropertyDescriptor(load('crypto'), name).get !== undefined)";
        assert_eq!(show(ctx, unread), "[true, true, true, true]");
        show(ctx, "load('crypto').createHash('md5')");
        assert_eq!(show(ctx, unread), "[false, true, true, true]");
    });
}

#[test]
fn callbacks_run_after_the_caller_has_returned() {
    with_node(|ctx| {
        let script = "const seen = []; load('zlib').gzip('a', (error, data) => { seen.push(error, data.length > 10); result = seen }); \
                      load('crypto').randomBytes(2, (error, data) => seen.push(data.length)); seen.push('returned')";
        assert_eq!(result_of(ctx, script), "[\"returned\", 2, null, true]");
        let script = "load('zlib').gunzip('not gzip', (error) => { result = [error.code, error.message] })";
        assert_eq!(result_of(ctx, script), "[\"Z_DATA_ERROR\", \"incorrect header check\"]");
    });
}

#[test]
fn a_decompression_cannot_pass_the_cap_whatever_the_app_asks() {
    with_node(|ctx| {
        // 300 MiB of zeros in 300 kB: made of members, so that the test itself needs little memory.
        let script = "const zlib = load('zlib'); const one = zlib.gzipSync(Buffer.alloc(1 << 20)); \
                      zlib.gunzipSync(Buffer.concat(Array(300).fill(one)), {maxOutputLength: 2 ** 32})";
        assert!(show(ctx, script).contains("Cannot create a Buffer larger than 268435456 bytes ERR_BUFFER_TOO_LARGE"));
    });
}
