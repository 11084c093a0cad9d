//! What every operation works with: state, the local cloud, server processes, files.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::bucket::Bucket;
use crate::calls::Calls;
use crate::cloud::{Clients, Cloud};
use crate::control::{BusEvent, Control, SignedRequest};
use crate::engine::Launcher;
use crate::fault::Fault;
use crate::injection::{Injections, WorkTrouble};
use crate::scope::Scope;
use crate::store::Store;

/// The whole endpoint, shared by all calls.
pub(crate) struct Service {
    /// State.
    pub(crate) store: Store,
    /// S3 and SNS.
    pub(crate) cloud: Cloud,
    /// Authorization and EventBridge.
    pub(crate) control: Control,
    /// Server processes.
    pub(crate) launcher: Launcher,
    /// Faults on demand.
    pub(crate) injections: Injections,
    /// What was called.
    pub(crate) calls: Calls,
    /// Where snapshot files are.
    pub(crate) files: PathBuf,
    /// How long work takes at least.
    pub(crate) delay: Duration,
}

/// One call, with everything that operations need to know about it.
#[derive(Clone)]
pub(crate) struct Call {
    /// The endpoint.
    pub(crate) service: Arc<Service>,
    /// Where the call acts.
    pub(crate) scope: Scope,
    /// The request as it arrived.
    pub(crate) request: Arc<SignedRequest>,
    /// What is to go wrong with the work it starts.
    pub(crate) trouble: WorkTrouble,
}

impl Call {
    /// The clients of S3 and SNS in the call's scope.
    pub(crate) fn clients(&self) -> Clients {
        self.service.cloud.clients(&self.scope)
    }

    /// Looks at a bucket and hands it to `work`.
    pub(crate) async fn bucket<T>(&self, name: &str, work: impl AsyncFnOnce(Bucket<'_>) -> T) -> T {
        let clients = self.clients();
        work(Bucket { clients: &clients, scope: &self.scope, name }).await
    }

    /// Asks whether the caller may do `action` to `resource`.
    ///
    /// # Errors
    /// The refusal in AWS's words.
    pub(crate) async fn authorize(&self, action: &str, resource: &str) -> Result<(), Fault> {
        self.service.control.authorize(&self.request, action, resource).await
    }

    /// A new directory for files.
    ///
    /// # Errors
    /// `InternalFailure` when it cannot be made.
    pub(crate) async fn new_directory(&self) -> Result<PathBuf, Fault> {
        let path = self.service.files.join(uuid::Uuid::new_v4().to_string());
        match tokio::fs::create_dir_all(&path).await {
            Ok(()) => Ok(path),
            Err(error) => Err(Fault::internal(format!("{}: {error}", path.display()))),
        }
    }

    /// Puts an event on the bus; how often and when follows from what is to go wrong.
    pub(crate) async fn announce(&self, event: BusEvent) {
        if self.trouble.drop_notice {
            return;
        }
        tokio::time::sleep(self.trouble.notice_delay).await;
        for _ in 0..=self.trouble.extra_notices {
            self.service.control.put_event(&self.scope, event.clone()).await;
        }
    }

    /// Waits as long as work takes at least.
    pub(crate) async fn take_time(&self) {
        tokio::time::sleep(self.service.delay).await;
    }
}
