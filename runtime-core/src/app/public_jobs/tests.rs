//! Case 156, and each type.

use super::*;
use serde_json::json;

fn manifest() -> Manifest {
    let text = json!({"name": "Demo", "publicJobs": {
        "export": {"payload": {
            "range": {"type": "daterange", "required": true},
            "limit": {"type": "number", "default": 100, "staff_only": true},
            "mode": {"type": "string", "required": true, "default": "fast"},
            "note": {"type": "string"},
        }},
        "bare": {},
        "gone": {},
    }});
    Manifest::parse(&text.to_string(), "demo").expect("valid")
}

fn payload(name: &str, payload: Value, requester: Requester) -> Result<Value, Vec<String>> {
    let Value::Object(payload) = payload else { panic!("an object") };
    let request = JobRequest { name, payload, operation: START, job_id: "id", requester };
    let exported = ["export".to_owned(), "bare".to_owned(), "private".to_owned()];
    public_job_payload(&manifest(), &exported, request)
        .map(Value::Object)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn range() -> Value {
    json!(["2023-01-01", "2023-01-31T12:00:00Z"])
}

#[test]
fn case_156_a_valid_request_is_the_payload_with_operation_and_job_id() {
    assert_eq!(
        payload("export", json!({"range": range(), "note": "n"}), Requester::User),
        Ok(
            json!({"range": range(), "note": "n", "limit": 100, "mode": "fast", "$operation": "start", "$job_id": "id"})
        )
    );
    assert_eq!(payload("bare", json!({}), Requester::User), Ok(json!({"$operation": "start", "$job_id": "id"})));
}

#[test]
fn case_156_each_violation_is_told_with_what_to_do() {
    let empty = Manifest { name: "Demo".into(), ..Manifest::default() };
    let request =
        JobRequest { name: "x", payload: Map::new(), operation: START, job_id: "id", requester: Requester::User };
    let none = public_job_payload(&empty, &["x".to_owned()], request).expect_err("it lists no job");
    assert_eq!(none, [JobProblem::NoPublicJobs { app: "Demo".into() }]);
    for (name, given, expected) in [
        ("other", json!({}), r#"there is no public job "other"; choose one of "export", "bare", "gone""#),
        ("private", json!({}), r#"there is no public job "private"; choose one of "export", "bare", "gone""#),
        (
            "gone",
            json!({}),
            r#"plugin.json lists the job "gone", but the app does not export it under jobs; correct the app"#,
        ),
        (
            "export",
            json!({}),
            r#""range" is required; give it in the payload as a list of two dates, the earlier first, such as ["2023-01-01", "2023-01-31"]"#,
        ),
        (
            "export",
            json!({"range": range(), "extra": 1}),
            r#""extra" is nothing that this job takes; leave it out (it takes "range", "limit", "mode", "note")"#,
        ),
        (
            "bare",
            json!({"$operation": "stop"}),
            r#""$operation" is nothing that this job takes; leave it out (it takes nothing)"#,
        ),
        (
            "export",
            json!({"range": range(), "limit": 7}),
            r#""limit" may be given by the operator's staff only; leave it out, or start the job as staff"#,
        ),
        ("export", json!({"range": range(), "mode": 1}), r#""mode" is a number; give a text"#),
    ] {
        assert_eq!(payload(name, given, Requester::User), Err(vec![expected.to_owned()]), "{name}");
    }
}

#[test]
fn case_156_all_violations_are_told_at_once() {
    let problems = payload("export", json!({"extra": 1, "note": true}), Requester::User).expect_err("three problems");
    assert_eq!(problems.len(), 3, "{problems:?}");
}

#[test]
fn case_156_staff_may_give_what_others_may_only_leave_as_it_is() {
    let of = |limit: i64, requester| payload("export", json!({"range": range(), "limit": limit}), requester);
    assert_eq!(of(7, Requester::Staff).expect("staff may")["limit"], 7);
    assert_eq!(of(100, Requester::User).expect("it is the default")["limit"], 100);
    assert!(of(7, Requester::User).is_err());
}

#[test]
fn each_type_takes_its_values_and_no_others() {
    let takes = |kind: &str, value: &Value| {
        let field = JobField { key: "key".into(), kind: Some(kind.into()), ..JobField::default() };
        problem_with(&field, Some(value), Requester::User).is_none()
    };
    for (kind, right, wrong) in [
        ("string", vec![json!(""), json!("a")], vec![json!(1), json!(["a"])]),
        ("number", vec![json!(0), json!(-1.5)], vec![json!("1"), json!(true)]),
        ("boolean", vec![json!(false)], vec![json!(0), json!("true")]),
        ("json", vec![json!({"a": [1]}), json!("a"), json!(1)], vec![]),
        ("date", vec![json!("2023-01-31"), json!("2023-01-31T12:00:00+02:00")], vec![json!("soon"), json!(0)]),
        (
            "daterange",
            vec![range(), json!(["2023-01-01", "2023-01-01"])],
            vec![
                json!(["2023-01-02", "2023-01-01"]),
                json!(["2023-01-01"]),
                json!("2023-01-01"),
                json!(["2023-01-01", 1]),
            ],
        ),
        ("choice", vec![json!(1)], vec![]),
    ] {
        for value in right {
            assert!(takes(kind, &value), "{kind}: {value}");
        }
        for value in wrong {
            assert!(!takes(kind, &value), "{kind}: {value}");
        }
        assert!(takes(kind, &Value::Null), "{kind} is not required");
    }
}

#[test]
fn null_is_no_value() {
    let filled = payload("export", json!({"range": range(), "mode": null}), Requester::User).expect("it has a default");
    assert_eq!(filled["mode"], "fast");
    assert!(payload("export", json!({"range": null}), Requester::User).is_err());
}

#[test]
fn a_job_id_is_a_random_uuid() {
    assert_eq!(new_job_id([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}
