//! A secret value appears in nothing that people read: no log line, metric or count, nothing that is said of a dead letter, no
//! notification, no stored reason why an app is disabled.

use adapter_local::entropy::SeededEntropy;
use runtime_core::event::InstallationId;
use runtime_core::installation::ErrorPolicy;
use runtime_core::pipeline::{ErrorRecord, recent_errors};
use runtime_core::ports::dead_letters::{DeadLetters, LetterFilter};
use runtime_core::ports::documents::Documents;
use runtime_core::ports::entropy::Entropy;
use runtime_core::setup::SetupState;
use serde_json::{Value, json};
use tests::{AppSetup, World, event};

const SECRET: &str = "hunter2/&\"ä";

/// How many random secrets are tried, each by an app that leaks it in every way and form.
const SECRETS: u64 = 12;

/// Leaks `config.key` in the form and the way that `config.form` and `config.way` name.
const LEAK: &str = r#"
    const forms = {
        plain: (key) => key,
        base64: (key) => Buffer.from(key).toString('base64'),
        base64url: (key) => Buffer.from(key).toString('base64url'),
        url: (key) => encodeURIComponent(key),
        form: (key) => 'key=' + encodeURIComponent(key).replaceAll('%20', '+'),
        json: (key) => JSON.stringify({ key }),
        json_in_json: (key) => JSON.stringify(JSON.stringify([key])),
        basic: (key) => 'Basic ' + Buffer.from('user:' + key).toString('base64'),
        hex: (key) => Buffer.from(key).toString('hex'),
    }
    const text = ({ config }) => forms[config.form](config.key)
    const named = (text) => ({ [text]() { throw new Error('inside') } })
    const ways = {
        console(text) {
            for (const level of ['debug', 'log', 'info', 'warn', 'error']) {
                console[level]('said', text, { [text]: text }, [text], new Error(text))
            }
        },
        error(text) { throw new Error(text) },
        name(text) { const error = new Error('an error'); error.name = text; throw error },
        stack(text) { const error = new Error('an error'); error.stack = '    at ' + text; throw error },
        cause(text) { throw new Error('an error', { cause: new Error(text) }) },
        value(text) { throw text },
        object(text) { throw { message: text, [text]: text } },
        property(text) { null[text] },
        method(text) { ({})[text]() },
        called(text) { named(text)[text]() },
        parsed(text) { JSON.parse(text) },
        url(text) { new URL(text) },
        fetched(text) { return fetch(text) },
        host(text) { return fetch('http://127.0.0.1/' + text) },
        rejected(text) { Promise.reject(new Error(text)) },
        later(text) { fetch('https://example.com/').then(() => { throw new Error(text) }) },
        retry(text) { throw new RetryError(text) },
        uuid(text, event) { event.uuid = text; throw new Error('an error') },
        event(text, event) { event.properties.text = text; throw new Error('an error') },
        nothing() { return },
    }
    export const metrics = { counted: 'sum' }
    export function setupPlugin(meta) { if (meta.config.in === 'setup') return ways[meta.config.way](text(meta), {}) }
    export async function processEvent(event, meta) {
        meta.metrics.counted.increment(1)
        if (meta.config.in === 'job') await meta.jobs.leak({}).runNow()
        if (meta.config.in === 'event') await ways[meta.config.way](text(meta), event)
        return event
    }
    export async function onEvent(event, meta) {
        if (meta.config.in === 'on_event') await ways[meta.config.way](text(meta), event)
    }
    export const jobs = { leak: (payload, meta) => ways[meta.config.way](text(meta), {}) }
"#;

const FORMS: [&str; 9] = ["plain", "base64", "base64url", "url", "form", "json", "json_in_json", "basic", "hex"];
const WAYS: [&str; 19] = [
    "console", "error", "name", "stack", "cause", "value", "object", "property", "method", "called", "parsed", "url",
    "fetched", "host", "rejected", "later", "retry", "uuid", "event",
];
const PLACES: [&str; 4] = ["setup", "event", "on_event", "job"];

fn manifest() -> Value {
    json!({"name": "demo", "config": [{"key": "key", "type": "string", "secret": true}]})
}

/// Text of 4 to 160 characters, of which many have to be encoded.
fn secret(seed: u64) -> String {
    const ALPHABET: &[char] = &[
        'a',
        'b',
        'Z',
        'q',
        '0',
        '7',
        '_',
        '-',
        '.',
        '~',
        '/',
        '+',
        '=',
        '&',
        '?',
        '#',
        '%',
        '"',
        '\'',
        '\\',
        ' ',
        '\n',
        '<',
        '>',
        '$',
        '{',
        '}',
        '(',
        ')',
        '*',
        '!',
        '|',
        '\u{e4}',
        '\u{df}',
        '\u{4e2d}',
        '\u{1f33f}',
    ];
    let mut bytes = [0; 161];
    SeededEntropy::new(seed).fill(&mut bytes);
    let length = 4 + usize::from(bytes[160]) % 157;
    // No two seeds look alike at their ends, where white space would be cut.
    let inner = bytes[..length - 2].iter().map(|byte| ALPHABET[usize::from(*byte) % ALPHABET.len()]);
    std::iter::once('k').chain(inner).chain(['x']).collect()
}

/// What must not be found: the secret and its encodings in full, and a piece of each that is long enough not to be there by chance.
fn traces(secret: &str) -> Vec<String> {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let json = Value::from(secret).to_string();
    let form: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut traces = vec![
        secret.to_owned(),
        json[1..json.len() - 1].to_owned(),
        STANDARD.encode(secret).trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(secret),
        form,
    ];
    let pieces: Vec<String> = traces.iter().filter_map(|it| it.get(..40).map(str::to_owned)).collect();
    traces.extend(pieces);
    traces
}

async fn leak(key: &str, form: &str, way: &str, place: &str) -> World {
    let app = AppSetup::new(LEAK).manifest(manifest()).with(|app| {
        app.config = json!({"key": key, "form": form, "way": way, "in": place});
        app.on_error = if place == "event" { ErrorPolicy::Retry } else { ErrorPolicy::DeadLetter };
    });
    let world = World::of(app).await;
    world.process(event(json!({}))).await;
    world.pipeline.send_exports().await.expect("in memory");
    for _ in 0..12 {
        // Jobs, and every attempt that is left.
        if world.run_next().await.is_none() {
            break;
        }
    }
    world
}

/// Everything that people read.
async fn shown(world: &World) -> Vec<String> {
    let mut shown: Vec<String> = world.logs.lines().iter().map(|line| format!("{line:?}")).collect();
    shown.extend(world.logs.lines().into_iter().map(|line| line.message));
    shown.extend(world.logs.metrics().iter().map(|metric| format!("{metric:?}")));
    shown.extend(world.logs.calls().into_iter().map(|(function, _)| function));
    shown.extend(world.notices.all().into_iter().flat_map(|notice| [notice.subject, notice.message]));
    for letter in world.store.dead_letters().list(&LetterFilter::default(), 100).await.expect("in memory") {
        shown.extend([letter.id, letter.message]);
        shown.extend(letter.function);
    }
    let state = SetupState::key(InstallationId(39), &world.first().installation().version());
    shown.extend(world.store.documents().get(&state).await.expect("in memory").map(|document| document.json));
    shown.extend(world.first().disabled());
    world.pipeline.save_errors().await;
    let errors = recent_errors(&*world.store.documents(), InstallationId(39)).await.expect("in memory");
    for ErrorRecord { name, message, stack, function, event_uuid, .. } in errors {
        shown.extend([name, message, stack, function]);
        shown.extend(event_uuid);
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_and_no_form_shows_a_secret() {
    let mut lines = 0;
    for seed in 0..SECRETS {
        let secret = secret(seed);
        let traces = traces(&secret);
        for (index, way) in WAYS.into_iter().enumerate() {
            // Every way meets every form and every place within some seeds.
            let at = index + usize::try_from(seed).expect("a small number");
            let (form, place) = (FORMS[at % FORMS.len()], PLACES[(at / 2) % PLACES.len()]);
            let world = leak(&secret, form, way, place).await;
            for text in shown(&world).await {
                lines += 1;
                for trace in &traces {
                    assert!(!text.contains(trace), "{seed} {way} {form} {place}: {trace:?} is in {text:?}");
                }
            }
        }
    }
    assert!(lines > 1_000, "the apps said something: {lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_masked_wherever_it_is_thrown() {
    for (form, place) in FORMS.into_iter().flat_map(|form| PLACES.map(|place| (form, place))) {
        let world = leak(SECRET, form, "error", place).await;
        let shown = shown(&world).await;
        assert!(shown.iter().any(|text| text.contains("***")), "{form} {place}: {shown:?}");
        for trace in traces(SECRET) {
            assert!(!shown.iter().any(|text| text.contains(&trace)), "{form} {place}: {trace:?} in {shown:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_masked_in_logs_and_dead_letters_in_every_form() {
    let source = "function processEvent(event, { config }) {
        const key = config.key
        console.log('plain', key, JSON.stringify({ key }), Buffer.from(key).toString('base64'), encodeURIComponent(key))
        throw new Error('refused: ' + key)
    }";
    let app = AppSetup::new(source).manifest(manifest()).with(|app| {
        app.config = json!({ "key": SECRET });
        app.on_error = ErrorPolicy::DeadLetter;
    });
    let world = World::of(app).await;
    world.process(event(json!({}))).await;
    let lines: Vec<String> = world.logs.lines().into_iter().map(|line| line.message).collect();
    assert_eq!(lines[0], "plain *** {\"key\":\"***\"} *** ***");
    assert!(lines[1].starts_with("processEvent failed: Error: refused: ***"), "{}", lines[1]);
    let letters = world.store.dead_letters().list(&LetterFilter::default(), 10).await.expect("readable");
    assert_eq!(letters[0].message, "Error: refused: ***");
}

/// An app may put its secret into an event, and the next one may log that.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_masked_in_the_log_of_another_app_of_the_team_and_of_no_other_team() {
    let giver =
        AppSetup::new("function processEvent(event, { config }) { event.properties.key = config.key; return event }");
    let giver = giver.manifest(manifest()).with(|app| app.config = json!({ "key": SECRET }));
    let taker = "function processEvent(event) { console.log('got', event.properties.key); return event }";
    let others = AppSetup::new(taker).named("others", 41).with(|app| app.team = 3);
    let world = World::builder().app(giver).app(AppSetup::new(taker).named("taker", 40)).app(others).start().await;
    world.process(event(json!({}))).await;
    world.process(event(json!({"team_id": 3, "properties": {"key": SECRET}}))).await;
    let lines: Vec<String> = world.logs.lines().into_iter().map(|line| line.message).collect();
    assert_eq!(
        lines,
        ["got ***".to_owned(), format!("got {SECRET}")],
        "a team cannot try out what the secrets of others are"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_secret_is_not_masked() {
    let source = "function processEvent(event, { config }) { console.log(config.key, config.short); return event }";
    let manifest = json!({"name": "demo", "config": [{"key": "key", "type": "string"}, {"key": "short", "type": "string", "secret": true}]});
    let app = AppSetup::new(source).manifest(manifest).with(|app| app.config = json!({"key": SECRET, "short": "abc"}));
    let world = World::of(app).await;
    world.run().await;
    assert!(world.logs.contains(&format!("{SECRET} abc")));
}

/// A new version of an app may not say any more that a field is secret; what was sealed stays secret.
#[tokio::test(flavor = "multi_thread")]
async fn fields_that_were_sealed_are_masked_whatever_the_manifest_says() {
    let app = AppSetup::new("function processEvent(event, { config }) { console.log(config.key); return event }");
    let app = app.manifest(json!({"name": "demo", "config": [{"key": "key"}]})).with(|app| {
        app.config = json!({ "key": SECRET });
        app.secret_fields.insert("key".to_owned());
    });
    let world = World::of(app).await;
    world.run().await;
    assert!(world.logs.contains("***") && !world.logs.contains(SECRET));
}
