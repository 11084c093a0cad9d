#![doc = include_str!("../README.md")]

mod act;
mod answer;
mod budget;
mod config;
mod connect;
mod decode;
pub mod deps;
mod drive;
mod observe;
pub mod protection;
mod queue;
mod resolve;

use std::sync::Arc;

use domain::class::Class;
use domain::port::{ServiceError, Who};
use lambda::{Classified, Invocation};
use serde_json::Value;
use tracing::{Instrument, info, info_span};

pub use answer::{Answer, JourneyReport};
use budget::Budget;
pub use config::Config;
pub use decode::DecodeError;
use decode::{Payload, Request};
use deps::Deps;
use drive::{Progress, drive};
use resolve::{Resolved, resolve};

/// Why a notice was not handled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no notice, and never will be.
    #[error("the payload is not a notice")]
    Malformed(#[from] DecodeError),
    /// It is about something that does not exist.
    #[error("{0}")]
    Unknown(String),
    /// It has to be handled again.
    #[error("not finished: {0}")]
    Unfinished(String),
    /// A service that nothing works without could not be used.
    #[error("cannot work")]
    Service(#[from] ServiceError),
}

impl Classified for Error {
    fn class(&self) -> Class {
        match self {
            Self::Malformed(_) | Self::Unknown(_) => Class::Invalid,
            Self::Unfinished(_) => Class::Transient,
            Self::Service(error) => error.class,
        }
    }
}

/// Handles a payload of any of the known forms.
///
/// # Errors
/// For payloads that did not come through the queue. What did is answered message by message.
pub async fn handle(deps: &Deps, payload: Value, invocation: Invocation) -> Result<Answer, Error> {
    let budget = Budget::until(invocation.deadline, Arc::clone(&deps.clock));
    match decode::payload(payload)? {
        Payload::Queue(event) => {
            Ok(Answer::Queue(queue::answer(deps, event, &invocation.who, &budget).await))
        }
        Payload::Notices(notices) => {
            let mut reports = Vec::new();
            for value in notices {
                let notice = notice(deps, &value, &invocation.who, &budget).await?;
                if let Some(why) = notice.unfinished() {
                    return Err(Error::Unfinished(why));
                }
                reports.extend(notice.into_reports());
            }
            Ok(Answer::Journeys { journeys: reports })
        }
    }
}

/// How one notice ended.
#[derive(Debug)]
pub(crate) struct Handled {
    journeys: Vec<(String, Progress)>,
    look_again: Option<String>,
}

impl Handled {
    fn unfinished(&self) -> Option<String> {
        self.journeys.iter().find_map(|(journey, progress)| match progress {
            Progress::Unfinished(why) => Some(format!("{journey}: {why}")),
            _ => None,
        })
    }

    fn look_again(&self) -> Option<String> {
        let of_journeys = self.journeys.iter().find_map(|(journey, progress)| match progress {
            Progress::LookAgain(why) => Some(format!("{journey}: {why}")),
            _ => None,
        });
        self.look_again.clone().or(of_journeys)
    }

    fn into_reports(self) -> Vec<JourneyReport> {
        self.journeys.into_iter().map(JourneyReport::from).collect()
    }
}

/// One notice, decoded, resolved and driven in every DR Region.
async fn notice(deps: &Deps, value: &Value, who: &Who, budget: &Budget) -> Result<Handled, Error> {
    let request = decode::notice(value, deps.settings.staging.as_str())?;
    info!(kind = request.kind, subject = ?request.subject, "notice");
    match resolve(deps, &request).await? {
        Resolved::Nothing(why) => {
            info!(why, "nothing to do");
            Ok(Handled { journeys: Vec::new(), look_again: None })
        }
        Resolved::Unknown(what) => Err(Error::Unknown(what)),
        Resolved::NotYet(name) => Ok(Handled {
            journeys: Vec::new(),
            look_again: Some(format!("snapshot {name} is not finished")),
        }),
        Resolved::Snapshots(sources) => {
            let mut journeys = Vec::new();
            for source in sources {
                journeys.extend(snapshot(deps, &request, &source, who, budget).await?);
            }
            Ok(Handled { journeys, look_again: None })
        }
    }
}

/// One snapshot, to each DR Region. One Region's trouble does not hold up the next.
async fn snapshot(
    deps: &Deps,
    request: &Request,
    source: &domain::source::Source,
    who: &Who,
    budget: &Budget,
) -> Result<Vec<(String, Progress)>, ServiceError> {
    let mut journeys = Vec::new();
    let mut trouble = None;
    for vault in &deps.vaults {
        let span = info_span!(
            "journey",
            cache = %source.cache,
            snapshot = %source.snapshot.name,
            dr_region = %vault.region,
        );
        let outcome = drive(deps, vault, source, request.failure.as_ref(), who, budget)
            .instrument(span)
            .await;
        match outcome {
            Ok(progress) => {
                journeys.push((format!("{}->{}", source.snapshot, vault.region), progress));
            }
            Err(error) => trouble = Some(error),
        }
    }
    match trouble {
        Some(error) => Err(error),
        None => Ok(journeys),
    }
}
