//! What every call passes through: counted, and spoiled where a test asks for it.

use std::sync::{Arc, Mutex};

use domain::class::Class;
use domain::port::ServiceError;
use tokio::sync::Notify;

/// How a call is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// It fails, and nothing happened.
    Before(Class),
    /// It fails, and what it should do happened: the answer was lost.
    After(Class),
    /// The process dies before it.
    CrashBefore,
    /// The process dies right after its effect.
    CrashAfter,
}

/// Which calls are spoiled, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The first one, counted from 0 over all calls.
    pub from: usize,
    /// How many, from there on.
    pub times: usize,
    /// How.
    pub spoil: Spoil,
}

#[derive(Default)]
struct Inner {
    calls: Vec<&'static str>,
    faults: Vec<Fault>,
    denied: Vec<&'static str>,
}

/// Counts and spoils calls.
#[derive(Clone, Default)]
pub struct Gate {
    inner: Arc<Mutex<Inner>>,
    crashed: Arc<Notify>,
}

impl Gate {
    /// Spoils calls as told, from now on.
    pub fn spoil(&self, fault: Fault) {
        self.inner.lock().unwrap().faults.push(fault);
    }

    /// Denies an operation until [`Gate::allow`].
    pub fn deny(&self, operation: &'static str) {
        self.inner.lock().unwrap().denied.push(operation);
    }

    /// Allows it again.
    pub fn allow(&self, operation: &'static str) {
        self.inner.lock().unwrap().denied.retain(|o| *o != operation);
    }

    /// No more faults.
    pub fn heal(&self) {
        let mut inner = self.inner.lock().unwrap();
        inner.faults.clear();
        inner.denied.clear();
    }

    /// Every call so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<&'static str> {
        self.inner.lock().unwrap().calls.clone()
    }

    /// How often an operation was called.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.calls().iter().filter(|o| **o == operation).count()
    }

    /// Returns when a call has crashed its process.
    pub async fn crashed(&self) {
        self.crashed.notified().await;
    }

    /// Runs a call's effect, unless it is spoiled.
    pub(crate) async fn pass<T>(
        &self,
        operation: &'static str,
        effect: impl FnOnce() -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let (spoil, denied) = {
            let mut inner = self.inner.lock().unwrap();
            let n = inner.calls.len();
            inner.calls.push(operation);
            let hits = |f: &&Fault| (f.from..f.from.saturating_add(f.times)).contains(&n);
            (inner.faults.iter().find(hits).map(|f| f.spoil), inner.denied.contains(&operation))
        };
        // Every call is a moment at which others may run.
        tokio::task::yield_now().await;
        let fail = |class| Err(ServiceError::new(operation, "test", class, "spoiled by the test"));
        if denied {
            return fail(Class::Denied);
        }
        match spoil {
            None => effect(),
            Some(Spoil::Before(class)) => fail(class),
            Some(Spoil::After(class)) => {
                let _ = effect();
                fail(class)
            }
            Some(Spoil::CrashBefore) => self.crash().await,
            Some(Spoil::CrashAfter) => {
                let _ = effect();
                self.crash().await
            }
        }
    }

    async fn crash<T>(&self) -> T {
        self.crashed.notify_one();
        std::future::pending().await
    }
}
