//! Thousands of damaged records: decoding never panics, accounts for every event, and is done after once.

use super::*;

/// The same sequence in every run (xorshift64), so that a failure can be looked at again.
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 7 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.next().is_multiple_of(2)),
            2 => json!(self.next()),
            3 => json!(f64::from_bits(self.next())),
            4 => json!("2023-01-01T00:00:00+01:00"),
            5 => {
                json!(["", "d", "\u{0}", "\u{1f600}", "phc_one", "017ef865-19da-0000-3b60-1506093bf40f"][self.below(6)])
            }
            6 => json!(-1),
            7 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => self.object(depth - 1),
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        const NAMES: [&str; 22] = [
            "event",
            "distinct_id",
            "properties",
            "uuid",
            "team_id",
            "token",
            "api_key",
            "timestamp",
            "sent_at",
            "now",
            "offset",
            "ip",
            "site_url",
            "$set",
            "$set_once",
            "$ip",
            "$sent_at",
            "$plugins_failed",
            "utm_source",
            "$elements",
            "$elements_chain",
            "x",
        ];
        let members = (0..self.below(12)).map(|_| (NAMES[self.below(NAMES.len())].to_owned(), self.value(depth)));
        Value::Object(members.collect())
    }

    fn event(&mut self) -> Value {
        let mut event = self.object(3);
        if self.below(4) > 0 {
            event["event"] = json!("E");
            event["distinct_id"] = self.value(1);
        }
        event
    }
}

#[test]
fn every_event_of_a_record_is_accounted_for_and_decoding_again_changes_nothing() {
    let mut sequence = Sequence(0x5eed);
    let mut usable = 0;
    for _ in 0..2_000 {
        let events: Vec<Value> = (0..sequence.below(5))
            .map(|_| if sequence.below(8) == 0 { sequence.value(2) } else { sequence.event() })
            .collect();
        let body = match sequence.below(3) {
            0 => json!(events),
            1 => json!({"api_key": "phc_two", "sent_at": sequence.value(0), "batch": events}),
            _ => json!({"token": sequence.value(0), "data": Value::Array(events.clone()).to_string()}),
        };
        let decoded = decode_with(body.to_string().as_bytes(), &one_team()).unwrap();
        assert_eq!(decoded.len(), events.len(), "{body}");
        for (event, original) in decoded.into_iter().zip(&events) {
            let Ok(event) = event else { continue };
            usable += 1;
            let record = serde_json::to_vec(&event).unwrap();
            let again = decode_with(&record, &one_team()).unwrap().remove(0).unwrap();
            assert_eq!(again, event, "from {original}");
            let _ = (crate::event::processed_event(&event), crate::event::webhook_event(&event));
        }
    }
    assert!(usable > 1_000, "only {usable} events were usable: the generator is off");
}

#[test]
fn damaged_bytes_never_panic() {
    let mut sequence = Sequence(0xb17e5);
    let mut refused = 0;
    for _ in 0..5_000 {
        let mut bytes = json!({"batch": [sequence.event(), sequence.event()], "data": sequence.event().to_string()})
            .to_string()
            .into_bytes();
        for _ in 0..=sequence.below(3) {
            let position = sequence.below(bytes.len());
            match sequence.below(4) {
                0 => bytes.truncate(position.max(1)),
                1 => bytes[position] = sequence.next().to_le_bytes()[0],
                2 => bytes.insert(position, b"\"\\{}[],:u\x00\xff"[sequence.below(11)]),
                _ => bytes.splice(position..position, *b"\\ud800").for_each(drop),
            }
        }
        refused += usize::from(decode_with(&bytes, &two_teams()).is_err());
    }
    assert!((500..5_000).contains(&refused), "{refused} of 5000 were refused: the damage is off");
}
