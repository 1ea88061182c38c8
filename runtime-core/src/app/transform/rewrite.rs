//! What is replaced where it stands: `require("x")`, `this` at the top of a module, `await`; and the marks before loops.

use std::collections::BTreeSet;

use oxc::{
    allocator::{GetAllocator, TakeIn},
    ast::{
        ast::{
            Argument, CallExpression, Expression, Function, IdentifierName, NumberBase, Program, PropertyDefinition,
            Statement, StaticBlock, StringLiteral, TemplateLiteral, UnaryOperator,
        },
        builder::AstBuilder,
    },
    ast_visit::{VisitMut, walk_mut},
    semantic::ScopeFlags,
    span::{GetSpan, SPAN, Span},
};

use super::{
    Origin,
    imports::{ImportSet, cannot_import, import_help},
};
use crate::app::error::LoadError;

/// What a program uses of the world outside, and the first import that is not there.
pub(super) struct Uses<'o> {
    origin: &'o Origin<'o>,
    provided: &'o dyn ImportSet,
    imports: Vec<String>,
    hosts: BTreeSet<String>,
    missing: Option<(u32, String)>,
}

impl<'o> Uses<'o> {
    pub(super) fn new(origin: &'o Origin<'o>, provided: &'o dyn ImportSet) -> Self {
        Self { origin, provided, imports: Vec::new(), hosts: BTreeSet::new(), missing: None }
    }

    /// Notes an import or require of `name` at `offset` of the source.
    pub(super) fn import(&mut self, name: &str, offset: u32) {
        if !self.provided.provides(name) {
            if self.missing.as_ref().is_none_or(|(first, _)| offset < *first) {
                self.missing = Some((offset, name.to_owned()));
            }
        } else if !self.imports.iter().any(|known| known == name) {
            self.imports.push(name.to_owned());
        }
    }

    /// The packages and hosts in use.
    ///
    /// # Errors
    /// If one of the packages is not provided: the first in the source.
    pub(super) fn finish(self) -> Result<(Vec<String>, Vec<String>), LoadError> {
        match self.missing {
            Some((offset, name)) => {
                let mut problem = self.origin.problem(cannot_import(&name), offset);
                problem.help = import_help(&name);
                Err(LoadError::Import(problem))
            }
            None => Ok((self.imports, self.hosts.into_iter().collect())),
        }
    }
}

/// Makes the replacements in the whole of `program`.
pub(super) fn rewrite<'a>(program: &mut Program<'a>, builder: &AstBuilder<'a>, uses: &mut Uses<'_>) {
    Rewriter { builder, uses, this_scopes: 0 }.visit_program(program);
}

struct Rewriter<'r, 'a, 'o> {
    builder: &'r AstBuilder<'a>,
    uses: &'r mut Uses<'o>,
    /// How many functions and class members with a `this` of their own are around the current node.
    this_scopes: u32,
}

impl<'a> VisitMut<'a> for Rewriter<'_, 'a, '_> {
    fn visit_statement(&mut self, statement: &mut Statement<'a>) {
        let Some(mark) = loop_mark(statement) else { return walk_mut::walk_statement(self, statement) };
        self.visit_loop(statement);
        self.mark_loop(statement, mark);
    }

    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        walk_mut::walk_expression(self, expression);
        match expression {
            Expression::CallExpression(call) => self.replace_require(call),
            Expression::AwaitExpression(awaited) => {
                let value = awaited.argument.take_in(self.builder);
                awaited.argument = self.noted_await(value, awaited.span);
            }
            Expression::ThisExpression(this) if self.this_scopes == 0 => {
                *expression = self.undefined(this.span);
            }
            _ => {}
        }
    }

    fn visit_function(&mut self, function: &mut Function<'a>, flags: ScopeFlags) {
        self.this_scopes += 1;
        walk_mut::walk_function(self, function, flags);
        self.this_scopes -= 1;
    }

    fn visit_property_definition(&mut self, property: &mut PropertyDefinition<'a>) {
        // A computed key still sees the `this` outside of the class.
        self.visit_property_key(&mut property.key);
        if let Some(value) = &mut property.value {
            self.this_scopes += 1;
            self.visit_expression(value);
            self.this_scopes -= 1;
        }
    }

    fn visit_static_block(&mut self, block: &mut StaticBlock<'a>) {
        self.this_scopes += 1;
        walk_mut::walk_static_block(self, block);
        self.this_scopes -= 1;
    }

    fn visit_string_literal(&mut self, literal: &mut StringLiteral<'a>) {
        self.uses.hosts.extend(host_of(&literal.value, Rest::Known));
    }

    fn visit_template_literal(&mut self, literal: &mut TemplateLiteral<'a>) {
        if let Some(text) = literal.quasis.first().and_then(|first| first.value.cooked.as_ref()) {
            let rest = if literal.expressions.is_empty() { Rest::Known } else { Rest::Unknown };
            self.uses.hosts.extend(host_of(text, rest));
        }
        walk_mut::walk_template_literal(self, literal);
    }
}

impl<'a> Rewriter<'_, 'a, '_> {
    /// Visits a loop without marking it again below its labels, which must stay on the loop itself.
    fn visit_loop(&mut self, statement: &mut Statement<'a>) {
        match statement {
            Statement::LabeledStatement(labeled) => self.visit_loop(&mut labeled.body),
            other => walk_mut::walk_statement(self, other),
        }
    }

    /// `loop` becomes `{ typeof 0; loop }`. An interrupt is noticed where a loop jumps back, and the engine takes the last place
    /// that it knows in front of the jump's target. Loops without calls have none of their own, so the mark, which costs two
    /// instructions an entry and nothing a pass, lends them its place.
    fn mark_loop(&self, statement: &mut Statement<'a>, mark: Span) {
        let zero = Expression::new_numeric_literal(SPAN, 0.0, None, NumberBase::Decimal, self.builder);
        let nothing = Expression::new_unary_expression(mark, UnaryOperator::Typeof, zero, self.builder);
        let marked =
            [Statement::new_expression_statement(mark, nothing, self.builder), statement.take_in(self.builder)];
        let body = oxc::allocator::Vec::from_array_in(marked, self.builder);
        *statement = Statement::new_block_statement(SPAN, body, self.builder);
    }

    /// `require(x)` with exactly one argument becomes `__hedgerow.module("x")`, whatever `require` means there: so did the reference.
    fn replace_require(&mut self, call: &mut CallExpression<'a>) {
        let is_require = call.callee.get_identifier_reference().is_some_and(|callee| callee.name == "require");
        if !is_require || call.optional || call.arguments.len() != 1 {
            return;
        }
        // The reference read the name of anything but a literal as `undefined`.
        let name = match &call.arguments[0] {
            Argument::StringLiteral(literal) => literal.value.as_str(),
            Argument::TemplateLiteral(literal) if literal.expressions.is_empty() => {
                literal.quasis[0].value.cooked.as_ref().map_or("undefined", |text| text.as_str())
            }
            _ => "undefined",
        };
        let name: &'a str = self.builder.allocator().alloc_str(name);
        self.uses.import(name, call.span.start);
        let host = Expression::new_identifier(SPAN, "__hedgerow", self.builder);
        let property = IdentifierName::new(SPAN, "module", self.builder);
        call.callee = Expression::new_static_member_expression(SPAN, host, property, false, self.builder);
        call.arguments[0] = Argument::from(Expression::new_string_literal(SPAN, name, None, self.builder));
    }

    /// `__hedgerow_await(value, line)`, by which the host knows where a call is waiting.
    fn noted_await(&self, value: Expression<'a>, span: Span) -> Expression<'a> {
        let line = f64::from(self.uses.origin.position(span.start).line);
        let line = Expression::new_numeric_literal(SPAN, line, None, NumberBase::Decimal, self.builder);
        let note = Expression::new_identifier(SPAN, "__hedgerow_await", self.builder);
        let arguments = [Argument::from(value), Argument::from(line)];
        Expression::new_call_expression(SPAN, note, None, arguments, false, self.builder)
    }

    fn undefined(&self, span: Span) -> Expression<'a> {
        let zero = Expression::new_numeric_literal(SPAN, 0.0, None, NumberBase::Decimal, self.builder);
        Expression::new_unary_expression(span, UnaryOperator::Void, zero, self.builder)
    }
}

/// The place that stands for a loop, labelled or not: the first statement of its body, or the body. None for other statements.
fn loop_mark(statement: &Statement<'_>) -> Option<Span> {
    let body = match statement {
        Statement::LabeledStatement(labeled) => return loop_mark(&labeled.body),
        Statement::WhileStatement(inner) => &inner.body,
        Statement::DoWhileStatement(inner) => &inner.body,
        Statement::ForStatement(inner) => &inner.body,
        Statement::ForInStatement(inner) => &inner.body,
        Statement::ForOfStatement(inner) => &inner.body,
        _ => return None,
    };
    let first = match body {
        Statement::BlockStatement(block) => block.body.first(),
        _ => None,
    };
    Some(first.unwrap_or(body).span())
}

/// Whether a text is all there is, or something unknown follows.
#[derive(Clone, Copy, PartialEq)]
enum Rest {
    Known,
    Unknown,
}

/// The host of a URL's beginning; None if it is not one or if what follows may be part of the host.
fn host_of(text: &str, rest: Rest) -> Option<String> {
    let after = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let end = after.find(['/', '?', '#', '\\']);
    if end.is_none() && rest == Rest::Unknown {
        return None;
    }
    let authority = &after[..end.unwrap_or(after.len())];
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let is_host = host.contains(|c: char| c.is_ascii_alphanumeric())
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    is_host.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_complete_beginnings() {
        assert_eq!(host_of("https://User:pw@API.example.com:8443/x", Rest::Known).as_deref(), Some("api.example.com"));
        assert_eq!(host_of("https://api.example.com/", Rest::Unknown).as_deref(), Some("api.example.com"));
        assert_eq!(host_of("https://api.", Rest::Unknown), None);
        assert_eq!(host_of("https://", Rest::Known), None);
        assert_eq!(host_of("https://a b", Rest::Known), None);
        assert_eq!(host_of("ftp://example.com", Rest::Known), None);
    }
}
