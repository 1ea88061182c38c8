//! What is replaced in place, and where things come from.

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
fn places_are_those_of_the_source() {
    let source = "interface A {\n  b: string\n}\nimport { createHash } from 'crypto'\n\nexport function f(a: A) {\n    throw new Error(createHash(a))\n}\n";
    let compiled = script(source);
    let (line, text) = compiled.code.lines().enumerate().find(|(_, text)| text.contains("throw")).expect("the line");
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
