use super::*;

fn with(set: &[(&'static str, &'static str)]) -> Result<Settings, SettingsError> {
    Settings::from_lookup(|asked| {
        let set = set.iter().find(|(name, _)| *name == asked).map(|(_, value)| *value);
        let needed = [(SINK, "queue"), (INSTALLATIONS, "installations.json")];
        let needed = needed.iter().find(|(name, _)| *name == asked).map(|(_, value)| *value);
        set.or(needed).map(str::to_owned)
    })
}

#[test]
fn nothing_set_gives_the_documented_defaults() {
    let settings = with(&[]).unwrap();
    assert_eq!(settings.record_concurrency, 10);
    assert_eq!(settings.margins, Margins { start: Duration::from_secs(5), answer: Duration::from_secs(1) });
    assert_eq!((settings.sink, settings.idempotency), (Sink::Queue, Idempotency::Off));
}

#[test]
fn without_installations_there_is_nothing_to_do() {
    let error = with(&[(INSTALLATIONS, "")]).unwrap_err().to_string();
    assert!(error.starts_with("HEDGEROW_REGISTRY_TABLE is not set: set it to the table"), "{error}");
    let registry = with(&[(INSTALLATIONS, ""), (REGISTRY_TABLE, "registry")]).unwrap();
    assert_eq!((registry.registry_table.as_deref(), registry.installations), (Some("registry"), None));
    assert_eq!(registry.refresh, Duration::from_secs(30));
    assert_eq!(with(&[(REFRESH_SECONDS, "0")]).unwrap().refresh, Duration::ZERO);
}

#[test]
fn limits_are_included_and_what_is_beyond_is_refused() {
    assert_eq!(with(&[(RECORD_CONCURRENCY, "100")]).unwrap().record_concurrency, 100);
    for (name, value) in [
        (RECORD_CONCURRENCY, "0"),
        (RECORD_CONCURRENCY, "101"),
        (RECORD_CONCURRENCY, "ten"),
        (START_MARGIN_SECONDS, "-1"),
        (START_MARGIN_SECONDS, "891"),
        (ANSWER_MARGIN_MS, ""),
    ] {
        let error = with(&[(name, value)]).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{name} is `{value}`: set a whole number")), "{error}");
    }
}

#[test]
fn a_choice_is_one_of_its_words() {
    assert_eq!(with(&[(SINK, "none"), (IDEMPOTENCY, "on")]).unwrap().idempotency, Idempotency::ON);
    let error = |set| with(set).unwrap_err().to_string();
    assert_eq!(error(&[(SINK, "kafka")]), "HEDGEROW_SINK is `kafka`: set it to `queue`, `posthog` or `none`");
    assert_eq!(error(&[(SINK, "")]), "HEDGEROW_SINK is not set: set it to `queue`, `posthog` or `none`");
    assert!(error(&[(IDEMPOTENCY, "yes")]).starts_with("HEDGEROW_IDEMPOTENCY is `yes`: set it to `on` or `off`"));
    assert_eq!(with(&[]).unwrap().app_metrics, AppMetricsMode::On);
    assert_eq!(with(&[(APP_METRICS, "off")]).unwrap().app_metrics, AppMetricsMode::Off);
    assert!(error(&[(APP_METRICS, "no")]).starts_with("HEDGEROW_APP_METRICS is `no`: set it to `on` or `off`"));
}

#[test]
fn a_geoip_database_is_an_object_with_perhaps_a_digest() {
    let arn = (GEOIP, "arn:aws:s3:::bucket/geo/cities.mmdb");
    assert_eq!(with(&[(GEOIP, "")]).unwrap().geoip, None);
    let geoip = with(&[arn]).unwrap().geoip.unwrap();
    assert_eq!((geoip.object.bucket.as_str(), geoip.object.key.as_str()), ("bucket", "geo/cities.mmdb"));
    assert_eq!((geoip.sha256, geoip.refresh), (None, Duration::from_secs(3600)));
    let digest = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
    let pinned = with(&[arn, (GEOIP_SHA256, digest), (GEOIP_REFRESH_SECONDS, "60")]).unwrap().geoip.unwrap();
    assert_eq!((pinned.sha256, pinned.refresh), (Some(digest.to_ascii_lowercase()), Duration::from_secs(60)));
    let error = |set: &[(&'static str, &'static str)]| with(set).unwrap_err().to_string();
    let no_arn = error(&[(GEOIP, "s3://bucket/key")]);
    assert_eq!(no_arn, "HEDGEROW_GEOIP is `s3://bucket/key`: set it to the ARN of an object, arn:aws:s3:::BUCKET/KEY");
    let short = error(&[arn, (GEOIP_SHA256, "ba78")]);
    assert_eq!(short, "HEDGEROW_GEOIP_SHA256 is `ba78`: set it to 64 hexadecimal digits");
    assert!(error(&[arn, (GEOIP_REFRESH_SECONDS, "59")]).starts_with("HEDGEROW_GEOIP_REFRESH_SECONDS is `59`"));
}

#[test]
fn metrics_are_those_of_a_stack_if_it_says_so() {
    assert_eq!(with(&[]).unwrap().metrics_namespace, "hedgerow");
    assert_eq!(with(&[(METRICS_NAMESPACE, "hedgerow/main")]).unwrap().metrics_namespace, "hedgerow/main");
}

#[test]
fn events_that_go_to_posthog_need_to_know_where() {
    let host = (POSTHOG_HOST, "https://eu.i.posthog.com");
    let error = |set| with(set).unwrap_err().to_string();
    assert!(error(&[(SINK, "posthog")]).starts_with("HEDGEROW_POSTHOG_HOST is not set"));
    assert!(error(&[(SINK, "posthog"), host]).starts_with("HEDGEROW_POSTHOG_TOKEN is not set"));
    assert_eq!(with(&[(SINK, "posthog"), host, (POSTHOG_TOKEN, "phc_x")]).unwrap().sink, Sink::Posthog);
}
