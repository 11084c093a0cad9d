//! The whole system on the local cloud, judged by what anyone can see from outside: objects, ledger,
//! alerts, the dead-letter queue.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it cannot go on")]

mod kill;
mod notice;
mod outsider;
mod privilege;
mod redis;
mod storm;
mod system;
mod tamper;
