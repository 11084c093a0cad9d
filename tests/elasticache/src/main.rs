//! Runs an endpoint until it is told to stop.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use elasticache_endpoint::{Endpoint, Settings};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// An ElastiCache endpoint over real Redis or Valkey servers.
#[derive(Parser)]
struct Arguments {
    /// The redis-server or valkey-server that every cache runs.
    #[arg(long)]
    server: PathBuf,
    /// Where files are kept while the endpoint runs.
    #[arg(long)]
    state_dir: PathBuf,
    /// The address of S3 and SNS.
    #[arg(long)]
    s3_endpoint: String,
    /// The control server that authorizes calls and puts events.
    #[arg(long)]
    control_url: Option<String>,
    /// The port to listen on; 0 for any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How long snapshots, copies, exports and new caches take at least, in milliseconds.
    #[arg(long, default_value_t = 300)]
    snapshot_delay_ms: u64,
    /// Also stop when standard input ends, as it does when the parent process is gone.
    #[arg(long)]
    exit_with_parent: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .init();
    let arguments = Arguments::parse();
    // Signals are caught before anything is started that would have to be cleaned up.
    let mut interrupt = signal(SignalKind::interrupt()).context("catching SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("catching SIGTERM")?;

    let endpoint = Endpoint::start(Settings {
        server: arguments.server,
        state_dir: arguments.state_dir,
        s3_endpoint: arguments.s3_endpoint,
        control_url: arguments.control_url,
        port: arguments.port,
        delay: Duration::from_millis(arguments.snapshot_delay_ms),
    })
    .await?;
    println!("listening on {}", endpoint.url());

    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = parent_gone(), if arguments.exit_with_parent => {}
    }
    endpoint.stop().await;
    Ok(())
}

/// Waits for the end of standard input, on a thread of its own since reading it blocks.
async fn parent_gone() {
    let (gone, heard) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut ignored = [0; 64];
        while matches!(std::io::stdin().read(&mut ignored), Ok(read) if read > 0) {}
        let _ = gone.send(());
    });
    let _ = heard.await;
}
