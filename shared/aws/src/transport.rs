//! The HTTPS connector, made once and shared by every client.
//!
//! Left to themselves, the SDK clients make a connector each, and each parses all trust roots
//! again while the function starts. docs/START.md has the measurements.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

/// How long a connection may take to be made, TLS included.
const CONNECT: Duration = Duration::from_secs(3);

/// The five roots that every AWS endpoint's certificate leads to, as published on
/// <https://www.amazontrust.com/repository/>. The first of them expires at the end of 2037.
const AMAZON: &str = include_str!("amazon_roots.pem");

/// Whose certificates are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those of AWS and no others.
    Amazon,
    /// Those the machine trusts, or `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    Machine,
}

/// A client whose connections all services share.
pub(crate) fn client(roots: Roots) -> SharedHttpClient {
    let trust = match roots {
        Roots::Amazon => TrustStore::empty().with_pem_certificate(AMAZON),
        Roots::Machine => TrustStore::default(),
    };
    let mut connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT).build());
    // Building a context never fails in this version of the SDK; without one of ours it would
    // take the machine's roots.
    if let Ok(context) = TlsContext::builder().with_trust_store(trust).build() {
        connector = connector.tls_context(context);
    }
    let connector = SharedHttpConnector::new(connector.build());
    // The settings a service would pass hold connect and read timeouts only: the first is ours
    // above, the second is covered by the attempt timeout of `sdk`.
    http_client_fn(move |_, _| connector.clone())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The SHA-256 fingerprints on <https://www.amazontrust.com/repository/>: Amazon Root CA 1 to
    /// 4 and Starfield Services Root Certificate Authority G2.
    const PUBLISHED: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_roots_are_the_published_ones() {
        let fingerprints: Vec<String> = AMAZON
            .split("-----BEGIN CERTIFICATE-----")
            .skip(1)
            .map(|rest| {
                let body = rest.split("-----END").next().unwrap().replace('\n', "");
                let der = BASE64_STANDARD.decode(body).unwrap();
                Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect()
            })
            .collect();
        assert_eq!(fingerprints, PUBLISHED);
    }

    #[test]
    fn a_client_can_be_made_of_either() {
        // Both parse their certificates here, and would panic on one they cannot use.
        client(Roots::Amazon);
        client(Roots::Machine);
    }
}
