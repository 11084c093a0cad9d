//! The function's process is killed wherever it happens to be.

use std::time::Duration;

use crate::redis::fill;
use crate::system::System;

/// The message of a killed invocation stays away for longer than the test lasts, so what completes
/// the journey is the later notice. Small parts make the copy take many calls.
#[tokio::test]
async fn a_later_notice_completes_what_a_killed_process_began() {
    let system = System::start(&[
        ("LeaseSeconds", "5"),
        ("MultipartThresholdMib", "5"),
        ("PartSizeMib", "5"),
        ("TimeoutSeconds", "300"),
        ("VisibilityTimeoutSeconds", "300"),
    ])
    .await;
    let addresses = system.cache("large", 1).await;
    fill(&addresses[0], 600, 60_000).await;
    system.snapshot("large", "large-1").await;

    let function = system.stacks.copy_snapshot.clone();
    let mut killed = 0;
    system
        .eventually("a few deaths", async || {
            killed += system.cloud.kill_function(&function).await.unwrap();
            let done = system.audits("large-1").await.iter().any(|a| a.journey.copy.is_some());
            if !done {
                system.announce_snapshot("large-1").await;
            }
            // Not always at the same point.
            tokio::time::sleep(Duration::from_millis(70 * (killed % 7))).await;
            (killed >= 6 || done).then_some(())
        })
        .await;
    assert!(killed > 0, "nothing was killed");
    system.announce_snapshot("large-1").await;
    let journey = system.journey("large-1", "copied").await;
    system.assert_copied(&journey).await;
    assert!(journey.staged[0].size > 20 << 20, "too small to be copied in parts");
    let versions = system.versions().await;
    assert!(versions.values().all(|n| *n == 1), "copied again what was whole: {versions:#?}");
    assert!(system.alerts().await.is_empty());
    system.stop().await;
}
