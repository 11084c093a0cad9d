#![doc = include_str!("../README.md")]

pub mod alert;
pub mod checksum;
pub mod class;
pub mod decide;
pub mod export;
pub mod id;
pub mod journey;
pub mod manifest;
pub mod object;
pub mod part;
pub mod plan;
pub mod port;
pub mod source;
