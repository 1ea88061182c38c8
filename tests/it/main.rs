//! Tests of effects, in one binary: a module a subject.

mod dependencies;

mod conformance;
