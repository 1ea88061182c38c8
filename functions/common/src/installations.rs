//! Stand-in until the reader of the adapter is there.
use adapter_aws::AwsStore;
use lambda_runtime::Error;
use runtime_core::app::{App, AppBundle, merge_defaults};
use runtime_core::decode::TeamDirectory;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::host::egress::EgressRules;
use runtime_core::installation::{DisabledPolicy, ErrorPolicy, Installation, LogFilter};
use runtime_core::isolate::Limits;
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::ports::http::EgressPolicy;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub async fn read(store: &AwsStore, key: &str) -> Result<(Vec<Arc<Installation>>, TeamDirectory), Error> {
    let config = adapter_aws::sdk::loader().load().await;
    let s3 = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build());
    let bucket = std::env::var("HEDGEROW_BUCKET")?;
    let object = s3.get_object().bucket(bucket).key(key).send().await.map_err(|e| format!("{key}: {e}"))?;
    let file: Value = serde_json::from_slice(&object.body.collect().await?.to_vec())?;
    let mut out = Vec::new();
    for entry in file["installations"].as_array().cloned().unwrap_or_default() {
        let bundle = store.blob_store().get(entry["bundle"].as_str().unwrap_or_default()).await?.unwrap_or_default();
        let bundle: Value = serde_json::from_slice(&bundle)?;
        let files: BTreeMap<String, String> = serde_json::from_value(bundle["files"].clone())?;
        let files = files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        let slug = entry["slug"].as_str().unwrap_or_default().to_owned();
        let app = match App::load(&AppBundle { files }, &slug) {
            Ok(app) => app,
            Err(e) => {
                println!("{e}");
                continue;
            }
        };
        let config = merge_defaults(&app.manifest, entry["config"].as_object().cloned().unwrap_or_default());
        let allowed_networks = serde_json::from_value(entry.get("allowed_networks").cloned().unwrap_or(json!([])))?;
        let egress = EgressRules::new(&Arc::new(EgressPolicy { allowed_hosts: vec![], allowed_networks }))?;
        out.push(Arc::new(Installation {
            id: InstallationId(entry["id"].as_i64().unwrap_or(0)),
            team: TeamId(2),
            slug,
            app: Arc::new(app),
            config,
            attachments: BTreeMap::new(),
            order: 0,
            on_error: ErrorPolicy::Pass,
            on_disabled: DisabledPolicy::Pass,
            log_level: LogFilter::Full,
            egress: Arc::new(egress),
            limits: Limits::default(),
        }));
    }
    Ok((out, TeamDirectory { tokens: [("phc_x".to_owned(), TeamId(2))].into(), only_team: Some(TeamId(2)) }))
}
