//! The local cloud itself: what it promises in its README.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod authorize;
mod common;
mod export;
mod function;
mod lifetime;
mod templates;
