//! The operations, one file per family.

mod cache_cluster;
mod copy;
mod event;
mod layout;
mod lifecycle;
mod page;
mod replication_group;
mod resource;
mod seed;
mod serverless_cache;
mod serverless_snapshot;
mod snapshot;
mod spec;
mod tag;
mod taking;

use serde_json::Value;

use crate::fault::Fault;
use crate::protocol::Params;
use crate::service::Call;
use crate::xml::Element;

pub(crate) use resource::touched;
pub(crate) use snapshot::automatic;

/// A successful answer.
pub(crate) struct Reply {
    /// The children of the result element.
    pub(crate) result: Element,
    /// What CloudTrail tells as the response.
    pub(crate) told: Value,
}

impl From<Element> for Reply {
    fn from(result: Element) -> Self {
        Self { result, told: Value::Null }
    }
}

/// The element that wraps an operation's result.
fn result(operation: &str) -> Element {
    Element::new(format!("{operation}Result"))
}

/// Whether the endpoint has this operation.
pub(crate) fn known(operation: &str) -> bool {
    resource::OPERATIONS.contains(&operation)
}

/// Does what is asked.
///
/// # Errors
/// The operation's documented errors.
pub(crate) async fn run(call: &Call, operation: &str, params: Params) -> Result<Reply, Fault> {
    match operation {
        "CreateReplicationGroup" => replication_group::create(call, params).await,
        "DescribeReplicationGroups" => replication_group::describe(call, params),
        "DeleteReplicationGroup" => replication_group::delete(call, params).await,
        "CreateCacheCluster" => cache_cluster::create(call, params).await,
        "DescribeCacheClusters" => cache_cluster::describe(call, params),
        "DeleteCacheCluster" => cache_cluster::delete(call, params).await,
        "CreateSnapshot" => snapshot::create(call, params).await,
        "DescribeSnapshots" => snapshot::describe(call, params),
        "DeleteSnapshot" => snapshot::delete(call, params),
        "CopySnapshot" => copy::copy(call, params).await,
        "DescribeEvents" => event::describe(call, params),
        "AddTagsToResource" => tag::add(call, params),
        "RemoveTagsFromResource" => tag::remove(call, params),
        "ListTagsForResource" => tag::list(call, params),
        "CreateServerlessCache" => serverless_cache::create(call, params).await,
        "DescribeServerlessCaches" => serverless_cache::describe(call, params),
        "DeleteServerlessCache" => serverless_cache::delete(call, params),
        "CreateServerlessCacheSnapshot" => serverless_snapshot::create(call, params).await,
        "DescribeServerlessCacheSnapshots" => serverless_snapshot::describe(call, params),
        "ExportServerlessCacheSnapshot" => serverless_snapshot::export(call, params).await,
        "DeleteServerlessCacheSnapshot" => serverless_snapshot::delete(call, params),
        other => Err(Fault::new(
            "InvalidAction",
            400,
            format!("Could not find operation {other} for version 2015-02-02."),
        )),
    }
}
