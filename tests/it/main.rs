//! Tests of effects, in one binary, as linking is what takes the time: a module a subject.

mod bad_input;
mod command_line;
mod conformance;
mod dependencies;
mod geoip;
mod isolation;
mod lambda;
mod limits;
mod masking;
mod packages;
mod pipeline;
mod public_apps;
mod tails;
mod template;
mod upgrade;
