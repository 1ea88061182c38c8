//! The poller at a queue of the emulator (`cargo xtask test` starts one).

mod poller;
