//! A local cloud with the real function deployed, and what the cases do with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_sdk_elasticache::types::NodeGroupConfiguration;
use domain::journey::{Journey, State};
use futures::{StreamExt, stream};
use ledger::{Audit, Ledger};
use local_cloud::{Cloud, Options, Stacks};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::OnceCell;
use toolbox::Toolbox;

const PRIMARY: &str = "us-east-1";
const DR: &str = "eu-west-1";
/// What anything here may take; it takes a fraction of that on an idle machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Built once for all cases.
static BINARIES: OnceCell<BTreeMap<String, PathBuf>> = OnceCell::const_new();

pub(crate) struct System {
    pub(crate) cloud: Cloud,
    pub(crate) stacks: Stacks,
    pub(crate) caches: aws_sdk_elasticache::Client,
    pub(crate) staging: aws_sdk_s3::Client,
    pub(crate) vault: aws_sdk_s3::Client,
    pub(crate) topics: aws_sdk_sns::Client,
    queues: aws_sdk_sqs::Client,
    ledger: Ledger,
    alerts: String,
}

impl System {
    /// Starts a cloud of its own and deploys everything into it, with these parameters of the
    /// stateless stack.
    pub(crate) async fn start(parameters: &[(&str, &str)]) -> Self {
        let toolbox = Toolbox::cloud(&mut |line| eprintln!("{line}")).unwrap();
        let binaries = BINARIES
            .get_or_init(async || {
                local_cloud::build(&["copy-snapshot", "elasticache-endpoint"]).await.unwrap()
            })
            .await;
        let zips = tempfile::tempdir().unwrap();
        let binary = &binaries["copy-snapshot"];
        let zip = local_cloud::package_function("copy-snapshot", binary, zips.path()).unwrap();
        let mut options = Options::new(toolbox)
            .endpoint(&binaries["elasticache-endpoint"])
            .function("copy-snapshot", zip);
        for (name, value) in parameters {
            options = options.parameter(name, value);
        }
        let cloud = Cloud::start(options).await.unwrap();
        let stacks = cloud.deploy(&mut |line| eprintln!("{line}")).await.unwrap();
        let primary = cloud.sdk_config(PRIMARY);
        let s3 = |region: &str| {
            let config = aws_sdk_s3::config::Builder::from(&cloud.sdk_config(region));
            aws_sdk_s3::Client::from_conf(config.force_path_style(true).build())
        };
        let queues = aws_sdk_sqs::Client::new(&primary);
        let topics = aws_sdk_sns::Client::new(&primary);
        let alerts = listen(&queues, &topics, &stacks.alerts_topic).await;
        Self {
            caches: aws_sdk_elasticache::Client::new(&cloud.elasticache_config(PRIMARY).unwrap()),
            staging: s3(PRIMARY),
            vault: s3(DR),
            topics,
            queues,
            ledger: Ledger::connect(&primary, stacks.ledger_table.clone()),
            alerts,
            stacks,
            cloud,
        }
    }

    pub(crate) async fn stop(self) {
        self.cloud.shutdown().await.unwrap();
    }

    /// Polls until there is an answer. Panics with what was awaited and the logs' last lines.
    pub(crate) async fn eventually<T>(
        &self,
        what: &str,
        mut ask: impl AsyncFnMut() -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            assert!(Instant::now() < deadline, "waited for {what}\n{}", self.cloud.log_tail());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A replication group with this many shards, which tells the notification topic of its
    /// snapshots. Answers the address of each shard's primary.
    pub(crate) async fn cache(&self, name: &str, shards: i32) -> Vec<String> {
        let mut create = self
            .caches
            .create_replication_group()
            .replication_group_id(name)
            .replication_group_description(name)
            .engine("redis")
            .cache_node_type("cache.t4g.micro")
            .notification_topic_arn(&self.stacks.notification_topic);
        if shards > 1 {
            create = create.num_node_groups(shards).replicas_per_node_group(0);
            create = create.cache_parameter_group_name("default.redis7.cluster.on");
            for shard in 0..shards {
                let step = 16384 / shards;
                let end = if shard + 1 == shards { 16383 } else { (shard + 1) * step - 1 };
                create = create.node_group_configuration(
                    NodeGroupConfiguration::builder()
                        .slots(format!("{}-{end}", shard * step))
                        .build(),
                );
            }
        } else {
            create = create.num_cache_clusters(1);
        }
        create.send().await.unwrap();
        self.eventually(&format!("cache {name}"), async || {
            let group = self
                .caches
                .describe_replication_groups()
                .replication_group_id(name)
                .send()
                .await
                .unwrap();
            let group = &group.replication_groups()[0];
            (group.status() == Some("available")).then_some(())
        })
        .await;
        let nodes =
            self.caches.describe_cache_clusters().show_cache_node_info(true).send().await.unwrap();
        nodes
            .cache_clusters()
            .iter()
            .filter(|node| node.replication_group_id() == Some(name))
            .map(|node| {
                let endpoint = node.cache_nodes()[0].endpoint().unwrap();
                format!("{}:{}", endpoint.address().unwrap(), endpoint.port().unwrap())
            })
            .collect()
    }

    /// Takes a snapshot and waits until it is finished.
    pub(crate) async fn snapshot(&self, cache: &str, name: &str) {
        self.eventually(&format!("{cache} to take a snapshot"), async || {
            let taken = self
                .caches
                .create_snapshot()
                .replication_group_id(cache)
                .snapshot_name(name)
                .send()
                .await;
            taken.is_ok().then_some(())
        })
        .await;
        self.eventually(&format!("snapshot {name}"), async || {
            let found = self.caches.describe_snapshots().snapshot_name(name).send().await.ok()?;
            (found.snapshots()[0].snapshot_status() != Some("creating")).then_some(())
        })
        .await;
    }

    /// Has the endpoint go wrong as told.
    pub(crate) async fn inject(&self, fault: Value) {
        let url = self.cloud.elasticache_endpoint().unwrap();
        let address = url.strip_prefix("http://").unwrap();
        let body = fault.to_string();
        let request = format!(
            "POST /_control/faults HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    }

    /// Publishes a message to the notification topic, as ElastiCache does.
    pub(crate) async fn announce(&self, message: &str) {
        let topic = &self.stacks.notification_topic;
        self.topics.publish().topic_arn(topic).message(message).send().await.unwrap();
    }

    /// Announces a snapshot by name.
    pub(crate) async fn announce_snapshot(&self, name: &str) {
        let message = format!(
            "Snapshot succeeded for snapshot with ID '{name}' of cache cluster with ID 'x'"
        );
        self.announce(&message).await;
    }

    /// What the ledger has about a snapshot; its hash chain must hold.
    pub(crate) async fn audits(&self, name: &str) -> Vec<Audit> {
        let audits =
            self.ledger.audit(&PRIMARY.parse().unwrap(), &name.parse().unwrap()).await.unwrap();
        for audit in &audits {
            assert_eq!(audit.chain, Ok(()), "{name}");
        }
        audits
    }

    /// The journey of a snapshot, once its state is as wished.
    pub(crate) async fn journey(&self, name: &str, wished: &str) -> Journey {
        self.eventually(&format!("{name} to be {wished}"), async || {
            let mut audits = self.audits(name).await;
            assert!(audits.len() <= 1, "{name} has {} journeys", audits.len());
            let journey = audits.pop()?.journey;
            (journey.state.name() == wished).then_some(journey)
        })
        .await
    }

    /// Every shard is byte for byte in the DR bucket, as exactly one version, with a manifest that
    /// names it.
    pub(crate) async fn assert_copied(&self, journey: &Journey) {
        assert_eq!(journey.state, State::Copied);
        let copy = journey.copy.as_ref().unwrap();
        assert_eq!(copy.objects.len(), journey.source.shards.len());
        let bucket = journey.bucket.as_str();
        stream::iter(copy.objects.iter().zip(&journey.staged))
            .for_each_concurrent(4, |(copied, staged)| async move {
                let original =
                    read(&self.staging, &self.stacks.staging_bucket, &staged.key).await.unwrap();
                let copy = read(&self.vault, bucket, &copied.key).await.unwrap();
                assert!(original.starts_with(b"REDIS"), "{} is no RDB file", staged.key);
                assert!(original == copy, "{} differs from {}", copied.key, staged.key);
            })
            .await;
        let manifest = read(&self.vault, bucket, &copy.manifest.key).await.unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let keys: Vec<&str> = manifest["shards"]
            .as_array()
            .unwrap()
            .iter()
            .map(|shard| shard["object"]["key"].as_str().unwrap())
            .collect();
        let copied: Vec<&str> = copy.objects.iter().map(|o| o.key.as_str()).collect();
        assert_eq!(keys, copied);
    }

    /// How many versions each object of the DR bucket has.
    pub(crate) async fn versions(&self) -> BTreeMap<String, usize> {
        let bucket = &self.stacks.dr_buckets[DR];
        let mut versions = BTreeMap::new();
        let mut pages = self.vault.list_object_versions().bucket(bucket).send().await.unwrap();
        loop {
            for version in pages.versions() {
                *versions.entry(version.key().unwrap().to_owned()).or_default() += 1;
            }
            if pages.is_truncated() != Some(true) {
                return versions;
            }
            pages = self
                .vault
                .list_object_versions()
                .bucket(bucket)
                .set_key_marker(pages.next_key_marker().map(str::to_owned))
                .set_version_id_marker(pages.next_version_id_marker().map(str::to_owned))
                .send()
                .await
                .unwrap();
        }
    }

    /// The alerts published since the last call, without waiting for more.
    pub(crate) async fn alerts(&self) -> Vec<Value> {
        self.messages(&self.alerts)
            .await
            .iter()
            .map(|message| {
                let notification: Value = serde_json::from_str(message).unwrap();
                serde_json::from_str(notification["Message"].as_str().unwrap()).unwrap()
            })
            .collect()
    }

    /// Waits for the next alert; there must be exactly one.
    pub(crate) async fn alert(&self) -> Value {
        let mut alerts = self
            .eventually("an alert", async || {
                let alerts = self.alerts().await;
                (!alerts.is_empty()).then_some(alerts)
            })
            .await;
        assert_eq!(alerts.len(), 1, "{alerts:#?}");
        alerts.remove(0)
    }

    /// What lies in the dead-letter queue, with the reasons.
    pub(crate) async fn dead_letters(&self) -> Vec<(String, String)> {
        let received = self
            .queues
            .receive_message()
            .queue_url(&self.stacks.dead_letter_queue)
            .max_number_of_messages(10)
            .message_attribute_names("All")
            .send()
            .await
            .unwrap();
        received
            .messages()
            .iter()
            .map(|message| {
                let reason = message
                    .message_attributes()
                    .and_then(|attributes| attributes.get("reason"))
                    .and_then(|reason| reason.string_value());
                (message.body().unwrap().to_owned(), reason.unwrap_or_default().to_owned())
            })
            .collect()
    }

    async fn messages(&self, queue: &str) -> Vec<String> {
        let mut bodies = Vec::new();
        loop {
            let received = self
                .queues
                .receive_message()
                .queue_url(queue)
                .max_number_of_messages(10)
                .send()
                .await
                .unwrap();
            if received.messages().is_empty() {
                return bodies;
            }
            for message in received.messages() {
                bodies.push(message.body().unwrap().to_owned());
                self.queues
                    .delete_message()
                    .queue_url(queue)
                    .receipt_handle(message.receipt_handle().unwrap())
                    .send()
                    .await
                    .unwrap();
            }
        }
    }

    /// Invokes the function directly, and answers what it answered.
    pub(crate) async fn invoke(&self, payload: &Value) -> Value {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("answer.json");
        let payload = payload.to_string();
        let invoke = ["lambda", "invoke", "--function-name", &self.stacks.copy_snapshot];
        let all = [&invoke[..], &["--payload", &payload, out.to_str().unwrap()]].concat();
        self.cloud.aws(&all).await.unwrap();
        serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap()
    }

    /// Runs a Python script from this folder against the cloud, and answers what it printed.
    pub(crate) async fn python(&self, script: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journey").join(script);
        let toolbox = &self.cloud.options().toolbox;
        let output = tokio::process::Command::new(toolbox.python())
            .arg(path)
            .envs(self.cloud.variables())
            .output()
            .await
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}{errors}\n{}", self.cloud.log_tail());
        printed
    }
}

pub(crate) async fn read(client: &aws_sdk_s3::Client, bucket: &str, key: &str) -> Option<Vec<u8>> {
    let object = client.get_object().bucket(bucket).key(key).send().await.ok()?;
    Some(object.body.collect().await.unwrap().to_vec())
}

/// A queue that hears what is published to a topic.
async fn listen(queues: &aws_sdk_sqs::Client, topics: &aws_sdk_sns::Client, topic: &str) -> String {
    let queue = queues.create_queue().queue_name("listener").send().await.unwrap();
    let url = queue.queue_url().unwrap().to_owned();
    let arn = "arn:aws:sqs:us-east-1:000000000000:listener";
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }]});
    queues
        .set_queue_attributes()
        .queue_url(&url)
        .attributes(aws_sdk_sqs::types::QueueAttributeName::Policy, policy.to_string())
        .send()
        .await
        .unwrap();
    topics.subscribe().topic_arn(topic).protocol("sqs").endpoint(arn).send().await.unwrap();
    url
}
