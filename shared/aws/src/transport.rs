//! The HTTPS connector, made once and shared by every client.
//!
//! Left to themselves, the SDK clients make a connector each, and each parses all trust roots
//! again while the function starts. docs/START.md has the measurements.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

/// How long a connection may take to be made, TLS included.
const CONNECT: Duration = Duration::from_secs(3);

/// A client whose connections all services share.
pub(crate) fn client() -> SharedHttpClient {
    let connector = SharedHttpConnector::new(
        Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(TlsContext::default())
            .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT).build())
            .build(),
    );
    // The settings a service would pass hold connect and read timeouts only: the first is ours
    // above, the second is covered by the attempt timeout of `sdk`.
    http_client_fn(move |_, _| connector.clone())
}
