//! The table of our JavaScript sources: where a name leads, and which natives the source gets.

use crate::extensions::sockets;
use crate::imports::{crypto, zlib};
use crate::node::{buffer, time_zones, units, url};
use rquickjs::{Object, Result};

/// One source: a function expression `(builtins, natives, load) => value`.
pub(super) struct Source {
    /// What `load` is asked for, and in a stack trace `hedgerow:NAME`.
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// Adds the Rust functions that this source, and no other code, may call.
    pub(super) natives: fn(&Object<'_>) -> Result<()>,
}

/// The source of that name.
pub(super) fn find(name: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.name == name)
}

fn none(_: &Object<'_>) -> Result<()> {
    Ok(())
}

static SOURCES: &[Source] = &[
    Source { name: "node/globals", text: include_str!("globals.js"), natives: none },
    Source { name: "node/errors", text: include_str!("errors.js"), natives: none },
    Source { name: "node/encodings", text: include_str!("encodings.js"), natives: buffer::natives },
    Source { name: "node/buffer", text: include_str!("buffer.js"), natives: buffer::natives },
    Source { name: "node/buffer_search", text: include_str!("buffer_search.js"), natives: buffer::natives },
    Source { name: "node/buffer_numbers", text: include_str!("buffer_numbers.js"), natives: none },
    Source { name: "node/binding", text: include_str!("binding.js"), natives: sockets::natives },
    Source { name: "node/buffer_more", text: include_str!("buffer_more.js"), natives: none },
    Source { name: "node/buffer_module", text: include_str!("buffer_module.js"), natives: buffer::natives },
    Source { name: "node/blob", text: include_str!("blob.js"), natives: none },
    Source { name: "node/url", text: include_str!("url.js"), natives: url::natives },
    Source { name: "node/url_query", text: include_str!("url_query.js"), natives: none },
    Source { name: "imports/url", text: include_str!("../imports/url.js"), natives: url::natives },
    Source { name: "node/text_pieces", text: include_str!("text_pieces.js"), natives: none },
    Source { name: "imports/url_resolve", text: include_str!("../imports/url_resolve.js"), natives: none },
    Source { name: "imports/crypto", text: include_str!("../imports/crypto.js"), natives: none },
    Source {
        name: "imports/crypto_cipher",
        text: include_str!("../imports/crypto_cipher.js"),
        natives: crypto::cipher_natives,
    },
    Source { name: "imports/crypto_constants", text: include_str!("../imports/crypto_constants.js"), natives: none },
    Source {
        name: "imports/crypto_derive",
        text: include_str!("../imports/crypto_derive.js"),
        natives: crypto::derive_natives,
    },
    Source { name: "imports/crypto_generate", text: include_str!("../imports/crypto_generate.js"), natives: none },
    Source {
        name: "imports/crypto_hash",
        text: include_str!("../imports/crypto_hash.js"),
        natives: crypto::hash_natives,
    },
    Source {
        name: "imports/crypto_keys",
        text: include_str!("../imports/crypto_keys.js"),
        natives: crypto::key_natives,
    },
    Source {
        name: "imports/crypto_random",
        text: include_str!("../imports/crypto_random.js"),
        natives: crypto::random_natives,
    },
    Source { name: "imports/crypto_shared", text: include_str!("../imports/crypto_shared.js"), natives: none },
    Source {
        name: "imports/crypto_sign",
        text: include_str!("../imports/crypto_sign.js"),
        natives: crypto::sign_natives,
    },
    Source { name: "imports/zlib", text: include_str!("../imports/zlib.js"), natives: zlib::natives },
    Source { name: "node/zlib_stream", text: include_str!("zlib_stream.js"), natives: zlib::natives },
    Source { name: "imports/zlib_errors", text: include_str!("../imports/zlib_errors.js"), natives: none },
    Source { name: "imports/zlib_options", text: include_str!("../imports/zlib_options.js"), natives: none },
    Source { name: "imports/zlib_constants", text: include_str!("../imports/zlib_constants.js"), natives: none },
    Source {
        name: "imports/@posthog/plugin-scaffold",
        text: include_str!("../imports/plugin_scaffold.js"),
        natives: none,
    },
    Source {
        name: "imports/@posthog/plugin-contrib",
        text: include_str!("../imports/plugin_contrib.js"),
        natives: none,
    },
    Source {
        name: "imports/node-fetch",
        text: "(function (builtins, natives, load) { return load('imports/node_fetch').fetch; })",
        natives: none,
    },
    Source { name: "imports/node_fetch", text: include_str!("../imports/node_fetch.js"), natives: none },
    Source { name: "imports/node_fetch_body", text: include_str!("../imports/node_fetch_body.js"), natives: none },
    Source {
        name: "imports/node_fetch_headers",
        text: include_str!("../imports/node_fetch_headers.js"),
        natives: none,
    },
    Source {
        name: "imports/node_fetch_statuses",
        text: include_str!("../imports/node_fetch_statuses.js"),
        natives: none,
    },
    Source { name: "node/units", text: include_str!("units.js"), natives: units::natives },
    Source {
        name: "imports/stream",
        text: "(function (builtins, natives, load) { return { PassThrough: load('node/units')('node/stream').PassThrough }; })",
        natives: none,
    },
    Source { name: "node/intl_guard", text: include_str!("intl_guard.js"), natives: none },
    Source { name: "node/intl", text: include_str!("intl.js"), natives: time_zones::natives },
    Source { name: "node/collation", text: include_str!("collation.js"), natives: none },
];
