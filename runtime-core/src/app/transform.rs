//! TypeScript, ES module or CommonJS text to a sloppy script that QuickJS can evaluate, as the reference did it (behaviour.md a.1).
//!
//! Every file is parsed as a TypeScript *module* (strict grammar, unused imports vanish) and printed as a *script*:
//!
//! 1. `check` refuses what apps may not use (top-level await, decorators, `import()`, ...);
//! 2. oxc strips types and compiles enums, namespaces and parameter properties;
//! 3. `names` renames what would collide with the host's own names;
//! 4. `modules` turns imports and exports into lines put in front of the script;
//! 5. `rewrite` replaces `require("x")`, top-level `this` and `await` in place.
//!
//! What generated code expects of the host, as properties of the global object that an app cannot redefine:
//! `__hedgerow.exports` (the app's `exports` object), `__hedgerow.module(name)` (a provided package) and
//! `__hedgerow_await(value, line)` (gives `value` back; `line` is that of the `await` in the source).

mod check;
mod imports;
mod module_state;
mod modules;
mod names;
mod rewrite;
#[cfg(test)]
mod tests;

use std::path::Path;

use oxc::{
    allocator::Allocator,
    ast::{ast::Program, builder::AstBuilder},
    codegen::{Codegen, CodegenOptions, CodegenReturn, CommentOptions},
    diagnostics::OxcDiagnostic,
    parser::{ParseOptions, Parser},
    semantic::{Scoping, SemanticBuilder},
    span::SourceType,
    transformer::{Module, TransformOptions, Transformer},
};

pub use self::{
    imports::{ImportSet, PROVIDED_IMPORTS},
    module_state::ModuleState,
};
use super::{
    error::{LoadError, SourceProblem},
    source_map::{LineIndex, Mapping, Position, SourceMap},
};

/// Stack of the thread that compiles: parser, visitors and printer recurse once a level of nesting. Measured in a debug build: at most
/// 5.5 KB a bracket, and without brackets (`!!!!x`, `a => a => a`, `a + a + a`) at most 0.7 KB a byte of source.
const STACK_BYTES: usize = 16 << 20;
const STACK_BYTES_A_BRACKET: usize = 8 << 10;
const STACK_BYTES_A_SOURCE_BYTE: usize = 1 << 10;
/// The end of it; only address space, as pages that are not used are not there.
const MAX_STACK_BYTES: usize = 1 << 30;
/// Brackets open at once, beyond which a source is refused rather than risk that stack.
const MAX_NESTING: usize = 25_000;

/// What QuickJS evaluates, and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// A sloppy script; evaluate it under the name `file`.
    pub code: String,
    /// From places in `code` to places in `source`.
    pub map: SourceMap,
    /// The packages it imports or requires, in order of first use, each once.
    pub imports: Vec<String>,
    /// The text that was compiled, without a byte order mark.
    pub source: String,
    /// The entry's path in the bundle.
    pub file: String,
    /// Hosts named in literals that start with `http://` or `https://`, sorted; best effort.
    pub hosts: Vec<String>,
    /// Whether its module scope holds anything that a call can change.
    pub module_state: ModuleState,
    /// Whether the word `global` occurs in it: an app without it has no use for `meta.global`.
    pub names_global: bool,
}

/// Compiles the text of the app's one file; `file` is its path in the bundle.
///
/// # Errors
/// `Syntax`, `Unsupported` and `Import` name the place in `source`; `TooDeep` and `Compiler` have none.
pub fn transform(file: &str, source: &str, imports: &dyn ImportSet) -> Result<Script, LoadError> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let nesting = nesting(source);
    if nesting > MAX_NESTING {
        return Err(LoadError::TooDeep { file: file.to_owned(), limit: MAX_NESTING });
    }
    let stack = STACK_BYTES + nesting * STACK_BYTES_A_BRACKET + source.len() * STACK_BYTES_A_SOURCE_BYTE;
    let failed = |reason: String| LoadError::Compiler { file: file.to_owned(), reason };
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("compile-app".into())
            .stack_size(stack.min(MAX_STACK_BYTES))
            .spawn_scoped(scope, || compile(file, source, imports))
            .map_err(|error| failed(error.to_string()))?
            .join()
            .map_err(|_| failed("the compiler panicked".into()))?
    })
}

/// The most brackets open at once, strings and comments included: cheap, and never too low.
fn nesting(source: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                open += 1;
                most = most.max(open);
            }
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// The text being compiled, to name places in it.
struct Origin<'s> {
    file: &'s str,
    source: &'s str,
    lines: LineIndex<'s>,
}

impl Origin<'_> {
    fn position(&self, offset: u32) -> Position {
        self.lines.position(offset as usize)
    }

    fn problem(&self, message: impl Into<String>, offset: u32) -> Box<SourceProblem> {
        Box::new(SourceProblem::new(message.into(), self.file, self.source, self.position(offset)))
    }

    fn syntax_error(&self, diagnostic: &OxcDiagnostic) -> LoadError {
        let offset = diagnostic.labels.first().map_or(0, |label| label.offset());
        let mut problem = self.problem(syntax_message(&diagnostic.message), offset);
        problem.help = diagnostic.help.as_deref().map(str::to_owned);
        LoadError::Syntax(problem)
    }
}

/// Authors look for "unexpected token", as the reference's compiler called it, when something else was expected.
fn syntax_message(message: &str) -> String {
    match message.strip_prefix("Expected") {
        Some(expected) => format!("Unexpected token, expected{expected}"),
        None => message.to_owned(),
    }
}

fn compile(file: &str, source: &str, imports: &dyn ImportSet) -> Result<Script, LoadError> {
    let origin = Origin { file, source, lines: LineIndex::new(source) };
    let allocator = Allocator::default();
    let mut program = parse(&allocator, &origin)?;
    check::refuse_unsupported(&program, &origin)?;
    strip_types(&allocator, &mut program, &origin)?;
    // A script must not begin strict, and what stands in front of it would make a hashbang an error.
    program.directives.clear();
    program.hashbang = None;

    // The scopes are found again, as the compiler's own are not kept exact across its changes.
    let mut scoping = SemanticBuilder::new().build(&program).semantic.into_scoping();
    let mut names = names::Names::new(&scoping);
    names::rename_reserved(&mut scoping, &mut names);
    let module_state = module_state::find(&program, &scoping);
    let builder = AstBuilder::new(&allocator);
    let mut uses = rewrite::Uses::new(&origin, imports);
    let prelude =
        modules::lower(&mut program, &scoping, modules::Context { builder: &builder, names, uses: &mut uses });
    rewrite::rewrite(&mut program, &builder, &mut uses);
    let (imports, hosts) = uses.finish()?;
    Ok(print(&program, scoping, &origin, Parts { prelude, imports, hosts, module_state }))
}

fn parse<'a>(allocator: &'a Allocator, origin: &Origin<'a>) -> Result<Program<'a>, LoadError> {
    let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
    let source_type = SourceType::ts().with_module(true);
    let parsed = Parser::new(allocator, origin.source, source_type).with_options(options).parse();
    match parsed.diagnostics.errors().next() {
        Some(_) if parses_with_jsx(origin.source) => Err(check::jsx_error(origin)),
        Some(diagnostic) => Err(origin.syntax_error(diagnostic)),
        None => Ok(parsed.program),
    }
}

/// Whether a text that does not parse would, if JSX were allowed: then that is what to say.
fn parses_with_jsx(source: &str) -> bool {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::tsx().with_module(true)).parse();
    !parsed.panicked && !parsed.diagnostics.has_errors()
}

/// Removes types and unused imports; compiles enums, namespaces and parameter properties.
fn strip_types<'a>(allocator: &'a Allocator, program: &mut Program<'a>, origin: &Origin<'_>) -> Result<(), LoadError> {
    let analysed = SemanticBuilder::new().with_check_syntax_error(true).with_enum_eval(true).build(program);
    if let Some(diagnostic) = analysed.diagnostics.errors().next() {
        return Err(origin.syntax_error(diagnostic));
    }
    let scoping = analysed.semantic.into_scoping();
    let mut options = TransformOptions::default();
    // The reference's compiler dropped fields that only declare a type.
    options.typescript.remove_class_fields_without_initializer = true;
    // Makes `import x = require("y")` and `export = x` compile.
    options.env.module = Module::CommonJS;
    let transformed =
        Transformer::new(allocator, Path::new(origin.file), &options).build_with_scoping(scoping, program);
    match transformed.diagnostics.errors().next() {
        Some(diagnostic) => Err(origin.syntax_error(diagnostic)),
        None => Ok(()),
    }
}

/// What goes into a script beside the program.
struct Parts {
    prelude: String,
    imports: Vec<String>,
    hosts: Vec<String>,
    module_state: ModuleState,
}

fn print(program: &Program<'_>, scoping: Scoping, origin: &Origin<'_>, parts: Parts) -> Script {
    let options = CodegenOptions {
        source_map_path: Some(origin.file.into()),
        comments: CommentOptions::disabled(),
        // Indentation makes the output of deep nesting grow with its square.
        indent_width: 0,
        ..CodegenOptions::default()
    };
    let CodegenReturn { code, map, .. } =
        Codegen::new().with_options(options).with_scoping(Some(scoping)).build(program);
    // The prelude is whole lines, so that it moves lines and no columns.
    let moved_lines = u32::try_from(parts.prelude.lines().count()).unwrap_or(u32::MAX);
    let mappings = map.iter().flat_map(|map| map.get_tokens()).map(|token| Mapping {
        generated: Position::new(token.get_dst_line() + 1 + moved_lines, token.get_dst_col() + 1),
        original: Position::new(token.get_src_line() + 1, token.get_src_col() + 1),
    });
    Script {
        map: SourceMap::new(origin.file, mappings.collect()),
        code: parts.prelude + &code,
        imports: parts.imports,
        source: origin.source.to_owned(),
        file: origin.file.to_owned(),
        hosts: parts.hosts,
        module_state: parts.module_state,
        names_global: origin.source.contains("global"),
    }
}
