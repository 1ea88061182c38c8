//! What the parser understands and apps may not use: the reference refused it at load (behaviour.md a.1).

use oxc::{
    ast::ast::{
        AccessorProperty, ArrowFunctionExpression, AwaitExpression, Decorator, ForOfStatement, Function,
        ImportDeclaration, ImportExpression, ImportMeta, Program, VariableDeclaration, VariableDeclarationKind,
    },
    ast_visit::{Visit, walk},
    semantic::ScopeFlags,
};

use super::Origin;
use crate::app::error::LoadError;

/// Refuses the first thing in `program` that apps may not use.
pub(super) fn refuse_unsupported(program: &Program<'_>, origin: &Origin<'_>) -> Result<(), LoadError> {
    let mut check = Check { functions: 0, found: None };
    check.visit_program(program);
    match check.found {
        Some((offset, message)) => Err(LoadError::Unsupported(origin.problem(message, offset))),
        None => Ok(()),
    }
}

/// The error for a source that would parse if JSX were allowed.
pub(super) fn jsx_error(origin: &Origin<'_>) -> LoadError {
    let offset = origin.source.find("</").or_else(|| origin.source.find("/>")).unwrap_or(0);
    let mut problem = origin.problem("Unexpected token: JSX is not supported in apps", offset as u32);
    problem.help = Some("Compile JSX to function calls before packaging the app.".into());
    LoadError::Unsupported(problem)
}

struct Check {
    /// How many functions are around the current node.
    functions: u32,
    found: Option<(u32, &'static str)>,
}

impl Check {
    fn refuse(&mut self, offset: u32, message: &'static str) {
        if self.found.is_none_or(|(first, _)| offset < first) {
            self.found = Some((offset, message));
        }
    }

    fn refuse_top_level_await(&mut self, offset: u32) {
        if self.functions == 0 {
            self.refuse(offset, "top-level await is not supported in apps: await inside setupPlugin instead");
        }
    }
}

impl<'a> Visit<'a> for Check {
    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.functions += 1;
        walk::walk_function(self, function, flags);
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk::walk_arrow_function_expression(self, arrow);
        self.functions -= 1;
    }

    fn visit_await_expression(&mut self, expression: &AwaitExpression<'a>) {
        self.refuse_top_level_await(expression.span.start);
        walk::walk_await_expression(self, expression);
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        if statement.r#await {
            self.refuse_top_level_await(statement.span.start);
        }
        walk::walk_for_of_statement(self, statement);
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.refuse(decorator.span.start, "decorators are not supported in apps");
    }

    fn visit_accessor_property(&mut self, property: &AccessorProperty<'a>) {
        self.refuse(property.span.start, "accessor fields are not supported in apps");
    }

    fn visit_import_expression(&mut self, expression: &ImportExpression<'a>) {
        self.refuse(expression.span.start, "import() is not supported in apps: use import or require at the top");
        walk::walk_import_expression(self, expression);
    }

    fn visit_import_meta(&mut self, meta: &ImportMeta) {
        self.refuse(meta.span.start, "import.meta is not supported in apps: they run as a script");
    }

    fn visit_import_declaration(&mut self, declaration: &ImportDeclaration<'a>) {
        if declaration.phase.is_some() {
            self.refuse(declaration.span.start, "import defer and import source are not supported in apps");
        }
    }

    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        if matches!(declaration.kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing) {
            self.refuse(declaration.span.start, "using declarations are not supported in apps: use try and finally");
        }
        walk::walk_variable_declaration(self, declaration);
    }
}
