//! Why an app could not be loaded.

use std::fmt;

use super::source_map::{Position, code_frame};

/// Why an app could not be loaded: nothing of it has run yet.
///
/// The texts that apps' authors knew from the reference begin as theirs did (behaviour.md a.1 and d), capital letter included.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// plugin.json cannot be read.
    #[error("Could not load \"plugin.json\" for {app}: {reason}")]
    Manifest {
        /// The name under which the app is being loaded.
        app: String,
        /// What is wrong and, for JSON, at which line and column.
        reason: String,
    },
    /// The app asks for another version of PostHog than the one we answer as.
    #[error("{app} cannot be installed: {reason}")]
    Version {
        /// The app's name.
        app: String,
        /// The range and why it was refused.
        reason: String,
    },
    /// No source file, or not the one that plugin.json names.
    #[error("Could not load source code for {app}: {reason}")]
    Entry {
        /// The app's name.
        app: String,
        /// What was tried.
        reason: String,
    },
    /// The operator does not want it to run.
    #[error("{app} is not enabled: enable it to have it run")]
    NotEnabled {
        /// The app's name.
        app: String,
    },
    /// A file that must be text is not UTF-8.
    #[error("{file} is not UTF-8 text (first bad byte at offset {offset}): save it as UTF-8")]
    Encoding {
        /// Path inside the bundle.
        file: String,
        /// Offset of the first bad byte.
        offset: usize,
    },
    /// The source does not parse, or is not valid in a module.
    #[error("{0}")]
    Syntax(Box<SourceProblem>),
    /// The source imports something that is not there.
    #[error("{0}")]
    Import(Box<SourceProblem>),
    /// The source is valid JavaScript that apps may not use (top-level await, decorators, `import()`, ...).
    #[error("{0}")]
    Unsupported(Box<SourceProblem>),
    /// The source is nested deeper than the compiler can follow.
    #[error("{file} nests expressions or blocks deeper than {limit} levels: simplify it")]
    TooDeep {
        /// Path inside the bundle.
        file: String,
        /// The deepest nesting that loads.
        limit: usize,
    },
    /// The machine could not run the compiler.
    #[error("{file} could not be compiled: {reason}")]
    Compiler {
        /// Path inside the bundle.
        file: String,
        /// What failed.
        reason: String,
    },
}

impl LoadError {
    /// The place in the original source, if the error has one.
    pub fn source_problem(&self) -> Option<&SourceProblem> {
        match self {
            Self::Syntax(problem) | Self::Import(problem) | Self::Unsupported(problem) => Some(problem),
            _ => None,
        }
    }
}

/// A fault at one place of the original source.
///
/// Displayed as the message, a help sentence if there is one, `file:line:column`, and the code around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceProblem {
    /// One line; for a missing import exactly the reference's text.
    pub message: String,
    /// What to do, where that is known.
    pub help: Option<String>,
    /// Path inside the bundle.
    pub file: String,
    /// Line in the original source, from 1.
    pub line: u32,
    /// Column in the original source, from 1, in UTF-16 units.
    pub column: u32,
    /// The lines around the place, with a caret.
    pub code_frame: String,
}

impl SourceProblem {
    /// A problem at `position` of `source`, whose path in the bundle is `file`.
    pub(crate) fn new(message: String, file: &str, source: &str, position: Position) -> Self {
        Self {
            message,
            help: None,
            file: file.to_owned(),
            line: position.line,
            column: position.column,
            code_frame: code_frame(source, position.line, position.column),
        }
    }
}

impl fmt::Display for SourceProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.message)?;
        if let Some(help) = &self.help {
            writeln!(formatter, "{help}")?;
        }
        writeln!(formatter, "{}:{}:{}", self.file, self.line, self.column)?;
        write!(formatter, "{}", self.code_frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_problem_shows_message_place_and_code() {
        let problem =
            SourceProblem::new("/index.ts: Unexpected token".into(), "index.js", "let a = ;", Position::new(1, 9));
        let shown = LoadError::Syntax(Box::new(problem)).to_string();
        assert_eq!(shown, "/index.ts: Unexpected token\nindex.js:1:9\n> 1 | let a = ;\n    |         ^");
    }
}
