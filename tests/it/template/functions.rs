//! Functions: what they are told, and what invokes them.

use super::Template;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What every function is told, and how the template says it.
const VARIABLES: [(&str, &str); 23] = [
    ("HEDGEROW_CACHE_TABLE", r#"{"Ref":"CacheTable"}"#),
    ("HEDGEROW_STORAGE_TABLE", r#"{"Ref":"StorageTable"}"#),
    ("HEDGEROW_DEAD_LETTERS_TABLE", r#"{"Ref":"DeadLettersTable"}"#),
    ("HEDGEROW_DUE_TABLE", r#"{"Ref":"DueTable"}"#),
    ("HEDGEROW_DOCUMENTS_TABLE", r#"{"Ref":"DocumentsTable"}"#),
    ("HEDGEROW_REGISTRY_TABLE", r#"{"Ref":"RegistryTable"}"#),
    ("HEDGEROW_BUCKET", r#"{"Ref":"Bucket"}"#),
    ("HEDGEROW_EVENTS_QUEUE_URL", r#"{"Ref":"EventsQueue"}"#),
    ("HEDGEROW_CONTINUATIONS_QUEUE_URL", r#"{"Ref":"ContinuationsQueue"}"#),
    ("HEDGEROW_EXPORTS_QUEUE_URL", r#"{"Ref":"ExportsQueue"}"#),
    ("HEDGEROW_JOBS_QUEUE_URL", r#"{"Ref":"JobsQueue"}"#),
    ("HEDGEROW_SINK", r#"{"Ref":"Sink"}"#),
    ("HEDGEROW_OUTPUT_QUEUE_URL", r#"{"Ref":"OutputQueue"}"#),
    ("HEDGEROW_POSTHOG_HOST", r#"{"Fn::If":["HasPostHogHost",{"Ref":"PostHogHost"},{"Ref":"AWS::NoValue"}]}"#),
    ("HEDGEROW_POSTHOG_TOKEN", r#"{"Fn::If":["HasPostHogToken",{"Ref":"PostHogToken"},{"Ref":"AWS::NoValue"}]}"#),
    (
        "HEDGEROW_POSTHOG_PERSONAL_KEY",
        r#"{"Fn::If":["HasPostHogPersonalKey",{"Ref":"PostHogPersonalKey"},{"Ref":"AWS::NoValue"}]}"#,
    ),
    ("HEDGEROW_NOTIFICATIONS_TOPIC_ARN", r#"{"Ref":"NotificationsTopic"}"#),
    ("HEDGEROW_IDEMPOTENCY", r#"{"Ref":"Idempotency"}"#),
    (
        "HEDGEROW_INSTALLATIONS",
        r#"{"Fn::If":["HasInstallationsKey",{"Ref":"InstallationsKey"},{"Ref":"AWS::NoValue"}]}"#,
    ),
    (
        "HEDGEROW_GEOIP",
        r#"{"Fn::If":["HasGeoIp",{"Fn::Sub":["arn:${AWS::Partition}:s3:::${In}/${GeoIpObject}",{"In":{"Fn::If":["HasGeoIpBucket",{"Ref":"GeoIpBucket"},{"Ref":"Bucket"}]}}]},{"Ref":"AWS::NoValue"}]}"#,
    ),
    ("HEDGEROW_GEOIP_SHA256", r#"{"Fn::If":["HasGeoIpSha256",{"Ref":"GeoIpSha256"},{"Ref":"AWS::NoValue"}]}"#),
    ("HEDGEROW_METRICS_NAMESPACE", r#"{"Fn::Sub":"hedgerow/${AWS::StackName}"}"#),
    ("HEDGEROW_APP_METRICS", r#"{"Ref":"AppMetrics"}"#),
];

/// What `process-events` is told besides.
const OF_PROCESS_EVENTS: [&str; 3] =
    ["HEDGEROW_RECORD_CONCURRENCY", "HEDGEROW_START_MARGIN_SECONDS", "HEDGEROW_ANSWER_MARGIN_MS"];

fn names(variables: &Value) -> BTreeSet<&str> {
    variables.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn functions_are_told_what_they_read() {
    let template = Template::read();
    let common = &template.root["Globals"]["Function"]["Environment"]["Variables"];
    for (name, value) in VARIABLES {
        assert_eq!(common[name].to_string(), value, "{name}");
    }
    assert_eq!(names(common), VARIABLES.map(|(name, _)| name).into());
    for function in template.functions() {
        let own = names(&template.properties(function)["Environment"]["Variables"]);
        let expected: &[&str] = if function == "ProcessEvents" { &OF_PROCESS_EVENTS } else { &[] };
        assert_eq!(own, expected.iter().copied().collect(), "{function}");
    }
}

#[test]
fn what_the_adapter_reads_is_among_the_variables() {
    use adapter_aws::names::{
        BUCKET, CACHE_TABLE, CONTINUATIONS_QUEUE_URL, DEAD_LETTERS_TABLE, DOCUMENTS_TABLE, DUE_TABLE, EVENTS_QUEUE_URL,
        EXPORTS_QUEUE_URL, JOBS_QUEUE_URL, NOTIFICATIONS_TOPIC_ARN, OUTPUT_QUEUE_URL, STORAGE_TABLE,
    };
    let tables = [CACHE_TABLE, STORAGE_TABLE, DEAD_LETTERS_TABLE, DUE_TABLE, DOCUMENTS_TABLE];
    let queues = [EVENTS_QUEUE_URL, CONTINUATIONS_QUEUE_URL, EXPORTS_QUEUE_URL, JOBS_QUEUE_URL, OUTPUT_QUEUE_URL];
    let read = tables.into_iter().chain(queues).chain([BUCKET, NOTIFICATIONS_TOPIC_ARN]);
    for name in read {
        assert!(VARIABLES.iter().any(|(known, _)| *known == name), "{name}");
    }
}

#[test]
fn every_function_is_a_binary_of_its_own_for_amazon_linux_2023() {
    let template = Template::read();
    let common = &template.root["Globals"]["Function"];
    assert_eq!(common["Runtime"], "provided.al2023");
    assert_eq!(common["Architectures"], json!([{"Ref": "Architecture"}]));
    for (function, binary, seconds) in [
        ("ProcessEvents", "process-events", 120),
        ("ExportEvents", "export-events", 900),
        ("RunTasks", "run-tasks", 900),
    ] {
        let metadata = json!({"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": binary}});
        assert_eq!(template.resource(function)["Metadata"], metadata);
        let properties = template.properties(function);
        // The package's own folder: in the root of the workspace cargo would look for the binary among the default members.
        assert_eq!(properties["CodeUri"], format!("functions/{binary}"));
        assert_eq!(properties["FunctionName"], json!({"Fn::Sub": format!("${{AWS::StackName}}-{binary}")}));
        assert_eq!(properties["Timeout"], seconds, "{function}");
        assert_eq!(properties["Role"], json!({"Fn::GetAtt": format!("{function}Role.Arn")}));
    }
    assert_eq!(template.functions().len(), 3);
}

#[test]
fn rules_say_what_the_function_reads_from_their_names() {
    let template = Template::read();
    let run_tasks = template.properties("RunTasks");
    let rules: Vec<_> = run_tasks["Events"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, event)| event["Type"] == "Schedule")
        .map(|(_, event)| {
            let properties = &event["Properties"];
            // An input of its own would take the place of the envelope, with the rule's name and the time in it.
            assert!(properties.get("Input").is_none(), "{properties}");
            (properties["Name"]["Fn::Sub"].as_str().unwrap_or(""), properties["Schedule"].as_str().unwrap_or(""))
        })
        .collect();
    let expected = [
        ("${AWS::StackName}-every-minute", "rate(1 minute)"),
        ("${AWS::StackName}-every-hour", "cron(0 * * * ? *)"),
        ("${AWS::StackName}-every-day", "cron(0 0 * * ? *)"),
    ];
    assert_eq!(rules, expected);
    assert_eq!(run_tasks["EventInvokeConfig"]["MaximumRetryAttempts"], 0);
}

/// What a line of the metric looks like, `lambda-common` tests.
#[test]
fn what_is_counted_of_disabled_apps_is_what_the_alarm_watches() {
    let template = Template::read();
    let alarm = template.properties("AppDisabledAlarm");
    assert_eq!(alarm["MetricName"], "disabled_apps");
    assert!(alarm.get("Dimensions").is_none(), "it is the stack's own");
    let watched = (&alarm["Statistic"], &alarm["Threshold"], &alarm["Period"], &alarm["EvaluationPeriods"]);
    assert_eq!(watched, (&json!("Maximum"), &json!(0), &json!(300), &json!(1)));
    assert_eq!(alarm["TreatMissingData"], "ignore", "it stays as it is while nobody counts");
}
