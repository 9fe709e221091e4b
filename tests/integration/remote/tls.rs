//! Encryption: who vouches for a server, and that nothing is said to one for whom nobody does.
//!
//! The certificates in `tests/data/tls` are for tests alone: an authority whose key was thrown away, a server called `localhost` that it
//! vouches for, and an authority that has nothing to do with either.

use crate::server::Server;
use crate::world::{begin, config, told};
use cmdai_backends::remote::{ConfigError, Dialect, OpenAi, RemoteBackend, RemoteConfig};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const AUTHORITY: &[u8] = include_bytes!("../../data/tls/ca.pem");
const OTHER: &[u8] = include_bytes!("../../data/tls/other.pem");

/// Puts encryption in front of a server; gives its address.
async fn encrypted(server: &Server) -> String {
    let certificates = CertificateDer::pem_slice_iter(include_bytes!("../../data/tls/server.pem"));
    let certificates = certificates.collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../data/tls/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(certificates, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let inner = server.url().trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut outer) = acceptor.accept(stream).await else { continue };
            let inner = inner.clone();
            tokio::spawn(async move {
                let mut inner = TcpStream::connect(inner).await.unwrap();
                // Whoever ends first ends it.
                let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
            });
        }
    });
    url
}

fn trusting(url: &str, certificates: Option<&[u8]>) -> Result<OpenAi, ConfigError> {
    let certificates = certificates.map(<[u8]>::to_vec);
    OpenAi::new(RemoteConfig { certificates, ..config(url, crate::openai::MODEL) }, None)
}

#[tokio::test]
async fn a_server_is_believed_if_the_authority_that_was_named_vouches_for_it() {
    let server = crate::openai::start(Dialect::Vllm).await;
    let url = encrypted(&server).await;
    let backend = trusting(&url, Some(&[OTHER, AUTHORITY].concat())).unwrap();
    assert!(backend.probe().await.unwrap().has_model);
    assert_eq!(told(begin(&backend)).await, "ls -la | Stop");
    for nobody in [None, Some(OTHER)] {
        let server = crate::openai::start(Dialect::Vllm).await;
        let url = encrypted(&server).await;
        let said = told(begin(&trusting(&url, nobody).unwrap())).await;
        assert!(said.starts_with("no connection: invalid peer certificate"), "{said}");
        assert!(server.requests().is_empty());
        // Nor under another name than its own.
        let said = told(begin(&trusting(&url.replace("localhost", "127.0.0.1"), Some(AUTHORITY)).unwrap())).await;
        assert!(said.starts_with("no connection: invalid peer certificate"), "{said}");
    }
}

#[tokio::test]
async fn what_is_no_certificate_is_said_to_be_none() {
    for pem in [&b""[..], b"no certificate", include_bytes!("../../data/tls/server.key")] {
        let expected = ConfigError::BadCertificates { url: "https://h".to_owned() };
        let found = OpenAi::new(
            RemoteConfig {
                certificates: Some(pem.to_vec()),
                redact: Some(Arc::new(str::to_owned)),
                ..config("https://h", "m")
            },
            None,
        );
        assert_eq!(found.unwrap_err(), expected);
    }
}
