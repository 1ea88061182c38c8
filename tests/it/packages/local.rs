//! Packages that talk to nobody.

use super::stage::Stage;
use super::{engine, node};
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use tests::doubles::pem;
use tests::{World, event};

fn tokens() -> Stage {
    let config = json!({
        "rsa_private": pem("service-account.key.der", "PRIVATE KEY"),
        "rsa_public": pem("service-account.public.der", "PUBLIC KEY"),
        "ec_private": pem("server.key.der", "PRIVATE KEY"),
        "ec_public": pem("server.public.der", "PUBLIC KEY"),
    });
    Stage::new("jsonwebtoken", config)
}

fn plain(app: &'static str) -> Stage {
    Stage::new(app, json!({}))
}

#[tokio::test(flavor = "multi_thread")]
async fn generic_pool_in_node() {
    node::play(plain("generic-pool")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generic_pool() {
    engine::play(plain("generic-pool")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jsonwebtoken_in_node() {
    node::play(tokens()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jsonwebtoken() {
    engine::play(tokens()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faker_in_node() {
    node::play(plain("faker")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faker() {
    engine::play(plain("faker")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_in_node() {
    node::play(plain("stream")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stream() {
    engine::play(plain("stream")).await;
}

/// Nothing that a package calls back swallows an error, nor does the call wait for what will never come.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_callback_throws_fails_its_call_with_file_and_line() {
    let world = World::with(
        "import { PassThrough } from 'stream'
        const never = (start) => new Promise(() => start())
        const ways = {
            listener: () => {
                const stream = new PassThrough()
                stream.on('end', () => { throw new Error('of a listener') })
                stream.resume().end('x')
            },
            unheard: () => new PassThrough().destroy(new Error('of an event that nobody hears')),
        }
        export async function processEvent(event) {
            await never(ways[event.event])
            return event
        }",
    )
    .await;
    for (name, line, message) in [("listener", 6, "of a listener"), ("unheard", 9, "of an event that nobody hears")] {
        world.process(event(json!({"event": name}))).await;
        let said = world.logs.messages(LogLevel::Error).join("\n");
        assert!(said.contains(&format!("Error: {message}")), "{said}");
        assert!(said.contains(&format!("index.ts:{line}:")) || said.contains(&format!("index.js:{line}:")), "{said}");
    }
}
