//! Derived identifiers (design decision 8): the same work has the same id wherever and however often it is done, so that a
//! duplicate delivery is recognised and never becomes a second life.

use super::{InstallationId, WorkId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The namespace of every UUIDv5 that hedgerow derives. Fixed for ever: another one would make duplicates of what is in flight.
const NAMESPACE: Uuid = Uuid::from_u128(0x4a1f_6c0e_93d2_5b7a_8e41_d06b_2f97_c358);

/// One unit of work: one run of one function of an installation for one event (or batch, or trigger).
#[derive(Debug, Clone, Copy)]
pub struct WorkUnit<'a> {
    /// The uuid of the event, or the id of the batch, job or trigger.
    pub subject: &'a str,
    /// The stage of the pipeline: `chain:0`, `on_event:39`, ...
    pub stage: &'a str,
    /// Whose function it is.
    pub installation: InstallationId,
    /// The function: `processEvent`, `jobs.NAME`, ...
    pub function: &'a str,
    /// Counted from 1.
    pub attempt: u32,
}

impl WorkUnit<'_> {
    /// The first 32 hex digits of a SHA-256 over all fields. Each field goes in with its length, so that no two units share
    /// a text.
    pub fn id(&self) -> WorkId {
        let installation = self.installation.to_string();
        let attempt = self.attempt.to_string();
        let mut hash = Sha256::new();
        for field in [self.subject, self.stage, &installation, self.function, &attempt] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        let digest = hash.finalize();
        let first = digest.first_chunk().expect("a SHA-256 has 32 bytes");
        WorkId(format!("{:032x}", u128::from_be_bytes(*first)))
    }
}

/// The uuid of the event at `index` of the record `message_id` (table, "event shape": a missing uuid is derived from the
/// message).
pub fn event_uuid(message_id: &str, index: usize) -> String {
    derive(&["event", message_id, &index.to_string()])
}

/// The uuid of the event that the `ordinal`-th `posthog.capture` of a unit of work sends, counted from 0.
pub fn capture_uuid(work: &WorkId, ordinal: u64) -> String {
    derive(&["capture", &work.0, &ordinal.to_string()])
}

fn derive(parts: &[&str]) -> String {
    // No part but a message id can hold a line feed, and it stands between two that cannot: the text is unambiguous.
    Uuid::new_v5(&NAMESPACE, parts.join("\n").as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit() -> WorkUnit<'static> {
        WorkUnit {
            subject: "u",
            stage: "chain:0",
            installation: InstallationId(39),
            function: "processEvent",
            attempt: 1,
        }
    }

    #[test]
    fn equal_work_has_an_equal_id_and_any_difference_another() {
        let id = unit().id();
        assert_eq!(id, unit().id());
        assert_eq!(id.0.len(), 32);
        for other in [
            WorkUnit { subject: "v", ..unit() },
            WorkUnit { stage: "chain:1", ..unit() },
            WorkUnit { installation: InstallationId(40), ..unit() },
            WorkUnit { function: "onEvent", ..unit() },
            WorkUnit { attempt: 2, ..unit() },
            WorkUnit { subject: "uc", stage: "hain:0", ..unit() },
        ] {
            assert_ne!(other.id(), id, "{other:?}");
        }
    }

    #[test]
    fn ids_never_change_between_releases() {
        assert_eq!(unit().id().0, "cb06bf01e3046c54b1c4d8917ba746ed");
        assert_eq!(event_uuid("m1", 0), "90637ab4-3d29-5e03-a8ff-bb88f0970134");
        assert_eq!(capture_uuid(&WorkId("w".into()), 3), "7b069693-4e49-59fb-bc92-7af6c3fa2e5f");
    }

    #[test]
    fn uuids_are_version_5_and_differ_by_place() {
        let uuids = [event_uuid("m", 0), event_uuid("m", 1), event_uuid("n", 0), capture_uuid(&WorkId("m".into()), 0)];
        for (place, uuid) in uuids.iter().enumerate() {
            assert_eq!(Uuid::parse_str(uuid).unwrap().get_version_num(), 5);
            assert!(!uuids[..place].contains(uuid));
        }
    }
}
