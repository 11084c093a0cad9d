//! The real endpoint, as its users meet it.
#![expect(clippy::expect_used, clippy::panic, reason = "what a test cannot do without")]

mod process;
mod script;
mod world;
