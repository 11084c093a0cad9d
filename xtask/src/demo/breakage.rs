//! A permission is lost: the alert that would page, the repair, the recovery.

use anyhow::{Context, Result, bail, ensure};
use domain::alert::Status;
use domain::journey::State;
use serde_json::{Value, json};

use super::inbox::Inbox;
use super::journey::{self, Trip};
use super::narrator::Narrator;
use super::stage::Stage;
use super::watch::{arrived, take_snapshot};

/// The snapshot that meets the missing permission.
const SNAPSHOT: &str = "orders-evening";

/// Breaks the way of one snapshot, and repairs it.
pub(super) async fn play(stage: &Stage, narrator: &mut Narrator, inbox: &Inbox) -> Result<()> {
    let mut trips = [Trip::new("orders", SNAPSHOT)?];
    narrator.section("A permission goes missing");
    narrator.say(
        "Somebody tidies up the staging bucket's policy, and the statement that lets ElastiCache \
         write there is gone. The next snapshot of orders cannot be exported. No retry will help, \
         so a person is told, once.",
    );
    println!();
    let policy = Policy::read(stage).await?;
    policy.put(stage, &without_elasticache(&policy.text)?).await?;
    take_snapshot(stage, "orders", SNAPSHOT).await?;
    let failed = journey::follow(stage, narrator, &mut trips).await?;
    let is_failed = failed.iter().all(|journey| matches!(journey.state, State::Failed { .. }));
    ensure!(is_failed, "{SNAPSHOT} travelled although ElastiCache may not write");
    let page = inbox.next(Status::Opened, SNAPSHOT).await?;
    narrator.show(&page.card());

    narrator.section("The repair");
    narrator.say(
        "The statement is put back, and a notice of the snapshot sent as the alert says. Any \
         later notice of the cache would have done as well.",
    );
    println!();
    policy.put(stage, &policy.text).await?;
    invoke(stage, narrator).await?;
    for journey in journey::follow(stage, narrator, &mut trips).await? {
        arrived(&journey)?;
    }
    let resolve = inbox.next(Status::Resolved, SNAPSHOT).await?;
    ensure!(
        resolve.alert.fingerprint == page.alert.fingerprint,
        "the resolve has another fingerprint than the alert, so no pager would close it"
    );
    narrator.show(&resolve.card());
    narrator.say("It has the fingerprint of the alert, so the incident closes by itself.");
    Ok(())
}

/// Invokes the function as the alert says.
async fn invoke(stage: &Stage, narrator: &Narrator) -> Result<()> {
    let payload = json!({ "snapshot": SNAPSHOT }).to_string();
    let function = &stage.stacks.copy_snapshot;
    narrator.command(&format!(
        "aws lambda invoke --function-name {function} --payload '{payload}' answer.json"
    ));
    let answer = stage.cloud.directory().join("answer.json");
    let answer_path = answer.to_str().context("a path that is not UTF-8")?;
    let invoke = ["lambda", "invoke", "--function-name", function, "--payload", &payload];
    let said = stage.cloud.aws(&[&invoke[..], &[answer_path]].concat()).await?;
    let answer = std::fs::read_to_string(&answer)?;
    ensure!(said["FunctionError"].is_null(), "the function failed: {answer}");
    narrator.say(answer.trim());
    println!();
    Ok(())
}

/// The policy of the staging bucket, as it was deployed.
struct Policy {
    text: String,
}

impl Policy {
    async fn read(stage: &Stage) -> Result<Self> {
        let bucket = &stage.stacks.staging_bucket;
        let answer = stage.primary.s3.get_bucket_policy().bucket(bucket).send().await?;
        Ok(Self { text: answer.policy.context("the staging bucket has no policy")? })
    }

    async fn put(&self, stage: &Stage, text: &str) -> Result<()> {
        let bucket = &stage.stacks.staging_bucket;
        stage.primary.s3.put_bucket_policy().bucket(bucket).policy(text).send().await?;
        Ok(())
    }
}

/// The policy without the statement about ElastiCache's service principal.
fn without_elasticache(policy: &str) -> Result<String> {
    let mut policy: Value = serde_json::from_str(policy)?;
    let Some(statements) = policy["Statement"].as_array_mut() else {
        bail!("a policy without statements: {policy}")
    };
    let before = statements.len();
    statements.retain(|statement| {
        let service = statement["Principal"]["Service"].as_str().unwrap_or_default();
        !service.ends_with(".elasticache-snapshot.amazonaws.com")
    });
    ensure!(statements.len() + 1 == before, "expected one statement for ElastiCache: {policy}");
    Ok(policy.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_statement_of_elasticache_goes() {
        let tls = json!({ "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*" });
        let export = json!({
            "Principal": { "Service": "us-east-1.elasticache-snapshot.amazonaws.com" },
        });
        let policy = json!({ "Statement": [tls, export] }).to_string();
        let left: Value = serde_json::from_str(&without_elasticache(&policy).unwrap()).unwrap();
        assert_eq!(left, json!({ "Statement": [tls] }));
        assert!(without_elasticache(&left.to_string()).is_err());
    }
}
