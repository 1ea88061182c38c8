//! Exports, and names that an app declares itself.

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
    assert!(named.contains("\"hash\"") && named.contains("get: () => __hedgerow.module(\"crypto\")[\"createHash\"]"));
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
