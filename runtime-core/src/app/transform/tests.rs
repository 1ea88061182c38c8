//! Tests of the whole transform: what loads, and what the script says. Its behaviour in the engine is tested with the isolate.

use super::*;

const IMPORTS: &dyn ImportSet = &["crypto", "url", "node-fetch", "@posthog/plugin-scaffold"];

fn script(source: &str) -> Script {
    transform("index.ts", source, IMPORTS).unwrap_or_else(|error| panic!("{source}\n{error}"))
}

/// The code without the line that every script begins with.
fn code(source: &str) -> String {
    script(source).code.strip_prefix(";\n").expect("every script begins so").to_owned()
}

fn failure(source: &str) -> LoadError {
    transform("index.ts", source, IMPORTS).expect_err(source)
}

fn missing(source: &str) -> String {
    match failure(source) {
        LoadError::Import(problem) => problem.message,
        other => panic!("{other:?}"),
    }
}

fn refused(source: &str) -> String {
    match failure(source) {
        LoadError::Unsupported(problem) => problem.message,
        other => panic!("{other:?}"),
    }
}

fn cannot(name: &str) -> String {
    format!("/index.ts: Cannot import '{name}'! This package is not provided by PostHog in plugins.")
}

#[test]
fn an_empty_source_is_an_empty_script() {
    assert_eq!(code(""), "");
    assert_eq!(code("\u{feff}// nothing\n"), "");
}

#[test]
fn case_019_syntax_error_names_the_unexpected_token() {
    let LoadError::Syntax(problem) = failure("const a = 1\nfunction processEvent (event, meta { return event }") else {
        panic!("not a syntax error")
    };
    assert!(problem.message.contains("Unexpected token"), "{}", problem.message);
    assert_eq!((problem.line, problem.column), (2, 36));
    assert!(problem.code_frame.contains("> 2 | function processEvent (event, meta {"), "{}", problem.code_frame);
    let LoadError::Syntax(problem) = failure("let a = ;") else { panic!("not a syntax error") };
    assert_eq!(problem.message, "Unexpected token");
}

#[test]
fn case_024_typescript_is_stripped_or_compiled() {
    let compiled = code(
        "interface A { b: string }\ntype C = A | null\nenum Level { Low = 1, High }\nconst enum Fast { Yes = 'y' }\n\
         namespace Tools { export const one: number = 1 }\nabstract class D<T> { private e: T; constructor(readonly f: T) {} }\n\
         function g(this: Window, h?: number): h is number { return (h as any)! satisfies unknown }\n\
         const i = <string>Tools.one; g(Level.High, Fast.Yes); new D(1)\ndeclare const j: number\n",
    );
    for absent in
        ["interface", "type C", "abstract", "private", "readonly", "satisfies", " as any", "declare", "namespace"]
    {
        assert!(!compiled.contains(absent), "{absent} in\n{compiled}");
    }
    for present in ["[\"Low\"] = 1", "\"y\"", "one", "this.f = f", "const i = Tools.one"] {
        assert!(compiled.contains(present), "{present} not in\n{compiled}");
    }
}

#[test]
fn case_025_jsx_and_decorators_are_refused() {
    assert_eq!(refused("const a = <div>hi</div>"), "Unexpected token: JSX is not supported in apps");
    assert_eq!(refused("function log(a) {}\n@log class A {}"), "decorators are not supported in apps");
    assert_eq!(refused("function log(a) {}\nclass A { @log b() {} }"), "decorators are not supported in apps");
}

#[test]
fn case_026_top_level_await_is_refused() {
    for source in ["await fetch('x')", "const a = await b", "for await (const a of b) {}", "{ if (a) { await b } }"] {
        assert!(refused(source).starts_with("top-level await is not supported"), "{source}");
    }
    script("const f = async () => await 1; class A { async b() { for await (const c of d) {} } }");
}

#[test]
fn case_028_octal_and_with_are_load_errors() {
    for source in ["const a = 010", "const a = '\\01'", "with (Math) { a = PI }", "delete a", "function f(a, a) {}"] {
        assert!(matches!(failure(source), LoadError::Syntax(_)), "{source}");
    }
}

#[test]
fn other_syntax_the_reference_did_not_know_is_refused() {
    assert!(refused("const a = import.meta.url").starts_with("import.meta"));
    assert!(refused("function f() { using a = b() }").starts_with("using"));
    assert!(refused("class A { accessor b = 1 }").starts_with("accessor"));
}

#[test]
fn a_script_is_never_strict() {
    let compiled = script("'use strict'\nfunction f() { 'use strict'; return 1 }\n");
    assert!(compiled.code.starts_with(";\n"));
    assert_eq!(compiled.code.matches("use strict").count(), 1, "the function keeps its own: {}", compiled.code);
    assert!(script("import type { A } from 'b'\n'use strict'\nundeclared = 1").code.starts_with(";\n"));
}

#[test]
fn a_hashbang_is_dropped() {
    assert_eq!(code("#!/usr/bin/env node\nconst a = 1"), "const a = 1;\n");
}

#[test]
fn top_level_declarations_stay_what_they_are() {
    assert_eq!(
        code("function processEvent(event) { return event }\nvar a = () => 1\nconst b = 2\nlet c\nclass D {}"),
        "function processEvent(event) {\nreturn event;\n}\nvar a = () => 1;\nconst b = 2;\nlet c;\nclass D {}\n"
    );
}

#[test]
fn private_and_initialised_fields_stay_and_declared_ones_go() {
    let compiled = code("class A { #a; b = 1; c; static { this.d = 2 } e() { return this.#a } }");
    assert!(compiled.contains("#a;") && compiled.contains("b = 1;"), "{compiled}");
    assert!(!compiled.contains("c;"), "{compiled}");
}

mod imports {
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
        assert!(
            refused("async function f() { return await import('crypto') }").starts_with("import() is not supported")
        );
    }

    #[test]
    fn an_import_of_the_reference_that_we_lack_says_so() {
        let LoadError::Import(problem) = failure("import { Pool } from 'pg'; new Pool()") else {
            panic!("another error")
        };
        assert_eq!(problem.message, cannot("pg"));
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
}

mod exports {
    use super::*;

    const MARKER: &str = "Object.defineProperty(__hedgerow.exports, \"__esModule\", { value: true });\n";

    fn getter(name: &str, value: &str) -> String {
        format!(
            "Object.defineProperty(__hedgerow.exports, \"{name}\", {{ enumerable: true, configurable: true, get: () => {value} }});\n"
        )
    }

    #[test]
    fn declarations_stay_and_get_live_getters_in_front() {
        let expected = MARKER.to_owned()
            + &getter("processEvent", "processEvent")
            + &getter("a", "a")
            + &getter("c", "c")
            + &getter("D", "D")
            + "async function processEvent() {}\nlet { a, b: [c] } = x;\nclass D {}\n";
        assert_eq!(
            code("export async function processEvent() {}\nexport let { a, b: [c] } = x\nexport class D {}"),
            expected
        );
    }

    #[test]
    fn lists_and_renames() {
        let expected = MARKER.to_owned() + &getter("b", "a") + &getter("x-y", "a") + "const a = 1;\n";
        assert_eq!(code("const a = 1\nexport { a as b, a as 'x-y' }"), expected);
    }

    #[test]
    fn defaults_get_a_name() {
        assert_eq!(
            code("const _default = 1\nexport default { a: 1 }"),
            MARKER.to_owned() + &getter("default", "__default") + "const _default = 1;\nconst __default = { a: 1 };\n"
        );
        assert!(code("export default function () {}").ends_with("function _default() {}\n"));
        assert!(code("export default class {}").ends_with("class _default {}\n"));
        assert!(code("export default function named() {}").contains("get: () => named"));
        assert!(code("export default async () => 1").ends_with("const _default = async () => 1;\n"));
    }

    #[test]
    fn exports_from_packages() {
        let named = code("export { createHash as hash, default } from 'crypto'\nexport * as all from 'url'");
        assert!(
            named.contains("\"hash\"") && named.contains("get: () => __hedgerow.module(\"crypto\")[\"createHash\"]")
        );
        assert!(named.contains(&getter("default", "__hedgerow.module(\"crypto\")")));
        assert!(named.contains(&getter("all", "__hedgerow.module(\"url\")")));
        let all = code("export * from 'crypto'\nexport const a = 1");
        let (own, every) = (all.find("\"a\"").expect("own"), all.find("Object.keys").expect("every"));
        assert!(own < every, "a name of one's own goes first:\n{all}");
    }

    #[test]
    fn an_imported_binding_can_be_exported() {
        let compiled = code("import { createHash } from 'crypto'\nexport { createHash }");
        assert!(compiled.contains(&getter("createHash", "createHash")), "{compiled}");
        assert!(compiled.contains("const createHash = __hedgerow.module"), "{compiled}");
    }

    #[test]
    fn enums_and_namespaces_can_be_exported_and_types_vanish() {
        let compiled = code(
            "export enum A { B }\nexport namespace C { export const d = 1 }\nexport interface E {}\nexport type F = 1",
        );
        assert!(compiled.contains(&getter("A", "A")) && compiled.contains(&getter("C", "C")), "{compiled}");
        assert!(!compiled.contains("\"E\"") && !compiled.contains("\"F\""), "{compiled}");
    }

    #[test]
    fn commonjs_stays_and_export_equals_becomes_it() {
        assert_eq!(code("module.exports = { a: 1 }"), "module.exports = { a: 1 };\n");
        assert_eq!(code("exports.a = 1"), "exports.a = 1;\n");
        assert_eq!(code("export = { a: 1 }"), "module.exports = { a: 1 };\n");
    }

    #[test]
    fn case_030_own_names_do_not_reach_the_hosts() {
        let compiled = code(
            "const module = { exports: {} }\nvar exports = 1\nconst fetch = 2, URL = 3\nexport const a = { module, exports }",
        );
        assert!(
            compiled.contains("const _module = { exports: {} };\nvar _exports = 1;\nconst fetch = 2, URL = 3;"),
            "{compiled}"
        );
        assert!(compiled.contains("module: _module") && compiled.contains("exports: _exports"), "{compiled}");
        assert!(compiled.contains(&getter("a", "a")));
        let inner = "function f(module, exports) {\nmodule.exports = exports;\n}\n";
        assert_eq!(code(inner), inner, "a bundle's own parameters stay");
        let hidden = code("function f(__hedgerow_await) { return async (__hedgerow) => await require('url') }");
        assert!(hidden.contains("function f(___hedgerow_await)") && hidden.contains("(___hedgerow) =>"), "{hidden}");
        assert!(hidden.contains("await __hedgerow_await(__hedgerow.module(\"url\"), 1)"), "{hidden}");
        assert!(code("export const Object = 1").contains("const _Object = 1"));
    }

    #[test]
    fn a_renamed_binding_is_exported_under_its_own_name() {
        assert!(code("const module = 1; export { module }").contains(&getter("module", "_module")));
        assert!(code("export const module = 1").contains(&getter("module", "_module")));
    }
}

mod rewriting {
    use super::*;

    #[test]
    fn top_level_this_is_undefined() {
        let compiled = code(
            "var a = this && this.b || ((c) => this)\nfunction f() { return this }\nclass A { [this] = this; static { this.g } h() { this } }\nclass B extends this.C {}\nvar o = { i() { return this }, j: this }",
        );
        assert_eq!(compiled.matches("void 0").count(), 6, "{compiled}");
        for own in ["return this;", "= this;", "this.g;", "() {\nthis;\n"] {
            assert!(compiled.contains(own), "{own:?} not in\n{compiled}");
        }
    }

    #[test]
    fn awaits_are_noted_with_their_line_in_the_source() {
        let compiled = code("type A = {\n  b: 1\n}\nasync function f() {\n  const c: A = await g(\n    await h)\n}");
        assert!(compiled.contains("await __hedgerow_await(g(await __hedgerow_await(h, 6)), 5)"), "{compiled}");
        assert!(code("async () => { await (a, b) }").contains("await __hedgerow_await((a, b), 1)"));
        assert_eq!(code("async () => {\nfor await (const a of b) {}\n};\n").matches("__hedgerow_await").count(), 0);
    }

    #[test]
    fn case_059_places_are_those_of_the_source() {
        let source = "interface A {\n  b: string\n}\nimport { createHash } from 'crypto'\n\nexport function f(a: A) {\n    throw new Error(createHash(a))\n}\n";
        let compiled = script(source);
        let (line, text) =
            compiled.code.lines().enumerate().find(|(_, text)| text.contains("throw")).expect("the line");
        let column = text.find("new").expect("the place") as u32 + 1;
        assert_eq!(compiled.map.original(line as u32 + 1, column), Some((7, 11)));
        let stack = format!("    at f (index.ts:{}:{column})", line + 1);
        assert_eq!(compiled.map.map_stack(&stack), "    at f (index.ts:7:11)");
        assert_eq!(compiled.map.original(1, 1), None, "what stands in front has no source");
    }

    #[test]
    fn hosts_of_literals_are_found() {
        let compiled = script(
            "fetch('https://b.example.com/x'); fetch(`http://a.example.com/${c}`); fetch(`https://${d}`); 'https://b.example.com'",
        );
        assert_eq!(compiled.hosts, ["a.example.com", "b.example.com"]);
    }
}

#[test]
fn minified_bundles_survive() {
    let source = "!function(e,t){\"object\"==typeof exports&&\"undefined\"!=typeof module?t(exports,require(\"url\")):(e=e||self,t(e.x={},e.y))}(this,(function(e,t){\"use strict\";var r=t&&t.default||t,n=(0,r.parse)(\"a\");e.processEvent=function(e){return e.n=n,e},Object.defineProperty(e,\"__esModule\",{value:!0})}));";
    let compiled = code(source);
    assert!(compiled.contains("t(exports, __hedgerow.module(\"url\"))"), "{compiled}");
    assert!(compiled.contains("}(void 0, "), "{compiled}");
    assert!(compiled.contains("\"use strict\""), "{compiled}");
}

#[test]
fn deep_nesting_loads_or_is_refused_clearly() {
    let brackets = [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("class A { a = ", "}"), ("`${", "}`")];
    let others = [("!", ""), ("a => ", ""), ("if (a) ", ""), ("0 ** ", ""), ("new ", "")];
    for (open, close) in brackets.into_iter().chain(others) {
        script(&format!("{}0{}", open.repeat(20_000), close.repeat(20_000)));
    }
    script(&format!("x = 0{}", " + 1".repeat(20_000)));
    let source = format!("x = {}0{}", "[".repeat(26_000), "]".repeat(26_000));
    assert_eq!(failure(&source), LoadError::TooDeep { file: "index.ts".into(), limit: MAX_NESTING });
}
