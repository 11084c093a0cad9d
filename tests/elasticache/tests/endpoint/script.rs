//! What other people's clients see: boto3, redis-py and the AWS CLI against the endpoint.

use crate::world::World;

#[tokio::test]
async fn caches_snapshots_and_exports_work_from_boto3() {
    World::start(200).await.script("caches.py").await;
}

#[tokio::test]
async fn the_aws_cli_works() {
    World::start(50).await.script("cli.py").await;
}

#[tokio::test]
async fn refusals_are_the_documented_ones() {
    World::start(100).await.script("refusals.py").await;
}

#[tokio::test]
async fn faults_happen_on_demand() {
    World::start(50).await.script("faults.py").await;
}

#[tokio::test]
async fn fifty_snapshots_finish_at_once() {
    World::start(500).await.script("fifty.py").await;
}

#[tokio::test]
async fn serverless_caches_tell_the_bus() {
    World::start(100).await.script("serverless.py").await;
}
