//! Intl beside Node's: recorded calls, generated ones that Node answers on the spot, and what we refuse.

use crate::node::testing::{check_table, show, with_node};

/// Same calls at each run; any other seed makes other ones.
const SEED: &str = "20260101";

/// Calls whose answer from Node is not one to imitate: what each holds, and why.
const NOT_IMITATED: &[(&[&str], &str)] = &[(
    &["\"tr-TR\"", "\"currencyDisplay\":\"name\""],
    "where a code stands for the symbol, ICU inserts the name one digit too early: `KWD 0,00 Kuveyt dinarı0`",
)];

/// What Node prints for the calls of `intl_parity.js`, in order.
#[expect(clippy::disallowed_methods, reason = "a test asks Node itself, so that nothing recorded grows stale")]
fn node_answers() -> Vec<(String, String)> {
    let script =
        "const show = (0, eval)(process.argv[2]); const calls = (0, eval)(process.argv[1])(Number(process.argv[3]));
                  process.stdout.write(JSON.stringify(calls.map((call) => [call, show(call)])))";
    let output = std::process::Command::new("node")
        .args(["-e", script, include_str!("intl_parity.js"), include_str!("../testing_show.js"), SEED])
        .env("TZ", "UTC")
        .env("LC_ALL", "en_US.UTF-8")
        .output()
        .expect("node, version 20.20 for its CLDR 48, is on PATH");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_we_print_for_a_locale_is_what_node_printed() {
    with_node(|ctx| check_table(ctx, include_str!("intl.json")));
}

#[test]
fn calls_of_intl_print_what_node_prints() {
    let rows = node_answers();
    let (passed_over, rows): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|(call, _)| NOT_IMITATED.iter().any(|(marks, _)| marks.iter().all(|mark| call.contains(mark))));
    assert!(rows.len() >= 4000, "{}", rows.len());
    assert!(passed_over.len() * 100 < rows.len(), "{} calls are passed over", passed_over.len());
    with_node(|ctx| {
        let compared = rows.iter().map(|(call, expected)| (call, expected, show(ctx, call)));
        let differences: Vec<String> = compared
            .filter(|(_, expected, actual)| *expected != actual)
            .map(|(call, expected, actual)| format!("{call}\n  node: {expected}\n  ours: {actual}"))
            .collect();
        assert!(differences.is_empty(), "{} of {} differ\n{}", differences.len(), rows.len(), differences.join("\n"));
    });
}

#[test]
fn what_we_do_not_have_throws_and_says_so() {
    for (expression, message) in [
        (
            "new Date(0).toLocaleDateString('el-GR')",
            "hedgerow does not provide Intl for the locale el; it has cs, cs-CZ, da,",
        ),
        ("(5).toLocaleString(['zh-HK', 'en'])", "Intl for the locale zh-HK"),
        ("'a'.localeCompare('b', 'hr')", "Intl for the locale hr"),
        ("new Date(0).toLocaleString('en-u-ca-buddhist')", "the calendar buddhist; it has gregory"),
        ("new Date(0).toLocaleString('en', {calendar: 'hebrew'})", "the calendar hebrew"),
        ("(5).toLocaleString('en', {numberingSystem: 'arab'})", "the numbering system arab; it has latn"),
        ("['b', 'a'].sort(new Intl.Collator('de-u-co-phonebk').compare)", "the collation phonebk"),
        ("new Intl.Collator('de', {usage: 'search'})", "the usage search"),
        ("(5).toLocaleString('it', {style: 'currency', currency: 'ITL'})", "amounts of ITL for the locale it"),
        ("(5).toLocaleString('en', {roundingIncrement: 5})", "the option roundingIncrement"),
        (
            "new Date(0).toLocaleString('de', {timeZone: 'Europe/London', timeZoneName: 'longGeneric'})",
            "names of the time zone Europe/London by place",
        ),
        ("new Intl.DateTimeFormat().formatRange(0, 1)", "formatRange; format both ends"),
        ("new Intl.NumberFormat().formatRange(0, 1)", "formatRange; format both ends"),
        ("new Intl.DisplayNames('en', {type: 'region'})", "Intl.DisplayNames"),
        ("new Intl.Segmenter()", "Intl.Segmenter"),
        ("new Intl.Locale('en')", "Intl.Locale"),
        ("Intl.supportedValuesOf('unit')", "Intl.supportedValuesOf"),
        ("'i'.toLocaleUpperCase('lt')", "String.prototype.toLocaleUpperCase for the locale lt"),
    ] {
        with_node(|ctx| {
            let shown = show(ctx, expression);
            assert!(shown.starts_with("throws Error: hedgerow does not provide"), "{expression}: {shown}");
            assert!(shown.contains(message), "{expression}: {shown}");
        });
    }
}

#[test]
fn locales_are_negotiated_as_in_node() {
    for (tags, expected) in [
        ("'de-XX'", "de"),
        ("['tlh', 'fr-FR']", "fr-FR"),
        ("'tlh'", "en-US"),
        ("[]", "en-US"),
        ("'EN-gb'", "en-GB"),
        ("'zh-Hans-CN'", "zh-Hans-CN"),
        ("'nb-NO'", "nb"),
        ("'pt-BR-x-foo'", "pt-BR"),
        ("'de-u-hc-h12-ca-gregory'", "de-u-ca-gregory-hc-h12"),
        ("'en-u-nu-latn-ca-foo'", "en-u-nu-latn"),
    ] {
        let shown = with_node(|ctx| show(ctx, &format!("new Intl.DateTimeFormat({tags}).resolvedOptions().locale")));
        assert_eq!(shown, format!("\"{expected}\""), "{tags}");
    }
}

#[test]
fn an_app_may_have_an_intl_of_its_own_and_reads_ours_else() {
    with_node(|ctx| {
        assert_eq!(show(ctx, "typeof Intl + Object.prototype.toString.call(Intl)"), "\"object[object Intl]\"");
        assert_eq!(show(ctx, "Intl === Intl && Intl.NumberFormat === Intl.NumberFormat"), "true");
        assert_eq!(show(ctx, "Object.keys(globalThis).includes('Intl')"), "false");
        assert_eq!(show(ctx, "class Money extends Intl.NumberFormat {}; new Money('de').format(1.5)"), "\"1,5\"");
        assert_eq!(show(ctx, "Intl = 5; Intl"), "5");
    });
    with_node(|ctx| assert_eq!(show(ctx, "const Intl = 1; Intl"), "1"));
}
