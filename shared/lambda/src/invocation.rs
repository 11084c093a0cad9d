use domain::port::Who;
use jiff::Timestamp;
use lambda_runtime::Context;

use crate::Metrics;

/// One invocation, apart from its payload.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The function's name and the request id, as ledger entries carry them.
    pub who: Who,
    /// When Lambda kills the process, whatever it is doing.
    pub deadline: Timestamp,
    /// Where this invocation counts. Written out once, before the answer is sent.
    pub metrics: Metrics,
}

impl Invocation {
    pub(crate) fn of(context: &Context) -> Self {
        let who = Who {
            function: context.env_config.function_name.clone(),
            request_id: context.request_id.clone(),
        };
        // A deadline outside of what a timestamp holds is none; then nothing is begun that
        // could be cut off.
        let deadline = i64::try_from(context.deadline)
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .unwrap_or(Timestamp::MIN);
        let metrics = Metrics::new(&who);
        Self { who, deadline, metrics }
    }
}
