//! Values in Secrets Manager and in the Parameter Store.

use crate::account;
use adapter_stack::{Refusal, SecretStores};
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_ssm::types::ParameterType;

#[tokio::test]
async fn values_are_read_where_they_stand() {
    let config = account().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let made = secrets.create_secret().name("prod/app").secret_string("{\"token\": \"hunter2\"}").send().await.unwrap();
    secrets.create_secret().name("prod/bytes").secret_binary(Blob::new([0xff, 0])).send().await.unwrap();
    let parameters = aws_sdk_ssm::Client::new(&config);
    let parameter = parameters.put_parameter().name("/prod/key").value("hunter3").r#type(ParameterType::SecureString);
    parameter.send().await.unwrap();

    let stores = SecretStores::new(&config);
    let token = Some("{\"token\": \"hunter2\"}".to_owned());
    assert_eq!(stores.secret("prod/app").await, Ok(token.clone()));
    assert_eq!(stores.secret(&made.arn.expect("it has one")).await, Ok(token));
    assert_eq!(stores.secret("prod/bytes").await, Ok(None), "bytes are no text");
    assert_eq!(stores.parameter("/prod/key").await, Ok(Some("hunter3".to_owned())), "decrypted");
}

#[tokio::test]
async fn what_is_not_there_is_told_apart_with_its_action() {
    let stores = SecretStores::new(&account().await);
    let error = stores.secret("prod/none").await.unwrap_err();
    assert_eq!((error.kind, error.action.as_str()), (Refusal::Missing, "secretsmanager:GetSecretValue"), "{error}");
    let error = stores.parameter("/prod/none").await.unwrap_err();
    assert_eq!((error.kind, error.action.as_str()), (Refusal::Missing, "ssm:GetParameter"), "{error}");
}
