//! Values that are kept in Secrets Manager or in the Parameter Store of Systems Manager.

use crate::ask::AskError;
use adapter_aws::{SdkConfig, sdk};

/// Both stores of one account and Region.
#[derive(Clone)]
pub struct SecretStores {
    secrets_manager: aws_sdk_secretsmanager::Client,
    parameters: aws_sdk_ssm::Client,
}

impl SecretStores {
    /// Those of the environment.
    pub async fn of_environment() -> Self {
        Self::new(&sdk::loader().load().await)
    }

    /// Over this configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            secrets_manager: aws_sdk_secretsmanager::Client::new(config),
            parameters: aws_sdk_ssm::Client::new(config),
        }
    }

    /// The text of a secret, by its name or ARN; `None` if it holds bytes.
    ///
    /// # Errors
    /// When there is none, the caller may not read it, or AWS is out of reach. Never with the value.
    pub async fn secret(&self, name: &str) -> Result<Option<String>, AskError> {
        let answer = self.secrets_manager.get_secret_value().secret_id(name).send().await;
        let answer = answer.map_err(|error| AskError::of("secretsmanager:GetSecretValue", &error))?;
        Ok(answer.secret_string)
    }

    /// The value of a parameter, decrypted if it is a SecureString.
    ///
    /// # Errors
    /// As [`SecretStores::secret`].
    pub async fn parameter(&self, name: &str) -> Result<Option<String>, AskError> {
        let answer = self.parameters.get_parameter().name(name).with_decryption(true).send().await;
        let answer = answer.map_err(|error| AskError::of("ssm:GetParameter", &error))?;
        Ok(answer.parameter.and_then(|parameter| parameter.value))
    }
}
