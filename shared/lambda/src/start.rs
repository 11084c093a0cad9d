//! From the start of the process to the answer of each invocation.

use std::process::ExitCode;

use domain::port::Clock as _;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;
use tracing::{Instrument as _, error, info_span};

use crate::failure::{Classified, chain, diagnostic, name};
use crate::{Environment, Invocation, SystemClock, Unit, log};

/// Runs a function's whole life: logging, the runtime, then `life`, which reads the settings,
/// connects and calls [`run`].
///
/// The runtime has one thread. A function waits for services most of its life, Lambda gives a
/// whole core only above 1,769 MB, and threads that are not made cost nothing at start-up:
/// docs/START.md has the measurement.
pub fn start(life: impl Future<Output = Result<(), Error>>) -> ExitCode {
    log::start(&Environment::of_process());
    let lived = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(life));
    match lived {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            error!(cause = chain(cause.as_ref()), "the function cannot run");
            ExitCode::FAILURE
        }
    }
}

/// Takes invocations until the process is stopped.
///
/// `handle` gets the payload as JSON: what it means is for the function to find out. Around each
/// invocation there is a span with the function and the request id; a failure is logged here,
/// once, with its chain and class, and answered with the class as its type.
///
/// # Errors
/// When the Lambda Runtime API cannot be reached.
pub async fn run<H, Answer, Failure>(handle: H) -> Result<(), Error>
where
    H: AsyncFn(Value, Invocation) -> Result<Answer, Failure>,
    Answer: Serialize,
    Failure: Classified,
{
    let handle = &handle;
    lambda_runtime::Runtime::new(service_fn(move |event: LambdaEvent<Value>| {
        let invocation = Invocation::of(&event.context);
        let span = info_span!(
            "invocation",
            function = invocation.who.function,
            request_id = invocation.who.request_id,
        );
        invoke(handle, event.payload, invocation).instrument(span)
    }))
    .run()
    .await
}

async fn invoke<H, Answer, Failure>(
    handle: &H,
    payload: Value,
    invocation: Invocation,
) -> Result<Answer, Diagnostic>
where
    H: AsyncFn(Value, Invocation) -> Result<Answer, Failure>,
    Failure: Classified,
{
    let metrics = invocation.metrics.clone();
    let began = SystemClock.now();
    let outcome = handle(payload, invocation).await;
    let ended = SystemClock.now();
    if let Ok(took) = i32::try_from(ended.duration_since(began).as_millis()) {
        metrics.record("Took", Unit::Milliseconds, f64::from(took), &[]);
    }
    let answer = outcome.map_err(|failure| {
        let class = name(failure.class());
        error!(class, error = chain(&failure), "the invocation failed");
        metrics.count("Failed", &[("class", class)]);
        diagnostic(&failure)
    });
    metrics.flush(ended);
    answer
}
