//! The packages of the imports bundle, as far as they go without a network: each loads, and something of it works. Their real work
//! is tested against real servers.

use super::result_of;
use crate::imports::bundle::ImportsBundle;
use crate::imports::names;
use crate::node::testing::{Counting, module, show, with_node};
use crate::node::{NodeHost, install, loaded_units};
use rquickjs::{CatchResultExt, Context, Ctx, Runtime};
use std::sync::Arc;

/// What shows that an import is what its name says.
const SIGNS: [(&str, &str, &str); 12] = [
    ("stream", "Object.keys(it)", "[\"PassThrough\"]"),
    ("generic-pool", "typeof it.createPool({create: async () => 1, destroy: async () => {}}).acquire", "\"function\""),
    ("pg", "new it.Client({host: 'db.example.com', password: 'x'}).port", "5432"),
    ("pg", "new it.Pool({max: 3}).options.max", "3"),
    ("aws-sdk", "new it.S3({region: 'eu-central-1'}).endpoint.href", "\"https://s3.eu-central-1.amazonaws.com/\""),
    ("aws-sdk", "new it.Kinesis({region: 'us-east-1'}).api.apiVersion", "\"2013-12-02\""),
    ("@google-cloud/storage", "new it.Storage({projectId: 'p'}).bucket('b').file('f').name", "\"f\""),
    ("@google-cloud/bigquery", "new it.BigQuery({projectId: 'p'}).dataset('d').table('t').id", "\"t\""),
    ("@google-cloud/pubsub", "new it.PubSub({projectId: 'p'}).topic('t').name", "\"projects/p/topics/t\""),
    (
        "snowflake-sdk",
        "typeof it.createConnection({account: 'a', username: 'u', password: 'p'}).execute",
        "\"function\"",
    ),
    ("faker", "(it.seed(1), it.setLocale('de'), it.address.country().length > 2)", "true"),
    ("jsonwebtoken", "it.verify(it.sign({a: 1}, 's'), 's').a", "1"),
];

#[test]
fn every_package_loads_and_makes_something() {
    with_node(|ctx| {
        for (name, expression, expected) in SIGNS {
            ctx.globals().set("it", module(ctx, name).catch(ctx).unwrap()).unwrap();
            assert_eq!(show(ctx, expression), expected, "{name}: {expression}");
        }
    });
}

/// behaviour.md a.2: what packages see is not what an app sees, however many of them it has imported.
#[test]
fn packages_leave_nothing_in_reach_of_an_app() {
    with_node(|ctx| {
        let globals = "Object.getOwnPropertyNames(globalThis).sort().join()";
        let before = show(ctx, globals);
        for name in names() {
            module(ctx, name).catch(ctx).unwrap();
        }
        for (name, expression, _) in SIGNS {
            ctx.globals().set("it", module(ctx, name).unwrap()).unwrap();
            show(ctx, expression);
        }
        ctx.globals().remove("it").unwrap();
        assert_eq!(show(ctx, globals), before);
        for withheld in ["setTimeout", "process", "require", "AbortController", "URLSearchParams", "window", "self"] {
            assert_eq!(show(ctx, &format!("typeof {withheld}")), "\"undefined\"", "{withheld}");
        }
    });
}

#[test]
fn nothing_is_read_before_it_is_imported() {
    with_node(|ctx| {
        for name in ["crypto", "url", "node-fetch", "@posthog/plugin-scaffold", "@posthog/plugin-contrib"] {
            module(ctx, name).unwrap();
        }
        assert_eq!(loaded_units(ctx).unwrap(), Vec::<String>::new());
        module(ctx, "generic-pool").unwrap();
        let units = loaded_units(ctx).unwrap();
        assert!(units.contains(&"generic-pool".to_owned()), "{units:?}");
        assert!(units.len() < 6, "no more than it needs: {units:?}");
    });
}

#[test]
fn a_service_of_aws_is_loaded_when_it_is_named() {
    with_node(|ctx| {
        ctx.globals().set("AWS", module(ctx, "aws-sdk").catch(ctx).unwrap()).unwrap();
        let has = |name: &str| loaded_units(ctx).unwrap().contains(&name.to_owned());
        assert!(!has("aws-sdk/clients/sqs"));
        show(ctx, "AWS.SQS.name");
        assert!(has("aws-sdk/clients/sqs"));
        assert_eq!(show(ctx, "'Redshift' in AWS && Object.keys(AWS).length > 300"), "true");
    });
}

#[test]
fn without_a_bundle_an_import_says_what_to_do() {
    let without = [None, Some(Arc::new(ImportsBundle::at("/nowhere/hedgerow-imports.bundle")))];
    for imports in without {
        let runtime = Runtime::new().unwrap();
        let context = Context::full(&runtime).unwrap();
        context.with(|ctx| {
            install(&ctx, NodeHost { entropy: Arc::new(Counting), imports }).catch(&ctx).unwrap();
            for name in ["pg", "stream", "aws-sdk"] {
                let error =
                    module(&ctx, name).map(|stream| stream.as_object().unwrap().get::<_, String>("PassThrough"));
                let error = error.and(Err::<(), _>(rquickjs::Error::Unknown)).catch(&ctx).unwrap_err().to_string();
                assert!(error.contains("build it with `cargo xtask imports`"), "{name}: {error}");
            }
            assert_eq!(show(&ctx, "typeof google.cloud"), "\"object\"");
        });
    }
}

#[test]
fn the_global_google_is_there_and_lazy() {
    with_node(|ctx| {
        assert_eq!(
            show(ctx, "[typeof google.cloud, Object.keys(google.cloud)]"),
            "[\"object\", [\"bigquery\", \"pubsub\"]]"
        );
        assert_eq!(loaded_units(ctx).unwrap(), Vec::<String>::new());
        assert_eq!(show(ctx, "typeof google.cloud.bigquery.BigQuery"), "\"function\"");
    });
}

#[test]
fn a_pool_gives_queues_and_takes_back() {
    with_node(|ctx| {
        let seen = result_of(
            ctx,
            "let made = 0; const pool = load('generic-pool').createPool({create: async () => ++made, destroy: async () => {}}, {max: 1})
             const first = await pool.acquire(); const second = pool.acquire(); const waiting = pool.pending
             await pool.release(first)
             result = [first, waiting, await second, made, pool.size]",
        );
        assert_eq!(seen, "[1, 1, 1, 1, 1]");
    });
}

#[test]
fn what_is_written_to_a_pass_through_comes_out() {
    with_node(|ctx| {
        let seen = result_of(
            ctx,
            "const stream = new (load('stream').PassThrough)(); stream.write('na'); stream.end(Buffer.from('ïve'))
             const chunks = []; for await (const chunk of stream) chunks.push(chunk); result = Buffer.concat(chunks).toString()",
        );
        assert_eq!(seen, "\"naïve\"");
    });
}

/// Evaluates an expression in which `node(name)` is a module of the layer.
fn layer(ctx: &Ctx<'_>, expression: &str) -> String {
    let require = crate::node::load(ctx, "node/units").unwrap();
    ctx.globals().set("unit", require).unwrap();
    ctx.eval::<(), _>("globalThis.node = (name) => unit('node/' + name)").unwrap();
    show(ctx, expression)
}

/// Each expected value is what Node 20 gives for the same expression.
#[test]
fn modules_of_the_layer_do_as_node() {
    let table = [
        ("node('path').posix.join('a', '../b', '/c')", "\"b/c\""),
        ("node('path').extname('a.tar.gz')", "\".gz\""),
        (
            "node('querystring').stringify({a: [1, 'ü'], b: true, c: null, d: 'x y'})",
            "\"a=1&a=%C3%BC&b=true&c=&d=x%20y\"",
        ),
        (
            "({...node('querystring').parse('a=1&a=2&b=x+y&c&%zz=%41')})",
            "{a: [\"1\", \"2\"], b: \"x y\", c: \"\", %zz: \"A\"}",
        ),
        ("node('util').format('%s %d %j', 'a', 1, {b: 2})", "\"a 1 {\\\"b\\\":2}\""),
        ("node('util').types.isDate(new Date())", "true"),
        ("node('util').isDeepStrictEqual({a: [1]}, {a: [1]})", "true"),
        ("node('util').isDeepStrictEqual({a: [1]}, {a: ['1']})", "false"),
        (
            "node('net').isIP('::ffff:1.2.3.4') + node('net').isIP('1.2.3.4') + node('net').isIP('1.2.3.256') + node('net').isIP('1::2::3')",
            "10",
        ),
        ("node('string_decoder').StringDecoder.prototype.write.length", "1"),
        ("new (node('string_decoder').StringDecoder)('utf8').write(Buffer.from('ü').subarray(0, 1))", "\"\""),
        ("new (node('web').TextDecoder)().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))", "\"a\""),
        ("node('web').atob('YQ==') + node('web').btoa('ÿ')", "\"a/w==\""),
        ("node('web').structuredClone({a: [new Date(0)]}).a[0].getTime()", "0"),
        ("node('fs').existsSync('/etc/passwd')", "false"),
        ("node('process').version.startsWith('v20.') && Object.keys(node('process').env).length", "0"),
        ("node('http').STATUS_CODES[418]", "\"I'm a Teapot\""),
        ("node('os').EOL + node('os').platform()", "\"\\nlinux\""),
        ("node('punycode').toASCII('mañana.com')", "\"xn--maana-pta.com\""),
    ];
    with_node(|ctx| {
        let differences: Vec<_> = table
            .iter()
            .map(|(expression, expected)| (expression, expected, layer(ctx, expression)))
            .filter(|(_, expected, actual)| *expected != actual)
            .map(|(expression, expected, actual)| format!("{expression}\n  node: {expected}\n  ours: {actual}"))
            .collect();
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}

#[test]
fn what_nothing_stands_behind_throws_when_it_is_used() {
    with_node(|ctx| {
        let load_and_use = "unit('node/unavailable?vm').runInNewContext('1')";
        let said = layer(ctx, load_and_use);
        assert!(said.contains("Node's `vm.runInNewContext` cannot be used here"), "{said}");
        assert!(
            layer(ctx, "node('fs').readFileSync('/etc/passwd')")
                .contains("ENOENT: no such file or directory, open '/etc/passwd'")
        );
        assert!(layer(ctx, "node('child_process').execSync('id')").contains("an app cannot start programs"));
        assert!(layer(ctx, "node('net').createServer()").contains("an app cannot listen for connections"));
    });
}

#[test]
fn ticks_run_in_their_order_before_anything_else_can() {
    with_node(|ctx| {
        layer(ctx, "node('process')");
        let seen = result_of(
            ctx,
            "const seen = []; const { nextTick } = node('process'); nextTick((a, b) => { seen.push(a + b); nextTick(() => seen.push(3)) }, 0, 1)
             nextTick(() => seen.push(2)); await new Promise((resolve) => nextTick(() => nextTick(resolve))); result = seen",
        );
        assert_eq!(seen, "[1, 2, 3]");
    });
}
