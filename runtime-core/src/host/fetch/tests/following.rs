//! Redirects.

use super::{ScriptedClient, answer, get, post, redirect, run, told};
use crate::host::fetch::{FetchRequest, Redirect};

fn with_credentials(request: FetchRequest) -> FetchRequest {
    let headers = [("authorization", "secret"), ("Cookie", "secret"), ("X-Kept", "1"), ("Content-Type", "t/x")];
    FetchRequest { headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), ..request }
}

#[tokio::test]
async fn which_method_and_body_follow_a_redirect() {
    let table = [
        (301, "POST", "GET", false),
        (302, "POST", "GET", false),
        (303, "POST", "GET", false),
        (307, "POST", "POST", true),
        (308, "POST", "POST", true),
        (301, "PUT", "PUT", true),
        (302, "PATCH", "PATCH", true),
        (303, "PUT", "GET", false),
    ];
    for (status, method, follows, keeps_body) in table {
        let client = ScriptedClient::new([redirect(status, "/next"), answer(200, &[], b"done")]);
        let request =
            FetchRequest { method: method.to_owned(), ..with_credentials(post("https://example.com/a", "body")) };
        let response = run(&client, request).await.unwrap();
        assert_eq!(client.lines()[1], format!("{follows} https://example.com/next"), "{status} {method}");
        assert_eq!(client.body(1).is_some(), keeps_body, "{status} {method}");
        assert_eq!(client.header(1, "content-length").is_empty(), !keeps_body, "{status} {method}");
        assert_eq!(client.header(1, "authorization"), ["secret"], "the same host keeps credentials");
        assert_eq!((response.head.redirects, response.head.url.path()), (1, "/next"));
        assert_eq!(response.body.read_all().await.unwrap(), "done");
    }
}

#[tokio::test]
async fn credentials_stay_with_their_host_and_scheme() {
    for target in ["https://other.example.org/", "https://sub.example.com/", "http://example.com/"] {
        let client = ScriptedClient::new([redirect(307, target), answer(200, &[], b"")]);
        run(&client, with_credentials(get("https://example.com/"))).await.unwrap();
        assert!(client.header(1, "authorization").is_empty(), "{target}");
        assert!(client.header(1, "cookie").is_empty(), "{target}");
        assert_eq!(client.header(1, "x-kept"), ["1"], "{target}");
    }
}

#[tokio::test]
async fn credentials_in_the_url_do_not_follow_to_another_host() {
    let client = ScriptedClient::new([redirect(302, "https://other.example.org/"), answer(200, &[], b"")]);
    run(&client, get("https://user:pass@example.com/")).await.unwrap();
    assert_eq!(client.header(0, "authorization"), ["Basic dXNlcjpwYXNz"]);
    assert!(client.header(1, "authorization").is_empty());
}

#[tokio::test]
async fn every_hop_is_guarded() {
    for (target, message) in [
        ("http://10.0.0.1/", "Internal hostname"),
        ("//localhost/", "Internal hostname"),
        ("file:///etc/passwd", "No hostname"),
        ("ftp://example.com/", "Scheme must be either HTTP or HTTPS"),
    ] {
        let client = ScriptedClient::new([redirect(302, "/again"), redirect(302, target)]);
        let outcome = run(&client, get("https://example.com/")).await;
        assert_eq!(told(outcome), format!("posthog-host-guard: {message}"), "{target}");
        assert_eq!(client.lines().len(), 2, "{target} was not asked");
    }
}

#[tokio::test]
async fn the_number_of_redirects_is_limited() {
    let hops = |count| (0..count).map(|hop| redirect(302, &format!("/{hop}")));
    let at_limit = ScriptedClient::new(hops(20).chain([answer(200, &[], b"")]));
    assert_eq!(run(&at_limit, get("https://example.com/")).await.unwrap().head.redirects, 20);

    let over = ScriptedClient::new(hops(21));
    let message = "max-redirect: maximum redirect reached at: https://example.com/19";
    assert_eq!(told(run(&over, get("https://example.com/")).await), message);

    let none = ScriptedClient::new(hops(1));
    let request = FetchRequest { follow: 0, ..get("https://example.com/") };
    assert_eq!(told(run(&none, request).await), "max-redirect: maximum redirect reached at: https://example.com/");
}

#[tokio::test]
async fn a_redirect_that_leads_nowhere() {
    let client = ScriptedClient::new([redirect(302, "http://")]);
    assert_eq!(
        told(run(&client, get("https://example.com/")).await),
        "invalid-redirect: uri requested responds with an invalid redirect URL: http://"
    );
    let client = ScriptedClient::new([answer(302, &[], b"no location")]);
    assert_eq!(run(&client, get("https://example.com/")).await.unwrap().head.status, 302);
}

#[tokio::test]
async fn redirect_error_and_manual() {
    let request = |redirect| FetchRequest { redirect, ..get("https://example.com/a") };
    let client = ScriptedClient::new([redirect(301, "/b")]);
    assert_eq!(
        told(run(&client, request(Redirect::Error)).await),
        "no-redirect: uri requested responds with a redirect, redirect mode is set to error: https://example.com/a"
    );
    for (location, shown) in [("/b", "https://example.com/b"), ("http://", "http://")] {
        let client = ScriptedClient::new([redirect(301, location)]);
        let head = run(&client, request(Redirect::Manual)).await.unwrap().head;
        assert_eq!((head.status, head.redirects), (301, 0));
        assert_eq!(head.headers, [("location".to_owned(), shown.to_owned())]);
    }
}
