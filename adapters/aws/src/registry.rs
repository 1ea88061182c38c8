//! The registry of installations in one AWS account and Region: its documents in a table of their own, which functions may
//! only read, and its blobs in the bucket.

use crate::blob_store::{Prefix, S3BlobStore};
use crate::data_keys::KmsDataKeys;
use crate::documents::DynamoDocuments;
use crate::sdk;
use crate::table::Table;
use aws_config::SdkConfig;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::documents::Documents;
use runtime_core::registry::Registry;
use std::sync::Arc;

/// Where the registry of a stack is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryNames {
    /// The table of the registry ([`crate::tables::DOCUMENTS`]).
    pub table: String,
    /// The bucket of the stack.
    pub bucket: String,
    /// The key of KMS under which secrets are stored. Functions, which seal nothing, need none.
    pub key_arn: Option<String>,
}

/// The registry of a stack, its blobs, and the keys of its secrets.
#[derive(Clone)]
pub struct AwsRegistry {
    /// What is installed.
    pub registry: Registry,
    /// Its blobs, for removing what is not needed any more.
    pub blobs: Arc<S3BlobStore>,
    /// The keys of the secrets.
    pub data_keys: Arc<KmsDataKeys>,
}

impl AwsRegistry {
    /// Over `config`, best made with [`sdk::loader`]. Calls nothing.
    #[must_use]
    pub fn new(config: &SdkConfig, names: &RegistryNames, clock: Arc<dyn Clock>) -> Self {
        let table = Table::new(aws_sdk_dynamodb::Client::new(config), names.table.clone(), "registry");
        let documents: Arc<dyn Documents> = Arc::new(DynamoDocuments::new(table, Arc::clone(&clock)));
        let blobs = Arc::new(S3BlobStore::new(sdk::s3_client(config), names.bucket.clone(), Prefix::Blobs));
        let kms = aws_sdk_kms::Client::new(config);
        let data_keys = Arc::new(KmsDataKeys::new(kms, Arc::clone(&documents), names.key_arn.clone()));
        Self { registry: Registry::new(documents, blobs.clone(), clock), blobs, data_keys }
    }
}
