//! Doubles of what surrounds a Lambda function, so that its shipped binary runs as Lambda runs it, without Lambda.
//!
//! `runtime_api` hands invocations to a function; `aws` speaks to SQS, DynamoDB and S3 of an emulator; `sqs_event` makes the
//! event that a function gets for messages; `verdict` judges its answer as Lambda does; `poller` puts them together and is as
//! strict as AWS is, where emulators are lenient, and delivers twice, late and in another order, which AWS may and emulators do
//! not.

pub mod aws;
pub mod poller;
pub mod runtime_api;
pub mod sqs_event;
pub mod verdict;
