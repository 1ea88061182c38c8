//! Statements and values of a module scope that hold no state.

use oxc::ast::ast::{
    Argument, ArrayExpressionElement, AssignmentExpression, AssignmentOperator, AssignmentTarget, CallExpression,
    Class, ClassElement, Declaration, ExportDefaultDeclarationKind, Expression, ObjectExpression, ObjectPropertyKind,
    RegExpFlags, Statement, UnaryOperator, VariableDeclaration,
};
use oxc::semantic::SymbolFlags;

use super::Names;

/// Functions of the language whose results are primitives.
const MAKERS_OF_PRIMITIVES: [&str; 7] = ["BigInt", "Boolean", "Number", "String", "Symbol", "parseFloat", "parseInt"];

impl Names<'_> {
    /// Whether a statement at the top of a module leaves nothing behind that a call could change.
    pub(super) fn is_constant_statement(&self, statement: &Statement<'_>) -> bool {
        match statement {
            Statement::EmptyStatement(_)
            | Statement::FunctionDeclaration(_)
            | Statement::ImportDeclaration(_)
            | Statement::ExportAllDeclaration(_)
            | Statement::ExportFromDeclaration(_)
            | Statement::ExportNamedDeclaration(_) => true,
            Statement::ClassDeclaration(class) => self.is_constant_class(class),
            Statement::VariableDeclaration(variables) => self.are_constant(variables),
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::FunctionDeclaration(_) => true,
                Declaration::ClassDeclaration(class) => self.is_constant_class(class),
                Declaration::VariableDeclaration(variables) => self.are_constant(variables),
                _ => false,
            },
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(_)
                | ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => true,
                ExportDefaultDeclarationKind::ClassDeclaration(class) => self.is_constant_class(class),
                expression => expression.as_expression().is_some_and(|value| self.is_exportable(value)),
            },
            Statement::ExpressionStatement(statement) => match &statement.expression {
                Expression::StringLiteral(_) => true,
                Expression::AssignmentExpression(assignment) => self.is_export(assignment),
                Expression::CallExpression(call) => self.is_module_mark(call),
                _ => false,
            },
            _ => false,
        }
    }

    fn are_constant(&self, variables: &VariableDeclaration<'_>) -> bool {
        let mut values = variables.declarations.iter().filter_map(|variable| variable.init.as_ref());
        values.all(|value| self.is_constant(value))
    }

    /// Whether a class has no state of its own: its instances are judged where they are made.
    fn is_constant_class(&self, class: &Class<'_>) -> bool {
        class.heritage.as_ref().is_none_or(|parent| self.is_constant(&parent.expression))
            && class.body.body.iter().all(|element| match element {
                ClassElement::MethodDefinition(_) | ClassElement::TSIndexSignature(_) => true,
                ClassElement::PropertyDefinition(property) => {
                    let value = property.value.as_ref().filter(|_| property.r#static);
                    value.is_none_or(|value| self.is_constant(value))
                }
                ClassElement::StaticBlock(_) | ClassElement::AccessorProperty(_) => false,
            })
    }

    /// Whether a value is a primitive, a function, a class, something imported, or frozen.
    fn is_constant(&self, value: &Expression<'_>) -> bool {
        match value {
            Expression::BooleanLiteral(_)
            | Expression::NullLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::BigIntLiteral(_)
            | Expression::StringLiteral(_)
            | Expression::TemplateLiteral(_)
            | Expression::BinaryExpression(_)
            | Expression::FunctionExpression(_)
            | Expression::ArrowFunctionExpression(_) => true,
            // These two remember where they were.
            Expression::RegExpLiteral(literal) => !literal.regex.flags.intersects(RegExpFlags::G | RegExpFlags::Y),
            Expression::UnaryExpression(unary) => unary.operator != UnaryOperator::Delete,
            Expression::LogicalExpression(both) => self.is_constant(&both.left) && self.is_constant(&both.right),
            Expression::ConditionalExpression(choice) => {
                self.is_constant(&choice.consequent) && self.is_constant(&choice.alternate)
            }
            Expression::ClassExpression(class) => self.is_constant_class(class),
            Expression::Identifier(identifier) => match self.symbol(identifier) {
                // Judged where it is declared.
                Some(symbol) => self.is_of_module(symbol),
                None => matches!(identifier.name.as_str(), "undefined" | "NaN" | "Infinity"),
            },
            Expression::StaticMemberExpression(access) => {
                self.is_import(&access.object)
                    || self.is_free(&access.object, "Math")
                    || self.is_free(&access.object, "Number")
            }
            // A name space, as of `jobs`; what is empty is there to be filled.
            Expression::ObjectExpression(object) => {
                !object.properties.is_empty() && self.has_members(object, Expression::is_function)
            }
            Expression::CallExpression(call) => self.is_constant_call(call),
            _ => false,
        }
    }

    fn is_constant_call(&self, call: &CallExpression<'_>) -> bool {
        let first = call.arguments.first().and_then(Argument::as_expression);
        if self.is_free(&call.callee, "require") {
            return matches!(first, Some(Expression::StringLiteral(_)));
        }
        if self.is_free_member(&call.callee, "Object", "freeze") {
            return first.is_some_and(|value| self.is_constant_when_frozen(value));
        }
        MAKERS_OF_PRIMITIVES.iter().any(|name| self.is_free(&call.callee, name))
    }

    /// Whether nothing in a value can change once it is frozen itself.
    fn is_constant_when_frozen(&self, value: &Expression<'_>) -> bool {
        match value {
            Expression::ArrayExpression(array) => array.elements.iter().all(|element| match element {
                ArrayExpressionElement::SpreadElement(_) => false,
                ArrayExpressionElement::Elision(_) => true,
                element => element.as_expression().is_some_and(|element| self.is_constant(element)),
            }),
            Expression::ObjectExpression(object) => self.has_members(object, |member| self.is_constant(member)),
            value => self.is_constant(value),
        }
    }

    fn has_members<'a>(&self, object: &ObjectExpression<'a>, are: impl Fn(&Expression<'a>) -> bool) -> bool {
        object.properties.iter().all(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) => are(&property.value),
            ObjectPropertyKind::SpreadProperty(_) => false,
        })
    }

    /// `require("x")`, or what an import declaration names.
    fn is_import(&self, value: &Expression<'_>) -> bool {
        match value {
            Expression::CallExpression(call) => self.is_free(&call.callee, "require"),
            Expression::Identifier(identifier) => self
                .symbol(identifier)
                .is_some_and(|symbol| self.scoping.symbol_flags(symbol).contains(SymbolFlags::Import)),
            _ => false,
        }
    }

    /// `exports.x = ...`, `module.exports = ...`, also several at once.
    fn is_export(&self, assignment: &AssignmentExpression<'_>) -> bool {
        let is_exports = |object: &Expression<'_>| {
            self.is_free(object, "exports") || self.is_free(object, "module") || {
                self.is_free_member(object, "module", "exports")
            }
        };
        assignment.operator == AssignmentOperator::Assign
            && matches!(&assignment.left, AssignmentTarget::StaticMemberExpression(access) if is_exports(&access.object))
            && match &assignment.right {
                Expression::AssignmentExpression(next) => self.is_export(next),
                value => self.is_exportable(value),
            }
    }

    /// What an app exports is an object of constants, `jobs` among them one more.
    fn is_exportable(&self, value: &Expression<'_>) -> bool {
        match value {
            Expression::ObjectExpression(object) => self.has_members(object, |member| self.is_exportable(member)),
            value => self.is_constant(value),
        }
    }

    /// `Object.defineProperty(exports, "__esModule", ...)`, which compilers write.
    fn is_module_mark(&self, call: &CallExpression<'_>) -> bool {
        let arguments: Vec<_> = call.arguments.iter().filter_map(Argument::as_expression).collect();
        self.is_free_member(&call.callee, "Object", "defineProperty")
            && matches!(arguments[..], [exports, Expression::StringLiteral(name), _]
                if self.is_free(exports, "exports") && name.value == "__esModule")
    }
}
