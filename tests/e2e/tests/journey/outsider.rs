//! A script that knows nothing of us: boto3, redis-py and what the README says.

use crate::system::System;

#[tokio::test]
async fn a_boto3_script_finds_its_copy_manifest_and_ledger_entries() {
    let system = System::start(&[]).await;
    let printed = system.python("outsider.py").await;
    assert!(printed.trim_end().ends_with("found everything"), "{printed}");
    system.stop().await;
}
