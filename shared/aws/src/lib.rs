#![doc = include_str!("../README.md")]

mod elasticache;
mod failure;
mod s3;
pub mod sdk;
mod sns;
mod sqs;
mod transport;

pub use elasticache::ElastiCache;
pub use s3::S3;
pub use sns::Sns;
pub use sqs::Sqs;

#[cfg(test)]
mod replay;
