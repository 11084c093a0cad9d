//! Clients of the local cloud's S3 and SNS, one pair per account and Region.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};

use crate::scope::Scope;

/// The clients of one account in one Region.
#[derive(Clone)]
pub(crate) struct Clients {
    /// Object storage.
    pub s3: aws_sdk_s3::Client,
    /// Notices.
    pub(crate) sns: aws_sdk_sns::Client,
}

/// The local cloud, seen with the credentials that may do everything.
pub(crate) struct Cloud {
    endpoint: String,
    clients: Mutex<HashMap<Scope, Clients>>,
}

impl Cloud {
    /// The local cloud at this address.
    pub(crate) fn at(endpoint: String) -> Self {
        Self { endpoint, clients: Mutex::default() }
    }

    /// The clients for a scope.
    pub(crate) fn clients(&self, scope: &Scope) -> Clients {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(scope.clone()).or_insert_with(|| self.build(scope)).clone()
    }

    fn build(&self, scope: &Scope) -> Clients {
        // A key of twelve digits is the root of that account, and any secret goes with it.
        let credentials = Credentials::from_keys(&scope.account, "test", None);
        let region = Region::new(scope.region.clone());
        let http = aws_smithy_http_client::Builder::new().build_http();
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(credentials.clone())
            .region(region.clone())
            .endpoint_url(&self.endpoint)
            .force_path_style(true)
            .http_client(http.clone())
            .build();
        let sns = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(credentials)
            .region(region)
            .endpoint_url(&self.endpoint)
            .http_client(http)
            .build();
        Clients { s3: aws_sdk_s3::Client::from_conf(s3), sns: aws_sdk_sns::Client::from_conf(sns) }
    }
}
