#![doc = include_str!("../README.md")]
// Test support: what cannot fail in a test may stop it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod caches;
mod clock;
pub mod event;
mod gate;
mod inbox;
mod journal;
mod pager;
mod plans;
pub mod sample;
mod store;
mod world;

pub use clock::StepClock;
pub use gate::{Fault, Gate, Spoil};
pub use journal::Recorded;
pub use store::Version;
pub use world::World;
