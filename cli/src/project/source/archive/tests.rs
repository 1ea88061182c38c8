//! Archives as packers make them, and as nobody should.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A header of tar by hand: the crate refuses to write what a hostile packer does.
fn header(name: &str, size: usize, kind: u8) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    header[136..147].copy_from_slice(b"00000000000");
    header[148..156].copy_from_slice(b"        ");
    header[156] = kind;
    header[257..263].copy_from_slice(b"ustar\0");
    header[263..265].copy_from_slice(b"00");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

fn tgz(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content) in entries {
        bytes.extend(header(name, content.len(), *kind));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    gzip(&bytes)
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn paths(unpacked: &Unpacked) -> Vec<&str> {
    unpacked.files.keys().map(String::as_str).collect()
}

#[test]
fn the_app_is_at_the_top_or_in_the_only_folder() {
    let flat = zip_of(&[("plugin.json", b"{}"), ("src/index.js", b"1"), (".git/x", b""), ("node_modules/a/b.js", b"")]);
    assert_eq!(paths(&unpack(&flat, Format::Zip, None).unwrap()), ["plugin.json", "src/index.js"]);
    let packed =
        tgz(&[("package/", b'5', b""), ("package/plugin.json", b'0', b"{}"), ("./package/index.js", b'0', b"1")]);
    assert_eq!(paths(&unpack(&packed, Format::Tgz, None).unwrap()), ["index.js", "plugin.json"]);
    let several = tgz(&[("a/plugin.json", b'0', b"{}"), ("b/plugin.json", b'0', b"{}")]);
    assert!(matches!(unpack(&several, Format::Tgz, None), Err(ArchiveError::NoApp(_))));
}

#[test]
fn a_named_folder_is_found_with_and_without_the_packers_own() {
    for top in ["", "r-main/"] {
        let name = |path: &str| format!("{top}{path}");
        let (one, other) = (name("apps/x/plugin.json"), name("apps/y/plugin.json"));
        let bytes = tgz(&[(&one, b'0', b"{}"), (&other, b'0', b"{}"), (&name("apps/x2/a"), b'0', b"")]);
        assert_eq!(paths(&unpack(&bytes, Format::Tgz, Some("apps/x")).unwrap()), ["plugin.json"]);
        assert!(matches!(unpack(&bytes, Format::Tgz, Some("apps/z")), Err(ArchiveError::NoApp(_))));
    }
}

#[test]
fn the_commit_of_git_archive_is_read() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let comment = format!("52 comment={commit}\n");
    let bytes = tgz(&[("pax_global_header", b'g', comment.as_bytes()), ("r/plugin.json", b'0', b"{}")]);
    assert_eq!(unpack(&bytes, Format::Tgz, None).unwrap().commit.as_deref(), Some(commit));
}

#[test]
fn nothing_leads_out() {
    for name in ["../plugin.json", "a/../../plugin.json", "/etc/plugin.json", "a\\..\\plugin.json", "C:plugin.json"] {
        let bytes = tgz(&[("plugin.json", b'0', b"{}"), (name, b'0', b"{}")]);
        let error = unpack(&bytes, Format::Tgz, None).unwrap_err();
        assert!(matches!(error, ArchiveError::Outside(_)), "{name}: {error}");
        let bytes = zip_of(&[("plugin.json", b"{}"), (name, b"{}")]);
        let error = unpack(&bytes, Format::Zip, None).unwrap_err();
        assert!(matches!(error, ArchiveError::Outside(_)), "{name}: {error}");
    }
}

#[test]
fn links_are_left_out() {
    let bytes = tgz(&[("plugin.json", b'0', b"{}"), ("index.js", b'2', b""), ("passwd", b'1', b"")]);
    assert_eq!(paths(&unpack(&bytes, Format::Tgz, None).unwrap()), ["plugin.json"]);
}

#[test]
fn a_bomb_goes_off_nowhere() {
    let zeros = vec![0; usize::try_from(MAXIMUM_BYTES).unwrap() + 1];
    let bytes = zip_of(&[("plugin.json", b"{}"), ("zeros", &zeros)]);
    assert!(bytes.len() < 200_000, "{}", bytes.len());
    assert!(matches!(unpack(&bytes, Format::Zip, None), Err(ArchiveError::TooMuch(_))));
    let bytes = tgz(&[("plugin.json", b'0', b"{}"), ("zeros", b'0', &zeros)]);
    assert!(matches!(unpack(&bytes, Format::Tgz, None), Err(ArchiveError::TooMuch(_))));
    let names: Vec<String> = (0..=MAXIMUM_FILES).map(|index| format!("f{index}")).collect();
    let many: Vec<(&str, u8, &[u8])> = names.iter().map(|name| (name.as_str(), b'0', &b""[..])).collect();
    assert!(matches!(unpack(&tgz(&many), Format::Tgz, None), Err(ArchiveError::TooMuch(_))));
}

#[test]
fn what_is_not_kept_is_bounded_too() {
    let mut bounded = Bounded { inner: io::repeat(0), left: 10 };
    let error = io::copy(&mut bounded, &mut io::sink()).unwrap_err();
    assert!(matches!(of_tar(error), ArchiveError::TooMuch(_)));
}

#[test]
fn damaged_and_ambiguous_archives_are_refused() {
    let whole = tgz(&[("plugin.json", b'0', &[7; 5_000])]);
    for bytes in [&b"no archive"[..], &whole[..whole.len() / 2]] {
        assert!(matches!(unpack(bytes, Format::Tgz, None), Err(ArchiveError::Damaged(_))));
        assert!(matches!(unpack(bytes, Format::Zip, None), Err(ArchiveError::Damaged(_))));
    }
    let twice = tgz(&[("plugin.json", b'0', b"{}"), ("./plugin.json", b'0', b"[]")]);
    assert!(matches!(unpack(&twice, Format::Tgz, None), Err(ArchiveError::Twice(_))));
}
