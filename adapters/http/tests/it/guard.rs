//! The guard looks at what is connected to, not only at what is written in the URL.

use crate::support::{
    ScriptedResolver, TestServer, client, client_with, get, loopback, options, policy, refused, respond, text,
};
use adapter_http::{HttpOptions, Resolve};
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn an_address_is_refused_without_a_connection_unless_it_is_allowed() {
    let server = TestServer::start(|_| respond(200, "hello")).await;
    let client = client_with(options());
    let closed = policy(&[], &[]);
    assert_eq!(text(&client, get(&server.url("/"), &closed)).await, Err(refused("Internal hostname")));
    assert_eq!(text(&client, get(&server.url("/"), &loopback())).await.unwrap(), "hello");
    assert_eq!(server.connections(), 1, "the refused request opened none");
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused() {
    let server = TestServer::start(|_| respond(200, "hello")).await;
    let resolver = ScriptedResolver::default()
        .with("private.test", &[&["127.0.0.1"]])
        .with("mixed.test", &[&["93.184.215.14", "127.0.0.1"]])
        .with("mapped.test", &[&["::ffff:127.0.0.1"]])
        .with("metadata.test", &[&["169.254.169.254"]]);
    let client = client(&Arc::new(resolver));
    for host in ["private.test", "mixed.test", "mapped.test", "metadata.test"] {
        let request = get(&server.url_of(host, "/"), &policy(&[], &[]));
        assert_eq!(text(&client, request).await, Err(refused("Internal hostname")), "{host}");
    }
    let named = get(&server.url_of("private.test", "/"), &policy(&["private.test"], &[]));
    assert_eq!(text(&client, named).await.unwrap(), "hello");
    assert_eq!(server.connections(), 1, "only the allowed name was connected to");
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_the_checked_address_is_used() {
    let server = TestServer::start(|_| {
        let mut response = respond(200, "hello");
        response.headers_mut().insert("connection", "close".parse().unwrap());
        response
    })
    .await;
    // The second answer would lead to 127.0.0.2, which the policy does not allow.
    let resolver = Arc::new(ScriptedResolver::default().with("rebound.test", &[&["127.0.0.1"], &["127.0.0.2"]]));
    let client = client(&resolver);
    let url = server.url_of("rebound.test", "/");
    assert_eq!(text(&client, get(&url, &loopback())).await.unwrap(), "hello");
    assert_eq!(resolver.lookups.load(Ordering::SeqCst), 1);

    assert_eq!(text(&client, get(&url, &loopback())).await, Err(refused("Internal hostname")));
    assert_eq!(resolver.lookups.load(Ordering::SeqCst), 2, "a new connection is a new look-up and a new check");
}

#[tokio::test]
async fn endpoints_given_as_never_stay_closed_under_any_name() {
    let server = TestServer::start(|_| respond(200, "secret")).await;
    let resolver = Arc::new(ScriptedResolver::default().with("alias.test", &[&["127.0.0.1"]]));
    let client = client_with(HttpOptions {
        never: vec![server.address.to_string().parse().unwrap()],
        resolver: Arc::clone(&resolver) as Arc<dyn Resolve>,
        ..options()
    });
    let open = policy(&["alias.test", "127.0.0.1"], &["0.0.0.0/0"]);
    for url in [server.url("/"), server.url_of("alias.test", "/"), server.url_of("0.0.0.0", "/")] {
        assert_eq!(text(&client, get(&url, &open)).await, Err(refused("Internal hostname")), "{url}");
    }
    let runtime_api = get("http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", &open);
    assert_eq!(text(&client, runtime_api).await, Err(refused("Internal hostname")));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_opens_nothing() {
    let error = text(&client_with(options()), get("https://1.1.1.1/", &policy(&[], &["10.0.0.0"]))).await.unwrap_err();
    assert!(error.to_string().starts_with("the egress policy is not valid: network `10.0.0.0`"), "{error}");
}
