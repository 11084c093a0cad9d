//! What the tests of the local cloud have in common.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use local_cloud::{Cloud, Options, Stacks};
use serde_json::Value;
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

/// Reads the queue until a message contains `last`, and returns all bodies.
pub(crate) async fn read_until(cloud: &Cloud, stacks: &Stacks, last: &str) -> Vec<Value> {
    let queue = aws_sdk_sqs::Client::new(&cloud.sdk_config("us-east-1"));
    let mut bodies = Vec::new();
    eventually(last, async || {
        let answer = queue
            .receive_message()
            .queue_url(&stacks.notices_queue)
            .max_number_of_messages(10)
            .send()
            .await
            .unwrap();
        let received: Vec<_> = answer.messages.unwrap_or_default();
        let found = received.iter().any(|message| message.body().unwrap().contains(last));
        bodies.extend(
            received
                .iter()
                .map(|message| serde_json::from_str::<Value>(message.body().unwrap()).unwrap()),
        );
        found.then_some(())
    })
    .await;
    bodies
}
