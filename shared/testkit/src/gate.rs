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
    refused: Vec<(&'static str, Class)>,
    fatal: Option<(&'static str, usize)>,
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

    /// Denies an operation until [`Gate::heal`].
    pub fn deny(&self, operation: &'static str) {
        self.refuse(operation, Class::Denied);
    }

    /// Fails an operation with this class until [`Gate::heal`].
    pub fn refuse(&self, operation: &'static str, class: Class) {
        self.inner.lock().unwrap().refused.push((operation, class));
    }

    /// The process dies before the `nth` call, from 1 and from now on, of an operation.
    pub fn crash_at(&self, operation: &'static str, nth: usize) {
        self.inner.lock().unwrap().fatal = Some((operation, nth));
    }

    /// No more faults.
    pub fn heal(&self) {
        let mut inner = self.inner.lock().unwrap();
        inner.faults.clear();
        inner.refused.clear();
        inner.fatal = None;
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
        let (spoil, refused) = {
            let mut inner = self.inner.lock().unwrap();
            let n = inner.calls.len();
            inner.calls.push(operation);
            let hits = |f: &&Fault| (f.from..f.from.saturating_add(f.times)).contains(&n);
            let mut spoil = inner.faults.iter().find(hits).map(|f| f.spoil);
            if let Some((_, left)) = inner.fatal.as_mut().filter(|(fatal, _)| *fatal == operation) {
                *left -= 1;
                if *left == 0 {
                    inner.fatal = None;
                    spoil = Some(Spoil::CrashBefore);
                }
            }
            let refused = inner.refused.iter().find(|(o, _)| *o == operation).map(|(_, c)| *c);
            (spoil, refused)
        };
        // Every call is a moment at which others may run.
        tokio::task::yield_now().await;
        let fail = |class| Err(ServiceError::new(operation, "test", class, "spoiled by the test"));
        if let Some(class) = refused {
            return fail(class);
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
