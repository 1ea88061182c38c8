//! Decoding as a whole: the forms of a record, the shape of an event, bad input.

mod bad_input;
mod forms;
mod mutations;

use super::*;
use crate::event::TeamId;
use serde_json::{Value, json};
use std::collections::HashMap;

const RECEIVED_AT: Timestamp = Timestamp(1_672_531_200_000);

fn two_teams() -> TeamDirectory {
    TeamDirectory {
        tokens: HashMap::from([("phc_one".to_owned(), TeamId(1)), ("phc_two".to_owned(), TeamId(2))]),
        only_team: None,
    }
}

fn one_team() -> TeamDirectory {
    TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) }
}

fn decode_with(body: &[u8], teams: &TeamDirectory) -> Result<DecodedEvents, DecodeError> {
    decode(body, &DecodeContext { message_id: "m1", received_at: RECEIVED_AT, teams })
}

/// The only event of a record that has one.
fn only(body: &Value) -> Value {
    let mut events = decode_with(body.to_string().as_bytes(), &one_team()).unwrap();
    assert_eq!(events.len(), 1);
    Value::Object(events.remove(0).unwrap().members)
}

fn fault(body: &Value) -> EventFault {
    decode_with(body.to_string().as_bytes(), &one_team()).unwrap().remove(0).unwrap_err().fault
}
