//! One server process.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::resp::Connection;
use super::{EngineError, Reaper, Topology, Unplaced};

/// Loading a large seed is what takes longest.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(15);
/// Starting a server competes for ports with every other process on the machine.
const ATTEMPTS: usize = 8;
/// How many servers start, save or load at once: more would only slow each other down.
const BUSY_SERVERS: usize = 8;

/// Starts servers from one binary, each in its own directory.
#[derive(Clone)]
pub(crate) struct Launcher {
    program: PathBuf,
    directory: PathBuf,
    reaper: Reaper,
    busy: Arc<Semaphore>,
}

impl Launcher {
    /// A launcher of `program` that keeps its servers' files under `directory`.
    pub(crate) fn new(program: PathBuf, directory: PathBuf, reaper: Reaper) -> Self {
        Self { program, directory, reaper, busy: Arc::new(Semaphore::new(BUSY_SERVERS)) }
    }

    /// Starts a server that is no member of a cluster.
    ///
    /// # Errors
    /// When it does not come up, also because it cannot read the seed.
    pub(crate) async fn single(&self, seed: Option<&Path>) -> Result<Arc<Server>, EngineError> {
        let _turn = self.turn().await;
        let mut last = EngineError::Stopped;
        for _ in 0..ATTEMPTS {
            let port = free_port().await?;
            match self.launch(port, seed, None).await {
                Ok(server) => return Ok(Arc::new(server)),
                Err(error) if taken(&error) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Starts the servers of a cluster, in shard order, and waits until it serves.
    ///
    /// # Errors
    /// When one does not come up.
    pub(crate) async fn cluster(
        &self,
        shards: &[(super::SlotSet, Option<PathBuf>)],
    ) -> Result<Vec<Arc<Server>>, EngineError> {
        let mut last = EngineError::Stopped;
        for _ in 0..ATTEMPTS {
            let mut ports: Vec<u16> = Vec::new();
            while ports.len() < shards.len() {
                let port = free_port().await?;
                if !ports.contains(&port) {
                    ports.push(port);
                }
            }
            let slots = shards.iter().map(|(slots, _)| slots.clone());
            let topology = Topology::new(ports.iter().copied().zip(slots));
            match self.launch_cluster(&topology, &ports, shards).await {
                Ok(servers) => return Ok(servers),
                Err(error) if taken(&error) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn launch_cluster(
        &self,
        topology: &Topology,
        ports: &[u16],
        shards: &[(super::SlotSet, Option<PathBuf>)],
    ) -> Result<Vec<Arc<Server>>, EngineError> {
        let starts = shards.iter().enumerate().map(|(index, (_, seed))| async move {
            let _turn = self.turn().await;
            self.launch(ports[index], seed.as_deref(), Some(topology.file(index))).await
        });
        let started = futures::future::join_all(starts).await;
        let mut servers = Vec::new();
        let mut failure = None;
        for result in started {
            match result {
                Ok(server) => servers.push(Arc::new(server)),
                Err(error) => failure = Some(error),
            }
        }
        for server in &servers {
            if failure.is_none() {
                failure = server.wait_for_cluster().await.err();
            }
        }
        let Some(failure) = failure else { return Ok(servers) };
        for server in &servers {
            server.stop().await;
        }
        Err(failure)
    }

    async fn launch(
        &self,
        port: u16,
        seed: Option<&Path>,
        cluster: Option<String>,
    ) -> Result<Server, EngineError> {
        let directory = self.directory.join(uuid::Uuid::new_v4().to_string());
        tokio::fs::create_dir_all(&directory)
            .await
            .map_err(EngineError::io("creating", &directory))?;
        if let Some(seed) = seed {
            tokio::fs::copy(seed, directory.join("dump.rdb"))
                .await
                .map_err(EngineError::io("copying the seed", seed))?;
        }
        let mut command = Command::new(&self.program);
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"])
            .args(["--save", "", "--appendonly", "no", "--dbfilename", "dump.rdb"])
            .args(["--logfile", "server.log", "--loglevel", "notice", "--dir"])
            .arg(&directory)
            // The server tries its log file before it goes to its directory.
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for this process, which then stops its servers in order.
            .process_group(0)
            .kill_on_drop(true);
        if let Some(file) = cluster {
            let path = directory.join("nodes.conf");
            tokio::fs::write(&path, file).await.map_err(EngineError::io("writing", &path))?;
            command
                .args(["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"])
                .args(["--cluster-announce-ip", "127.0.0.1"]);
        }
        let child = command.spawn().map_err(EngineError::io("starting", &self.program))?;
        let pid = child.id().unwrap_or_default();
        let adopt = self.reaper.adopt(pid).await;
        adopt.map_err(EngineError::io("telling the reaper of", &self.program))?;
        let server = Server {
            port,
            pid,
            directory,
            reaper: self.reaper.clone(),
            busy: Arc::clone(&self.busy),
            child: Mutex::new(Some(child)),
        };
        match server.wait_until_loaded().await {
            Ok(()) => Ok(server),
            Err(error) => {
                server.stop().await;
                Err(error)
            }
        }
    }

    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.busy).acquire_owned().await.ok()
    }
}

/// A running server, reachable at `127.0.0.1` and its port.
pub(crate) struct Server {
    port: u16,
    pid: u32,
    directory: PathBuf,
    reaper: Reaper,
    busy: Arc<Semaphore>,
    child: Mutex<Option<Child>>,
}

impl Server {
    /// Where clients connect to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Saves everything the server holds now to `target` and returns the file's size in bytes.
    ///
    /// # Errors
    /// When the server cannot save or `target` cannot be written.
    pub(crate) async fn save(&self, target: &Path) -> Result<u64, EngineError> {
        let _turn = Arc::clone(&self.busy).acquire_owned().await.ok();
        self.ask(&["BGSAVE"]).await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let info = self.ask(&["INFO", "persistence"]).await?;
            if info.contains("rdb_bgsave_in_progress:0") {
                if !info.contains("rdb_last_bgsave_status:ok") {
                    return Err(EngineError::Refused {
                        command: "BGSAVE".to_owned(),
                        answer: "the background save failed".to_owned(),
                    });
                }
                break;
            }
            wait("saved", deadline).await?;
        }
        let dump = self.directory.join("dump.rdb");
        tokio::fs::copy(&dump, target).await.map_err(EngineError::io("copying", &dump))
    }

    /// Whether the server was seeded with keys of another shard's slots.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn unplaced(&self) -> Result<Option<Unplaced>, EngineError> {
        Ok(Topology::unplaced(&self.ask(&["CLUSTER", "NODES"]).await?))
    }

    /// Stops the process, waits for its end and removes its files. Does nothing the second time.
    pub(crate) async fn stop(&self) {
        let mut slot = self.child.lock().await;
        let Some(child) = slot.as_mut() else { return };
        // A server that shuts down ends a background save too; a killed one would leave it
        // writing into a directory that is about to go.
        if let Ok(mut connection) = Connection::open(self.port).await {
            let shutdown = connection.ask(&["SHUTDOWN", "NOSAVE"]);
            let _ = tokio::time::timeout(Duration::from_secs(5), shutdown).await;
        }
        if tokio::time::timeout(Duration::from_secs(5), child.wait()).await.is_err()
            && let Err(error) = child.kill().await
        {
            tracing::warn!(pid = self.pid, %error, "a server could not be ended");
        }
        *slot = None;
        if let Err(error) = self.reaper.forget(self.pid).await {
            tracing::warn!(pid = self.pid, %error, "the reaper is gone");
        }
        if let Err(error) = tokio::fs::remove_dir_all(&self.directory).await {
            tracing::warn!(directory = %self.directory.display(), %error, "files are left");
        }
    }

    async fn ask(&self, command: &[&str]) -> Result<String, EngineError> {
        let port = self.port;
        let broken = |source| EngineError::Connection { port, source };
        let mut connection = Connection::open(port).await.map_err(broken)?;
        let answer = tokio::time::timeout(PATIENCE, connection.ask(command)).await;
        match answer {
            Err(_) => Err(late("answering")),
            Ok(Err(error)) => Err(broken(error)),
            Ok(Ok(Err(answer))) => Err(EngineError::Refused { command: command.join(" "), answer }),
            Ok(Ok(Ok(answer))) => Ok(answer),
        }
    }

    async fn wait_until_loaded(&self) -> Result<(), EngineError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.ended().await {
                return Err(EngineError::Died { log: self.log_tail().await });
            }
            // The process id tells this server from another one that won the race for the port.
            if let Ok(info) = self.ask(&["INFO", "server"]).await
                && info.contains(&format!("process_id:{}\r", self.pid))
                && self.ask(&["PING"]).await.is_ok()
            {
                return Ok(());
            }
            wait("loaded", deadline).await?;
        }
    }

    async fn wait_for_cluster(&self) -> Result<(), EngineError> {
        let deadline = Instant::now() + PATIENCE;
        while !self.ask(&["CLUSTER", "INFO"]).await?.contains("cluster_state:ok") {
            wait("serving as a cluster", deadline).await?;
        }
        Ok(())
    }

    async fn ended(&self) -> bool {
        match self.child.lock().await.as_mut() {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => true,
        }
    }

    async fn log_tail(&self) -> String {
        let log = tokio::fs::read_to_string(self.directory.join("server.log")).await;
        let log = log.unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(3).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }
}

/// A port that is free now, and so is the one 10,000 above it, where a cluster bus listens.
///
/// It lies below the range from which the system takes ports for outgoing connections.
async fn free_port() -> Result<u16, EngineError> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrInUse);
    for _ in 0..1_000 {
        let random = uuid::Uuid::new_v4().as_u128() % 12_000;
        let port = 10_500 + random as u16;
        let bus = TcpListener::bind(("127.0.0.1", port + 10_000)).await;
        match (TcpListener::bind(("127.0.0.1", port)).await, bus) {
            (Ok(_), Ok(_)) => return Ok(port),
            (Err(error), _) | (_, Err(error)) => last = error,
        }
    }
    Err(EngineError::io("finding", "a free port")(last))
}

fn taken(error: &EngineError) -> bool {
    matches!(error, EngineError::Died { log } if log.contains("Address already in use"))
}

fn late(state: &'static str) -> EngineError {
    EngineError::Late { state, seconds: PATIENCE.as_secs() }
}

async fn wait(state: &'static str, deadline: Instant) -> Result<(), EngineError> {
    if Instant::now() >= deadline {
        return Err(late(state));
    }
    tokio::time::sleep(POLL).await;
    Ok(())
}
