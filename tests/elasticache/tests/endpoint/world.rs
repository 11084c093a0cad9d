//! A world for the scripts: ministack, a control server that records, and the endpoint.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use toolbox::Toolbox;

/// Everything that runs, until it is dropped.
pub(crate) struct World {
    toolbox: Toolbox,
    pub(crate) endpoint: Child,
    endpoint_url: String,
    pub(crate) state: TempDir,
    cloud_url: String,
    control_url: String,
    _ministack: Child,
}

impl World {
    /// Starts a world whose background work takes `delay_ms` at least.
    pub(crate) async fn start(delay_ms: u64) -> Self {
        let toolbox =
            tokio::task::spawn_blocking(|| Toolbox::cloud(&mut |line| eprintln!("{line}")))
                .await
                .expect("the installer does not panic")
                .expect("the tools can be installed");
        let state = tempfile::tempdir().expect("a directory");
        let (ministack, cloud_url) = ministack(&toolbox).await;
        let control_url = control().await;
        let mut endpoint = Command::new(env!("CARGO_BIN_EXE_elasticache-endpoint"))
            .arg("--server")
            .arg(toolbox.redis_server())
            .arg("--state-dir")
            .arg(state.path())
            .args(["--s3-endpoint", &cloud_url, "--control-url", &control_url])
            .args(["--snapshot-delay-ms", &delay_ms.to_string(), "--exit-with-parent"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the endpoint starts");
        let output = endpoint.stdout.take().expect("its output is piped");
        let line = BufReader::new(output).lines().next_line().await.expect("readable output");
        let line = line.expect("the endpoint says where it listens");
        let endpoint_url = line.strip_prefix("listening on ").expect("the agreed line").to_owned();
        let _ministack = ministack;
        Self { toolbox, endpoint, endpoint_url, state, cloud_url, control_url, _ministack }
    }

    /// Runs a script of this directory, and fails with what it printed if it fails.
    pub(crate) async fn script(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/endpoint/scripts").join(name);
        let output = Command::new(self.toolbox.python())
            .arg(&path)
            .env("AWS_ENDPOINT_URL", &self.cloud_url)
            .env("AWS_ENDPOINT_URL_ELASTICACHE", &self.endpoint_url)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("CONTROL_URL", &self.control_url)
            .env("AWS_CLI", self.toolbox.aws())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .kill_on_drop(true)
            .output()
            .await
            .expect("python runs");
        let (out, err) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name} failed:\n{out}\n{err}");
    }
}

/// Starts ministack on a free port. Another process may take the port first, so it is tried again.
async fn ministack(toolbox: &Toolbox) -> (Child, String) {
    let http = reqwest::Client::new();
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let url = format!("http://127.0.0.1:{port}");
        let mut child = Command::new(toolbox.python())
            .args(["-m", "ministack"])
            .env("AUTH", "true")
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "localhost")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("ministack starts");
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
            if http.get(format!("{url}/_ministack/health")).send().await.is_ok() {
                return (child, url);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    panic!("ministack did not start");
}

#[derive(Default)]
struct Recorded {
    events: Vec<Value>,
    denied: Vec<String>,
}

type Record = Arc<Mutex<Recorded>>;

/// A control server that keeps events, and denies the actions that a script posts to `/deny`.
async fn control() -> String {
    let record = Record::default();
    let router = Router::new()
        .route("/events", post(keep).get(events))
        .route("/authorize", post(authorize))
        .route("/deny", post(deny))
        .with_state(record);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn keep(State(record): State<Record>, Json(event): Json<Value>) -> Json<Value> {
    record.lock().expect("no panic").events.push(event);
    Json(json!({}))
}

async fn events(State(record): State<Record>) -> Json<Vec<Value>> {
    Json(record.lock().expect("no panic").events.clone())
}

async fn deny(State(record): State<Record>, Json(actions): Json<Vec<String>>) -> Json<Value> {
    record.lock().expect("no panic").denied = actions;
    Json(json!({}))
}

async fn authorize(State(record): State<Record>, Json(question): Json<Value>) -> Json<Value> {
    for signed in ["method", "path", "query", "headers", "body_base64", "region", "access_key"] {
        assert!(question.get(signed).is_some(), "{signed} is missing in {question}");
    }
    let (action, resource) = (question["action"].to_string(), question["resource"].to_string());
    let denied = record.lock().expect("no panic").denied.clone();
    if denied.iter().any(|denied| question["action"] == denied.as_str()) {
        let message = format!("User: x is not authorized to perform: {action} on {resource}");
        return Json(json!({"allowed": false, "code": "AccessDenied", "message": message}));
    }
    Json(json!({"allowed": true}))
}
