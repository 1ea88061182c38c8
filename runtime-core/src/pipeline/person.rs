//! `$set` and `$set_once` after the chain: an app may set either the event's own or those in its properties, and both reach the
//! person (behaviour.md c.2, case 90).

use crate::event::PluginEvent;
use serde_json::{Map, Value};

/// Makes top level and properties agree. Where an app changed the top level, its value wins; otherwise that of the properties,
/// into which the incoming top level was merged before the chain.
pub(super) fn settle(original: &PluginEvent, event: &mut PluginEvent) {
    for name in ["$set", "$set_once"] {
        let Some(Value::Object(top_level)) = event.members.get(name).cloned() else { continue };
        let before = original.members.get(name).and_then(Value::as_object);
        let in_properties = event.properties_mut().entry(name).or_insert_with(|| Map::new().into());
        let Some(in_properties) = in_properties.as_object_mut() else { continue };
        for (key, value) in &top_level {
            let was_changed = before.and_then(|before| before.get(key)) != Some(value);
            if was_changed || !in_properties.contains_key(key) && before.is_none() {
                in_properties.insert(key.clone(), value.clone());
            }
        }
        let settled: Map<String, Value> = top_level
            .keys()
            .filter_map(|key| in_properties.get(key).map(|value| (key.clone(), value.clone())))
            .collect();
        event.members.insert(name.into(), settled.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(value: Value) -> PluginEvent {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn what_an_app_sets_wins_wherever_it_sets_it() {
        let original = event(json!({"$set": {"a": 1, "b": 1}, "properties": {"$set": {"a": 1, "b": 1}}}));
        let mut event = event(json!({"$set": {"a": 2, "b": 1, "c": 3}, "properties": {"$set": {"a": 1, "b": 5}}}));
        settle(&original, &mut event);
        assert_eq!(event.members["properties"]["$set"], json!({"a": 2, "b": 5, "c": 3}));
        assert_eq!(event.members["$set"], json!({"a": 2, "b": 5, "c": 3}));
    }

    #[test]
    fn what_an_app_takes_away_stays_away() {
        let original = event(json!({"$set": {"a": 1}, "properties": {"$set": {"a": 1}}}));
        let mut changed = event(json!({"$set": {"a": 1}, "properties": {"$set": {}}}));
        settle(&original, &mut changed);
        assert_eq!(changed.members["$set"], json!({}));
    }
}
