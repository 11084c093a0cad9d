use domain::class::Class;
use domain::decide::SnapshotSeen;
use domain::port::{CacheRef, Caches, Family, Lookup, ServiceError, SnapshotFacts};
use domain::source::{CacheKind, Source};

use super::ElastiCache;
use crate::replay::{Replay, Reply, ok, status};

fn elasticache(replay: &Replay) -> ElastiCache {
    ElastiCache::new(&replay.config(), &"us-east-1".parse().unwrap())
}

fn answer(operation: &str, result: &str) -> Reply {
    ok(format!(
        "<{operation}Response xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\">\
         <{operation}Result>{result}</{operation}Result></{operation}Response>"
    ))
}

fn error(http: u16, code: &str, message: &str) -> Reply {
    status(
        http,
        format!(
            "<ErrorResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"><Error>\
             <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>7f2a</RequestId></ErrorResponse>"
        ),
    )
}

/// A shard as `DescribeSnapshots` tells it.
fn shard(group: &str, slots: &str, taken: &str) -> String {
    format!(
        "<NodeSnapshot><CacheClusterId>orders-{group}-001</CacheClusterId>\
         <NodeGroupId>{group}</NodeGroupId><CacheNodeId>0001</CacheNodeId>\
         <NodeGroupConfiguration><Slots>{slots}</Slots><ReplicaCount>1</ReplicaCount>\
         </NodeGroupConfiguration><CacheSize>3 MB</CacheSize>\
         <SnapshotCreateTime>{taken}</SnapshotCreateTime></NodeSnapshot>"
    )
}

fn snapshot(name: &str, shards: &[String]) -> String {
    format!(
        "<Snapshot><SnapshotName>{name}</SnapshotName>\
         <ReplicationGroupId>orders</ReplicationGroupId>\
         <SnapshotStatus>available</SnapshotStatus><SnapshotSource>manual</SnapshotSource>\
         <CacheNodeType>cache.r7g.large</CacheNodeType><Engine>valkey</Engine>\
         <EngineVersion>8.0.1</EngineVersion><Port>6379</Port>\
         <CacheParameterGroupName>default.valkey8.cluster.on</CacheParameterGroupName>\
         <CacheSubnetGroupName>private</CacheSubnetGroupName><NumNodeGroups>{}</NumNodeGroups>\
         <AutomaticFailover>enabled</AutomaticFailover><NodeSnapshots>{}</NodeSnapshots>\
         <ARN>arn:aws:elasticache:us-east-1:111122223333:snapshot:{name}</ARN>\
         <DataTiering>disabled</DataTiering></Snapshot>",
        shards.len(),
        shards.concat()
    )
}

fn nightly() -> String {
    // Out of order and a fraction of a second apart, as the service gives them.
    snapshot(
        "nightly",
        &[
            shard("0002", "8192-16383", "2026-03-07T03:15:00.900Z"),
            shard("0001", "0-8191", "2026-03-07T03:15:04.100Z"),
        ],
    )
}

fn found(looked: Result<Lookup, ServiceError>) -> SnapshotFacts {
    match looked.unwrap() {
        Lookup::Found(facts) => *facts,
        other => panic!("found {other:?}"),
    }
}

async fn source_of_nightly() -> Source {
    let replay =
        Replay::of([answer("DescribeSnapshots", &format!("<Snapshots>{}</Snapshots>", nightly()))]);
    let caches = elasticache(&replay);
    let name = "nightly".parse().unwrap();
    found(caches.snapshot(Family::NodeBased, &name).await).source
}

#[tokio::test]
async fn a_snapshot_is_described_with_its_shards_in_order() {
    let replay =
        Replay::of([answer("DescribeSnapshots", &format!("<Snapshots>{}</Snapshots>", nightly()))]);
    let name = "nightly".parse().unwrap();
    let facts = found(elasticache(&replay).snapshot(Family::NodeBased, &name).await);
    let asked = replay.only();
    assert!(asked.field("Action", "DescribeSnapshots"), "{asked:?}");
    assert!(asked.field("SnapshotName", "nightly"), "{asked:?}");
    assert!(asked.field("ShowNodeGroupConfig", "true"), "{asked:?}");

    let source = facts.source;
    assert_eq!(facts.status, SnapshotSeen::Available);
    assert_eq!(source.snapshot.to_string(), "us-east-1/nightly@20260307t031500z");
    assert_eq!(source.account.as_str(), "111122223333");
    assert_eq!((source.cache.as_str(), source.kind), ("orders", CacheKind::ReplicationGroup));
    let groups: Vec<_> = source.shards.iter().map(|s| s.node_group.as_deref().unwrap()).collect();
    assert_eq!(groups, ["0001", "0002"]);
    assert_eq!(source.shards[0].slots.as_deref(), Some("0-8191"));
    assert!(source.cluster_mode);
    assert_eq!(source.nodes_per_shard, Some(2));
    assert_eq!(source.port, Some(6379));
    assert_eq!(source.automatic_failover.as_deref(), Some("enabled"));
    assert_eq!((source.security_groups, source.tags), (None, None));
}

#[tokio::test]
async fn no_such_snapshot_is_missing_and_one_without_a_moment_is_young() {
    let name = "nightly".parse().unwrap();
    let gone = Replay::of([error(404, "SnapshotNotFoundFault", "nightly is not found")]);
    let found = elasticache(&gone).snapshot(Family::NodeBased, &name).await.unwrap();
    assert_eq!(found, Lookup::Missing);

    let young = "<Snapshots><Snapshot><SnapshotName>nightly</SnapshotName><ReplicationGroupId>\
                 orders</ReplicationGroupId><SnapshotStatus>creating</SnapshotStatus></Snapshot>\
                 </Snapshots>";
    let young = Replay::of([answer("DescribeSnapshots", young)]);
    let found = elasticache(&young).snapshot(Family::NodeBased, &name).await.unwrap();
    assert_eq!(found, Lookup::Young);
}

#[tokio::test]
async fn every_page_is_read_and_the_newest_comes_first() {
    let page = |name: &str, taken: &str, marker: &str| {
        let snapshot = snapshot(name, &[shard("0001", "", taken)]);
        answer("DescribeSnapshots", &format!("<Snapshots>{snapshot}</Snapshots>{marker}"))
    };
    let replay = Replay::of([
        page("older", "2026-03-06T03:15:00Z", "<Marker>more</Marker>"),
        page("newer", "2026-03-07T03:15:00Z", ""),
    ]);
    let orders = CacheRef { name: "orders".parse().unwrap(), kind: CacheKind::ReplicationGroup };
    let all = elasticache(&replay).snapshots_of(&orders).await.unwrap();
    let names: Vec<_> = all.iter().map(|facts| facts.source.snapshot.name.as_str()).collect();
    assert_eq!(names, ["newer", "older"]);
    assert!(!all[0].source.cluster_mode, "one shard without slots");
    let asked = replay.asked();
    assert!(asked[0].field("ReplicationGroupId", "orders"), "{asked:?}");
    assert!(asked[1].field("Marker", "more"), "{asked:?}");
}

#[tokio::test]
async fn one_unreadable_snapshot_does_not_hide_the_others() {
    let nameless = snapshot("", &[shard("0001", "", "2026-03-06T03:15:00Z")]);
    let replay = Replay::of([answer(
        "DescribeSnapshots",
        &format!("<Snapshots>{nameless}{}</Snapshots>", nightly()),
    )]);
    let orders = CacheRef { name: "orders".parse().unwrap(), kind: CacheKind::ReplicationGroup };
    let all = elasticache(&replay).snapshots_of(&orders).await.unwrap();
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn a_serverless_snapshot_has_its_own_operation() {
    let replay = Replay::of([answer(
        "DescribeServerlessCacheSnapshots",
        "<ServerlessCacheSnapshots><ServerlessCacheSnapshot>\
         <ServerlessCacheSnapshotName>daily</ServerlessCacheSnapshotName>\
         <ARN>arn:aws:elasticache:us-east-1:111122223333:serverlesscachesnapshot:daily</ARN>\
         <Status>exporting</Status><CreateTime>2026-03-07T03:15:00.5Z</CreateTime>\
         <ServerlessCacheConfiguration><ServerlessCacheName>carts</ServerlessCacheName>\
         <Engine>valkey</Engine><MajorEngineVersion>8</MajorEngineVersion>\
         </ServerlessCacheConfiguration></ServerlessCacheSnapshot></ServerlessCacheSnapshots>",
    )]);
    let name = "daily".parse().unwrap();
    let facts = found(elasticache(&replay).snapshot(Family::Serverless, &name).await);
    assert_eq!(facts.status, SnapshotSeen::Exporting);
    assert_eq!(facts.source.kind, CacheKind::Serverless);
    assert_eq!(facts.source.cache.as_str(), "carts");
    assert_eq!(facts.source.snapshot.stamp(), "20260307t031500z");
}

#[tokio::test]
async fn a_node_leads_to_its_group_or_is_the_cache() {
    let cluster = |group: &str| {
        answer(
            "DescribeCacheClusters",
            &format!(
                "<CacheClusters><CacheCluster><CacheClusterId>orders-0001-001</CacheClusterId>\
                 {group}</CacheCluster></CacheClusters>"
            ),
        )
    };
    let replay = Replay::of([
        cluster("<ReplicationGroupId>orders</ReplicationGroupId>"),
        cluster(""),
        error(404, "CacheClusterNotFound", "no such node"),
    ]);
    let caches = elasticache(&replay);
    let node = "orders-0001-001".parse().unwrap();
    let group = caches.cache_of_node(&node).await.unwrap().unwrap();
    assert_eq!((group.name.as_str(), group.kind), ("orders", CacheKind::ReplicationGroup));
    let single = caches.cache_of_node(&node).await.unwrap().unwrap();
    assert_eq!((single.name.as_str(), single.kind), ("orders-0001-001", CacheKind::CacheCluster));
    assert_eq!(caches.cache_of_node(&node).await.unwrap(), None);
}

#[tokio::test]
async fn the_live_cache_completes_what_the_snapshot_does_not_tell() {
    let replay = Replay::of([
        answer(
            "DescribeReplicationGroups",
            "<ReplicationGroups><ReplicationGroup><ReplicationGroupId>orders</ReplicationGroupId>\
             <ClusterEnabled>true</ClusterEnabled>\
             <TransitEncryptionEnabled>true</TransitEncryptionEnabled><MemberClusters>\
             <ClusterId>orders-0001-001</ClusterId></MemberClusters>\
             <ARN>arn:aws:elasticache:us-east-1:111122223333:replicationgroup:orders</ARN>\
             </ReplicationGroup></ReplicationGroups>",
        ),
        answer(
            "DescribeCacheClusters",
            "<CacheClusters><CacheCluster><CacheClusterId>orders-0001-001</CacheClusterId>\
             <SecurityGroups><member><SecurityGroupId>sg-1</SecurityGroupId>\
             <Status>active</Status></member></SecurityGroups></CacheCluster></CacheClusters>",
        ),
        answer(
            "ListTagsForResource",
            "<TagList><Tag><Key>snapguard:tier</Key><Value>trading</Value></Tag></TagList>",
        ),
    ]);
    let source = elasticache(&replay).complete(source_of_nightly().await).await.unwrap();
    assert_eq!(source.security_groups, Some(vec!["sg-1".to_owned()]));
    assert_eq!(source.transit_encryption, Some(true));
    assert_eq!(source.subnet_group.as_deref(), Some("private"));
    assert_eq!(source.tags.unwrap()["snapguard:tier"], "trading");
}

#[tokio::test]
async fn a_cache_that_is_gone_completes_nothing() {
    let replay = Replay::of([error(404, "ReplicationGroupNotFoundFault", "no such group")]);
    let source = source_of_nightly().await;
    assert_eq!(elasticache(&replay).complete(source.clone()).await.unwrap(), source);
}

#[tokio::test]
async fn an_export_names_snapshot_target_and_bucket() {
    let replay = Replay::of([answer("CopySnapshot", "<Snapshot></Snapshot>")]);
    let source = source_of_nightly().await;
    let bucket = "stage".parse().unwrap();
    elasticache(&replay).export(&source, "nightly.20260307t031500z", &bucket).await.unwrap();
    let asked = replay.only();
    assert!(asked.field("SourceSnapshotName", "nightly"), "{asked:?}");
    assert!(asked.field("TargetSnapshotName", "nightly.20260307t031500z"), "{asked:?}");
    assert!(asked.field("TargetBucket", "stage"), "{asked:?}");
}

#[tokio::test]
async fn a_serverless_export_takes_no_target_name() {
    let replay = Replay::of([answer(
        "ExportServerlessCacheSnapshot",
        "<ServerlessCacheSnapshot></ServerlessCacheSnapshot>",
    )]);
    let mut source = source_of_nightly().await;
    source.kind = CacheKind::Serverless;
    let bucket = "stage".parse().unwrap();
    elasticache(&replay).export(&source, "ignored", &bucket).await.unwrap();
    let asked = replay.only();
    assert!(asked.field("ServerlessCacheSnapshotName", "nightly"), "{asked:?}");
    assert!(asked.field("S3BucketName", "stage"), "{asked:?}");
    assert!(!asked.body.contains("ignored"), "{asked:?}");
}

#[tokio::test]
async fn each_modelled_refusal_of_an_export_has_its_class() {
    let source = source_of_nightly().await;
    let refused = [
        (400, "SnapshotAlreadyExistsFault", "x", Class::Conflict),
        (400, "InvalidSnapshotState", "busy", Class::Conflict),
        (404, "SnapshotNotFoundFault", "x", Class::Invalid),
        (400, "SnapshotQuotaExceededFault", "x", Class::Quota),
        (400, "TagQuotaPerResourceExceeded", "x", Class::Quota),
        (400, "InvalidParameterCombination", "x", Class::Invalid),
        (
            400,
            "InvalidParameterValue",
            "ElastiCache has not been granted WRITE permissions stage on the S3 Bucket.",
            Class::Denied,
        ),
        (
            400,
            "InvalidParameterValue",
            "The S3 bucket stage already contains an object with key n-0001.rdb.",
            Class::Conflict,
        ),
        (400, "InvalidParameterValue", "The S3 bucket stage does not exist.", Class::Invalid),
        (403, "AccessDenied", "not authorized to perform elasticache:CopySnapshot", Class::Denied),
        (400, "Throttling", "Rate exceeded", Class::Throttled),
        (503, "ServiceUnavailable", "x", Class::Transient),
        (500, "InternalFailure", "x", Class::Transient),
    ];
    for (http, code, message, class) in refused {
        let replay = Replay::of([error(http, code, message)]);
        let bucket = "stage".parse().unwrap();
        let refusal = elasticache(&replay).export(&source, "target", &bucket).await.unwrap_err();
        assert_eq!(refusal.class, class, "{code}: {message}");
        assert_eq!(refusal.code.as_deref(), Some(code));
        assert_eq!(refusal.to_string(), format!("elasticache:CopySnapshot on nightly: {message}"));
        let source = std::error::Error::source(&refusal).unwrap().to_string();
        assert!(!source.contains(message) || message == "x", "told twice: {source}");
    }
}

#[tokio::test]
async fn an_unreachable_service_is_transient_and_says_why_underneath() {
    let replay = Replay::of([Reply::Unreachable]);
    let name = "nightly".parse().unwrap();
    let failure = elasticache(&replay).snapshot(Family::NodeBased, &name).await.unwrap_err();
    assert_eq!(failure.class, Class::Transient);
    assert_eq!(
        failure.to_string(),
        "elasticache:DescribeSnapshots on nightly: the service could not be reached"
    );
    let mut chain = String::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(&failure);
    while let Some(link) = next {
        chain.push_str(&link.to_string());
        next = link.source();
    }
    assert!(chain.contains("connection refused"), "{chain}");
}
