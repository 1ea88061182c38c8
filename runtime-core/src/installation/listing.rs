//! Installations as a file lists them. Where apps and attachments are differs: `A` says it of an app and `F` of an attachment.
//!
//! ```json
//! { "v": 1, "tokens": {"phc_x": 2},
//!   "installations": [ {"id": 1, "team": 2, "slug": "greeter", "app": "apps/greeter", "config": {"greeting": "hi"}} ] }
//! ```

use super::{Attachment, DisabledPolicy, DurableGlobal, ErrorPolicy, Installation, LogFilter};
use crate::app::{App, ConfigProblem, merge_defaults, validate};
use crate::decode::TeamDirectory;
use crate::event::{InstallationId, TeamId};
use crate::host::egress::{EgressRules, NetworkError};
use crate::isolate::Limits;
use crate::ports::http::EgressPolicy;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// The format that this release reads.
pub const FORMAT: u64 = 1;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, bound = "A: DeserializeOwned, F: DeserializeOwned")]
pub struct Listing<A, F> {
    /// The format; 1 if the file does not say.
    #[serde(default = "format", rename = "v")]
    pub format: u64,
    /// The team behind each project token.
    #[serde(default)]
    pub tokens: HashMap<String, TeamId>,
    /// The installations, in any order.
    pub installations: Vec<Entry<A, F>>,
}

/// One installation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, bound = "A: DeserializeOwned, F: DeserializeOwned")]
pub struct Entry<A, F> {
    /// Its number.
    pub id: InstallationId,
    /// Its team.
    pub team: TeamId,
    /// Where its app is; `bundle` where that is a packed one.
    #[serde(alias = "bundle")]
    pub app: A,
    /// The app's stable name.
    pub slug: Option<String>,
    /// What is configured; the manifest's defaults come on top.
    #[serde(default)]
    pub config: Map<String, Value>,
    /// Where its attachments are, by key.
    #[serde(default = "BTreeMap::new")]
    pub attachments: BTreeMap<String, F>,
    /// Its place in the chain.
    #[serde(default)]
    pub order: i64,
    /// What happens to an event when `processEvent` fails.
    #[serde(default)]
    pub on_error: ErrorPolicy,
    /// What happens to an event when the app is disabled.
    #[serde(default)]
    pub on_disabled: DisabledPolicy,
    /// Whether `meta.global` outlives its isolate.
    #[serde(default)]
    pub durable_global: DurableGlobal,
    /// Which console lines are kept.
    #[serde(default)]
    pub log_level: LogFilter,
    /// Host names that it may reach although they are private.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Networks that it may reach although they are private.
    #[serde(default)]
    pub allowed_networks: Vec<String>,
}

/// Why a file is no list of installations.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// It is not what it should be.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// A later release has written it.
    #[error("it has format {found} and this release reads {FORMAT}; update hedgerow, or write the file anew")]
    Newer {
        /// Its format.
        found: u64,
    },
    /// Two installations have one number.
    #[error("installation {0} is listed twice: give each a number of its own")]
    Twice(InstallationId),
}

/// Why an app cannot be installed as its entry says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstallError {
    /// The config does not fit the manifest.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Config(Vec<ConfigProblem>),
    /// An allowed network is none.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

fn format() -> u64 {
    FORMAT
}

impl<A: DeserializeOwned, F: DeserializeOwned> Listing<A, F> {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// Every [`ListingError`].
    pub fn parse(json: &[u8]) -> Result<Self, ListingError> {
        #[derive(Deserialize)]
        struct Header {
            #[serde(default = "format")]
            v: u64,
        }
        // Asked first: a later format may have fields that are unknown here.
        let found = serde_json::from_slice::<Header>(json)?.v;
        if found != FORMAT {
            return Err(ListingError::Newer { found });
        }
        let listing: Self = serde_json::from_slice(json)?;
        let mut ids = HashSet::new();
        match listing.installations.iter().find(|entry| !ids.insert(entry.id)) {
            Some(twice) => Err(ListingError::Twice(twice.id)),
            None => Ok(listing),
        }
    }
}

impl<A, F> Listing<A, F> {
    /// The teams, as far as decoding needs them.
    pub fn teams(&self) -> TeamDirectory {
        TeamDirectory::of(self.tokens.clone(), self.installations.iter().map(|entry| entry.team))
    }
}

impl<A, F> Entry<A, F> {
    /// The installation of `app` as the entry says; `name` is what the app is called where there is no slug.
    ///
    /// # Errors
    /// Every [`InstallError`].
    pub fn install(
        &self,
        app: Arc<App>,
        name: &str,
        attachments: BTreeMap<String, Attachment>,
    ) -> Result<Installation, InstallError> {
        let config = merge_defaults(&app.manifest, self.config.clone());
        let mut problems = validate(&app.manifest, &config);
        problems.retain(|problem| !problem.is_warning());
        if !problems.is_empty() {
            return Err(InstallError::Config(problems));
        }
        let policy =
            EgressPolicy { allowed_hosts: self.allowed_hosts.clone(), allowed_networks: self.allowed_networks.clone() };
        let egress = EgressRules::new(&Arc::new(policy))?;
        Ok(Installation { config, attachments, ..self.bare(app, name, egress) })
    }

    /// The installation of an app that cannot be installed: it has its place in the chain and its policies, and is disabled with
    /// `reason` when it is started. It knows nothing of its config and may reach nothing.
    pub fn disabled(&self, name: &str, reason: &str) -> Installation {
        let app = Arc::new(App::unloadable(self.slug.as_deref().unwrap_or(name), reason));
        let egress = EgressRules::new(&Arc::default()).expect("a policy without networks has no wrong one");
        self.bare(app, name, egress)
    }

    fn bare(&self, app: Arc<App>, name: &str, egress: EgressRules) -> Installation {
        Installation {
            id: self.id,
            team: self.team,
            slug: self.slug.clone().unwrap_or_else(|| name.to_owned()),
            app,
            config: Map::new(),
            attachments: BTreeMap::new(),
            order: self.order,
            on_error: self.on_error,
            on_disabled: self.on_disabled,
            durable_global: self.durable_global,
            log_level: self.log_level,
            egress: Arc::new(egress),
            limits: Limits::default(),
            enabled: true,
            secret_fields: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppBundle;
    use serde_json::json;

    type Texts = Listing<String, String>;

    fn parse(json: &Value) -> Result<Texts, ListingError> {
        Listing::parse(json.to_string().as_bytes())
    }

    fn entry(json: Value) -> Entry<String, String> {
        serde_json::from_value(json).unwrap()
    }

    fn app() -> Arc<App> {
        let config = r#"{"name": "App", "config": [{"key": "a", "type": "string", "required": true}]}"#;
        let files = [("plugin.json", config), ("index.js", "")];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into();
        Arc::new(App::load(&AppBundle { files }, "app").unwrap())
    }

    #[test]
    fn a_listing_says_where_apps_are() {
        let listing = parse(&json!({"v": 1, "tokens": {"phc": 3}, "installations": [
            {"id": 1, "team": 2, "app": "a"}, {"id": 2, "team": 2, "bundle": "b", "attachments": {"k": "f"}}
        ]}))
        .unwrap();
        let apps: Vec<_> = listing.installations.iter().map(|entry| entry.app.as_str()).collect();
        assert_eq!(apps, ["a", "b"]);
        assert_eq!(listing.installations[1].attachments["k"], "f");
        let teams = listing.teams();
        assert_eq!((teams.only_team, teams.tokens["phc"]), (Some(TeamId(2)), TeamId(3)));
    }

    #[test]
    fn several_teams_have_no_only_one() {
        let two = json!({"installations": [{"id": 1, "team": 2, "app": "a"}, {"id": 2, "team": 3, "app": "a"}]});
        assert_eq!(parse(&two).unwrap().teams().only_team, None);
        assert_eq!(parse(&json!({"installations": []})).unwrap().teams().only_team, None);
    }

    #[test]
    fn nonsense_is_refused() {
        let one = || json!({"id": 1, "team": 2, "app": "a"});
        let twice = parse(&json!({"installations": [one(), one()]})).unwrap_err();
        assert!(matches!(twice, ListingError::Twice(InstallationId(1))), "{twice}");
        let newer = parse(&json!({"v": 2, "apps": []})).unwrap_err();
        assert!(matches!(newer, ListingError::Newer { found: 2 }), "{newer}");
        let typo = parse(&json!({"installations": [{"id": 1, "team": 2, "app": "a", "ordr": 1}]})).unwrap_err();
        assert!(typo.to_string().contains("ordr"), "{typo}");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let without = entry(json!({"id": 1, "team": 2, "app": "a"}));
        let error = without.install(app(), "app", BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "config \"a\" is required: give it a value");
        let network =
            entry(json!({"id": 1, "team": 2, "app": "a", "config": {"a": "x"}, "allowed_networks": ["10.0.0.0/99"]}));
        let error = network.install(app(), "app", BTreeMap::new()).unwrap_err();
        assert!(matches!(error, InstallError::Network(_)), "{error}");
        let good = entry(json!({"id": 1, "team": 2, "app": "a", "config": {"a": "x", "b": "y"}, "order": -1}));
        let installed = good.install(app(), "app", BTreeMap::new()).unwrap();
        assert_eq!((installed.slug.as_str(), installed.order, installed.config["b"].as_str()), ("app", -1, Some("y")));
        assert_eq!(installed.durable_global, DurableGlobal::Auto);
    }

    #[test]
    fn a_disabled_installation_keeps_its_place_and_its_policies() {
        let entry = entry(
            json!({"id": 1, "team": 2, "slug": "s", "app": "a", "order": 7, "on_disabled": "dead_letter", "durable_global": "on",
            "config": {"secret": "x"}}),
        );
        let disabled = entry.disabled("name", "index.ts: \"no\"\n`such` file \u{2028}");
        assert_eq!((disabled.order, disabled.on_disabled), (7, DisabledPolicy::DeadLetter));
        assert_eq!((disabled.label().as_str(), disabled.durable_global), ("s (1)", DurableGlobal::On));
        assert!(disabled.config.is_empty());
    }
}
