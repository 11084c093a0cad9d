//! A cloud with a ledger, and what the cases do with it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::id::JourneyId;
use domain::journey::{Change, Journey};
use domain::port::{Claim, Journal, ServiceError, Who};
use jiff::Timestamp;
use ledger::Ledger;
use local_cloud::{Cloud, Options};
use toolbox::Toolbox;

const TABLE: &str = "snapguard-ledger";
pub(crate) const LEASE: Duration = Duration::from_secs(60);

pub(crate) struct Desk {
    pub(crate) cloud: Cloud,
    pub(crate) ledger: Ledger,
    /// For what the ledger itself would never do.
    pub(crate) client: aws_sdk_dynamodb::Client,
    /// The command.
    pub(crate) snapguard: PathBuf,
}

impl Desk {
    pub(crate) async fn set_up() -> Self {
        let toolbox = Toolbox::cloud(&mut |line| eprintln!("{line}")).unwrap();
        let cloud = Cloud::start(Options::new(toolbox)).await.unwrap();
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/stateful.yaml");
        let body = format!("file://{}", template.display());
        let create = ["cloudformation", "create-stack", "--stack-name", "state"];
        cloud.aws(&[create.as_slice(), &["--template-body", &body]].concat()).await.unwrap();
        let wait = ["cloudformation", "wait", "stack-create-complete", "--stack-name", "state"];
        cloud.aws(&wait).await.unwrap();
        let config = cloud.sdk_config("us-east-1");
        let ledger = Ledger::connect(&config, TABLE.to_owned());
        let client = aws_sdk_dynamodb::Client::new(&config);
        let snapguard = local_cloud::build(&["snapguard"]).await.unwrap().remove("snapguard");
        Self { ledger, client, snapguard: snapguard.unwrap(), cloud }
    }

    pub(crate) async fn close(self) {
        self.cloud.shutdown().await.unwrap();
    }

    /// Claims at `at`.
    pub(crate) async fn claim(
        &self,
        journey: &Journey,
        who: &Who,
        at: Timestamp,
    ) -> Result<Claim, ServiceError> {
        self.ledger.claim(journey, who, at, LEASE).await
    }

    /// Claims at the journey's beginning and expects to get it.
    pub(crate) async fn hold(&self, journey: &Journey, who: &Who) -> (Journey, u64) {
        match self.claim(journey, who, journey.opened_at).await.unwrap() {
            Claim::Held { journey, version } => (*journey, version),
            Claim::Busy { until } => panic!("{} is held until {until}", journey.id),
        }
    }

    /// Records a change a second after the last.
    pub(crate) async fn record(
        &self,
        journey: &Journey,
        change: &Change,
        version: u64,
        who: &Who,
    ) -> Result<(Journey, u64), ServiceError> {
        let after = journey.after(change, later(journey.updated_at, 1));
        let version = self.ledger.record(&after, change, version, who).await?;
        Ok((after, version))
    }

    /// How many entries the journey has.
    pub(crate) async fn entries(&self, id: &JourneyId) -> usize {
        self.ledger.entries(id).await.unwrap().len()
    }
}

/// A journey of a snapshot that no other case uses.
pub(crate) fn journey(snapshot: &str) -> Journey {
    journey_of("orders", snapshot, "2026-03-07T03:15:00Z", "eu-west-1")
}

pub(crate) fn journey_of(cache: &str, snapshot: &str, taken_at: &str, dr: &str) -> Journey {
    let source = testkit::sample::source(cache, snapshot, 2, taken_at);
    let id = JourneyId { snapshot: source.snapshot.clone(), dr_region: dr.parse().unwrap() };
    let opened_at = later(source.snapshot.taken_at, 30);
    Journey::open(id, source, "dr-bucket".parse().unwrap(), opened_at)
}

pub(crate) fn who(request_id: &str) -> Who {
    Who { function: "copy-snapshot".to_owned(), request_id: request_id.to_owned() }
}

pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap()
}
