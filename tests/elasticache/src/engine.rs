//! Real Redis and Valkey server processes: started, seeded, saved and stopped.

mod reaper;
mod resp;
mod server;
mod slot;
mod topology;

pub(crate) use reaper::Reaper;
pub(crate) use server::{Launcher, Server};
pub(crate) use slot::SlotSet;
pub(crate) use topology::{Topology, Unplaced};

use std::path::PathBuf;

/// What can go wrong with a server process.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// A file or process operation failed.
    #[error("{action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The server answered with an error.
    #[error("the server refused {command}: {answer}")]
    Refused {
        /// The command.
        command: String,
        /// The server's words.
        answer: String,
    },
    /// The connection broke.
    #[error("the connection to the server at port {port} broke")]
    Connection {
        /// The server's port.
        port: u16,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The process ended by itself; its log says why.
    #[error("the server process ended: {log}")]
    Died {
        /// The last lines of its log.
        log: String,
    },
    /// The server did not get there in time.
    #[error("the server was not {state} within {seconds} s")]
    Late {
        /// What was waited for.
        state: &'static str,
        /// For how long.
        seconds: u64,
    },
    /// The server is not running any more.
    #[error("the server has been stopped")]
    Stopped,
}

impl EngineError {
    fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
