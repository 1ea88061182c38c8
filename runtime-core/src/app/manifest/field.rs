//! The `config` of plugin.json: what an installation can be given.

use serde_json::{Map, Value};

use super::read::Reader;

/// One field of the form that an installation fills in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigField {
    /// The key under which the app finds the value; None for display text.
    pub key: Option<String>,
    /// The field's title.
    pub name: Option<String>,
    /// What values it takes.
    pub kind: FieldKind,
    /// The value for an installation that has none.
    pub default: Option<Value>,
    /// A line of help.
    pub hint: Option<String>,
    /// Text to show, alone or above the field.
    pub markdown: Option<String>,
    /// Whether an installation must have a value.
    pub required: bool,
    /// Whether the value is shown to nobody but the app.
    pub secret: bool,
    /// The values of a `choice`.
    pub choices: Vec<String>,
    /// Place in the form, for a config that is an object.
    pub order: Option<f64>,
    /// A value is required if all of these hold, and there is at least one.
    pub required_if: Vec<Condition>,
    /// The field is shown only if all of these hold.
    pub visible_if: Vec<Condition>,
    /// Whether the value may be given to a web site (`site.ts`).
    pub site: bool,
}

/// The type of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Text; also a field without a type.
    #[default]
    String,
    /// A file; it goes to `meta.attachments`, not to the config.
    Attachment,
    /// One of `choices`.
    Choice,
    /// Text that holds JSON.
    Json,
    /// A type that we do not know: any value goes.
    Unknown(String),
}

/// A condition on another field.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The other field's key.
    pub key: String,
    /// The value that it must have; None: any but an empty one.
    pub value: Option<Value>,
}

/// Reads `config`, a list or an object keyed by field (then sorted by `order`, without one last).
pub(super) fn read_fields(
    config: Option<Value>,
    problems: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Vec<ConfigField> {
    let mut fields = Vec::new();
    match config {
        None => {}
        Some(Value::Array(entries)) => {
            for (index, entry) in entries.into_iter().enumerate() {
                fields.extend(read_entry(None, &format!("config[{index}]"), entry, (problems, warnings)));
            }
        }
        Some(Value::Object(entries)) => {
            for (key, entry) in entries {
                let place = format!("config field \"{key}\"");
                fields.extend(read_entry(Some(key), &place, entry, (problems, warnings)));
            }
            fields.sort_by(|left, right| {
                let order = |field: &ConfigField| field.order.unwrap_or(f64::INFINITY);
                order(left).total_cmp(&order(right))
            });
        }
        Some(other) => problems.push(format!("config must be a list or an object, not {other}")),
    }
    for (index, field) in fields.iter().enumerate() {
        if field.key.is_some() && fields[..index].iter().any(|earlier| earlier.key == field.key) {
            problems.push(format!("config field \"{}\" appears twice", field.key.as_deref().unwrap_or_default()));
        }
    }
    fields
}

/// Reads one entry; the last argument is where problems and warnings go.
fn read_entry(
    key: Option<String>,
    place: &str,
    entry: Value,
    (problems, warnings): (&mut Vec<String>, &mut Vec<String>),
) -> Option<ConfigField> {
    let Value::Object(keys) = entry else {
        problems.push(format!("{place} must be an object, not {entry}"));
        return None;
    };
    let (field, more) = read_field(key, place, keys);
    problems.extend(field.problems(place));
    warnings.extend(more);
    Some(field)
}

fn read_field(key: Option<String>, place: &str, keys: Map<String, Value>) -> (ConfigField, Vec<String>) {
    let mut reader = Reader::new(place, keys);
    let own_key = reader.text("key").filter(|key| !key.is_empty());
    let field = ConfigField {
        key: key.or(own_key),
        name: reader.text("name"),
        kind: FieldKind::named(reader.text("type").as_deref()),
        default: reader.take("default"),
        hint: reader.text("hint"),
        markdown: reader.text("markdown"),
        required: reader.flag("required"),
        secret: reader.flag("secret"),
        choices: read_choices(&mut reader),
        order: read_order(&mut reader),
        required_if: read_conditions(&mut reader, "required_if"),
        visible_if: read_conditions(&mut reader, "visible_if"),
        site: reader.flag("site"),
    };
    (field, reader.finish())
}

fn read_choices(reader: &mut Reader) -> Vec<String> {
    match reader.take("choices") {
        None => Vec::new(),
        Some(Value::Array(choices)) if choices.iter().all(Value::is_string) => {
            choices.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(other) => {
            reader.mismatch("choices", "a list of strings", &other);
            Vec::new()
        }
    }
}

fn read_order(reader: &mut Reader) -> Option<f64> {
    let order = reader.take("order")?;
    if order.as_f64().is_none() {
        reader.mismatch("order", "a number", &order);
    }
    order.as_f64()
}

/// A list of `[field, value]`; without a value, the field must not be empty.
fn read_conditions(reader: &mut Reader, name: &str) -> Vec<Condition> {
    let Some(value) = reader.take(name) else { return Vec::new() };
    let read = |pair: &Value| {
        let pair = pair.as_array().filter(|pair| pair.len() <= 2)?;
        let key = pair.first()?.as_str()?.to_owned();
        Some(Condition { key, value: pair.get(1).filter(|value| !value.is_null()).cloned() })
    };
    let conditions = value.as_array().and_then(|pairs| pairs.iter().map(read).collect());
    conditions.unwrap_or_else(|| {
        reader.mismatch(name, "a list of [field, value]", &value);
        Vec::new()
    })
}

impl FieldKind {
    fn named(name: Option<&str>) -> Self {
        match name {
            None | Some("string") => Self::String,
            Some("attachment") => Self::Attachment,
            Some("choice") => Self::Choice,
            Some("json") => Self::Json,
            Some(other) => Self::Unknown(other.to_owned()),
        }
    }
}

impl ConfigField {
    fn problems(&self, place: &str) -> Vec<String> {
        let mut problems = Vec::new();
        if self.key.is_none() && self.markdown.is_none() {
            problems.push(format!("{place} has no key: give it one, or only markdown"));
        }
        let name = self.key.as_deref().map_or_else(|| place.to_owned(), |key| format!("config field \"{key}\""));
        match &self.kind {
            FieldKind::Unknown(kind) => {
                problems.push(format!("{name} has the unknown type \"{kind}\": use string, attachment, choice or json"))
            }
            FieldKind::Choice if self.choices.is_empty() => {
                problems.push(format!("{name} is a choice without choices: list them as strings"));
            }
            FieldKind::Choice if self.secret => {
                problems.push(format!("{name} is a choice and cannot be secret: its values are in plugin.json"));
            }
            _ => {}
        }
        problems
    }
}
