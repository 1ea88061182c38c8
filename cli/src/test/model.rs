//! What a case file says (`docs` call it case files; the format is fixed, later versions only add keys).

use super::network::Mock;
use adapter_local::cache::CacheEntry;
use runtime_core::host::PosthogAccess;
use runtime_core::installation::Attachment;
use runtime_core::isolate::Function;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::geoip::GeoIp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One case: an app, how it is installed, what it finds, what it is called with, and what is expected of it.
pub struct Case {
    /// For the report.
    pub name: String,
    /// The stored config, verbatim.
    pub config: Map<String, Value>,
    /// Whether the defaults of plugin.json go first.
    pub defaults: bool,
    /// Files by key.
    pub attachments: BTreeMap<String, Attachment>,
    /// Where the clock stands at first.
    pub now: Timestamp,
    /// What everything random derives from.
    pub seed: u64,
    /// What storage holds at first, decoded.
    pub storage: Map<String, Value>,
    /// What the cache holds at first.
    pub cache: Vec<CacheSeed>,
    /// The geoip database; `None` where there is none.
    pub geoip: Option<Arc<dyn GeoIp>>,
    /// The team.
    pub team: i64,
    /// The installation's number.
    pub id: i64,
    /// What `posthog.api` uses.
    pub posthog: PosthogAccess,
    /// The network.
    pub mocks: Vec<Mock>,
    /// The calls, in order.
    pub calls: Vec<Call>,
    /// What is expected after the last call.
    pub expect: Expectations,
}

/// 2023-01-01T00:00:00.000Z, where the clock of a case stands unless it says otherwise.
pub const BEGINNING: Timestamp = Timestamp(1_672_531_200_000);

impl Default for Case {
    /// A case that says nothing.
    fn default() -> Self {
        Self {
            name: String::new(),
            config: Map::new(),
            defaults: false,
            attachments: BTreeMap::new(),
            now: BEGINNING,
            seed: 1,
            storage: Map::new(),
            cache: Vec::new(),
            geoip: None,
            team: 2,
            id: 39,
            posthog: PosthogAccess {
                host: Some("https://app.example.com".to_owned()),
                project_token: Some("phc_t".to_owned()),
                personal_api_key: Some("phx_k".to_owned()),
            },
            mocks: Vec::new(),
            calls: Vec::new(),
            expect: Expectations::default(),
        }
    }
}

/// One key of the cache.
pub struct CacheSeed {
    /// The key.
    pub key: String,
    /// What it holds.
    pub entry: CacheEntry,
    /// When it ends, in seconds; `None` never.
    pub ttl_seconds: Option<i64>,
}

/// One call of a function.
pub struct Call {
    /// The name as the file has it.
    pub name: String,
    /// The function; `None` if there can be none of this name.
    pub function: Option<Function>,
    /// The first argument; `None` calls with `meta` alone.
    pub argument: Option<Value>,
    /// Where the clock is moved first.
    pub now: Option<Timestamp>,
    /// What must be returned.
    pub expect: Option<Value>,
    /// What must be part of what is returned.
    pub expect_subset: Option<Value>,
    /// What must be thrown.
    pub throws: Option<Throws>,
}

/// An expected error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Throws {
    /// The error's name is this, or its message contains it.
    NameOrMessage(String),
    /// Both of what is given.
    Both {
        /// The error's name.
        name: Option<String>,
        /// What its message contains.
        message: Option<String>,
    },
}

/// What is expected after the last call; what is absent is not checked.
#[derive(Debug, Default)]
pub struct Expectations {
    /// What `setupPlugin` throws.
    pub setup_throws: Option<Throws>,
    /// Lists of arguments by kind of host call: `fetch`, `captures`, `jobs`, `metrics`.
    pub host_calls: Vec<(&'static str, Vec<Value>)>,
    /// The whole of storage.
    pub storage: Option<Map<String, Value>>,
    /// The whole cache.
    pub cache: Option<Map<String, Value>>,
    /// The seconds that keys of the cache have left.
    pub cache_ttl: Map<String, Value>,
    /// Log lines that must be there, in this order: level and part of the message.
    pub logs: Vec<(String, String)>,
}
