//! The checker against a runtime in miniature: it finds nothing where nothing is wrong, and each bug that is put in.

mod bugs;
mod miniature;
