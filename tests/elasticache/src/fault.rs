//! The service's refusals: code, HTTP status and text.
//!
//! Codes and statuses are those of the public service model (API version 2015-02-02). Texts are
//! the documented ones where AWS documents them; where it does not, the wording is ours and says
//! the same thing, so nothing should match on it.

use crate::xml::Element;

/// An answer other than success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct Fault {
    /// The code that SDKs map to a typed error, such as `SnapshotNotFoundFault`.
    pub(crate) code: String,
    /// What went wrong, for people.
    pub(crate) message: String,
    /// The HTTP status.
    pub(crate) status: u16,
}

impl Fault {
    /// Any code with any status.
    pub(crate) fn new(code: impl Into<String>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status }
    }

    /// A parameter's value is not one the service takes.
    pub(crate) fn invalid_value(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValue", 400, message)
    }

    /// Parameters that do not go together.
    pub(crate) fn invalid_combination(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterCombination", 400, message)
    }

    /// A request the protocol layer cannot read.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new("MalformedInput", 400, message)
    }

    /// A parameter AWS takes and this endpoint does not model: said aloud, never ignored.
    pub(crate) fn not_modelled(parameter: &str) -> Self {
        Self::invalid_value(format!("This local endpoint does not model {parameter}."))
    }

    /// Something broke on this side.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new("InternalFailure", 500, message)
    }

    /// The request rate is too high.
    pub(crate) fn throttling() -> Self {
        Self::new("Throttling", 400, "Rate exceeded")
    }

    /// No replication group of that name.
    pub(crate) fn group_not_found(id: &str) -> Self {
        let message = format!("ReplicationGroup {id} not found.");
        Self::new("ReplicationGroupNotFoundFault", 404, message)
    }

    /// The group's state does not allow the operation.
    pub(crate) fn group_state(message: impl Into<String>) -> Self {
        Self::new("InvalidReplicationGroupState", 400, message)
    }

    /// No cluster of that name.
    pub(crate) fn cluster_not_found(id: &str) -> Self {
        Self::new("CacheClusterNotFound", 404, format!("CacheCluster not found: {id}"))
    }

    /// The cluster's state does not allow the operation.
    pub(crate) fn cluster_state(message: impl Into<String>) -> Self {
        Self::new("InvalidCacheClusterState", 400, message)
    }

    /// No snapshot of that name.
    pub(crate) fn snapshot_not_found(name: &str) -> Self {
        Self::new("SnapshotNotFoundFault", 404, format!("Snapshot {name} not found."))
    }

    /// A snapshot of that name exists.
    pub(crate) fn snapshot_exists(name: &str) -> Self {
        let message = format!("Snapshot with specified name already exists: {name}");
        Self::new("SnapshotAlreadyExistsFault", 400, message)
    }

    /// The snapshot's state does not allow the operation.
    pub(crate) fn snapshot_state(message: impl Into<String>) -> Self {
        Self::new("InvalidSnapshotState", 400, message)
    }

    /// The error document of the AWS Query protocol.
    pub(crate) fn to_xml(&self, request_id: &str) -> String {
        let kind = if self.status < 500 { "Sender" } else { "Receiver" };
        Element::new("ErrorResponse")
            .child(
                Element::new("Error")
                    .text("Type", kind)
                    .text("Code", &self.code)
                    .text("Message", &self.message),
            )
            .text("RequestId", request_id)
            .document()
    }
}
