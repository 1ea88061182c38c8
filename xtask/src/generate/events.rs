//! The events of an imaginary shop, as posthog-js sends them.

use super::people::Person;
use super::random::Random;
use super::timestamp::{MONTH_MILLISECONDS, iso};
use serde_json::{Map, Value, json};

const SITE: &str = "https://shop.example.com";
const PAGES: [(&str, &str); 6] = [
    ("/", "Garden shop"),
    ("/pricing", "Pricing | Garden shop"),
    ("/products/spade-with-ash-handle", "Spade with ash handle | Garden shop"),
    ("/products/watering-can-10-litres", "Watering can, 10 litres | Garden shop"),
    ("/checkout/address", "Your address | Garden shop"),
    ("/blog/when-to-prune-apple-trees", "When to prune apple trees | Garden shop"),
];
const SOURCES: [(&str, &str, &str); 4] = [
    ("google", "cpc", "spring-garden-tools"),
    ("newsletter", "email", "january-letter"),
    ("partner.example.net", "referral", "tools-of-the-month"),
    ("fediverse", "social", "pruning-article"),
];

/// The events of a seed, in the order of time.
pub struct Events {
    seed: u64,
    count: u64,
    next: u64,
}

impl Events {
    /// `count` events spread over January 2023.
    pub fn new(seed: u64, count: u64) -> Self {
        Self { seed, count, next: 0 }
    }
}

impl Iterator for Events {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if self.next >= self.count {
            return None;
        }
        let index = self.next;
        self.next += 1;
        Some(event(self.seed, index, self.count))
    }
}

fn event(seed: u64, index: u64, count: u64) -> Value {
    let mut random = Random::new(seed, index);
    let people = (count / 8).max(5);
    let person = Person::new(seed, random.below(people));
    // Divided first: a product of the two would overflow for many events.
    let happened = MONTH_MILLISECONDS / count.max(1) * index + random.below(1000);

    let mut properties = Map::new();
    properties.insert("token".to_owned(), json!("phc_example"));
    properties.insert("distinct_id".to_owned(), json!(person.distinct_id));
    properties.append(&mut person.properties());
    properties.append(&mut page(&mut random));
    let name = match random.below(10) {
        0..5 => pageview(&mut random, &mut properties),
        5..8 => autocapture(&mut random, &mut properties),
        _ => order(&mut random, &mut properties),
    };
    properties.insert("$insert_id".to_owned(), json!(random.token(16).to_lowercase()));
    let mut event = json!({
        "uuid": random.uuid(),
        "event": name,
        "distinct_id": person.distinct_id,
        "ip": person.address,
        "site_url": SITE,
        "timestamp": iso(happened),
        "sent_at": iso(happened + 900),
        "now": iso(happened + 1_100),
        "properties": properties,
    });
    if person.is_customer && random.chance(50) {
        event["$set"] =
            json!({ "plan": random.pick(&["free", "gardener", "nursery"]), "newsletter": random.chance(50) });
        event["$set_once"] = json!({ "first_seen_on": "shop" });
    }
    event
}

/// Where the visitor is, and whence the visitor came.
fn page(random: &mut Random) -> Map<String, Value> {
    let (path, title) = random.pick(&PAGES);
    let mut properties = Map::new();
    let mut query = format!("ref={}", random.token(8));
    if random.chance(40) {
        let (source, medium, campaign) = random.pick(&SOURCES);
        query = format!("utm_source={source}&utm_medium={medium}&utm_campaign={campaign}&{query}");
        for (key, value) in [("utm_source", source), ("utm_medium", medium), ("utm_campaign", campaign)] {
            properties.insert(key.to_owned(), json!(value));
        }
    }
    let is_direct = random.chance(50);
    for (key, value) in [
        ("$current_url", format!("{SITE}{path}?{query}")),
        ("$host", "shop.example.com".to_owned()),
        ("$pathname", (*path).to_owned()),
        ("title", (*title).to_owned()),
        ("$referrer", if is_direct { "$direct".to_owned() } else { "https://search.example.org/".to_owned() }),
        ("$referring_domain", if is_direct { "$direct".to_owned() } else { "search.example.org".to_owned() }),
    ] {
        properties.insert(key.to_owned(), json!(value));
    }
    properties
}

fn pageview(random: &mut Random, properties: &mut Map<String, Value>) -> &'static str {
    properties.insert("$active_feature_flags".to_owned(), json!(["new-checkout", "winter-banner"]));
    properties.insert("$feature/new-checkout".to_owned(), json!(random.pick(&["control", "test"])));
    properties.insert("$feature/winter-banner".to_owned(), json!(true));
    "$pageview"
}

fn autocapture(random: &mut Random, properties: &mut Map<String, Value>) -> &'static str {
    let text = random.pick(&["Add to basket", "Buy now", "Read more", "Send"]);
    let position = 1 + random.below(5);
    properties.insert("$event_type".to_owned(), json!("click"));
    properties.insert("$ce_version".to_owned(), json!(1));
    properties.insert(
        "$elements".to_owned(),
        json!([
            { "tag_name": "button", "$el_text": text, "classes": ["button", "is-primary"], "attr__class": "button is-primary",
              "nth_child": position, "nth_of_type": 1 },
            { "tag_name": "form", "attr__id": "basket", "nth_child": 2, "nth_of_type": 1 },
            { "tag_name": "body", "nth_child": 2, "nth_of_type": 1 },
        ]),
    );
    "$autocapture"
}

fn order(random: &mut Random, properties: &mut Map<String, Value>) -> &'static str {
    let name = *random.pick(&["order placed", "basket changed", "search performed"]);
    let pence = 495 + random.below(20_000);
    properties.insert("order_id".to_owned(), json!(format!("o-{}", random.token(10))));
    properties.insert("currency".to_owned(), json!(random.pick(&["EUR", "GBP", "SEK"])));
    properties.insert("total".to_owned(), json!(format!("{}.{:02}", pence / 100, pence % 100)));
    let skus: Vec<String> = (0..=random.below(3)).map(|_| format!("sku-{}", random.token(6))).collect();
    properties.insert("items".to_owned(), json!(skus));
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_mean_length_of_a_line_is_about_1400_bytes() {
        let total: usize = Events::new(1, 2_000).map(|event| event.to_string().len() + 1).sum();
        let mean = total / 2_000;
        assert!((1_300..=1_500).contains(&mean), "{mean}");
    }

    #[test]
    fn equal_seeds_give_equal_events_and_unequal_ones_do_not() {
        let take = |seed| Events::new(seed, 50).collect::<Vec<_>>();
        assert_eq!(take(9), take(9));
        assert_ne!(take(9), take(10));
    }

    #[test]
    fn events_vary_and_have_what_the_pipeline_asks_for() {
        let events: Vec<Value> = Events::new(1, 500).collect();
        let text = |key: &'static str| events.iter().map(move |event| event[key].as_str().expect("a text").to_owned());
        assert_eq!(text("uuid").collect::<BTreeSet<_>>().len(), 500, "uuids are unique");
        let names: BTreeSet<String> = text("event").collect();
        assert!(
            names.contains("$pageview") && names.contains("$autocapture") && names.contains("order placed"),
            "{names:?}"
        );
        assert!(text("timestamp").collect::<Vec<_>>().is_sorted(), "events come in the order of time");
        assert!(
            events.iter().any(|event| event["$set"].is_object()) && events.iter().any(|event| event["$set"].is_null())
        );
        for event in &events {
            assert_eq!(event["properties"]["$ip"], event["ip"]);
            assert!(event["properties"]["$current_url"].as_str().is_some_and(|url| url.contains('?')));
        }
    }
}
