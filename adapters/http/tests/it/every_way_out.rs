//! The guard stands in every way out alike: `fetch`, a package's request, its connection and its look-up.

use crate::support::{ScriptedResolver, TestServer, client, get, loopback, network, policy, redirect, respond, text};
use adapter_http::{GuardedNetwork, HyperClient};
use runtime_core::host::egress::EgressRules;
use runtime_core::host::fetch::{FetchErrorKind, FetchRequest, fetch};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::http::{EgressPolicy, HttpClient, PackageRequest};
use runtime_core::ports::network::{Family, Network, NetworkError, Target};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Ways to write an address that is not public; an IPv6 one without its brackets.
const REFUSED: &[&str] = &[
    // This machine, in every notation that a resolver or a URL knows.
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7F.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "017700000001",
    "0177.0x0.1",
    "１２７.0.0.1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "%31%32%37.0.0.1",
    "0",
    "0x0",
    "0.0.0.0",
    "0.1.2.3",
    "localhost",
    "LocalHost",
    "localhost.",
    "a.localhost",
    "a.b.localhost.",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::",
    // Private networks.
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "0xa.1",
    "012.0.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "3232235521",
    "0xc0a80001",
    "fc00::1",
    "fd12:3456:789a::1",
    "fec0::1",
    // Metadata and link-local addresses.
    "169.254.169.254",
    "169.254.169.254.",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.170.2",
    "169.254.170.23",
    "169.254.1.1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fe80::1",
    "febf::1",
    // IPv4 inside IPv6.
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001::1",
    // Not unicast, or not for use.
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "ff02::1",
    "4000::1",
];

/// Names that a resolver leads to such an address, each with its answers in turn.
const REFUSED_NAMES: &[(&str, &[&[&str]])] = &[
    ("loopback.test", &[&["127.0.0.1"]]),
    ("private.test", &[&["10.0.0.24"]]),
    ("metadata.test", &[&["169.254.169.254"]]),
    ("metadata6.test", &[&["fd00:ec2::254"]]),
    ("mapped.test", &[&["::ffff:127.0.0.1"]]),
    ("nat64.test", &[&["64:ff9b::7f00:1"]]),
    ("6to4.test", &[&["2002:7f00:1::"]]),
    ("unspecified.test", &[&["0.0.0.0"]]),
    ("mixed.test", &[&["93.184.215.14", "127.0.0.1"]]),
    ("mixed6.test", &[&["2600::1", "::1"]]),
];

struct Ways {
    client: HyperClient,
    network: GuardedNetwork,
    resolver: Arc<ScriptedResolver>,
}

impl Ways {
    fn with(resolver: ScriptedResolver) -> Self {
        let resolver = Arc::new(resolver);
        Self { client: client(&resolver), network: network(&resolver), resolver }
    }

    /// What each way says of a host: `None` where it lets it through.
    async fn say(&self, host: &str, port: u16, policy: &Arc<EgressPolicy>) -> [Option<&'static str>; 4] {
        [
            self.fetch(&url(host, port), policy).await,
            self.exchange(host, port, policy).await,
            reason(&self.network.connect(target(host, port, policy)).await),
            reason(&self.network.lookup(target(host, port, policy)).await),
        ]
    }

    async fn fetch(&self, url: &str, policy: &Arc<EgressPolicy>) -> Option<&'static str> {
        let rules = Arc::new(EgressRules::new(policy).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(crate::support::TestClock::default());
        match fetch(&self.client, &clock, FetchRequest::get(url, rules)).await {
            Err(error) if error.kind == FetchErrorKind::HostGuard => Some(error.message.leak()),
            _ => None,
        }
    }

    async fn exchange(&self, host: &str, port: u16, policy: &Arc<EgressPolicy>) -> Option<&'static str> {
        let request = get(&url(host, port), policy);
        reason(&self.client.exchange(PackageRequest { request, target: "/".into(), body: None, tls: None }).await)
    }
}

fn url(host: &str, port: u16) -> String {
    if host.contains(':') { format!("http://[{host}]:{port}/") } else { format!("http://{host}:{port}/") }
}

fn target(host: &str, port: u16, policy: &Arc<EgressPolicy>) -> Target {
    Target { host: host.to_owned(), port, family: Family::Any, policy: Arc::clone(policy) }
}

fn reason<T>(outcome: &Result<T, NetworkError>) -> Option<&'static str> {
    match outcome {
        Err(NetworkError::Refused { reason, .. }) => Some(reason),
        _ => None,
    }
}

/// Ends once `condition` holds; a test that waits in vain is ended from outside.
async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

const INTERNAL: [Option<&str>; 4] = [Some("Internal hostname"); 4];
const THROUGH: [Option<&str>; 4] = [None; 4];

#[tokio::test]
async fn addresses_that_are_not_public_are_refused_every_way_in_every_notation() {
    assert!(REFUSED.len() >= 60, "{}", REFUSED.len());
    let server = TestServer::start(|_| respond(200, "secret")).await;
    let ways = Ways::with(ScriptedResolver::default());
    for host in REFUSED {
        for port in [server.address.port(), 80, 9001] {
            assert_eq!(ways.say(host, port, &policy(&[], &[])).await, INTERNAL, "{host}:{port}");
        }
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(ways.resolver.lookups.load(Ordering::SeqCst), 0, "nobody was asked for an address");
}

#[tokio::test]
async fn names_that_lead_there_are_refused_every_way() {
    let server = TestServer::start(|_| respond(200, "secret")).await;
    let add = |resolver: ScriptedResolver, (name, answers): &(&str, &[&[&str]])| resolver.with(name, answers);
    let ways = Ways::with(REFUSED_NAMES.iter().fold(ScriptedResolver::default(), add));
    for (name, _) in REFUSED_NAMES {
        assert_eq!(ways.say(name, server.address.port(), &policy(&[], &[])).await, INTERNAL, "{name}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_family_that_is_not_asked_for_is_checked_too() {
    let ways = Ways::with(ScriptedResolver::default().with("mixed.test", &[&["2600::1", "127.0.0.1"]]));
    let six = Target { family: Family::V6, ..target("mixed.test", 80, &policy(&[], &[])) };
    assert_eq!(reason(&ways.network.connect(six.clone()).await), Some("Internal hostname"));
    assert_eq!(reason(&ways.network.lookup(six).await), Some("Internal hostname"));
}

#[tokio::test]
async fn every_redirect_hop_is_checked() {
    let ways = Ways::with(ScriptedResolver::default().with("start.test", &[&["127.0.0.1"]]));
    let start_only = policy(&["start.test"], &[]);
    // A header carries ASCII only.
    for host in REFUSED.iter().filter(|host| host.is_ascii()) {
        let location = url(host, 80);
        // The hop in between is one that is allowed.
        let server = TestServer::start(move |request| match request.uri().path() {
            "/" => redirect(302, "/again"),
            _ => redirect(307, &location),
        })
        .await;
        let said = ways.fetch(&server.url_of("start.test", "/"), &start_only).await;
        assert_eq!(said, Some("Internal hostname"), "{host}");
        assert_eq!(server.connections(), 1, "{host}");
    }
}

#[tokio::test]
async fn an_answer_that_changes_gains_nothing() {
    let server = TestServer::start(|_| {
        let mut response = respond(200, "hello");
        response.headers_mut().insert("connection", "close".parse().unwrap());
        response
    })
    .await;
    let port = server.address.port();
    // 127.0.0.1 stands for a public address, 127.0.0.2 for a private one.
    let public = loopback();
    for way in 0..3 {
        let script: &[&[&str]] = &[&["127.0.0.1"], &["127.0.0.2"]];
        let ways = Ways::with(ScriptedResolver::default().with("rebound.test", script));
        let attempt = || async {
            match way {
                0 => ways.fetch(&url("rebound.test", port), &public).await,
                1 => ways.exchange("rebound.test", port, &public).await,
                _ => reason(&ways.network.connect(target("rebound.test", port, &public)).await),
            }
        };
        let before = server.connections();
        assert_eq!(attempt().await, None, "way {way}");
        assert_eq!(ways.resolver.lookups.load(Ordering::SeqCst), 1, "the connection asks nobody again");
        assert_eq!(attempt().await, Some("Internal hostname"), "way {way}");
        assert_eq!(ways.resolver.lookups.load(Ordering::SeqCst), 2);
        until(|| server.connections() > before).await;
        assert_eq!(server.connections(), before + 1);
    }
    // Between a look-up and a connection by name.
    let ways = Ways::with(ScriptedResolver::default().with("rebound.test", &[&["127.0.0.1"], &["127.0.0.2"]]));
    assert_eq!(reason(&ways.network.lookup(target("rebound.test", port, &public)).await), None);
    assert_eq!(reason(&ways.network.connect(target("rebound.test", port, &public)).await), Some("Internal hostname"));
}

#[tokio::test]
async fn a_private_host_that_is_allowed_works_every_way() {
    let server = TestServer::start(|_| respond(200, "hello")).await;
    let port = server.address.port();
    let ways = Ways::with(
        ScriptedResolver::default()
            .with("db.internal", &[&["127.0.0.1"]])
            .with("db.internal.", &[&["127.0.0.1"]])
            .with("localhost", &[&["127.0.0.1"]])
            .with("other.internal", &[&["127.0.0.1"]]),
    );
    for (host, allowed) in [
        ("db.internal", policy(&["db.internal"], &[])),
        ("DB.internal.", policy(&["db.internal"], &[])),
        ("localhost", policy(&["localhost"], &[])),
        ("127.0.0.1", policy(&["127.0.0.1"], &[])),
        ("0x7f.1", policy(&[], &["127.0.0.0/8"])),
        ("::ffff:127.0.0.1", policy(&[], &["127.0.0.0/8"])),
    ] {
        assert_eq!(ways.say(host, port, &allowed).await, THROUGH, "{host}");
        assert_eq!(text(&ways.client, get(&url(host, port), &allowed)).await.unwrap(), "hello", "{host}");
        let connected = ways.network.connect(target(host, port, &allowed)).await;
        assert_eq!(connected.unwrap().remote_address(), server.address, "{host}");
        let found = ways.network.lookup(target(host, port, &allowed)).await.unwrap();
        assert_eq!(found[0].to_canonical(), server.address.ip(), "{host}");
        assert_eq!(ways.say("10.0.0.1", port, &allowed).await, INTERNAL);
    }
    assert_eq!(ways.say("other.internal", port, &policy(&["db.internal"], &[])).await, INTERNAL);
}

#[tokio::test]
async fn the_runtimes_api_and_metadata_stay_closed_although_everything_is_allowed() {
    let hosts = [
        "127.0.0.1",
        "localhost",
        "::1",
        "0.0.0.0",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "fd00:ec2::254",
        "alias.test",
    ];
    let open = policy(&hosts, &["0.0.0.0/0", "::/0"]);
    let resolver =
        ScriptedResolver::default().with("alias.test", &[&["127.0.0.1"]]).with("localhost", &[&["127.0.0.1"]]);
    let ways = Ways::with(resolver);
    for host in hosts {
        let [fetched, exchanged, connected, _] = ways.say(host, 9001, &open).await;
        assert_eq!([fetched, exchanged, connected], [Some("Internal hostname"); 3], "{host}");
    }
    for host in
        ["169.254.169.254", "2852039166", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "::ffff:a9fe:a9fe"]
    {
        assert_eq!(ways.say(host, 80, &open).await, INTERNAL, "{host}");
    }
}

#[tokio::test]
async fn an_installation_that_restricts_itself_reaches_only_what_it_lists() {
    let server = TestServer::start(|_| respond(200, "hello")).await;
    let port = server.address.port();
    let names =
        ["api.example.com", "api.example.com.", "deep.api.example.com", "example.com", "evil.test", "notexample.com"];
    let add = |resolver: ScriptedResolver, name: &&str| resolver.with(name, &[&["127.0.0.1"]]);
    let ways = Ways::with(names.iter().fold(ScriptedResolver::default(), add));
    let restricted = |only: &[&str]| {
        let only_hosts = Some(only.iter().map(ToString::to_string).collect());
        Arc::new(EgressPolicy { only_hosts, ..EgressPolicy::clone(&loopback()) })
    };
    let not_listed = [Some("Hostname not allowed"); 4];
    let below = restricted(&["*.example.com", "127.0.0.1"]);
    for (host, expected) in [
        ("api.example.com", THROUGH),
        ("API.Example.com.", THROUGH),
        ("deep.api.example.com", THROUGH),
        ("127.0.0.1", THROUGH),
        ("2130706433", THROUGH),
        ("example.com", not_listed),
        ("notexample.com", not_listed),
        ("evil.test", not_listed),
        ("8.8.8.8", not_listed),
        ("2600::1", not_listed),
    ] {
        let before = ways.resolver.lookups.load(Ordering::SeqCst);
        assert_eq!(ways.say(host, port, &below).await, expected, "{host}");
        let asked = ways.resolver.lookups.load(Ordering::SeqCst) - before;
        assert!(expected == THROUGH || asked == 0, "{host}: a name that is not listed is not looked up");
    }
    assert_eq!(ways.say("evil.test", port, &restricted(&[])).await, not_listed);
    // What is listed is not thereby allowed to be private.
    let public_only = EgressPolicy { only_hosts: Some(vec!["evil.test".into()]), ..EgressPolicy::default() };
    assert_eq!(ways.say("evil.test", port, &Arc::new(public_only)).await, INTERNAL);
}
