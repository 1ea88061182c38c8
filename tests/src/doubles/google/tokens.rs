//! Access tokens for a signed claim: <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>.

use crate::doubles::certificates;
use crate::doubles::reply::Reply;
use crate::doubles::seen::Seen;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// The service account's name.
pub const EMAIL: &str = "app@hedgerow-test.iam.gserviceaccount.com";
/// The name of its key.
pub const KEY_ID: &str = "39";

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Where a claim may say that it goes: today's address, and that which older libraries name.
const AUDIENCES: [&str; 2] = ["https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v4/token"];
/// How long a claim may be valid, and how far clocks may differ.
const LONGEST_SECONDS: i64 = 3600;
const SKEW_SECONDS: i64 = 300;

/// The tokens that were given out, each with its scopes.
#[derive(Default)]
pub struct Tokens(BTreeMap<String, Vec<String>>);

impl Tokens {
    /// Answers a request for a token. A claim that is not as it should be is answered as Google would, and is no complaint: to
    /// sign with the wrong key is what an app may do.
    pub fn answer(&mut self, request: &Seen) -> Result<Reply, String> {
        if request.method != http::Method::POST {
            return Err("a token is asked for with POST".into());
        }
        let kind = request.header("content-type").unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(format!("a token is asked for with a form, not with {kind:?}"));
        }
        if request.form("grant_type").as_deref() != Some(GRANT) {
            return Err(format!("grant_type is not {GRANT}"));
        }
        let assertion = request.form("assertion").ok_or("there is no assertion")?;
        match check(&assertion)? {
            Ok(scopes) => {
                let token = format!("ya29.hedgerow-{}", self.0.len() + 1);
                self.0.insert(token.clone(), scopes);
                Ok(Reply::json(200, &json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})))
            }
            Err(description) => {
                Ok(Reply::json(400, &json!({"error": "invalid_grant", "error_description": description})))
            }
        }
    }

    /// Whether the request carries a token for one of these scopes.
    ///
    /// # Errors
    ///
    /// It carries none at all, or one for other scopes: packages know which they need.
    pub fn lets_in(&self, request: &Seen, scopes: &[&str]) -> Result<bool, String> {
        let header = request.header("authorization").ok_or("there is no Authorization")?;
        let token = header.strip_prefix("Bearer ").ok_or_else(|| format!("{header:?} is no bearer token"))?;
        match self.0.get(token) {
            None => Ok(false),
            Some(granted) if granted.iter().any(|scope| scopes.contains(&scope.as_str())) => Ok(true),
            Some(granted) => Err(format!("the token is for {granted:?}, not for one of {scopes:?}")),
        }
    }
}

/// The scopes of a claim; inside, why Google would not accept it; outside, what no client may send.
fn check(assertion: &str) -> Result<Result<Vec<String>, &'static str>, String> {
    let parts: Vec<_> = assertion.split('.').collect();
    let [header, claims, signature] = parts[..] else { return Err("the assertion has not three parts".into()) };
    let decoded =
        |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|error| format!("the assertion is no base64url: {error}"));
    let value = |part: &str| -> Result<Value, String> {
        serde_json::from_slice(&decoded(part)?).map_err(|error| format!("the assertion is no JSON: {error}"))
    };
    let (head, claim) = (value(header)?, value(claims)?);
    if head["alg"] != "RS256" || head.get("typ").is_some_and(|kind| kind != "JWT") {
        return Err(format!("the assertion's header is {head}"));
    }
    let number = |name: &str| claim[name].as_i64().ok_or_else(|| format!("the claim's {name} is {}", claim[name]));
    let (issued, expires) = (number("iat")?, number("exp")?);
    let scope = claim["scope"].as_str().filter(|scope| !scope.is_empty()).ok_or("the claim names no scope")?;
    if !claim["aud"].as_str().is_some_and(|audience| AUDIENCES.contains(&audience)) {
        return Err(format!("the claim's aud is {}", claim["aud"]));
    }
    if expires - issued > LONGEST_SECONDS {
        return Err("the claim is valid for more than an hour".into());
    }
    if claim["iss"] != EMAIL {
        return Ok(Err("Invalid grant: account not found"));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    let now = i64::try_from(now).expect("the year is one of four digits");
    if issued > now + SKEW_SECONDS || expires < now - SKEW_SECONDS {
        return Ok(Err("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
                       Check your iat and exp values in the JWT claim."));
    }
    let signed = format!("{header}.{claims}");
    if public_key().verify(signed.as_bytes(), &decoded(signature)?).is_err() {
        return Ok(Err("Invalid JWT Signature."));
    }
    Ok(Ok(scope.split(' ').map(str::to_owned).collect()))
}

fn public_key() -> UnparsedPublicKey<Vec<u8>> {
    let pair = RsaKeyPair::from_pkcs8(&certificates::read("service-account.key.der")).expect("the key is PKCS #8");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref().to_vec())
}
