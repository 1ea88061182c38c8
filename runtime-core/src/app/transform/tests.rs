//! Tests of the whole transform: what loads, and what the script says. Its behaviour in the engine is tested with the isolate.

mod exports;
mod imports;
mod rewriting;

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
fn typescript_is_stripped_or_compiled() {
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
