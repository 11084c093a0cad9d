//! What an invocation answers.

use aws_lambda_events::sqs::SqsBatchResponse;
use serde::Serialize;

use crate::drive::Progress;

/// The answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To the queue: which messages are to be delivered again.
    Queue(SqsBatchResponse),
    /// To whoever invoked the function.
    Journeys {
        /// Every journey the notice was about; none when it was about nothing we do.
        journeys: Vec<JourneyReport>,
    },
}

/// One journey, for whoever asked.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct JourneyReport {
    /// Which one.
    pub journey: String,
    /// `copied`, `failed`, `waiting` and so on.
    pub progress: &'static str,
    /// What it waits for, or why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<(String, Progress)> for JourneyReport {
    fn from((journey, progress): (String, Progress)) -> Self {
        let (progress, reason) = match progress {
            Progress::Settled(state) => (state, None),
            Progress::Waiting(why) | Progress::LookAgain(why) => ("waiting", Some(why.to_owned())),
            Progress::Unfinished(why) => ("unfinished", Some(why)),
            Progress::Failed(failure) => ("failed", Some(failure.cause)),
            Progress::Underway => ("underway", None),
        };
        Self { journey, progress, reason }
    }
}
