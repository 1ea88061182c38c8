//! template.yaml: the numbers that belong together, the names that the functions read, and what they may do. What any linter
//! knows is left to infra/lint.py.

mod access;
mod functions;
mod queues;
mod storage;

use serde_json::{Map, Value, json};
use std::path::Path;

/// The template as JSON: `!Ref X` is `{"Ref": "X"}`, `!GetAtt A.B` is `{"Fn::GetAtt": "A.B"}`.
struct Template {
    root: Value,
}

/// A queue that feeds a function.
struct Source<'a> {
    function: &'a str,
    /// The resource of the queue.
    queue: &'a str,
    /// The properties of the mapping.
    properties: &'a Value,
}

impl Template {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let text = std::fs::read_to_string(path).expect("the template is readable");
        Self { root: to_json(serde_norway::from_str(&text).expect("the template is YAML")) }
    }

    /// A resource as a whole.
    fn resource(&self, name: &str) -> &Value {
        let resource = &self.root["Resources"][name];
        assert!(resource.is_object(), "there is no resource {name}");
        resource
    }

    /// The properties of a resource.
    fn properties(&self, name: &str) -> &Value {
        &self.resource(name)["Properties"]
    }

    /// The names of all resources of a type, as the template orders them.
    fn named(&self, kind: &str) -> Vec<&str> {
        let resources = self.root["Resources"].as_object().expect("there are resources");
        let found: Vec<_> = resources.iter().filter(|(_, resource)| resource["Type"] == kind).collect();
        assert!(!found.is_empty(), "there is no {kind}");
        found.into_iter().map(|(name, _)| name.as_str()).collect()
    }

    fn functions(&self) -> Vec<&str> {
        self.named("AWS::Serverless::Function")
    }

    /// Every queue that feeds a function.
    fn sources(&self) -> Vec<Source<'_>> {
        let events = |function| {
            let events = self.properties(function)["Events"].as_object().expect("something invokes it");
            events.values().filter(|event| event["Type"] == "SQS").map(move |event| (function, &event["Properties"]))
        };
        let sources = self.functions().into_iter().flat_map(events).map(|(function, properties)| Source {
            function,
            queue: attribute_of(&properties["Queue"], "Arn"),
            properties,
        });
        sources.collect()
    }
}

/// The resource whose attribute a value is.
fn attribute_of<'a>(value: &'a Value, attribute: &str) -> &'a str {
    let path = value["Fn::GetAtt"].as_str().unwrap_or_default();
    let resource = path.strip_suffix(attribute).and_then(|path| path.strip_suffix('.'));
    resource.unwrap_or_else(|| panic!("{value} is no {attribute} of a resource"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A list, or the one thing in its place.
fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn to_json(value: serde_norway::Value) -> Value {
    use serde_norway::Value as Yaml;
    match value {
        Yaml::Sequence(items) => items.into_iter().map(to_json).collect(),
        Yaml::Mapping(entries) => {
            let entries = entries.into_iter().map(|(key, value)| {
                let key = key.as_str().expect("keys are text").to_owned();
                (key, to_json(value))
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = tag.trim_start_matches('!');
            let function = if name == "Ref" { name.to_owned() } else { format!("Fn::{name}") };
            json!({ function: to_json(tagged.value) })
        }
        plain => serde_json::to_value(plain).expect("it is a scalar"),
    }
}

#[test]
fn short_forms_are_read() {
    let value =
        to_json(serde_norway::from_str("{a: !Ref X, b: [!GetAtt Y.Arn, 1], c: !If [d, !Sub e, null]}").unwrap());
    let expected =
        json!({"a": {"Ref": "X"}, "b": [{"Fn::GetAtt": "Y.Arn"}, 1], "c": {"Fn::If": ["d", {"Fn::Sub": "e"}, null]}});
    assert_eq!(value, expected);
    assert_eq!(attribute_of(&value["b"][0], "Arn"), "Y");
}
