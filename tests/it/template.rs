//! template.yaml against the code: the names that the functions read, the tables that the adapter defines, the programs. Everything
//! else that the template has to keep to is checked by infra/lint.py.

mod functions;
mod release;
mod storage;

use serde_json::{Map, Value, json};
use std::path::Path;

/// The template as JSON: `!Ref X` is `{"Ref": "X"}`, `!GetAtt A.B` is `{"Fn::GetAtt": "A.B"}`.
struct Template {
    root: Value,
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
}
