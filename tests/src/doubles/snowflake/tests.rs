//! The sessions of the double.

use super::*;
use bytes::Bytes;
use http::Method;
use http::header::AUTHORIZATION;

fn post(path: &str, token: Option<&str>, body: &Value) -> Seen {
    let token = token.map(|token| (AUTHORIZATION, format!("Snowflake Token=\"{token}\"").parse().unwrap()));
    Seen::new(Method::POST, &path.parse().unwrap(), token.into_iter().collect(), Bytes::from(body.to_string()))
}

fn login(password: &str) -> Seen {
    let data = json!({"CLIENT_APP_ID": "JavaScript", "CLIENT_APP_VERSION": "1", "ACCOUNT_NAME": Snowflake::ACCOUNT,
        "LOGIN_NAME": Snowflake::USER, "PASSWORD": password});
    post("/session/v1/login-request?requestId=1", None, &json!({"data": data}))
}

async fn body(service: &mut Service, request: &Seen) -> Value {
    use http_body_util::BodyExt;
    let reply = service.answer(request).unwrap().into_response();
    serde_json::from_slice(&reply.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn a_token_is_used_up_and_renewed() {
    let service = &mut Service::default();
    assert_eq!(body(service, &login("wrong")).await["code"], "390100");
    assert_eq!(body(service, &login(Snowflake::PASSWORD)).await["data"]["token"], "session-1");
    let query = |token| post("/queries/v1/query-request?requestId=2", token, &json!({"sqlText": "SELECT 1"}));
    assert!(service.answer(&query(None)).is_err());
    for _ in 0..QUERIES_OF_A_TOKEN {
        assert_eq!(body(service, &query(Some("session-1"))).await["success"], true);
    }
    assert_eq!(body(service, &query(Some("session-1"))).await["code"], "390112");
    let renewal = json!({"REQUEST_TYPE": "RENEW", "oldSessionToken": "session-1"});
    let renewed = body(service, &post("/session/token-request", Some("master-1"), &renewal)).await;
    assert_eq!(renewed["data"]["sessionToken"], "session-2");
    assert_eq!(body(service, &query(Some("session-2"))).await["success"], true);
    assert_eq!(body(service, &query(Some("session-1"))).await["code"], "390104");
}
