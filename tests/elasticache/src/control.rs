//! The local cloud's control server: who may call, and events in the service's own name.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::model::SourceType;
use crate::scope::Scope;

/// A client of the control server, or of none: then every call is allowed and no event is put.
#[derive(Clone)]
pub(crate) struct Control {
    url: Option<String>,
    http: reqwest::Client,
}

/// A signed request as it arrived, for whoever verifies the signature.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SignedRequest {
    /// The access key that the signature names.
    pub(crate) access_key: String,
    /// The HTTP method.
    pub(crate) method: String,
    /// The path.
    pub(crate) path: String,
    /// The raw query.
    pub(crate) query: String,
    /// Names and values, as they arrived.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub body_base64: String,
    /// The Region that the signature names.
    pub(crate) region: String,
}

#[derive(Deserialize)]
struct Verdict {
    allowed: bool,
    code: Option<String>,
    message: Option<String>,
    status: Option<u16>,
}

/// An event for EventBridge.
#[derive(Clone, Debug)]
pub(crate) struct BusEvent {
    /// Such as `Snapshot Created`.
    pub(crate) detail_type: &'static str,
    /// What happened.
    pub(crate) detail: Value,
    /// The ARNs it happened to.
    pub(crate) resources: Vec<String>,
}

impl BusEvent {
    /// An event of the service about something of its own: what kind of thing, its name and ARN.
    pub(crate) fn about(
        detail_type: &'static str,
        category: &str,
        message: &str,
        (kind, name, arn): (SourceType, &str, &str),
        resources: Vec<String>,
    ) -> Self {
        let detail = json!({
            "EventCategories": [category],
            "EventID": uuid::Uuid::new_v4().to_string(),
            "Message": message,
            "SourceArn": arn,
            "SourceIdentifier": name,
            "SourceType": kind.name(),
        });
        Self { detail_type, detail, resources }
    }
}

impl Control {
    /// A client of the control server at `url`.
    pub(crate) fn at(url: Option<String>) -> Self {
        let url = url.map(|url| url.trim_end_matches('/').to_owned());
        Self { url, http: reqwest::Client::new() }
    }

    /// Asks whether the signer of `request` may do `action` to `resource`.
    ///
    /// # Errors
    /// The refusal, in AWS's words; `InternalFailure` when nobody answers.
    pub(crate) async fn authorize(
        &self,
        request: &SignedRequest,
        action: &str,
        resource: &str,
    ) -> Result<(), Fault> {
        let Some(url) = &self.url else { return Ok(()) };
        let mut question = json!(request);
        question["action"] = action.into();
        question["resource"] = resource.into();
        let lost =
            |error: reqwest::Error| Fault::internal(format!("Authorization failed: {error}"));
        let sent = self.http.post(format!("{url}/authorize")).json(&question).send().await;
        let answer = sent.and_then(reqwest::Response::error_for_status).map_err(lost)?;
        let verdict: Verdict = answer.json().await.map_err(lost)?;
        if verdict.allowed {
            return Ok(());
        }
        Err(Fault::new(
            verdict.code.unwrap_or_else(|| "AccessDenied".to_owned()),
            verdict.status.unwrap_or(403),
            verdict.message.unwrap_or_else(|| format!("Not authorized to perform: {action}")),
        ))
    }

    /// Puts an event on the bus. Delivery is best effort at AWS, so here it is tried once.
    pub(crate) async fn put_event(&self, scope: &Scope, event: BusEvent) {
        let Some(url) = &self.url else { return };
        let body = json!({
            "region": scope.region,
            "account": scope.account,
            "source": "aws.elasticache",
            "detail-type": event.detail_type,
            "detail": event.detail,
            "resources": event.resources,
        });
        let sent = self.http.post(format!("{url}/events")).json(&body).send().await;
        if let Err(error) = sent.and_then(reqwest::Response::error_for_status) {
            tracing::warn!(%error, detail_type = event.detail_type, "an event was not put");
        }
    }
}
