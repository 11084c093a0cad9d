//! The HTTP side: signed Query requests on `/`, tests' wishes on `/_control/`.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::control::SignedRequest;
use crate::fault::Fault;
use crate::injection::{Injection, WorkTrouble};
use crate::operation;
use crate::scope::Scope;
use crate::service::{Call, Service};
use crate::xml::Element;
use crate::{protocol, trail};

/// Requests are small; the limit only keeps a mistake from filling memory, in bytes.
const LARGEST_REQUEST: usize = 1024 * 1024;

/// The routes.
pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/", post(query))
        .route("/_control/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/_control/calls", get(calls).delete(clear_calls))
        .route("/_control/automatic-snapshot", post(automatic_snapshot))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .with_state(service)
}

async fn query(
    State(service): State<Arc<Service>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request_id = uuid::Uuid::new_v4().to_string();
    let answer = match signed(&method, &uri, &headers, &body) {
        Ok(request) => serve(&service, request, &body, &request_id).await,
        Err(fault) => Err(fault),
    };
    let (status, document) = match answer {
        Ok(document) => (StatusCode::OK, document),
        Err(fault) => {
            tracing::debug!(request_id, %fault, "refused");
            let status = StatusCode::from_u16(fault.status);
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, fault.to_xml(&request_id))
        }
    };
    let headers =
        [(header::CONTENT_TYPE.as_str(), "text/xml"), ("x-amzn-requestid", request_id.as_str())];
    (status, headers, document).into_response()
}

/// Reads who signs, and for which Region. Whether the signature is right is for the control
/// server to say.
fn signed(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<SignedRequest, Fault> {
    let missing = || Fault::new("MissingAuthenticationToken", 403, "Missing Authentication Token");
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (access_key, region) = credential(authorization.ok_or_else(missing)?)?;
    let headers = headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Ok(SignedRequest {
        access_key,
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body_base64: STANDARD.encode(body),
        region,
    })
}

/// The access key and Region of a Signature Version 4 header.
fn credential(authorization: &str) -> Result<(String, String), Fault> {
    let incomplete = || {
        Fault::new("IncompleteSignature", 400, "The request signature is not that of elasticache.")
    };
    let rest = authorization.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(incomplete)?;
    let scope = rest
        .split([',', ' '])
        .find_map(|part| part.strip_prefix("Credential="))
        .ok_or_else(incomplete)?;
    match scope.split('/').collect::<Vec<_>>().as_slice() {
        [key, _date, region, "elasticache", "aws4_request"] if !region.is_empty() => {
            Ok(((*key).to_owned(), (*region).to_owned()))
        }
        _ => Err(incomplete()),
    }
}

async fn serve(
    service: &Arc<Service>,
    request: SignedRequest,
    body: &[u8],
    request_id: &str,
) -> Result<String, Fault> {
    let (operation, params) = protocol::parse(body)?;
    if !operation::known(&operation) {
        let message = format!("Could not find operation {operation} for version 2015-02-02.");
        return Err(Fault::new("InvalidAction", 400, message));
    }
    service.calls.received(&operation);
    let scope = Scope::of(&request.access_key, &request.region);
    let mut call = Call {
        service: Arc::clone(service),
        scope: scope.clone(),
        request: Arc::new(request),
        trouble: WorkTrouble::default(),
    };
    let resources = operation::touched(&operation, &params, &scope);
    for resource in &resources {
        call.authorize(&format!("elasticache:{operation}"), resource).await?;
    }

    let trouble = service.injections.draw(&operation, &scope.region, &resources);
    call.trouble = trouble.work;
    tokio::time::sleep(trouble.delay_before).await;
    if let Some(fault) = trouble.fault_before {
        return Err(fault);
    }
    let told_params = trail::tells(&operation).then(|| params.clone());
    let reply = operation::run(&call, &operation, params).await?;
    service.calls.accepted(&operation, &resources);
    if let Some(params) = told_params {
        let event = trail::event(&scope, &operation, &params, &reply.told, request_id);
        let service = Arc::clone(service);
        tokio::spawn(async move { service.control.put_event(&scope, event).await });
    }
    tokio::time::sleep(trouble.delay_after).await;
    if let Some(fault) = trouble.fault_after {
        return Err(fault);
    }
    Ok(Element::new(format!("{operation}Response"))
        .child(reply.result)
        .child(Element::new("ResponseMetadata").text("RequestId", request_id))
        .document())
}

async fn faults(State(service): State<Arc<Service>>) -> Response {
    Json(service.injections.active()).into_response()
}

async fn add_fault(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let injection = match serde_json::from_slice::<Injection>(&body) {
        Ok(injection) => injection,
        Err(error) => return rejected(&error.to_string()),
    };
    if !operation::known(&injection.operation) {
        return rejected(&format!("there is no operation {}", injection.operation));
    }
    match service.injections.add(injection) {
        Ok(()) => Json(service.injections.active()).into_response(),
        Err(reason) => rejected(&reason),
    }
}

async fn clear_faults(State(service): State<Arc<Service>>) -> StatusCode {
    service.injections.clear();
    StatusCode::NO_CONTENT
}

async fn calls(State(service): State<Arc<Service>>) -> Response {
    Json(service.calls.counts()).into_response()
}

async fn clear_calls(State(service): State<Arc<Service>>) -> StatusCode {
    service.calls.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AutomaticSnapshot {
    region: String,
    cache: String,
    #[serde(default)]
    account: String,
}

async fn automatic_snapshot(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let wish = match serde_json::from_slice::<AutomaticSnapshot>(&body) {
        Ok(wish) => wish,
        Err(error) => return rejected(&error.to_string()),
    };
    // Nobody signs for what the service does by itself, and nothing asks for a permission.
    let request = SignedRequest {
        access_key: wish.account.clone(),
        method: String::new(),
        path: String::new(),
        query: String::new(),
        headers: Vec::new(),
        body_base64: String::new(),
        region: wish.region.clone(),
    };
    let scope = Scope::of(&wish.account, &wish.region);
    let call = Call { service, scope, request: Arc::new(request), trouble: WorkTrouble::default() };
    match operation::automatic(&call, &wish.cache).await {
        Ok(name) => Json(json!({ "snapshot": name })).into_response(),
        Err(fault) => rejected(&fault.to_string()),
    }
}

fn rejected(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": reason }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_the_one_that_was_signed_for() {
        let header = "AWS4-HMAC-SHA256 Credential=AK/20261120/eu-west-1/elasticache/aws4_request, \
                      SignedHeaders=host, Signature=0";
        let found = credential(header).expect("a credential");
        assert_eq!(found, ("AK".to_owned(), "eu-west-1".to_owned()));
        let fault = credential(&header.replace("elasticache", "s3")).expect_err("not ours");
        assert_eq!(fault.code, "IncompleteSignature");
        assert!(credential("Bearer x").is_err());
    }
}
