//! Time-outs, sizes and codings.

use super::{Answer, ScriptedClient, answer, get, redirect, response, run, told};
use crate::host::fetch::{ContentDecoding, FetchRequest};
use crate::ports::http::{HttpError, HttpResponse};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::{self, StreamExt};
use std::io::Write;
use std::time::Duration;

const URL: &str = "https://example.com/";

fn within(milliseconds: u64) -> FetchRequest {
    FetchRequest { timeout: Some(Duration::from_millis(milliseconds)), ..get(URL) }
}

fn gzipped(text: &[u8]) -> &'static [u8] {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    Vec::leak(encoder.finish().unwrap())
}

fn with_body(chunks: impl futures_util::Stream<Item = Result<Bytes, HttpError>> + Send + 'static) -> Answer {
    Answer::Response(HttpResponse { body: chunks.boxed(), ..response(200, &[], b"") })
}

#[tokio::test]
async fn a_response_that_does_not_come_times_out() {
    let client = ScriptedClient::new([Answer::NeverComes]);
    assert_eq!(told(run(&client, within(250)).await), "request-timeout: network timeout at: https://example.com/");
}

#[tokio::test]
async fn each_hop_has_the_whole_time_out_and_names_its_own_url() {
    let client = ScriptedClient::new([redirect(302, "/slow"), Answer::NeverComes]);
    assert_eq!(told(run(&client, within(250)).await), "request-timeout: network timeout at: https://example.com/slow");
}

#[tokio::test]
async fn a_response_in_time_is_not_late() {
    let client = ScriptedClient::new([answer(200, &[], b"in time")]);
    assert_eq!(run(&client, within(1)).await.unwrap().body.read_all().await.unwrap(), "in time");
    let client = ScriptedClient::new([answer(200, &[], b"zero is no limit")]);
    assert_eq!(run(&client, within(0)).await.unwrap().body.read_all().await.unwrap(), "zero is no limit");
}

#[tokio::test]
async fn a_body_that_does_not_end_times_out_by_itself() {
    let client =
        ScriptedClient::new([with_body(stream::iter([Ok(Bytes::from_static(b"half"))]).chain(stream::pending()))]);
    let response = run(&client, within(250)).await.unwrap();
    assert_eq!(
        told(response.body.read_all().await),
        "body-timeout: Response timeout while trying to fetch https://example.com/ (over 250ms)"
    );
}

#[tokio::test]
async fn a_body_larger_than_the_app_takes() {
    let sized = |size| FetchRequest { size, ..get(URL) };
    let client = ScriptedClient::new([answer(200, &[], b"0123456789")]);
    assert_eq!(run(&client, sized(10)).await.unwrap().body.read_all().await.unwrap(), "0123456789");
    let message = "max-size: content size at https://example.com/ over limit: 9";
    let client = ScriptedClient::new([answer(200, &[], b"0123456789")]);
    assert_eq!(told(run(&client, sized(9)).await.unwrap().body.read_all().await), message);

    // Decoded bytes count.
    let client = ScriptedClient::new([answer(200, &[("Content-Encoding", "gzip")], gzipped(b"0123456789"))]);
    assert_eq!(told(run(&client, sized(9)).await.unwrap().body.read_all().await), message);
}

#[tokio::test]
async fn a_body_larger_than_what_is_kept_in_memory_says_how_to_raise_it() {
    let small = |size| FetchRequest { size, max_response_bytes: 1000, ..get(URL) };
    let endless = || with_body(stream::repeat_with(|| Ok(Bytes::from_static(&[0; 100]))));
    let bomb = answer(200, &[("content-encoding", "gzip")], gzipped(&[0; 100_000]));
    let client = ScriptedClient::new([endless(), endless(), bomb]);
    for size in [0, 5000, 0] {
        assert_eq!(
            told(run(&client, small(size)).await.unwrap().body.read_all().await),
            "max-size: content size at https://example.com/ over limit: 1000, the largest body that is kept in memory; \
             raise max_response_bytes of the installation if the app needs more"
        );
    }
}

#[tokio::test]
async fn when_a_body_is_decoded() {
    let coded = gzipped(b"plain");
    let table = [
        ("GET", 200, "gzip", ContentDecoding::Decode, true),
        ("GET", 404, "x-gzip", ContentDecoding::Decode, true),
        ("GET", 200, "gzip", ContentDecoding::Keep, false),
        ("GET", 200, "identity", ContentDecoding::Decode, false),
        ("GET", 204, "gzip", ContentDecoding::Decode, false),
        ("GET", 304, "gzip", ContentDecoding::Decode, false),
        ("HEAD", 200, "gzip", ContentDecoding::Decode, false),
    ];
    for (method, status, coding, content_decoding, decodes) in table {
        let client = ScriptedClient::new([answer(status, &[("Content-Encoding", coding)], coded)]);
        let request = FetchRequest { method: method.to_owned(), content_decoding, ..get(URL) };
        let body = run(&client, request).await.unwrap().body.read_all().await.unwrap();
        let expected: &[u8] = if decodes { b"plain" } else { coded };
        assert_eq!(body, expected, "{method} {status} {coding} {content_decoding:?}");
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_decoded_or_breaks_off() {
    let client = ScriptedClient::new([answer(200, &[("content-encoding", "gzip")], b"not gzip")]);
    let error = run(&client, get(URL)).await.unwrap().body.read_all().await.unwrap_err();
    assert_eq!(error.errno(), Some("Z_DATA_ERROR"));
    assert_eq!(
        told(Err::<(), _>(error)),
        "system: Invalid response body while trying to fetch https://example.com/: incorrect header check"
    );

    let broken = HttpError::System { code: "ERR_STREAM_PREMATURE_CLOSE", message: "Premature close".to_owned() };
    let client = ScriptedClient::new([with_body(stream::iter([Ok(Bytes::from_static(b"half")), Err(broken)]))]);
    let error = run(&client, get(URL)).await.unwrap().body.read_all().await.unwrap_err();
    assert_eq!(error.errno(), Some("ERR_STREAM_PREMATURE_CLOSE"));
    assert_eq!(error.message, "Invalid response body while trying to fetch https://example.com/: Premature close");
}
