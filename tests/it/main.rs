//! One binary for all tests of effects, as linking is what takes the time.

mod lambda_function;
