//! Ctrl-C, and the other ways of being asked to stop.

use std::io;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears when a person or the system wants this process to end.
pub(crate) struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// This process was asked to stop, and what it had started is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped by signal {signal}")]
pub(crate) struct Interrupted {
    signal: u8,
}

impl Interrupt {
    /// Takes over the signals, which from now on end nothing by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for a signal.
    pub(crate) async fn received(&mut self) -> Interrupted {
        let signal = tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
            _ = self.hang_up.recv() => 1,
        };
        Interrupted { signal }
    }
}

impl Interrupted {
    /// What a shell reports for a program that the signal ended.
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(128 + self.signal)
    }
}
