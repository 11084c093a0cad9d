#![doc = include_str!("../README.md")]

mod bucket;
mod calls;
mod cloud;
mod control;
mod engine;
mod fault;
mod injection;
mod model;
mod notice;
mod operation;
mod policy;
mod protocol;
mod scope;
mod server;
mod service;
mod store;
mod trail;
mod xml;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::engine::{Launcher, Reaper};
use crate::service::Service;

pub use crate::injection::{Effect, Injection};

/// How to run an endpoint.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The `redis-server` or `valkey-server` that every cache runs.
    pub server: PathBuf,
    /// Where files are kept. The endpoint makes a directory of its own in it, and removes that at
    /// the end.
    pub state_dir: PathBuf,
    /// The address of S3 and SNS.
    pub s3_endpoint: String,
    /// The control server that authorizes calls and puts events; without one every call is
    /// allowed and no event is put.
    pub control_url: Option<String>,
    /// The port to listen on; 0 for any free one.
    pub port: u16,
    /// How long work in the background takes at least.
    pub delay: Duration,
}

/// A running endpoint.
pub struct Endpoint {
    address: SocketAddr,
    service: Arc<Service>,
    listening: JoinHandle<()>,
    directory: PathBuf,
    _reaper: Reaper,
}

impl Endpoint {
    /// Starts an endpoint on the loopback interface.
    ///
    /// # Errors
    /// When the server binary is missing, or the state directory or port cannot be used.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let binary = tokio::fs::metadata(&settings.server).await;
        let binary = binary.with_context(|| format!("{}", settings.server.display()))?;
        anyhow::ensure!(binary.is_file(), "{} is not a file", settings.server.display());
        let directory = settings.state_dir.join(uuid::Uuid::new_v4().to_string());
        let (files, servers) = (directory.join("snapshots"), directory.join("servers"));
        for path in [&files, &servers] {
            tokio::fs::create_dir_all(path)
                .await
                .with_context(|| format!("creating {}", path.display()))?;
        }
        let directory = directory.canonicalize()?;
        let reaper = Reaper::start(&directory).context("starting the reaper")?;
        let service = Arc::new(Service {
            store: store::Store::default(),
            cloud: cloud::Cloud::at(settings.s3_endpoint),
            control: control::Control::at(settings.control_url),
            launcher: Launcher::new(settings.server, directory.join("servers"), reaper.clone()),
            injections: injection::Injections::default(),
            calls: calls::Calls::default(),
            files: directory.join("snapshots"),
            delay: settings.delay,
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))
            .await
            .with_context(|| format!("listening on port {}", settings.port))?;
        let address = listener.local_addr()?;
        let router = server::router(Arc::clone(&service));
        let listening = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the endpoint stopped listening");
            }
        });
        Ok(Self { address, service, listening, directory, _reaper: reaper })
    }

    /// The address that clients use as their ElastiCache endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening, ends every server and removes all files.
    pub async fn stop(self) {
        self.listening.abort();
        let servers = self.service.store.servers();
        futures::future::join_all(servers.iter().map(|server| server.stop())).await;
        if let Err(error) = tokio::fs::remove_dir_all(&self.directory).await {
            // The reaper removes it too; by then nothing writes there any more.
            tracing::debug!(%error, "the state directory is not gone yet");
        }
    }
}
