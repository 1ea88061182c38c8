//! `jsonwebtoken` of the imports bundle: the table was recorded from the same version under Node 20, with the built-in `crypto`
//! of either side below it.

use super::result_of;
use crate::node::testing::{Random, check_table, show, with_node, with_node_over};
use rquickjs::Ctx;
use std::sync::Arc;

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

/// Case 43's algorithms with key pairs: each signs, verifies, and refuses what another key or another algorithm signed.
#[test]
fn case_043_key_pairs_sign_and_verify() {
    with_node_over(Arc::new(Random), |ctx| {
        ctx.eval::<(), _>(
            "globalThis.pair = (...kind) => load('crypto').generateKeyPairSync(...kind); globalThis.jwt = load('jsonwebtoken');
             globalThis.rsa = pair('rsa', {modulusLength: 1024}); globalThis.p256 = pair('ec', {namedCurve: 'P-256'})
             globalThis.p384 = pair('ec', {namedCurve: 'P-384'})",
        )
        .unwrap();
        for (algorithm, pair) in
            [("RS256", "rsa"), ("RS512", "rsa"), ("PS256", "rsa"), ("ES256", "p256"), ("ES384", "p384")]
        {
            let options = format!("{{algorithm: '{algorithm}', allowInsecureKeySizes: true}}");
            let pem = format!("{pair}.privateKey.export({{type: 'pkcs8', format: 'pem'}})");
            let public = format!("{pair}.publicKey.export({{type: 'spki', format: 'pem'}})");
            ctx.eval::<(), _>(format!("globalThis.token = jwt.sign({{a: 1}}, {pem}, {options})")).unwrap();
            assert_eq!(show(ctx, "jwt.decode(token, {complete: true}).header.alg"), format!("{algorithm:?}"));
            let verify =
                format!("jwt.verify(token, {public}, {{algorithms: ['{algorithm}'], allowInsecureKeySizes: true}}).a");
            assert_eq!(show(ctx, &verify), "1", "{algorithm}");
            let forged = format!("jwt.verify(token.slice(0, -8) + 'AAAAAAAA', {public})");
            assert!(show(ctx, &forged).contains("invalid signature"), "{algorithm}");
            let confused = format!("jwt.verify(token, {public}, {{algorithms: ['HS256']}})");
            assert!(show(ctx, &confused).contains("invalid algorithm"), "{algorithm}");
        }
        let weak = "jwt.sign({}, rsa.privateKey, {algorithm: 'RS256'})";
        assert!(show(ctx, weak).contains("secretOrPrivateKey has a minimum key size of 2048 bits for RS256"));
    });
}

#[test]
fn a_secret_is_a_string_or_a_buffer() {
    with_node(|ctx| {
        for secret in ["{}", "7", "true"] {
            let shown = show(ctx, &format!("load('jsonwebtoken').sign({{}}, {secret})"));
            assert!(shown.contains("Error: secretOrPrivateKey is not valid key material"), "{secret}: {shown}");
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
