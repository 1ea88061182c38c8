//! Files for `meta.attachments`.

use runtime_core::installation::Attachment;
use std::io;
use std::path::Path;

/// What bytes are if nothing says otherwise.
pub const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Media types by extension, in lower case.
const TYPES: &[(&str, &str)] = &[
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jsonl", "application/x-ndjson"),
    ("md", "text/markdown"),
    ("ndjson", "application/x-ndjson"),
    ("pdf", "application/pdf"),
    ("pem", "application/x-pem-file"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tsv", "text/tab-separated-values"),
    ("txt", "text/plain"),
    ("wasm", "application/wasm"),
    ("webp", "image/webp"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
];

/// The media type that a file name's extension stands for.
pub fn content_type_of(file_name: &str) -> &'static str {
    let extension = Path::new(file_name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let known = TYPES.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
    known.map_or(UNKNOWN_TYPE, |(_, content_type)| content_type)
}

/// Reads a file. Its name is its base name, its type that of its extension.
///
/// # Errors
/// When the file cannot be read.
pub fn read_attachment(path: &Path) -> io::Result<Attachment> {
    let contents = std::fs::read(path)?;
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Attachment { content_type: content_type_of(&file_name).to_owned(), file_name, contents })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_follows_the_extension() {
        assert_eq!(content_type_of("rules.JSON"), "application/json");
        assert_eq!(content_type_of("a.b.csv"), "text/csv");
        assert_eq!(content_type_of("key"), UNKNOWN_TYPE);
        assert_eq!(content_type_of(".json"), UNKNOWN_TYPE);
    }

    #[test]
    fn the_table_is_in_order_and_without_repeats() {
        assert!(TYPES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
