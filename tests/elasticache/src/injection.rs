//! Faults on demand: what a test can have the service do wrong.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// The call is answered with this error.
    Fail {
        /// The error's code.
        code: String,
        /// The error's text.
        message: String,
        /// The HTTP status.
        status: u16,
    },
    /// The call is answered with `Throttling`.
    Throttle,
    /// The answer is late by this many milliseconds.
    DelayMs(u64),
    /// The call succeeds and the work behind it fails: the snapshot ends as `failed`, the export
    /// writes nothing.
    FailWork(bool),
    /// The notice of the finished work is not sent.
    DropNotice(bool),
    /// The notice is sent this many more times.
    DuplicateNotice(u32),
    /// The notice is late by this many milliseconds.
    DelayNoticeMs(u64),
}

/// A fault to inject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injection {
    /// The operation, such as `CopySnapshot`.
    pub operation: String,
    /// Only calls in this Region.
    #[serde(default)]
    pub region: Option<String>,
    /// Only calls that act on a resource whose ARN contains this.
    #[serde(default)]
    pub resource: Option<String>,
    /// What goes wrong.
    pub effect: Effect,
    /// For how many more calls; for all, if not given.
    #[serde(default)]
    pub times: Option<u64>,
    /// For which share of the calls, from 0 to 1; for all, if not given.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Whether an error or delay comes after the operation took effect, so that its caller does
    /// not know the outcome.
    #[serde(default)]
    pub after_effect: bool,
}

/// What goes wrong with one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trouble {
    /// Wait before acting.
    pub(crate) delay_before: Duration,
    /// Answer this instead of acting.
    pub(crate) fault_before: Option<Fault>,
    /// Wait after acting.
    pub(crate) delay_after: Duration,
    /// Answer this after acting.
    pub(crate) fault_after: Option<Fault>,
    /// What goes wrong with the work that the call starts.
    pub(crate) work: WorkTrouble,
}

/// What goes wrong with the work behind a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WorkTrouble {
    /// It fails.
    pub(crate) fail: bool,
    /// Its notice is lost.
    pub(crate) drop_notice: bool,
    /// Its notice is sent this many more times.
    pub(crate) extra_notices: u32,
    /// Its notice is late by this much.
    pub(crate) notice_delay: Duration,
}

/// The faults that are active.
#[derive(Default)]
pub(crate) struct Injections(Mutex<Vec<Injection>>);

impl Injections {
    /// Adds one.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(crate) fn add(&self, injection: Injection) -> Result<(), String> {
        if injection.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err("probability must be between 0 and 1".to_owned());
        }
        if let Effect::Fail { status, .. } = &injection.effect
            && !(400..=599).contains(status)
        {
            return Err("status must be between 400 and 599".to_owned());
        }
        self.lock().push(injection);
        Ok(())
    }

    /// Those still active.
    pub(crate) fn active(&self) -> Vec<Injection> {
        self.lock().clone()
    }

    /// Removes all.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// What goes wrong with a call to `operation` that acts on `resources`. Counts as a use.
    pub(crate) fn draw(&self, operation: &str, region: &str, resources: &[String]) -> Trouble {
        let mut trouble = Trouble::default();
        let mut active = self.lock();
        for injection in active.iter_mut() {
            let touches = |part: &String| resources.iter().any(|arn| arn.contains(part.as_str()));
            if injection.operation != operation
                || injection.region.as_deref().is_some_and(|wanted| wanted != region)
                || injection.resource.as_ref().is_some_and(|part| !touches(part))
                || injection.times == Some(0)
                || injection.probability.is_some_and(|probability| random() >= probability)
            {
                continue;
            }
            if let Some(times) = &mut injection.times {
                *times -= 1;
            }
            trouble.add(&injection.effect, injection.after_effect);
        }
        active.retain(|injection| injection.times != Some(0));
        trouble
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Injection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    fn add(&mut self, effect: &Effect, after: bool) {
        let (delay, fault) = if after {
            (&mut self.delay_after, &mut self.fault_after)
        } else {
            (&mut self.delay_before, &mut self.fault_before)
        };
        match effect {
            Effect::Fail { code, message, status } => {
                fault.get_or_insert_with(|| Fault::new(code.clone(), *status, message.clone()));
            }
            Effect::Throttle => {
                fault.get_or_insert_with(Fault::throttling);
            }
            Effect::DelayMs(millis) => *delay += Duration::from_millis(*millis),
            Effect::FailWork(on) => self.work.fail |= on,
            Effect::DropNotice(on) => self.work.drop_notice |= on,
            Effect::DuplicateNotice(more) => self.work.extra_notices += more,
            Effect::DelayNoticeMs(millis) => {
                self.work.notice_delay += Duration::from_millis(*millis);
            }
        }
    }
}

/// A number from 0 up to 1.
fn random() -> f64 {
    let bits = (uuid::Uuid::new_v4().as_u128() & u128::from(u32::MAX)) as u32;
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injections(json: &str) -> Injections {
        let injections = Injections::default();
        injections.add(serde_json::from_str(json).expect("an injection")).expect("a good one");
        injections
    }

    #[test]
    fn an_injection_is_used_up() {
        let json = r#"{"operation":"CopySnapshot","effect":"throttle","times":2}"#;
        let injections = injections(json);
        let draw = |operation| injections.draw(operation, "r", &[]).fault_before;
        assert_eq!(draw("CreateSnapshot"), None);
        assert_eq!(draw("CopySnapshot").map(|fault| fault.code).as_deref(), Some("Throttling"));
        assert!(draw("CopySnapshot").is_some());
        assert_eq!(draw("CopySnapshot"), None);
        assert!(injections.active().is_empty());
    }

    #[test]
    fn an_injection_is_for_its_region_and_resource() {
        let json = r#"{"operation":"X","region":"r","resource":"snapshot:a",
            "effect":{"fail":{"code":"C","message":"m","status":500}},"after_effect":true}"#;
        let injections = injections(json);
        let arn = ["arn:aws:elasticache:r:0:snapshot:a".to_owned()];
        assert_eq!(injections.draw("X", "elsewhere", &arn), Trouble::default());
        assert_eq!(injections.draw("X", "r", &[]), Trouble::default());
        let trouble = injections.draw("X", "r", &arn);
        assert_eq!(trouble.fault_before, None);
        assert_eq!(trouble.fault_after, Some(Fault::new("C", 500, "m")));
    }

    #[test]
    fn probabilities_are_shares_of_calls() {
        let json = r#"{"operation":"X","effect":{"drop_notice":true},"probability":0.5}"#;
        let injections = injections(json);
        let dropped = (0..1_000).filter(|_| injections.draw("X", "r", &[]).work.drop_notice);
        assert!((350..650).contains(&dropped.count()));
        let injections = Injections::default();
        let json = r#"{"operation":"X","effect":"throttle","probability":1.5}"#;
        assert!(injections.add(serde_json::from_str(json).expect("json")).is_err());
    }
}
