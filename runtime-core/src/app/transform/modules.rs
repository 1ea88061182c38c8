//! Import and export declarations: taken out of the program and turned into lines in front of the script.
//!
//! An import is a `const` of the script, which may hide a global of the host (`import fetch from "node-fetch"`). An export is a getter on
//! the host's `exports` object, so that it is live, and is there before anything of the app runs.

use oxc::{
    allocator::{ArenaVec, GetAllocator},
    ast::{
        ast::{
            BindingIdentifier, BindingPattern, Declaration, ExportAllDeclaration, ExportDefaultDeclaration,
            ExportDefaultDeclarationKind, ExportFromDeclaration, ExportNamedDeclaration, ImportDeclaration,
            ImportDeclarationSpecifier, ModuleExportName, Program, Statement, StringLiteral, VariableDeclarationKind,
            VariableDeclarator,
        },
        builder::AstBuilder,
    },
    semantic::Scoping,
    span::SPAN,
};
use serde_json::Value;

use super::{names::Names, rewrite::Uses};

/// What lowering needs beside the program.
pub(super) struct Context<'c, 'a, 'o> {
    pub(super) builder: &'c AstBuilder<'a>,
    pub(super) names: Names,
    pub(super) uses: &'c mut Uses<'o>,
}

/// Takes the module declarations out of `program`; returns whole lines of script that do their work.
pub(super) fn lower<'a>(program: &mut Program<'a>, scoping: &Scoping, context: Context<'_, 'a, '_>) -> String {
    let mut lowering = Lowering { scoping, context, imports: Vec::new(), exports: Vec::new() };
    let body = std::mem::replace(&mut program.body, ArenaVec::new_in(lowering.context.builder));
    for statement in body {
        if let Some(statement) = lowering.statement(statement) {
            program.body.push(statement);
        }
    }
    lowering.lines()
}

struct Lowering<'c, 'a, 'o> {
    scoping: &'c Scoping,
    context: Context<'c, 'a, 'o>,
    imports: Vec<String>,
    exports: Vec<Export>,
}

/// One line's worth of exporting.
enum Export {
    /// A name and the expression that gives its value at any time.
    Name(String, String),
    /// Everything of a package, except what has a line of its own.
    All(String),
}

impl<'a> Lowering<'_, 'a, '_> {
    /// What stays of a statement in the program.
    fn statement(&mut self, statement: Statement<'a>) -> Option<Statement<'a>> {
        match statement {
            Statement::ImportDeclaration(import) => self.import(&import),
            Statement::ExportAllDeclaration(export) => self.export_all(&export),
            Statement::ExportFromDeclaration(export) => self.export_from(&export),
            Statement::ExportNamedDeclaration(export) => self.export_named(&export),
            Statement::ExportDeclaration(export) => {
                let declaration = export.unbox().declaration;
                self.export_declaration(&declaration);
                return Some(Statement::from(declaration));
            }
            Statement::ExportDefaultDeclaration(export) => return self.export_default(export.unbox()),
            other => return Some(other),
        }
        None
    }

    fn import(&mut self, import: &ImportDeclaration<'a>) {
        let module = self.module(&import.source);
        for specifier in import.specifiers.iter().flatten() {
            // A default import is the package itself, as is `* as`: the reference made no hop over `.default`.
            let (local, value) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    (&named.local, member(&module, &named.imported.name()))
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => (&default.local, module.clone()),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(namespace) => (&namespace.local, module.clone()),
            };
            self.imports.push(format!("const {} = {value};", self.name(local)));
        }
    }

    fn export_all(&mut self, export: &ExportAllDeclaration<'a>) {
        let module = self.module(&export.source);
        self.exports.push(match &export.exported {
            Some(name) => Export::Name(name.name().to_string(), module),
            None => Export::All(module),
        });
    }

    fn export_from(&mut self, export: &ExportFromDeclaration<'a>) {
        let module = self.module(&export.source);
        for specifier in &export.specifiers {
            let value = member(&module, &specifier.local.name());
            self.exports.push(Export::Name(specifier.exported.name().to_string(), value));
        }
    }

    fn export_named(&mut self, export: &ExportNamedDeclaration<'a>) {
        for specifier in &export.specifiers {
            let local = match &specifier.local {
                ModuleExportName::IdentifierReference(reference) => {
                    let id = reference.reference_id.get();
                    id.and_then(|id| self.scoping.get_reference_name(id)).unwrap_or(reference.name.as_str()).to_owned()
                }
                other => other.name().to_string(),
            };
            self.exports.push(Export::Name(specifier.exported.name().to_string(), local));
        }
    }

    fn export_declaration(&mut self, declaration: &Declaration<'a>) {
        let identifiers = match declaration {
            Declaration::VariableDeclaration(variables) => {
                variables.declarations.iter().flat_map(|variable| variable.id.get_binding_identifiers()).collect()
            }
            Declaration::FunctionDeclaration(function) => Vec::from_iter(&function.id),
            Declaration::ClassDeclaration(class) => Vec::from_iter(&class.id),
            // The rest is types, gone by now.
            _ => Vec::new(),
        };
        for identifier in identifiers {
            let local = self.name(identifier);
            self.exports.push(Export::Name(identifier.name.to_string(), local));
        }
    }

    fn export_default(&mut self, export: ExportDefaultDeclaration<'a>) -> Option<Statement<'a>> {
        let builder = self.context.builder;
        let (local, statement) = match export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(mut function) => {
                let id =
                    function.id.take().unwrap_or_else(|| BindingIdentifier::new(SPAN, self.default_name(), builder));
                let local = self.name(function.id.insert(id));
                (local, Statement::FunctionDeclaration(function))
            }
            ExportDefaultDeclarationKind::ClassDeclaration(mut class) => {
                let id = class.id.take().unwrap_or_else(|| BindingIdentifier::new(SPAN, self.default_name(), builder));
                let local = self.name(class.id.insert(id));
                (local, Statement::ClassDeclaration(class))
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return None,
            expression => {
                let name = self.default_name();
                let id = BindingPattern::new_binding_identifier(SPAN, name, builder);
                let value = Some(expression.into_expression());
                let declarator = VariableDeclarator::new(export.span, id, None, value, false, builder);
                let kind = VariableDeclarationKind::Const;
                let declared = Statement::new_variable_declaration(export.span, kind, [declarator], false, builder);
                (name.to_owned(), declared)
            }
        };
        self.exports.push(Export::Name("default".to_owned(), local));
        Some(statement)
    }

    /// A name for a default export that has none.
    fn default_name(&mut self) -> &'a str {
        self.context.builder.allocator().alloc_str(&self.context.names.fresh("default"))
    }

    /// The expression for the package that a declaration names.
    fn module(&mut self, source: &StringLiteral<'a>) -> String {
        self.context.uses.import(&source.value, source.span.start);
        format!("__hedgerow.module({})", quote(&source.value))
    }

    fn name(&self, identifier: &BindingIdentifier<'a>) -> String {
        let id = identifier.symbol_id.get();
        id.map_or(identifier.name.as_str(), |id| self.scoping.symbol_name(id)).to_owned()
    }

    /// The script's first lines. The very first keeps a string that comes first from being read as a directive.
    fn lines(self) -> String {
        let mut lines = vec![";".to_owned()];
        lines.extend(self.imports);
        // The compiler leaves an empty `export {}` where it removed all imports: that is no export.
        if !self.exports.is_empty() {
            lines.push("Object.defineProperty(__hedgerow.exports, \"__esModule\", { value: true });".to_owned());
        }
        let (names, all): (Vec<_>, Vec<_>) = self.exports.iter().partition(|export| matches!(export, Export::Name(..)));
        lines.extend(names.into_iter().chain(all).map(Export::line));
        lines.join("\n") + "\n"
    }
}

impl Export {
    fn line(&self) -> String {
        match self {
            Self::Name(name, value) => format!(
                "Object.defineProperty(__hedgerow.exports, {}, {{ enumerable: true, configurable: true, get: () => {value} }});",
                quote(name)
            ),
            Self::All(module) => format!(
                "for (const name of Object.keys({module})) \
                 if (name !== \"default\" && !Object.prototype.hasOwnProperty.call(__hedgerow.exports, name)) \
                 Object.defineProperty(__hedgerow.exports, name, \
                 {{ enumerable: true, configurable: true, get: () => {module}[name] }});"
            ),
        }
    }
}

/// Member `name` of a package; `default` is the package itself.
fn member(module: &str, name: &str) -> String {
    if name == "default" { module.to_owned() } else { format!("{module}[{}]", quote(name)) }
}

/// A JavaScript string literal: since ES2019 every JSON string is one.
fn quote(text: &str) -> String {
    Value::from(text).to_string()
}
