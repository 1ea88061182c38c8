//! Imports and `require`.

use super::*;

#[test]
fn default_and_namespace_imports_are_the_package_itself() {
    let expected = "const a = __hedgerow.module(\"crypto\");\nconst b = __hedgerow.module(\"crypto\");\nf(a, b);\n";
    assert_eq!(code("import a from 'crypto'\nimport * as b from 'crypto'\nf(a, b)"), expected);
    assert_eq!(code("import { default as a } from 'crypto'; a()").lines().next(), expected.lines().next());
    assert_eq!(script("import a from 'crypto'\nrequire('url'); a(require('crypto'))").imports, ["crypto", "url"]);
}

#[test]
fn named_imports_are_constants_so_that_calls_have_no_receiver() {
    assert_eq!(
        code("import { createHash, randomBytes as bytes, 'x-y' as z } from 'crypto'\ncreateHash(bytes, z)"),
        "const createHash = __hedgerow.module(\"crypto\")[\"createHash\"];\n\
             const bytes = __hedgerow.module(\"crypto\")[\"randomBytes\"];\n\
             const z = __hedgerow.module(\"crypto\")[\"x-y\"];\ncreateHash(bytes, z);\n"
    );
}

#[test]
fn an_import_may_hide_a_global_of_the_host() {
    assert_eq!(
        code("import { URL } from 'url'\nconst fetch = require('node-fetch')\nfetch(new URL('x'))"),
        "const URL = __hedgerow.module(\"url\")[\"URL\"];\nconst fetch = __hedgerow.module(\"node-fetch\");\nfetch(new URL(\"x\"));\n"
    );
}

#[test]
fn require_is_replaced_wherever_it_stands() {
    assert_eq!(
        code("const { createHash } = require(`crypto`)"),
        "const { createHash } = __hedgerow.module(\"crypto\");\n"
    );
    let compiled =
        code("(function (require) { return (0, (require)('url').parse)(1) })(x)\nif (false) require('crypto').a");
    assert!(compiled.contains("(0, __hedgerow.module(\"url\").parse)(1)"), "{compiled}");
    assert!(compiled.contains("__hedgerow.module(\"crypto\").a"), "{compiled}");
    let untouched = "x.require(\"nope\");\nrequire(\"a\", \"b\");\nrequire?.(\"c\");\ntypeof require;\n";
    assert_eq!(code(untouched), untouched);
    assert_eq!(code("import fs = require('crypto'); fs()"), "const fs = __hedgerow.module(\"crypto\");\nfs();\n");
}

#[test]
fn case_034_unknown_used_import_fails() {
    let error = failure("const b = 1\nimport a from 'left-pad'\na(b)");
    let LoadError::Import(problem) = &error else { panic!("{error:?}") };
    assert_eq!(problem.message, cannot("left-pad"));
    assert_eq!((problem.line, problem.column, problem.help.as_deref()), (2, 15, None));
    assert_eq!(error.to_string().lines().next(), Some(problem.message.as_str()));
    assert!(error.to_string().contains("index.ts:2:15\n"));
    assert_eq!(missing("import 'left-pad'"), cannot("left-pad"));
    assert_eq!(missing("export { a } from 'left-pad'"), cannot("left-pad"));
    assert_eq!(missing("export * from 'left-pad'"), cannot("left-pad"));
}

#[test]
fn case_035_unknown_require_fails_even_in_dead_code() {
    assert_eq!(missing("try { require('left-pad') } catch {}"), cannot("left-pad"));
    assert_eq!(missing("if (false) { (function () { return require('left-pad') }) }"), cannot("left-pad"));
}

#[test]
fn case_036_unused_unknown_import_is_ignored() {
    assert_eq!(code("import a, { b } from 'left-pad'\nimport * as c from './c'\nconst d = 1"), "const d = 1;\n");
    assert_eq!(code("import { A } from 'left-pad'\nconst d = (a: A) => 1"), "const d = (a) => 1;\n");
}

#[test]
fn case_037_type_only_imports_are_ignored() {
    assert_eq!(
        code("import type { A } from './a'\nimport { type B } from 'b'\nexport type { A }\nlet c: B"),
        "let c;\n"
    );
}

#[test]
fn case_038_require_of_a_variable_reads_undefined() {
    assert_eq!(missing("const a = 'crypto'; require(a)"), cannot("undefined"));
    assert_eq!(missing("require('cry' + 'pto')"), cannot("undefined"));
    assert_eq!(missing("require(`cry${a}`)"), cannot("undefined"));
    assert_eq!(missing("require(...a)"), cannot("undefined"));
}

#[test]
fn case_039_relative_and_json_imports_fail() {
    for name in ["./lib/a", "../a", "./plugin.json", "/a"] {
        assert_eq!(missing(&format!("import a from '{name}'; a()")), cannot(name));
    }
    let LoadError::Import(problem) = failure("import a from './a'; a()") else { panic!("another error") };
    assert!(problem.help.expect("advice").contains("bundle"));
}

#[test]
fn case_040_dynamic_import_fails() {
    assert!(refused("async function f() { return await import('crypto') }").starts_with("import() is not supported"));
}

#[test]
fn an_import_of_the_reference_that_we_lack_says_so() {
    let LoadError::Import(problem) = failure("import { Wallet } from 'ethers'; new Wallet()") else {
        panic!("another error")
    };
    assert_eq!(problem.message, cannot("ethers"));
    assert!(problem.help.expect("advice").contains("does not provide it yet"));
}

#[test]
fn a_side_effect_import_of_a_known_package_does_nothing() {
    assert_eq!(code("import 'crypto'\nconst a = 1"), "const a = 1;\n");
}

#[test]
fn the_first_missing_import_of_the_source_is_named() {
    assert_eq!(missing("require('a')\nimport b from 'b'; b()"), cannot("a"));
}
