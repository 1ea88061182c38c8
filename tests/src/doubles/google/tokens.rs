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

    /// Whether the request carries a token for one of these scopes: one that was given out, or one that the client signed itself
    /// (<https://google.aip.dev/auth/4111>), which libraries for APIs of gRPC do.
    ///
    /// # Errors
    ///
    /// It carries none at all, or one for other scopes: packages know which they need.
    pub fn lets_in(&self, request: &Seen, scopes: &[&str]) -> Result<bool, String> {
        let header = request.header("authorization").ok_or("there is no Authorization")?;
        let token = header.strip_prefix("Bearer ").ok_or_else(|| format!("{header:?} is no bearer token"))?;
        let fits = |granted: &[String]| {
            let fits = granted.iter().any(|scope| scopes.contains(&scope.as_str()));
            if fits { Ok(true) } else { Err(format!("the token is for {granted:?}, not for one of {scopes:?}")) }
        };
        if token.contains('.') && !token.starts_with("ya29.") {
            let signed = Claim::read(token)?;
            let Ok(claim) = signed.accepted()? else { return Ok(false) };
            if claim["sub"] != EMAIL {
                return Err(format!("the sub of a token of the client's own is {}", claim["sub"]));
            }
            return match (claim["scope"].as_str(), claim["aud"].as_str()) {
                (Some(scope), _) => fits(&scope.split(' ').map(str::to_owned).collect::<Vec<_>>()),
                (None, Some(audience)) if is_service(audience) => Ok(true),
                (None, audience) => Err(format!("the aud of a token of the client's own is {audience:?}")),
            };
        }
        self.0.get(token).map_or(Ok(false), |granted| fits(granted))
    }
}

/// Whether it is the address of a service: `https://NAME.googleapis.com/`.
fn is_service(audience: &str) -> bool {
    audience.strip_prefix("https://").is_some_and(|rest| rest.trim_end_matches('/').ends_with(".googleapis.com"))
}

/// The scopes of an assertion; inside, why Google would not accept it; outside, what no client may send.
fn check(assertion: &str) -> Result<Result<Vec<String>, &'static str>, String> {
    let claim = Claim::read(assertion)?;
    let scope = claim.claims["scope"].as_str().filter(|scope| !scope.is_empty()).ok_or("the claim names no scope")?;
    let scopes = scope.split(' ').map(str::to_owned).collect();
    if !claim.claims["aud"].as_str().is_some_and(|audience| AUDIENCES.contains(&audience)) {
        return Err(format!("the claim's aud is {}", claim.claims["aud"]));
    }
    Ok(claim.accepted()?.map(|_| scopes))
}

/// A signed claim (RFC 7519), of which nothing is proven yet.
struct Claim<'a> {
    signed: &'a str,
    claims: Value,
    signature: Vec<u8>,
}

impl<'a> Claim<'a> {
    fn read(token: &'a str) -> Result<Self, String> {
        let decoded = |part: &str| {
            URL_SAFE_NO_PAD.decode(part).map_err(|error| format!("a part of the token is no base64url: {error}"))
        };
        let value = |part: &str| -> Result<Value, String> {
            serde_json::from_slice(&decoded(part)?).map_err(|error| format!("a part of the token is no JSON: {error}"))
        };
        let (signed, signature) = token.rsplit_once('.').ok_or("the token has not three parts")?;
        let (header, claims) = signed.split_once('.').ok_or("the token has not three parts")?;
        let header = value(header)?;
        if header["alg"] != "RS256" || header.get("typ").is_some_and(|kind| kind != "JWT") {
            return Err(format!("the token's header is {header}"));
        }
        Ok(Self { signed, claims: value(claims)?, signature: decoded(signature)? })
    }

    /// The claims; inside, why Google would not accept them.
    fn accepted(&self) -> Result<Result<&Value, &'static str>, String> {
        let number = |name: &str| {
            self.claims[name].as_i64().ok_or_else(|| format!("the claim's {name} is {}", self.claims[name]))
        };
        let (issued, expires) = (number("iat")?, number("exp")?);
        if expires - issued > LONGEST_SECONDS {
            return Err("the claim is valid for more than an hour".into());
        }
        if self.claims["iss"] != EMAIL {
            return Ok(Err("Invalid grant: account not found"));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
        let now = i64::try_from(now).expect("the year is one of four digits");
        if issued > now + SKEW_SECONDS || expires < now - SKEW_SECONDS {
            return Ok(Err(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
                           Check your iat and exp values in the JWT claim.",
            ));
        }
        if public_key().verify(self.signed.as_bytes(), &self.signature).is_err() {
            return Ok(Err("Invalid JWT Signature."));
        }
        Ok(Ok(&self.claims))
    }
}

fn public_key() -> UnparsedPublicKey<Vec<u8>> {
    let pair = RsaKeyPair::from_pkcs8(&certificates::read("service-account.key.der")).expect("the key is PKCS #8");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref().to_vec())
}

/// An assertion with these claims, signed with the key of the account.
#[cfg(test)]
pub fn signed(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    let pair = RsaKeyPair::from_pkcs8(&certificates::read("service-account.key.der")).expect("the key is PKCS #8");
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    let sign = pair.sign(&ring::signature::RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature);
    sign.expect("the signature has its room");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// What the account may claim for an hour from now.
#[cfg(test)]
pub fn claims(scope: &str) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    json!({"iss": EMAIL, "aud": AUDIENCES[0], "scope": scope, "iat": now, "exp": now + 3600})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_claim_that_the_account_signed_is_accepted() {
        let assertion = signed(&claims("a b"));
        assert_eq!(check(&assertion), Ok(Ok(vec!["a".to_owned(), "b".to_owned()])));
        let (text, _) = assertion.rsplit_once('.').unwrap();
        assert_eq!(check(&format!("{text}.{}", "A".repeat(342))), Ok(Err("Invalid JWT Signature.")));
        assert!(check("a.b").is_err() && check("").is_err());
    }

    #[test]
    fn a_claim_that_no_client_makes_is_a_complaint() {
        for (name, value) in
            [("aud", json!("https://else/")), ("scope", json!("")), ("exp", json!("soon")), ("iat", json!(0))]
        {
            let mut claims = claims("a b");
            claims[name] = value;
            assert!(check(&signed(&claims)).is_err(), "{name}");
        }
        let mut stranger = claims("a b");
        stranger["iss"] = "else".into();
        assert_eq!(check(&signed(&stranger)), Ok(Err("Invalid grant: account not found")));
    }
}
