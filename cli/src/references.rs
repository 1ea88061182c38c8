//! Values that stand in AWS, and are read when they are needed: in Secrets Manager, or in the Parameter Store of Systems Manager.

use async_trait::async_trait;
use serde_json::Value;
use std::fmt;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// In Secrets Manager.
    SecretsManager {
        /// The secret's name or ARN.
        name: String,
        /// Which member, of a secret that is a JSON object.
        key: Option<String>,
    },
    /// In the Parameter Store.
    Parameter {
        /// The parameter's name, mostly a path.
        name: String,
    },
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretsManager { name, key: None } => write!(formatter, "the secret {name} of Secrets Manager"),
            Self::SecretsManager { name, key: Some(key) } => {
                write!(formatter, "the member {key:?} of the secret {name} of Secrets Manager")
            }
            Self::Parameter { name } => write!(formatter, "the parameter {name} of Systems Manager"),
        }
    }
}

/// Reads values where they stand; a trait so that it can be tried without AWS.
#[async_trait]
pub trait References: Send + Sync {
    /// The whole text at a reference, whatever member it names.
    ///
    /// # Errors
    /// Why it cannot be had, and what to do; never with the text.
    async fn text(&self, reference: &Reference) -> Result<String, String>;
}

/// The value that a reference stands for.
///
/// # Errors
/// As [`References::text`], and when the text has no such member.
pub async fn read(references: &dyn References, reference: &Reference) -> Result<String, String> {
    let text = references.text(reference).await?;
    match reference {
        Reference::SecretsManager { key: Some(key), .. } => member(&text, key),
        _ => Ok(text),
    }
}

/// A member of a JSON object, as a text. What is wrong with it is said without a word of it.
fn member(text: &str, key: &str) -> Result<String, String> {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return Err("the secret is no JSON object: leave `key` out, or make it one".to_owned());
    };
    match members.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(flag)) => Ok(flag.to_string()),
        Some(_) => Err("the member is neither a text nor a number".to_owned()),
        None => Err("the secret has no such member".to_owned()),
    }
}

/// The stores of the environment's account, which are not looked for before a reference is read.
#[derive(Default)]
pub struct OfEnvironment {
    #[cfg(feature = "stack")]
    stores: tokio::sync::OnceCell<adapter_stack::SecretStores>,
}

#[cfg(feature = "stack")]
#[async_trait]
impl References for OfEnvironment {
    async fn text(&self, reference: &Reference) -> Result<String, String> {
        let stores = self.stores.get_or_init(adapter_stack::SecretStores::of_environment).await;
        let found = match reference {
            Reference::SecretsManager { name, .. } => stores.secret(name).await,
            Reference::Parameter { name } => stores.parameter(name).await,
        };
        match found {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err("it holds bytes, and a value is a text".to_owned()),
            Err(error) => Err(advised(&error)),
        }
    }
}

#[cfg(feature = "stack")]
fn advised(error: &adapter_stack::AskError) -> String {
    use adapter_stack::Refusal;
    match error.kind {
        Refusal::Missing => "there is none of that name in this account and Region: check the name, AWS_PROFILE and \
                             AWS_REGION"
            .to_owned(),
        Refusal::Denied => {
            format!("access denied: it takes {}, and kms:Decrypt on its key ({})", error.action, error.reason)
        }
        Refusal::Credentials => format!("there are no valid credentials for AWS: check AWS_PROFILE ({})", error.reason),
        Refusal::Failed => error.to_string(),
    }
}

#[cfg(not(feature = "stack"))]
#[async_trait]
impl References for OfEnvironment {
    async fn text(&self, _reference: &Reference) -> Result<String, String> {
        Err("this hedgerow was built without AWS; build it with the feature `stack`".to_owned())
    }
}

/// A fake for tests: texts by reference.
#[cfg(test)]
pub mod fake {
    use super::*;

    /// What is in the stores: names and texts.
    pub struct Fake(pub &'static [(&'static str, &'static str)]);

    #[async_trait]
    impl References for Fake {
        async fn text(&self, reference: &Reference) -> Result<String, String> {
            let (Reference::SecretsManager { name, .. } | Reference::Parameter { name }) = reference;
            let found = self.0.iter().find(|(known, _)| known == name);
            found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "there is none of that name".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::Fake;
    use super::*;

    const STORES: Fake = Fake(&[("plain", "hunter2"), ("json", r#"{"a": "hunter3", "n": 5, "list": ["hunter4"]}"#)]);

    async fn of(name: &str, key: Option<&str>) -> Result<String, String> {
        let key = key.map(str::to_owned);
        read(&STORES, &Reference::SecretsManager { name: name.to_owned(), key }).await
    }

    #[tokio::test]
    async fn a_member_of_json_or_the_whole_text() {
        assert_eq!(of("plain", None).await.unwrap(), "hunter2");
        assert_eq!(of("json", Some("a")).await.unwrap(), "hunter3");
        assert_eq!(of("json", Some("n")).await.unwrap(), "5");
        let parameter = Reference::Parameter { name: "plain".to_owned() };
        assert_eq!(read(&STORES, &parameter).await.unwrap(), "hunter2");
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_without_the_value() {
        for (name, key, part) in [
            ("plain", Some("a"), "no JSON object"),
            ("json", Some("b"), "no such member"),
            ("json", Some("list"), "neither a text nor a number"),
            ("none", None, "none of that name"),
        ] {
            let error = of(name, key).await.unwrap_err();
            assert!(error.contains(part) && !error.contains("hunter"), "{error}");
        }
    }

    #[test]
    fn a_reference_is_named() {
        let reference = Reference::SecretsManager { name: "prod/x".to_owned(), key: Some("a".to_owned()) };
        assert_eq!(reference.to_string(), "the member \"a\" of the secret prod/x of Secrets Manager");
        assert_eq!(
            Reference::Parameter { name: "/p/x".to_owned() }.to_string(),
            "the parameter /p/x of Systems Manager"
        );
    }
}
