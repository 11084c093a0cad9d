#![doc = include_str!("../README.md")]

mod cargo;
mod cli;
mod cloud;
mod control;
mod options;
mod package;
mod process;
mod stack;

pub use cargo::{build, cargo};
pub use cloud::Cloud;
pub use control::{Event, Verdict};
pub use options::Options;
pub use package::package_function;
pub use stack::{STATEFUL_STACK, STATELESS_STACK, Stacks};
