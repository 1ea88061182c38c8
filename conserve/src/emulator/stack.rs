//! A stack in the emulator: queues, tables, a bucket, the apps in it, and the environment by which functions know all of it.
//!
//! Keys of tables are those of `template.yaml`; only what the functions need is made.

use crate::apps::APPS;
use lambda_double::aws::{AwsClient, AwsError, REGION, Service};
use lambda_double::poller::Mapping;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How often a message may be received before its queue gives it up, as in the template.
const MAX_RECEIVE_COUNT: u32 = 10;
/// Longer than any invocation takes. The harness cuts it short where a function was killed, so that nobody has to wait.
const VISIBILITY_SECONDS: u32 = 180;

/// The queues that feed functions, in the order of their variables.
pub const QUEUES: [&str; 4] = ["events", "continuations", "exports", "jobs"];
/// The queue of final events.
pub const OUTPUT: &str = "output";
/// The key of the list of installations.
const INSTALLATIONS: &str = "installations.json";

/// A table.
struct Table {
    name: &'static str,
    variable: &'static str,
    partition: &'static str,
    /// Its sort key, with its type.
    sort: Option<(&'static str, &'static str)>,
    /// The sort key of its index by time, with its type.
    by_time: Option<(&'static str, &'static str)>,
}

const fn table(name: &'static str, variable: &'static str, partition: &'static str) -> Table {
    Table { name, variable, partition, sort: None, by_time: None }
}

const TABLES: [Table; 5] = [
    table("cache", "HEDGEROW_CACHE_TABLE", "key"),
    Table { sort: Some(("key", "S")), ..table("storage", "HEDGEROW_STORAGE_TABLE", "installation") },
    Table { by_time: Some(("order", "S")), ..table("dead-letters", "HEDGEROW_DEAD_LETTERS_TABLE", "id") },
    Table { by_time: Some(("available_at", "N")), ..table("due", "HEDGEROW_DUE_TABLE", "id") },
    table("documents", "HEDGEROW_DOCUMENTS_TABLE", "key"),
];

/// A stack that nobody else has: it is alone in its account.
#[derive(Debug, Clone)]
pub struct Stack {
    /// A client that goes past the proxies.
    pub client: AwsClient,
    /// The bucket.
    pub bucket: String,
    /// The address of the emulator.
    endpoint: String,
    /// Further variables of the functions.
    variables: Vec<(String, String)>,
}

impl Stack {
    /// Makes it, with the apps, which tell `endpoint_of_apps`.
    ///
    /// # Errors
    /// What the emulator says.
    pub async fn make(
        emulator: &str,
        endpoint_of_apps: &str,
        variables: Vec<(String, String)>,
    ) -> Result<Self, AwsError> {
        let account = format!("{:012}", uuid::Uuid::new_v4().as_u128() % 1_000_000_000_000);
        let client = AwsClient::new(emulator, &account);
        let stack = Self { client, bucket: format!("conserve-{account}"), endpoint: emulator.to_owned(), variables };
        for queue in QUEUES {
            stack.make_queue(&dead_letter_queue(queue), json!({})).await?;
            let policy = json!({"deadLetterTargetArn": stack.arn(&dead_letter_queue(queue)),
                "maxReceiveCount": MAX_RECEIVE_COUNT});
            let visibility = VISIBILITY_SECONDS.to_string();
            let attributes = json!({"RedrivePolicy": policy.to_string(), "VisibilityTimeout": visibility});
            stack.make_queue(queue, attributes).await?;
        }
        stack.make_queue(OUTPUT, json!({})).await?;
        for table in &TABLES {
            stack.client.call(Service::DynamoDb, "CreateTable", &table.request()).await?;
        }
        stack.client.create_bucket(&stack.bucket).await?;
        stack.install(endpoint_of_apps).await?;
        Ok(stack)
    }

    async fn make_queue(&self, name: &str, attributes: Value) -> Result<(), AwsError> {
        let input = json!({"QueueName": name, "Attributes": attributes});
        self.client.call(Service::Sqs, "CreateQueue", &input).await.map(drop)
    }

    /// Stores the apps and the list of installations.
    async fn install(&self, endpoint_of_apps: &str) -> Result<(), AwsError> {
        let mut installations = Vec::new();
        for (index, app) in (0..).zip(APPS) {
            let mut files = Map::new();
            for name in ["plugin.json", "index.js"] {
                let text = std::fs::read_to_string(app.folder().join(name)).expect("a test looks for these files");
                files.insert(name.to_owned(), text.into());
            }
            let bundle = self.put_blob(json!({"v": 1, "files": files}).to_string()).await?;
            let config = if app.tells { json!({"endpoint": endpoint_of_apps}) } else { json!({}) };
            installations.push(
                json!({"id": index + 1, "team": 1, "slug": app.slug, "bundle": bundle, "config": config,
                "attachments": {}, "order": index, "on_error": "pass", "on_disabled": "pass", "log_level": "full",
                "allowed_hosts": ["127.0.0.1"], "allowed_networks": []}),
            );
        }
        let list = json!({"v": 1, "tokens": {"phc_conserve": 1}, "installations": installations});
        self.client.put_object(&self.bucket, INSTALLATIONS, list.to_string()).await
    }

    /// Stores a blob; its name.
    ///
    /// # Errors
    /// What the emulator says.
    pub async fn put_blob(&self, body: String) -> Result<String, AwsError> {
        let name: String = Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        self.client.put_object(&self.bucket, &format!("blobs/{name}"), body).await?;
        Ok(name)
    }

    /// The text of a blob, or of a body that was too large for its message.
    ///
    /// # Errors
    /// What the emulator says.
    pub async fn blob(&self, name: &str) -> Result<String, AwsError> {
        let bytes = match self.client.get_object(&self.bucket, &format!("claims/{name}")).await {
            Ok(bytes) => bytes,
            Err(_) => self.client.get_object(&self.bucket, &format!("blobs/{name}")).await?,
        };
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The URL of a queue.
    #[must_use]
    pub fn url(&self, queue: &str) -> String {
        format!("{}/{}/{queue}", self.endpoint.trim_end_matches('/'), self.client.account())
    }

    fn arn(&self, queue: &str) -> String {
        format!("arn:aws:sqs:{REGION}:{}:{queue}", self.client.account())
    }

    /// What maps a queue to a function.
    #[must_use]
    pub fn mapping(&self, queue: &str, batch_size: usize, window: Duration) -> Mapping {
        Mapping { queue_url: self.url(queue), queue_arn: self.arn(queue), batch_size, window }
    }

    /// The environment of a function that reaches AWS at `endpoint`.
    #[must_use]
    pub fn environment(&self, endpoint: &str) -> Vec<(String, String)> {
        let mut environment = vec![
            ("AWS_ENDPOINT_URL".to_owned(), endpoint.to_owned()),
            ("AWS_REGION".to_owned(), REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), self.client.account().to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "secret".to_owned()),
            ("HEDGEROW_BUCKET".to_owned(), self.bucket.clone()),
            ("HEDGEROW_SINK".to_owned(), "queue".to_owned()),
            ("HEDGEROW_INSTALLATIONS".to_owned(), INSTALLATIONS.to_owned()),
            ("HEDGEROW_START_MARGIN_SECONDS".to_owned(), "10".to_owned()),
            // Throttled calls mostly wait.
            ("HEDGEROW_RECORD_CONCURRENCY".to_owned(), "25".to_owned()),
        ];
        environment.extend(TABLES.iter().map(|table| (table.variable.to_owned(), table.name.to_owned())));
        for queue in QUEUES.into_iter().chain([OUTPUT]) {
            environment.push((format!("HEDGEROW_{}_QUEUE_URL", queue.to_uppercase()), self.url(queue)));
        }
        environment.extend(self.variables.iter().cloned());
        environment
    }

    /// How many messages a queue holds, whether or not they can be received now.
    ///
    /// # Errors
    /// What the emulator says.
    pub async fn depth(&self, queue: &str) -> Result<u64, AwsError> {
        let input = json!({"QueueUrl": self.url(queue), "AttributeNames": ["All"]});
        let answer = self.client.call(Service::Sqs, "GetQueueAttributes", &input).await?;
        let number = |name: &str| answer["Attributes"][name].as_str().and_then(|text| text.parse::<u64>().ok());
        let parts = ["", "NotVisible", "Delayed"].map(|part| format!("ApproximateNumberOfMessages{part}"));
        Ok(parts.iter().filter_map(|part| number(part)).sum())
    }

    /// Every item of a table.
    ///
    /// # Errors
    /// What the emulator says.
    pub async fn items(&self, table: &str) -> Result<Vec<Value>, AwsError> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut input = json!({"TableName": table, "ConsistentRead": true});
            if !start.is_null() {
                input["ExclusiveStartKey"] = start;
            }
            let mut page = self.client.call(Service::DynamoDb, "Scan", &input).await?;
            if let Value::Array(found) = page["Items"].take() {
                items.extend(found);
            }
            start = page["LastEvaluatedKey"].take();
            if start.is_null() {
                return Ok(items);
            }
        }
    }
}

/// The queue into which a queue's hopeless messages go.
#[must_use]
pub fn dead_letter_queue(queue: &str) -> String {
    format!("{queue}-dead")
}

impl Table {
    /// As `CreateTable` wants it.
    fn request(&self) -> Value {
        let key = |partition: &str, sort: Option<(&str, &str)>| {
            let mut schema = vec![json!({"AttributeName": partition, "KeyType": "HASH"})];
            schema.extend(sort.map(|(sort, _)| json!({"AttributeName": sort, "KeyType": "RANGE"})));
            schema
        };
        let mut attributes = vec![json!({"AttributeName": self.partition, "AttributeType": "S"})];
        let sorted = self.sort.into_iter().chain(self.by_time);
        attributes.extend(sorted.map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind})));
        let schema = key(self.partition, self.sort);
        let mut request = json!({"TableName": self.name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": schema});
        if self.by_time.is_some() {
            attributes.push(json!({"AttributeName": "shard", "AttributeType": "S"}));
            request["GlobalSecondaryIndexes"] = json!([{"IndexName": "by_time", "KeySchema": key("shard", self.by_time),
                "Projection": {"ProjectionType": "KEYS_ONLY"}}]);
        }
        request["AttributeDefinitions"] = attributes.into();
        request
    }
}
