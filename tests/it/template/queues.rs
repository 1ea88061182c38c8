//! Queues and what takes from them.

use super::{Source, Template, attribute_of, list, number};
use serde_json::json;

/// The timers that may invoke `RunTasks` at the same time.
const TIMERS: u64 = 3;

fn window(source: &Source<'_>) -> u64 {
    source.properties.get("MaximumBatchingWindowInSeconds").map_or(0, number)
}

/// The dead-letter queue of a queue.
fn dead_letter_queue<'a>(template: &'a Template, queue: &str) -> Option<&'a str> {
    let policy = template.properties(queue).get("RedrivePolicy")?;
    Some(attribute_of(&policy["deadLetterTargetArn"], "Arn"))
}

#[test]
fn a_message_is_hidden_for_six_time_outs_and_the_window() {
    let template = Template::read();
    for source in template.sources() {
        let needed = 6 * number(&template.properties(source.function)["Timeout"]) + window(&source);
        let visibility = number(&template.properties(source.queue)["VisibilityTimeout"]);
        assert!(visibility >= needed, "{} hides messages for {visibility} s and needs {needed}", source.queue);
    }
}

#[test]
fn only_the_messages_that_failed_come_again() {
    for source in Template::read().sources() {
        assert_eq!(source.properties["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{}", source.queue);
    }
}

#[test]
fn batches_of_more_than_ten_have_a_window() {
    for source in Template::read().sources() {
        let batch = number(&source.properties["BatchSize"]);
        assert!((1..=10_000).contains(&batch), "{}", source.queue);
        assert!(batch <= 10 || window(&source) >= 1, "{}: AWS refuses it", source.queue);
    }
}

#[test]
fn every_queue_feeds_one_function_or_is_the_output() {
    let template = Template::read();
    let sources = template.sources();
    for queue in template.named("AWS::SQS::Queue") {
        let readers = sources.iter().filter(|source| source.queue == queue).count();
        assert_eq!(readers, usize::from(queue != "OutputQueue"), "{queue}");
    }
}

#[test]
fn what_crashes_a_function_ends_in_a_queue_that_keeps_it() {
    let template = Template::read();
    let mut dead_letter_queues = 0;
    for queue in template.named("AWS::SQS::Queue") {
        let Some(dead_letters) = dead_letter_queue(&template, queue) else { continue };
        dead_letter_queues += 1;
        let (properties, of_dead_letters) = (template.properties(queue), template.properties(dead_letters));
        assert!(number(&properties["RedrivePolicy"]["maxReceiveCount"]) >= 5, "{queue}");
        // Counted from when the message was first sent.
        let retention = |properties: &serde_json::Value| number(&properties["MessageRetentionPeriod"]);
        assert!(retention(of_dead_letters) >= retention(properties), "{dead_letters}");
        let name = properties["QueueName"]["Fn::Sub"].as_str().expect("it is named");
        let arn = format!("arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}");
        let allowed = json!({"redrivePermission": "byQueue", "sourceQueueArns": [{"Fn::Sub": arn}]});
        assert_eq!(of_dead_letters["RedriveAllowPolicy"], allowed, "{dead_letters}");
        assert_eq!(template.resource(dead_letters)["DeletionPolicy"], "Retain", "{dead_letters}");
        let importer = template.sources().into_iter().find(|source| source.queue == dead_letters);
        assert_eq!(importer.expect("it is imported").function, "RunTasks", "{dead_letters}");
    }
    assert_eq!(dead_letter_queues, 4);
    for source in template.sources().iter().filter(|source| !source.queue.ends_with("DeadLetterQueue")) {
        assert!(dead_letter_queue(&template, source.queue).is_some(), "{} has no dead-letter queue", source.queue);
    }
}

#[test]
fn the_sources_of_a_function_stay_within_what_is_reserved_for_it() {
    let template = Template::read();
    let scales = template.root["Mappings"]["Concurrency"].as_object().expect("there are scales");
    assert_eq!(template.root["Parameters"]["Scale"]["AllowedValues"], json!(scales.keys().collect::<Vec<_>>()));
    for (scale, numbers) in scales {
        for function in template.functions() {
            let reserved = &template.properties(function)["ReservedConcurrentExecutions"]["Fn::If"];
            assert_eq!(reserved[0], "ReservesConcurrency");
            let mut taken = if function == "RunTasks" { TIMERS } else { 0 };
            for source in template.sources().iter().filter(|source| source.function == function) {
                let most = number(&numbers[looked_up(&source.properties["ScalingConfig"]["MaximumConcurrency"])]);
                assert!((2..=1000).contains(&most), "{scale}: {}: AWS refuses {most}", source.queue);
                taken += most;
            }
            let reserved = number(&numbers[looked_up(&reserved[1])]);
            assert!(taken <= reserved, "{scale}: {function} may be asked for {taken} and has {reserved}");
        }
    }
}

/// The second key of a look-up in the mapping `Concurrency` by the scale.
fn looked_up(value: &serde_json::Value) -> &str {
    let path = list(&value["Fn::FindInMap"]);
    assert_eq!((path[0], path[1]), (&json!("Concurrency"), &json!({"Ref": "Scale"})), "{value}");
    path[2].as_str().expect("it names a column")
}
