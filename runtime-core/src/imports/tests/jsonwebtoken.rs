//! `jsonwebtoken` beside the package: the table was recorded from version 8.5.1, and what is particular to us comes after it.

use super::result_of;
use crate::node::testing::{check_table, show, with_node};
use rquickjs::Ctx;

#[test]
fn case_043_it_does_as_the_package_does() {
    with_node(|ctx| check_table(ctx, include_str!("jsonwebtoken.json")));
}

#[test]
fn case_043_the_import_has_sign() {
    with_node(|ctx| {
        let members = "['sign', 'verify', 'decode'].map((name) => typeof load('jsonwebtoken')[name])";
        assert_eq!(show(ctx, members), "[\"function\", \"function\", \"function\"]");
    });
}

#[test]
fn algorithms_with_key_pairs_are_refused_by_name() {
    with_node(|ctx| {
        for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"] {
            let expected = format!(
                "Error: jsonwebtoken cannot use the algorithm {algorithm}: this version of hedgerow signs and verifies with \
                 HS256, HS384 and HS512 only"
            );
            let sign = format!("load('jsonwebtoken').sign({{}}, 'key', {{algorithm: '{algorithm}'}})");
            let header = format!("Buffer.from('{{\"alg\":\"{algorithm}\"}}').toString('base64url')");
            let key = "'-----BEGIN PUBLIC KEY-----'";
            let verify = format!("load('jsonwebtoken').verify({header} + '.e30.AAAA', {key})");
            for script in [sign, verify] {
                assert_eq!(show(ctx, &script), format!("throws {expected}"), "{script}");
            }
        }
    });
}

/// Version 8.5.1 took any unsigned token where the secret was empty, as of a setting that somebody forgot.
#[test]
fn an_unsigned_token_needs_none_among_the_algorithms() {
    with_node(|ctx| {
        let unsigned = "load('jsonwebtoken').sign({a: 1}, '', {algorithm: 'none', noTimestamp: true})";
        for secret in ["''", "undefined", "null"] {
            let shown = show(ctx, &format!("load('jsonwebtoken').verify({unsigned}, {secret})"));
            assert!(shown.contains("please specify \"none\" in \"algorithms\" to verify unsigned tokens"), "{shown}");
            let allowed = format!("load('jsonwebtoken').verify({unsigned}, {secret}, {{algorithms: ['none']}})");
            assert_eq!(show(ctx, &allowed), "{a: 1}");
        }
    });
}

/// Version 8.5.1 took no `iat` of 0 for one, so such a token never grew old.
#[test]
fn a_token_of_1970_is_too_old() {
    with_node(|ctx| {
        let token = "load('jsonwebtoken').sign('{\"iat\":0}', 's')";
        let shown = show(ctx, &format!("load('jsonwebtoken').verify({token}, 's', {{maxAge: '1y'}})"));
        assert!(shown.contains("TokenExpiredError: maxAge exceeded"), "{shown}");
    });
}

#[test]
fn a_secret_is_a_string_or_a_buffer() {
    with_node(|ctx| {
        for secret in ["{}", "new Uint8Array(4)", "7", "true"] {
            let shown = show(ctx, &format!("load('jsonwebtoken').sign({{}}, {secret})"));
            assert!(shown.contains("TypeError: secret must be a string or buffer"), "{secret}: {shown}");
        }
    });
}

#[test]
fn an_algorithm_that_nobody_knows_is_named() {
    with_node(|ctx| {
        let shown = show(ctx, "load('jsonwebtoken').sign({}, 's', {header: {alg: 'HS1'}})");
        assert!(shown.starts_with("throws TypeError: \"HS1\" is not a valid algorithm."), "{shown}");
    });
}

#[test]
fn sign_calls_back_with_a_token_after_the_caller_has_returned() {
    with_node(|ctx| {
        let token = show(ctx, "load('jsonwebtoken').sign({iat: 1}, 's')");
        assert_eq!(seen(ctx, "sign({iat: 1}, 's', back)"), format!("[\"returned\", [null, {token}]]"));
        let refused = "[\"returned\", [\"jsonwebtoken cannot use the algorithm RS256\"]]";
        assert_eq!(seen(ctx, "sign({}, 's', {algorithm: 'RS256'}, (e) => back(e.message.split(':')[0]))"), refused);
    });
}

#[test]
fn sign_calls_back_once_and_at_once_for_a_wrong_argument() {
    with_node(|ctx| {
        let payload = "[[\"\\\"exp\\\" should be a number of seconds\"], \"returned\"]";
        assert_eq!(seen(ctx, "sign({exp: 'x'}, 's', (error) => back(error.message))"), payload);
        let option = "[[\"Bad \\\"options.subject\\\" option\"], \"returned\"]";
        let call = "sign({sub: 'x'}, 's', {subject: 'y'}, (error) => back(error.message.split('. ')[0]))";
        assert_eq!(seen(ctx, call), option);
    });
}

/// The arguments of every call of `back` in `call`, and where among them the caller went on.
fn seen(ctx: &Ctx<'_>, call: &str) -> String {
    let script = format!(
        "const seen = []; const back = (...all) => {{ seen.push(all) }}; load('jsonwebtoken').{call}; \
         seen.push('returned'); await null; await null; result = seen"
    );
    result_of(ctx, &script)
}
