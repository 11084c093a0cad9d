//! The Lambda function: settings, clients, then one notice after another.

use std::process::ExitCode;

use copy_snapshot::deps::Deps;
use copy_snapshot::{Config, handle};
use lambda::Environment;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env(&Environment::of_process())?;
        let deps = Deps::connect(config).await;
        lambda::run(async |payload, invocation| handle(&deps, payload, invocation).await).await
    })
}
