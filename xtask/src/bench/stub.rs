//! A stand-in for what a function talks to: the Lambda Runtime API, which hands out one event,
//! and an ElastiCache that knows one unfinished snapshot.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// What the function did.
#[derive(Debug)]
pub(crate) enum Seen {
    /// It asked for an event.
    Polled(Instant),
    /// It answered one.
    Answered(Instant),
    /// It answered that it could not, or could not even start; its words.
    Failed(String),
}

/// The event: a snapshot that turns out to be unfinished, so that answering takes decoding it,
/// one call to a service and a decision.
const EVENT: &str = r#"{"snapshot":"arn:aws:elasticache:us-east-1:111122223333:snapshot:nightly"}"#;

/// What `DescribeSnapshots` answers.
const SNAPSHOT: &str = "<DescribeSnapshotsResponse \
    xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"><DescribeSnapshotsResult>\
    <Snapshots><Snapshot><SnapshotName>nightly</SnapshotName>\
    <ReplicationGroupId>orders</ReplicationGroupId><SnapshotStatus>creating</SnapshotStatus>\
    <Engine>valkey</Engine><EngineVersion>8.0.1</EngineVersion><NumNodeGroups>1</NumNodeGroups>\
    <NodeSnapshots><NodeSnapshot><NodeGroupId>0001</NodeGroupId>\
    <SnapshotCreateTime>2026-03-07T03:15:00Z</SnapshotCreateTime></NodeSnapshot></NodeSnapshots>\
    <ARN>arn:aws:elasticache:us-east-1:111122223333:snapshot:nightly</ARN></Snapshot></Snapshots>\
    </DescribeSnapshotsResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
    </DescribeSnapshotsResponse>";

/// One function's surroundings, for as long as this lives.
pub(crate) struct Stub {
    /// Where it listens, as `host:port`.
    pub(crate) address: String,
    /// What it saw, in order.
    pub(crate) seen: UnboundedReceiver<Seen>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Stub {
    /// Listens on a free port of the loopback interface.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (tell, seen) = unbounded_channel();
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(failed))
            .route("/", post(SNAPSHOT))
            .with_state(Arc::new(Shared { tell, handed_out: AtomicBool::new(false) }));
        let server = tokio::spawn(async { axum::serve(listener, app).await });
        Ok(Self { address, seen, server })
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Shared {
    tell: UnboundedSender<Seen>,
    handed_out: AtomicBool,
}

/// A receiver that is gone is no longer interested.
fn say(stub: &Shared, what: Seen) {
    let _ = stub.tell.send(what);
}

/// Hands out the event once; who asks again has to wait, as in Lambda.
async fn next(State(stub): State<Arc<Shared>>) -> impl IntoResponse {
    say(&stub, Seen::Polled(Instant::now()));
    if stub.handed_out.swap(true, Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let headers = AppendHeaders([
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", (now + 60_000).to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:111122223333:function:copy-snapshot".to_owned(),
        ),
        ("content-type", "application/json".to_owned()),
    ]);
    (headers, EVENT)
}

async fn answered(State(stub): State<Arc<Shared>>, _: Bytes) -> StatusCode {
    say(&stub, Seen::Answered(Instant::now()));
    StatusCode::ACCEPTED
}

async fn failed(State(stub): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    say(&stub, Seen::Failed(String::from_utf8_lossy(&body).into_owned()));
    StatusCode::ACCEPTED
}
