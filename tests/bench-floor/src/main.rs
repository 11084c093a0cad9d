//! The smallest Lambda function in Rust: the runtime, one thread, and an empty answer.
//!
//! `cargo xtask bench start` measures it beside the real ones. Nothing that they do can make them
//! start faster than this.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(answer)).await
}

async fn answer(_: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(json!({ "journeys": [] }))
}
