//! Public apps that import packages, or forward batches over HTTP, against real servers and doubles: each is set up, gets events (or
//! runs its task), and what has arrived is compared with what was sent, in the shape that the app's source says.
//!
//! The apps are not in this repository. `HEDGEROW_PUBLIC_APPS` names a folder of fetched ones (docs/public-apps.md lists commits);
//! a test whose app is not there says so and passes. `cargo xtask public-apps FOLDER` runs them all.

mod bigquery;
mod events;
mod fetched;
mod imports;
mod migrator;
mod postgres;
mod pubsub;
mod receivers;
mod s3;
