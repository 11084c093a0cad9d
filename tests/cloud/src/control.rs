use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An event as a service of AWS puts it on the default bus.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// The Region whose bus it is put on.
    pub region: String,
    /// `aws.elasticache`, for example.
    pub source: String,
    /// What it is about; rules match on it.
    pub detail_type: String,
    /// The service's own part.
    pub detail: Value,
    /// ARNs of what it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The event's id; the same for every delivery of one event. Made up if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it happened (RFC 3339). Now if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

impl Event {
    /// An event of `aws.elasticache` without resources.
    #[must_use]
    pub fn elasticache(region: &str, detail_type: &str, detail: Value) -> Self {
        Self {
            region: region.to_owned(),
            source: "aws.elasticache".to_owned(),
            detail_type: detail_type.to_owned(),
            detail,
            resources: Vec::new(),
            id: None,
            time: None,
        }
    }
}

/// What the control server says of a signed request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Verdict {
    /// Whether the request may be answered.
    pub allowed: bool,
    /// AWS's code of the refusal (`AccessDenied`, `SignatureDoesNotMatch` …).
    pub code: Option<String>,
    /// AWS's words for it.
    pub message: Option<String>,
    /// Its HTTP status.
    pub status: Option<u16>,
}

/// The control server beside ministack.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    url: String,
    client: reqwest::Client,
}

impl Control {
    pub(crate) fn new(url: String) -> Result<Self> {
        // A proxy in the user's environment has no business on the loopback.
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { url, client })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn put_event(&self, event: &Event) -> Result<String> {
        let answer = self.post("/events", &serde_json::to_value(event)?).await?;
        answer["id"].as_str().map(str::to_owned).context("the control server gave no event id")
    }

    pub(crate) async fn authorize(&self, request: &Value) -> Result<Verdict> {
        Ok(serde_json::from_value(self.post("/authorize", request).await?)?)
    }

    pub(crate) async fn kill(&self, function: &str) -> Result<u64> {
        let answer = self.post("/kill", &json!({ "function": function })).await?;
        answer["killed"].as_u64().context("the control server gave no number")
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let response =
            self.client.post(format!("{}{path}", self.url)).json(body).send().await.with_context(
                || format!("the control server of the local cloud does not answer at {}", self.url),
            )?;
        let status = response.status();
        let answer = response.text().await?;
        if !status.is_success() {
            bail!("the control server refuses {path} with {status}: {answer}");
        }
        Ok(serde_json::from_str(&answer)?)
    }
}
