//! How a stack is: a small one, with a queue, a function and what is between them.

use crate::account;
use adapter_aws::SdkConfig;
use adapter_stack::{Account, Flow, Refusal, Stack};
use aws_sdk_cloudformation::types::Capability;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use serde_json::json;

/// The stack `mine`, whose queue of events has a message and is mapped to a function that nobody runs.
async fn stack(config: &SdkConfig) -> Stack {
    let template = json!({
        "Resources": {
            "Events": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "mine-events"}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "mine", "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
            }}},
        },
        "Outputs": {
            "Release": {"Value": "0.0.9"},
            "EventsQueueUrl": {"Value": {"Ref": "Events"}},
            "ProcessEventsFunction": {"Value": "mine-process-events"},
        },
    });
    let cloudformation = aws_sdk_cloudformation::Client::new(config);
    let created = cloudformation.create_stack().stack_name("mine").template_body(template.to_string());
    created.capabilities(Capability::CapabilityNamedIam).send().await.unwrap();
    let account = Account::new(config.clone());
    loop {
        let found = Stack::find_in(&account, "mine").await.unwrap();
        if found.deployment().status == "CREATE_COMPLETE" {
            let number = account.caller().await.0.unwrap().account;
            make_function(config, &format!("arn:aws:iam::{number}:role/mine")).await;
            return found;
        }
        tokio::task::yield_now().await;
    }
}

async fn make_function(config: &SdkConfig, role: &str) {
    let lambda = aws_sdk_lambda::Client::new(config);
    let empty_archive = Blob::new(*b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let code = FunctionCode::builder().zip_file(empty_archive).build();
    let function = lambda.create_function().function_name("mine-process-events").runtime(Runtime::Providedal2023);
    function.role(role).handler("bootstrap").code(code).send().await.unwrap();
}

/// Maps the queue to the function, without a message in it: nobody would run the function.
async fn map(config: &SdkConfig) {
    let sqs = aws_sdk_sqs::Client::new(config);
    let url = sqs.get_queue_url().queue_name("mine-events").send().await.unwrap().queue_url.expect("it has one");
    let arn = aws_sdk_sqs::types::QueueAttributeName::QueueArn;
    let attributes = sqs.get_queue_attributes().queue_url(&url).attribute_names(arn.clone()).send().await.unwrap();
    let arn = attributes.attributes.expect("there are some")[&arn].clone();
    let lambda = aws_sdk_lambda::Client::new(config);
    let mapping = lambda.create_event_source_mapping().event_source_arn(arn).function_name("mine-process-events");
    mapping.send().await.unwrap();
}

#[tokio::test]
async fn a_mapping_is_switched_off_and_on() {
    let config = account().await;
    let stack = stack(&config).await;
    assert!(stack.mappings("process-events").await.unwrap().is_empty());
    map(&config).await;
    let mappings = stack.mappings("process-events").await.unwrap();
    assert_eq!((mappings.len(), mappings[0].queue.as_str()), (1, "mine-events"));
    for flow in [Flow::Off, Flow::On] {
        stack.switch(&mappings[0], flow).await.unwrap();
        while !stack.mappings("process-events").await.unwrap()[0].is(flow) {
            tokio::task::yield_now().await;
        }
    }
    let error = stack.mappings("run-tasks").await.unwrap_err();
    assert_eq!((error.kind, error.action.as_str()), (Refusal::Missing, "lambda:ListEventSourceMappings"));
}

#[tokio::test]
async fn a_stack_says_how_it_is() {
    let config = account().await;
    let account = Account::new(config.clone());
    let (caller, time) = account.caller().await;
    assert!(caller.unwrap().arn.starts_with("arn:aws:"));
    assert!(time.is_some(), "an answer has a date");
    assert!(account.concurrency().await.unwrap().total > 0);

    let stack = stack(&config).await;
    let deployment = stack.deployment();
    assert_eq!((deployment.status.as_str(), deployment.release.as_deref()), ("CREATE_COMPLETE", Some("0.0.9")));
    assert!(deployment.missing_outputs.contains(&"KeyArn") && !deployment.missing_outputs.contains(&"EventsQueueUrl"));
    let sqs = aws_sdk_sqs::Client::new(&config);
    let url = sqs.get_queue_url().queue_name("mine-events").send().await.unwrap().queue_url.expect("it has one");
    sqs.send_message().queue_url(url).message_body("m").send().await.unwrap();
    let queue = stack.queue("EventsQueueUrl").await.unwrap();
    assert_eq!((queue.name.as_str(), queue.waiting, queue.in_flight), ("mine-events", 1, 0));
    assert_eq!(stack.queue("JobsQueueUrl").await.unwrap_err().kind, Refusal::Missing);
    // It is `Pending` for a moment.
    while stack.function("process-events").await.unwrap().state != "Active" {
        tokio::task::yield_now().await;
    }
    let function = stack.function("process-events").await.unwrap();
    assert_eq!((function.architecture.as_str(), function.reserved), ("x86_64", None));
    assert!(stack.alarms_on().await.unwrap().is_empty());
}
