#![doc = include_str!("../README.md")]

mod clock;
mod env;
mod failure;
mod invocation;
mod log;
mod metrics;
mod start;

pub use clock::SystemClock;
pub use env::{BadSetting, Environment};
pub use failure::{Classified, chain};
pub use invocation::Invocation;
pub use lambda_runtime::Error;
pub use metrics::{Metrics, Unit};
pub use start::{run, start};
