//! What the tests of the local cloud have in common.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use local_cloud::Options;
use toolbox::Toolbox;

/// Options with the tools of this machine and without functions.
pub(crate) fn options() -> Options {
    Options::new(Toolbox::cloud(&mut |line| eprintln!("{line}")).unwrap())
}

/// Options with `stand_in.py` in place of copy-snapshot; its zip is made in `directory`.
pub(crate) fn with_stand_in(directory: &Path) -> Options {
    let options = options();
    let python = options.toolbox.python();
    let script = format!("#!{}\n{}", python.display(), include_str!("stand_in.py"));
    let binary = directory.join("stand-in");
    fs::write(&binary, script).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    let zip = local_cloud::package_function("copy-snapshot", &binary, directory).unwrap();
    options.function("copy-snapshot", zip)
}

/// Asks again until there is an answer; panics with `what` after a minute without one.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
