//! What the guard says of URLs and addresses.

use super::{EgressRules, Endpoint, Refusal, parse_url};
use crate::ports::http::EgressPolicy;
use std::sync::Arc;
use url::Host;

fn rules(hosts: &[&str], networks: &[&str]) -> EgressRules {
    let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    EgressRules::new(&Arc::new(EgressPolicy {
        allowed_hosts: owned(hosts),
        allowed_networks: owned(networks),
        only_hosts: None,
    }))
    .unwrap()
}

fn check(rules: &EgressRules, text: &str) -> Result<(), Refusal> {
    parse_url(text).and_then(|url| rules.check_url(&url))
}

#[test]
fn case_169_the_guards_words_for_each_kind_of_url() {
    let rules = rules(&[], &[]);
    let table = [
        ("", "Invalid URL"),
        ("@@@", "Invalid URL"),
        ("posthog.com", "Invalid URL"),
        ("/relative", "Invalid URL"),
        ("http://", "Invalid URL"),
        ("file:///etc/passwd", "No hostname"),
        ("data:text/plain,x", "No hostname"),
        ("mailto:a@example.com", "No hostname"),
        ("ftp://posthog.com", "Scheme must be either HTTP or HTTPS"),
        ("ws://posthog.com", "Scheme must be either HTTP or HTTPS"),
        ("http://localhost", "Internal hostname"),
        ("http://LOCALHOST.:8000", "Internal hostname"),
        ("http://a.localhost", "Internal hostname"),
        ("http://192.168.0.5", "Internal hostname"),
        ("http://0.0.0.0", "Internal hostname"),
        ("http://10.0.0.24", "Internal hostname"),
        ("http://172.20.0.21", "Internal hostname"),
        ("http://169.254.169.254/latest/meta-data", "Internal hostname"),
    ];
    for (text, message) in table {
        assert_eq!(check(&rules, text).unwrap_err().to_string(), message, "{text}");
    }
    for text in ["https://google.com?q=20", "https://posthog.com:443/foo/bar", "https://1.1.1.1", "http://[2600::1]"] {
        assert_eq!(check(&rules, text), Ok(()), "{text}");
    }
}

#[test]
fn other_ways_to_write_a_private_address_are_seen_through() {
    let rules = rules(&[], &[]);
    let disguised = [
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/",
        "http://１２７.0.0.1/",
        "http://user:pass@127.0.0.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
    ];
    for text in disguised {
        assert_eq!(check(&rules, text), Err(Refusal::InternalHostname), "{text}");
    }
}

#[test]
fn an_allow_list_opens_what_it_names_and_nothing_else() {
    let rules = rules(&["collector.intranet", "192.168.1.7", "fd12::1"], &["10.1.0.0/16"]);
    assert_eq!(check(&rules, "http://192.168.1.7/"), Ok(()));
    assert_eq!(check(&rules, "http://[::ffff:192.168.1.7]/"), Ok(()));
    assert_eq!(check(&rules, "http://[fd12::1]/"), Ok(()));
    assert_eq!(check(&rules, "http://192.168.1.8/"), Err(Refusal::InternalHostname));
    assert_eq!(check(&rules, "http://10.1.255.255/"), Ok(()));
    assert_eq!(check(&rules, "http://10.2.0.0/"), Err(Refusal::InternalHostname));

    let private = "172.16.0.9:80".parse().unwrap();
    let named = Host::Domain("collector.intranet.".to_owned());
    assert_eq!(rules.check_address(&named, private), Ok(()));
    let other = Host::Domain("sub.collector.intranet".to_owned());
    assert_eq!(rules.check_address(&other, private), Err(Refusal::InternalHostname));
}

#[test]
fn localhost_is_reached_only_if_it_is_allowed() {
    assert_eq!(check(&rules(&["localhost"], &[]), "http://localhost:8000/"), Ok(()));
    assert_eq!(check(&rules(&[], &["127.0.0.0/8"]), "http://localhost:8000/"), Ok(()));
    assert_eq!(check(&rules(&["example.com"], &[]), "http://localhost/"), Err(Refusal::InternalHostname));
}

#[test]
fn the_runtime_api_and_metadata_stay_closed_whatever_is_allowed() {
    let open = rules(&["127.0.0.1", "169.254.169.254"], &["0.0.0.0/0", "::/0"]);
    for text in [
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "http://[::1]:9001/",
        "http://0.0.0.0:9001/",
        "http://[::ffff:127.0.0.1]:9001/",
        "http://169.254.100.1:9001/",
        "http://169.254.169.254/",
        "http://169.254.170.2/",
        "http://[fd00:ec2::254]/",
    ] {
        assert_eq!(check(&open, text), Err(Refusal::InternalHostname), "{text}");
    }
    assert_eq!(check(&open, "http://127.0.0.1:9000/"), Ok(()));
}

#[test]
fn endpoints_given_as_never_stay_closed() {
    let never: Vec<Endpoint> =
        ["127.0.0.1:4000", "control.internal:80", "[fd00::5]:70"].map(|text| text.parse().unwrap()).into();
    let open = rules(&["control.internal"], &["0.0.0.0/0", "::/0"]).with_never(&never);
    for text in [
        "http://127.0.0.1:4000/",
        "http://0.0.0.0:4000/",
        "http://[::]:4000/",
        "http://control.internal./",
        "http://[fd00::5]:70/",
    ] {
        assert_eq!(check(&open, text), Err(Refusal::InternalHostname), "{text}");
    }
    assert_eq!(check(&open, "http://127.0.0.1:4001/"), Ok(()));
    let by_name = Host::Domain("rebound.example.com".to_owned());
    assert_eq!(open.check_address(&by_name, "127.0.0.1:4000".parse().unwrap()), Err(Refusal::InternalHostname));
    assert!("no-port".parse::<Endpoint>().unwrap_err().to_string().contains("write it as host:port"));
}
