//! What the functions may do, and who else gets at what they keep.

use super::{Template, attribute_of, list};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Resources that a pattern names, because what is in them has names of its own.
const PATTERNS: [&str; 2] = ["${Bucket.Arn}/blobs/*", "${Bucket.Arn}/claims/*"];

/// The statements of the one policy of a function's role.
fn statements<'a>(template: &'a Template, function: &str) -> Vec<&'a Value> {
    let role = template.properties(&format!("{function}Role"));
    assert!(role.get("ManagedPolicyArns").is_none(), "{function}: managed policies allow more than it needs");
    let policies = list(&role["Policies"]);
    assert_eq!(policies.len(), 1, "{function}");
    list(&policies[0]["PolicyDocument"]["Statement"])
}

/// Each action with each resource that it is allowed on.
fn allowed<'a>(template: &'a Template, function: &str) -> Vec<(&'a str, &'a Value)> {
    let pairs = statements(template, function).into_iter().flat_map(|statement| {
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        let actions = list(&statement["Action"]);
        let pairs = actions.into_iter().flat_map(|action| {
            let action = action.as_str().expect("an action is text");
            list(&statement["Resource"]).into_iter().map(move |resource| (action, resource))
        });
        pairs.collect::<Vec<_>>()
    });
    pairs.collect()
}

#[test]
fn no_function_may_do_whatever_it_likes() {
    let template = Template::read();
    for function in template.functions() {
        for (action, resource) in allowed(&template, function) {
            assert!(!action.contains('*'), "{function}: {action}");
            let pattern = resource["Fn::Sub"].as_str().or(resource.as_str()).filter(|text| text.contains('*'));
            assert!(pattern.is_none_or(|pattern| PATTERNS.contains(&pattern)), "{function}: {action} on {resource}");
            assert!(!resource.is_string(), "{function}: {action} on {resource}, which is nothing of this stack");
        }
    }
}

#[test]
fn a_function_takes_from_what_feeds_it_and_nothing_else() {
    let template = Template::read();
    for function in template.functions() {
        let sources = template.sources();
        let fed: BTreeSet<_> =
            sources.iter().filter(|source| source.function == function).map(|source| source.queue).collect();
        for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"] {
            let may: BTreeSet<_> = allowed(&template, function)
                .into_iter()
                .filter(|(allowed, _)| *allowed == action)
                .map(|(_, queue)| attribute_of(queue, "Arn"))
                .collect();
            assert_eq!(may, fed, "{function}: {action}");
        }
    }
}

#[test]
fn only_the_function_with_a_sink_sends_to_the_output() {
    let template = Template::read();
    for function in template.functions() {
        let mut expected = BTreeSet::from(["EventsQueue", "ContinuationsQueue", "ExportsQueue", "JobsQueue"]);
        if function == "ProcessEvents" {
            expected.insert("OutputQueue");
        }
        let sends: BTreeSet<_> = allowed(&template, function)
            .into_iter()
            .filter(|(action, _)| *action == "sqs:SendMessage")
            .map(|(_, queue)| attribute_of(queue, "Arn"))
            .collect();
        assert_eq!(sends, expected, "{function}");
    }
}

#[test]
fn only_lambda_takes_the_roles() {
    let template = Template::read();
    for role in template.named("AWS::IAM::Role") {
        let statements = list(&template.properties(role)["AssumeRolePolicyDocument"]["Statement"]);
        assert_eq!(statements.len(), 1, "{role}");
        assert_eq!(statements[0]["Principal"], json!({"Service": "lambda.amazonaws.com"}), "{role}");
    }
    assert_eq!(template.named("AWS::IAM::Role").len(), template.functions().len());
}

#[test]
fn the_bucket_is_private_and_reached_over_tls_only() {
    let template = Template::read();
    let block = template.properties("Bucket")["PublicAccessBlockConfiguration"].as_object().expect("a block");
    assert!(block.len() == 4 && block.values().all(|value| value == true), "{block:?}");
    let statements = list(&template.properties("BucketPolicy")["PolicyDocument"]["Statement"]);
    let over_http = json!({"Bool": {"aws:SecureTransport": "false"}});
    assert!(statements.iter().any(|statement| statement["Effect"] == "Deny" && statement["Condition"] == over_http));
    assert!(statements.iter().all(|statement| statement["Effect"] == "Deny"), "a bucket policy gives nobody access");
}

#[test]
fn all_that_is_kept_is_under_the_key() {
    let template = Template::read();
    let key = json!({"Fn::GetAtt": "Key.Arn"});
    for queue in template.named("AWS::SQS::Queue") {
        assert_eq!(template.properties(queue)["KmsMasterKeyId"], key, "{queue}");
    }
    for table in template.named("AWS::DynamoDB::Table") {
        assert_eq!(template.properties(table)["SSESpecification"]["KMSMasterKeyId"], key, "{table}");
    }
    let encryption = &template.properties("Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    assert_eq!(encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"], key);
    assert_eq!(template.properties("NotificationsTopic")["KmsMasterKeyId"], key);
    assert_eq!(template.properties("Key")["EnableKeyRotation"], true);
}
