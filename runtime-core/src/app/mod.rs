//! Stub until the app branch lands.
/// x
#[derive(Debug, thiserror::Error)]
#[error("load")]
pub struct LoadError;
/// x
#[derive(Debug)]
pub struct App { /// x
pub manifest: Manifest, /// x
pub script: Script }
/// x
#[derive(Debug)]
pub struct Manifest { /// x
pub name: String }
/// x
#[derive(Debug)]
pub struct Script { /// x
pub code: String, /// x
pub file: String, /// x
pub source: String, /// x
pub map: SourceMap }
/// x
#[derive(Debug)]
pub struct SourceMap;
impl SourceMap { /// x
pub fn original(&self, line: u32, column: u32) -> Option<(u32,u32)> { Some((line, column)) }
/// x
pub fn map_stack(&self, s: &str) -> String { s.into() } }
