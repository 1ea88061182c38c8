//! From a bundle to an app.

use super::{
    bundle::{AppBundle, MANIFEST_PATH},
    error::LoadError,
    manifest::Manifest,
    transform::{ImportSet, PROVIDED_IMPORTS, Script, transform},
};

/// An app that can be put into an isolate.
#[derive(Debug, Clone, PartialEq)]
pub struct App {
    /// What plugin.json says.
    pub manifest: Manifest,
    /// The path of the app's one source file in its bundle.
    pub entry_path: String,
    /// What to evaluate.
    pub script: Script,
    /// Lower-case hex SHA-256 of the bundle ([`AppBundle::version`]).
    pub version: String,
}

impl App {
    /// Reads plugin.json (a bundle without one is an app without settings, as in the reference), finds the source file and compiles
    /// it. `name_fallback` is the name of the app's folder.
    ///
    /// # Errors
    /// Every [`LoadError`]; nothing of the app has run.
    pub fn load(bundle: &AppBundle, name_fallback: &str) -> Result<Self, LoadError> {
        Self::load_with_imports(bundle, name_fallback, &PROVIDED_IMPORTS)
    }

    /// The same, with other importable packages than [`PROVIDED_IMPORTS`].
    ///
    /// # Errors
    /// As [`App::load`].
    pub fn load_with_imports(
        bundle: &AppBundle,
        name_fallback: &str,
        imports: &dyn ImportSet,
    ) -> Result<Self, LoadError> {
        let manifest = Manifest::parse(bundle.text(MANIFEST_PATH)?.unwrap_or("{}"), name_fallback)?;
        let entry_path = bundle.entry_path(&manifest)?;
        let source = bundle.text(&entry_path)?.unwrap_or_default();
        let script = transform(&entry_path, source, imports)?;
        Ok(Self { manifest, script, version: bundle.version(), entry_path })
    }

    /// A stand-in for an app that did not load: evaluating it fails with `reason`, so it is disabled wherever it is started, and
    /// what is said of disabled apps holds for it.
    pub fn unloadable(name: &str, reason: &str) -> Self {
        let manifest = serde_json::json!({ "name": name }).to_string();
        let source = format!("throw new Error({})", serde_json::Value::from(reason));
        let files = [(MANIFEST_PATH, manifest), ("index.js", source)];
        let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes())).into();
        Self::load(&AppBundle { files }, name).expect("an app of one throw statement loads")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &[u8])]) -> Result<App, LoadError> {
        let files = files.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())).collect();
        App::load(&AppBundle { files }, "my-app")
    }

    #[test]
    fn an_app_is_its_manifest_and_its_script() {
        let app =
            load(&[("plugin.json", b"{\"name\": \"App\"}"), ("index.ts", b"import { URL } from 'url'\nnew URL('')")]);
        let app = app.expect("loads");
        assert_eq!((app.manifest.name.as_str(), app.entry_path.as_str()), ("App", "index.ts"));
        assert_eq!((app.script.file.as_str(), app.script.imports.as_slice()), ("index.ts", &["url".to_owned()][..]));
        assert_eq!(app.version.len(), 64);
    }

    #[test]
    fn an_app_that_stands_in_fails_with_the_reason() {
        let app = App::unloadable("App", "index.ts:1\n\"no\" `such` ${file} \\ \u{2028}");
        assert_eq!(app.manifest.name, "App");
        let thrown = app.script.code.lines().find(|line| line.contains("throw")).expect("it throws");
        assert!(thrown.contains("index.ts:1\\n"), "{thrown}");
    }

    #[test]
    fn index_js_goes_before_index_ts() {
        assert_eq!(load(&[("index.ts", b""), ("index.js", b"")]).expect("loads").entry_path, "index.js");
    }

    #[test]
    fn case_021_no_main_file_names_what_was_tried() {
        let error = load(&[("plugin.json", b"{}"), ("readme.md", b"")]).expect_err("no source");
        assert!(matches!(error, LoadError::Entry { .. }));
        assert_eq!(
            error.to_string(),
            "Could not load source code for my-app: no main file index.js or index.ts found. Tried: index.js, index.ts"
        );
        let error = load(&[("plugin.json", b"{\"main\": \"dist/a.js\"}"), ("index.js", b"")]).expect_err("no main");
        assert!(error.to_string().ends_with("names dist/a.js, which does not exist. Tried: dist/a.js"), "{error}");
    }

    #[test]
    fn case_022_main_in_a_subfolder_is_the_entry() {
        let files: &[(&str, &[u8])] = &[
            ("plugin.json", b"{\"main\": \"./dist/app.js\"}"),
            ("dist/app.js", b"let here"),
            ("index.js", b"let there"),
        ];
        let app = load(files).expect("loads");
        assert_eq!(app.entry_path, "dist/app.js");
        assert!(app.script.code.contains("let here;"));
        let escape = load(&[("plugin.json", b"{\"main\": \"../a.js\"}")]).expect_err("outside");
        assert!(escape.to_string().contains("must be a path inside the app"), "{escape}");
    }

    #[test]
    fn text_that_is_not_utf8_is_refused() {
        let error = load(&[("index.js", b"let a = '\xff'")]).expect_err("not text");
        assert_eq!(error, LoadError::Encoding { file: "index.js".into(), offset: 9 });
    }
}
