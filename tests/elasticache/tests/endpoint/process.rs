//! However the endpoint ends, nothing of it stays behind.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::world::World;

/// The process ids of the servers that run in a state directory.
///
/// Each server's own log names its process, and its directory goes when the server has ended.
fn servers(state: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![state.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.ends_with("server.log") {
                let log = std::fs::read_to_string(path).unwrap_or_default();
                found.extend(log.split(':').next().map(str::to_owned));
            }
        }
    }
    found
}

/// Whether the process runs. One that has ended stays listed until its parent asks how, and the
/// parent of an orphan may take its time.
async fn alive(pid: &str) -> bool {
    let mut probe = Command::new("ps");
    let output = probe.args(["-o", "stat=", "-p", pid]).stderr(Stdio::null()).output().await;
    let state = output.expect("ps runs").stdout;
    state.trim_ascii().first().is_some_and(|first| *first != b'Z')
}

async fn all_gone(world: &World, pids: &[String]) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let files = std::fs::read_dir(world.state.path()).expect("it is there").count();
        let mut running = 0;
        for pid in pids {
            running += usize::from(alive(pid).await);
        }
        if files == 0 && running == 0 {
            return;
        }
        assert!(Instant::now() < deadline, "{running} servers and {files} directories are left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn running() -> (World, Vec<String>) {
    let world = World::start(50).await;
    world.script("two_caches.py").await;
    let pids = servers(world.state.path());
    assert_eq!(pids.len(), 3, "one server per shard");
    (world, pids)
}

async fn signal(world: &World, name: &str) {
    let pid = world.endpoint.id().expect("it runs").to_string();
    let status = Command::new("kill").args([name, &pid]).status().await.expect("kill runs");
    assert!(status.success());
}

#[tokio::test]
async fn a_terminated_endpoint_cleans_up() {
    let (mut world, pids) = running().await;
    signal(&world, "-TERM").await;
    assert!(world.endpoint.wait().await.expect("it ends").success());
    all_gone(&world, &pids).await;
}

#[tokio::test]
async fn a_killed_endpoint_leaves_nothing_either() {
    let (world, pids) = running().await;
    signal(&world, "-KILL").await;
    all_gone(&world, &pids).await;
}

#[tokio::test]
async fn an_endpoint_ends_with_its_parent() {
    let (mut world, pids) = running().await;
    drop(world.endpoint.stdin.take());
    assert!(world.endpoint.wait().await.expect("it ends").success());
    all_gone(&world, &pids).await;
}
