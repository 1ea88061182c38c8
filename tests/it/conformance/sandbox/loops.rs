//! Cases 46-50: loops that never end, wherever they stand.

use super::{CPU_LIMIT, impatient_world, line_of};
use serde_json::json;
use std::ops::RangeInclusive;
use tests::event;

/// Asserts that an app whose processEvent never ends is ended inside `lines` of its source, that the event leaves the chain
/// with the app listed as failed, and that the next event meets an app that works.
async fn assert_ended(source: &str, lines: RangeInclusive<u32>) {
    let source = format!(
        "{source}\nlet calls = 0\nfunction processEvent(event) {{ return event.event === 'E' ? run(event) : (calls++, event) }}"
    );
    let world = impatient_world(&source).await;
    assert_eq!(world.run_properties().await, json!({"$plugins_failed": ["demo (39)"]}), "{source}");
    let errors = world.errors();
    assert_eq!(errors.len(), 1, "{source}\n{errors:#?}");
    let line = line_of(&errors[0], CPU_LIMIT, "processEvent");
    assert!(lines.contains(&line), "{source}\nline {line} is outside {lines:?}");
    let next = world.run_event(event(json!({"event": "next"}))).await.expect("not dropped");
    assert_eq!(next["properties"], json!({"$plugins_succeeded": ["demo (39)"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_046_endless_while_with_a_body() {
    assert_ended("function run(event) {\n  let i = 0\n  while (true) {\n    i++\n  }\n}", 3..=5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_047_endless_while_without_braces() {
    assert_ended("function run(event) {\n  let i = 0\n  while (true)\n    i++\n}", 3..=4).await;
    assert_ended("function run(event) {\n  while (true) ;\n}", 2..=2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_048_endless_while_inside_a_then_callback() {
    let source = "async function run(event) {
  let i = 0
  await Promise.resolve().then(() => {
    while (true) {
      i++
    }
  })
}";
    assert_ended(source, 4..=6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_049_endless_do_while() {
    assert_ended("function run(event) {\n  let i = 0\n  do {\n    i++\n  } while (true)\n}", 3..=5).await;
    assert_ended("function run(event) {\n  let i = 0\n  do i++; while (true)\n}", 3..=3).await;
    let in_promise = "function run(event) {\n  return new Promise((resolve) => {\n    do { } while (true)\n  })\n}";
    assert_ended(in_promise, 3..=3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_050_endless_for_and_for_of() {
    assert_ended("function run(event) {\n  let i = 0\n  for (;;) {\n    i++\n  }\n}", 3..=5).await;
    assert_ended("function run(event) {\n  let i = 0\n  for (;;) i++\n}", 3..=3).await;
    assert_ended("function run(event) {\n  for (;;) ;\n}", 2..=2).await;
    let in_promise =
        "function run(event) {\n  return new Promise(async (resolve) => {\n    await null\n    for (;;) { }\n  })\n}";
    assert_ended(in_promise, 4..=4).await;
    let for_of = "function* endless() {\n  for (;;) yield 1\n}\nfunction run(event) {\n  for (const one of endless()) {\n    one\n  }\n}";
    assert_ended(for_of, 2..=7).await;
    let iterator = "function run(event) {\n  const next = () => ({ done: false })\n  for (const one of { [Symbol.iterator]: () => ({ next }) }) ;\n}";
    assert_ended(iterator, 2..=3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_050_endless_array_callback_regex_and_comparator() {
    let callback = "function run(event) {\n  Array.prototype.some.call({ length: 2 ** 53 - 1 }, (one) => {\n    return false\n  })\n}";
    assert_ended(callback, 2..=4).await;
    assert_ended("function run(event) {\n  return /(a+)+b/.test('a'.repeat(40))\n}", 2..=2).await;
    let comparator = "function run(event) {\n  return [3, 1, 2].sort((a, b) => {\n    for (;;) { }\n  })\n}";
    assert_ended(comparator, 3..=3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_050_endless_loop_of_settled_awaits() {
    assert_ended("async function run(event) {\n  for (;;)\n    await null\n}", 2..=3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_050_an_endless_loop_cannot_be_caught() {
    let source = "function run(event) {\n  for (;;) {\n    try { for (;;) { } } catch { } finally { event.properties.caught = true }\n  }\n}";
    assert_ended(source, 2..=4).await;
}
