//! Whether the module scope of an app holds mutable state: a binding that is reassigned, or an object that calls can change.
//!
//! The answer decides whether `meta.global` may outlive the isolate unasked (design decision 14), so a doubt counts as
//! state: only what is listed here as constant is. Writes are looked for in the whole program, as a function can carry state in
//! a property of itself, of the global object, or of what it imports.

mod constant;

use oxc::{
    ast::ast::{
        ArrowFunctionExpression, CallExpression, Expression, Function, IdentifierReference, MethodDefinition, Program,
        PropertyDefinition, SimpleAssignmentTarget, UnaryExpression, UnaryOperator,
    },
    ast_visit::{Visit, walk},
    semantic::{ScopeFlags, Scoping, SymbolId},
};

/// What the module scope of an app holds beside functions, classes and constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleState {
    /// Nothing that outlives a call.
    None,
    /// Something that a call can change, or may be able to.
    Mutable,
}

/// Names through which a script reaches the global object, or code that is not in its text.
const WAYS_OUT: [&str; 4] = ["eval", "Function", "global", "globalThis"];

/// Functions of the language that write to their first argument.
const WRITERS: [(&str, &str); 7] = [
    ("Object", "assign"),
    ("Object", "defineProperties"),
    ("Object", "defineProperty"),
    ("Object", "setPrototypeOf"),
    ("Reflect", "defineProperty"),
    ("Reflect", "deleteProperty"),
    ("Reflect", "set"),
];

/// Looks through a program whose types are stripped and whose imports and exports are still declarations.
pub(super) fn find(program: &Program<'_>, scoping: &Scoping) -> ModuleState {
    let names = Names { scoping };
    let is_reassigned = names.root_bindings().any(|symbol| scoping.symbol_is_mutated(symbol));
    // An undeclared name that is assigned to is a property of the global object.
    let is_global_written = scoping
        .root_unresolved_references_ids()
        .flatten()
        .any(|reference| scoping.get_reference(reference).flags().is_write());
    let is_out_of_sight = scoping.root_unresolved_references().keys().any(|name| WAYS_OUT.contains(&name.as_str()));
    if is_reassigned || is_global_written || is_out_of_sight {
        return ModuleState::Mutable;
    }
    if !program.body.iter().all(|statement| names.is_constant_statement(statement)) {
        return ModuleState::Mutable;
    }
    let mut writes = Writes { names, functions: 0, own_this: vec![false], is_found: false };
    writes.visit_program(program);
    if writes.is_found { ModuleState::Mutable } else { ModuleState::None }
}

/// What names mean.
#[derive(Clone, Copy)]
struct Names<'s> {
    scoping: &'s Scoping,
}

impl Names<'_> {
    fn root_bindings(&self) -> impl Iterator<Item = SymbolId> {
        self.scoping.get_bindings(self.scoping.root_scope_id()).values().copied()
    }

    /// The binding that an identifier names; `None` for a name of the host or of nobody.
    fn symbol(&self, identifier: &IdentifierReference<'_>) -> Option<SymbolId> {
        identifier.reference_id.get().and_then(|reference| self.scoping.get_reference(reference).symbol_id())
    }

    fn is_of_module(&self, symbol: SymbolId) -> bool {
        self.scoping.symbol_scope_id(symbol) == self.scoping.root_scope_id()
    }

    /// Whether the expression is that name, and nothing of the app hides it.
    fn is_free(&self, expression: &Expression<'_>, name: &str) -> bool {
        matches!(expression, Expression::Identifier(identifier)
            if identifier.name == name && self.symbol(identifier).is_none())
    }

    /// Whether the expression is `object.member` of the language.
    fn is_free_member(&self, expression: &Expression<'_>, object: &str, member: &str) -> bool {
        matches!(expression, Expression::StaticMemberExpression(access)
            if access.property.name == member && self.is_free(&access.object, object))
    }
}

/// Finds writes to members of what outlives a call.
struct Writes<'s> {
    names: Names<'s>,
    /// How many functions are around the current node.
    functions: u32,
    /// Whether `this` is an instance that the code itself makes, innermost last.
    own_this: Vec<bool>,
    is_found: bool,
}

impl Writes<'_> {
    /// Notes a write to a member of `object`.
    fn write(&mut self, object: &Expression<'_>) {
        let mut root = object;
        while let Some(access) = root.as_member_expression() {
            root = access.object();
        }
        self.is_found |= match root {
            Expression::Identifier(identifier) => match self.names.symbol(identifier) {
                Some(symbol) => self.names.is_of_module(symbol),
                // How an app says what it exports.
                None => self.functions > 0 || !matches!(identifier.name.as_str(), "exports" | "module"),
            },
            Expression::ThisExpression(_) => self.own_this.last() != Some(&true),
            // A value that is made on the spot, or comes out of a call: what it may be a part of was judged itself.
            _ => false,
        };
    }

    fn with_this(&mut self, is_own: bool, walk: impl FnOnce(&mut Self)) {
        self.own_this.push(is_own);
        walk(self);
        self.own_this.pop();
    }
}

impl<'a> Visit<'a> for Writes<'_> {
    fn visit_simple_assignment_target(&mut self, target: &SimpleAssignmentTarget<'a>) {
        if let Some(access) = target.as_member_expression() {
            self.write(access.object());
        }
        walk::walk_simple_assignment_target(self, target);
    }

    fn visit_unary_expression(&mut self, expression: &UnaryExpression<'a>) {
        if expression.operator == UnaryOperator::Delete
            && let Some(access) = expression.argument.as_member_expression()
        {
            self.write(access.object());
        }
        walk::walk_unary_expression(self, expression);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let writes = WRITERS.iter().any(|(object, member)| self.names.is_free_member(&call.callee, object, member));
        if writes && let Some(written) = call.arguments.first().and_then(|argument| argument.as_expression()) {
            self.write(written);
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.functions += 1;
        self.with_this(false, |writes| walk::walk_function(writes, function, flags));
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, arrow: &ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk::walk_arrow_function_expression(self, arrow);
        self.functions -= 1;
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'a>) {
        self.visit_property_key(&method.key);
        self.functions += 1;
        // Not `visit_function`, whose `this` is anybody's.
        self.with_this(!method.r#static, |writes| walk::walk_function(writes, &method.value, ScopeFlags::Function));
        self.functions -= 1;
    }

    fn visit_property_definition(&mut self, property: &PropertyDefinition<'a>) {
        self.visit_property_key(&property.key);
        if let Some(value) = &property.value {
            self.with_this(!property.r#static, |writes| writes.visit_expression(value));
        }
    }
}

#[cfg(test)]
mod tests;
