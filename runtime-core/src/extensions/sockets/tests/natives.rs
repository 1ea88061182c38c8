//! What `binding` gives, in the shapes that the Node layer is written against.

use super::stage::{Stage, received};
use serde_json::json;
use tokio::io::AsyncWriteExt;

/// An app of one function body; `text` and `bytes` go between strings and bytes.
fn app(body: &str) -> String {
    format!(
        "const bytes = (text) => Uint8Array.from(Buffer.from(text))
         const text = (bytes) => Buffer.from(bytes).toString()
         const shape = (error) => ({{ ...error, name: error.name, message: error.message }})
         export async function processEvent(event) {{ {body} }}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_reads_writes_and_ends() {
    let stage =
        Stage::with(&app("const connection = await binding.connect({ host: 'db.test', port: 5432, family: 0 })
         const written = [connection.write(bytes('one ')), connection.write(bytes('two'))]
         const first = text(await connection.read())
         await Promise.all(written)
         await connection.shutdown()
         const end = await connection.read()
         connection.close()
         const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = connection
         return { first, end, remoteAddress, remotePort, remoteFamily, localAddress, localPort }"));
    let serving = async {
        let mut server = stage.server().await;
        let mut all = received(&mut server).await;
        while all != "one two" {
            all += &received(&mut server).await;
        }
        server.write_all(b"hello").await.unwrap();
        assert_eq!(received(&mut server).await, "", "the app has shut its side down");
    };
    let (result, ()) = futures_util::future::join(stage.returned("a"), serving).await;
    let expected = json!({
        "first": "hello", "end": null, "remoteAddress": "192.0.2.1", "remotePort": 5432, "remoteFamily": "IPv4",
        "localAddress": "127.0.0.1", "localPort": 50_000,
    });
    assert_eq!(result, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_nodes_shape() {
    let stage = Stage::with(&app("const caught = []
         for (const host of ['nowhere', 'db.test'])
             await binding.connect({ host, port: 1 }).catch((error) => caught.push(shape(error)))
         await binding.lookup('nowhere', 4).catch((error) => caught.push(shape(error)))
         return { caught, found: await binding.lookup('db.test', 0) }"));
    let not_found = json!({
        "name": "Error", "message": "getaddrinfo ENOTFOUND nowhere", "code": "ENOTFOUND", "errno": -3008,
        "syscall": "getaddrinfo", "hostname": "nowhere",
    });
    let refused = json!({
        "name": "Error", "message": "connect ECONNREFUSED 192.0.2.1:1", "code": "ECONNREFUSED", "errno": -111,
        "syscall": "connect", "address": "192.0.2.1", "port": 1,
    });
    let expected = json!({
        "caught": [not_found, refused, not_found], "found": [{"address": "192.0.2.1", "family": 4}],
    });
    assert_eq!(stage.returned("a").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_says_what_it_came_to() {
    let stage = Stage::with(&app(
        "const connection = await binding.connect({ host: 'db.test', port: 5432 })
         const session = await connection.startTls({ servername: 'db', rejectUnauthorized: false, alpnProtocols: ['h2'] })
         const plain = await connection.startTls({ servername: 'db', rejectUnauthorized: true, checkServerName: true })
         return { ...session, peerCertificate: text(session.peerCertificate), plain: [plain.authorized, plain.alpnProtocol] }",
    ));
    let expected = json!({
        "authorized": false, "authorizationError": "DEPTH_ZERO_SELF_SIGNED_CERT", "alpnProtocol": "h2",
        "protocol": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "peerCertificate": "db", "plain": [true, null],
    });
    assert_eq!(stage.returned("a").await, expected);
}

const EXCHANGE: &str = "
    const exchange = (path, body, hostname = 'api.test') => {
        const exchange = binding.request({
            method: 'POST', protocol: 'https:', hostname, port: 8443, path, hasBody: body !== undefined,
            headers: [['X-A', '1'], ['x-b', '2']],
        })
        if (body !== undefined) {
            for (const piece of body) exchange.writeBody(bytes(piece))
            exchange.endBody()
        }
        return exchange
    };";

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_streams_both_ways_and_is_recorded_like_a_fetch() {
    let stage = Stage::with(&app(&format!(
        "{EXCHANGE}
         const one = exchange('/a/../b?c', ['x', 'y', 'z'])
         const head = await one.head
         const pieces = []
         for (let piece; (piece = await one.readBody()) !== null;) pieces.push(text(piece))
         return {{ head, pieces, after: await one.readBody() }}"
    )));
    let expected = json!({
        "head": {
            "status": 201, "statusText": "Created", "httpVersion": "1.1", "headers": [["x-one", "1"], ["x-two", "2"]],
            "remoteAddress": "192.0.2.1", "remotePort": 443,
        },
        "pieces": ["got ", "xyz"], "after": null,
    });
    assert_eq!(stage.returned("a").await, expected);
    let recorded = stage.recorded.0.lock().unwrap().clone();
    let init = json!({"method": "POST", "headers": {"X-A": "1", "x-b": "2"}, "body": "xyz"});
    assert_eq!(recorded, [("fetch".to_owned(), json!(["https://api.test:8443/b?c", init]))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_is_refused_or_broken_off_as_node_says_it() {
    let stage = Stage::with(&app(&format!(
        "{EXCHANGE}
         const caught = []
         for (const [path, host] of [['/', '127.0.0.1'], ['/', '0x7f.1'], ['/', '::1'], ['/broken']])
             await exchange(path, undefined, host).head.catch((error) => caught.push([error.code, error.message]))
         return caught"
    )));
    let refused = |host: &str| {
        let message = format!(
            "Internal hostname: {host} is not public; list it in the installation's `allowed_hosts` or its network in \
             `allowed_networks` if the app may reach it"
        );
        json!(["ERR_EGRESS_REFUSED", message])
    };
    let expected =
        json!([refused("127.0.0.1"), refused("127.0.0.1"), refused("[::1]"), ["ECONNRESET", "socket hang up"]]);
    assert_eq!(stage.returned("a").await, expected);
    assert_eq!(stage.http.sent.lock().unwrap().len(), 1, "what is refused is not sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_isolate_has_128_connections_at_a_time() {
    let stage = Stage::with(&app("const open = []
         while (open.length < 128) open.push(await binding.connect({ host: 'db.test', port: 5432 }))
         const caught = []
         try { binding.connect({ host: 'db.test', port: 5432 }) } catch (error) { caught.push(shape(error)) }
         open.pop().close()
         open.push(await binding.connect({ host: 'db.test', port: 5432 }))
         return caught"));
    let message = "connect EMFILE db.test:5432 - too many open connections";
    let expected = json!([{"name": "Error", "message": message, "code": "EMFILE", "errno": -24, "syscall": "connect"}]);
    assert_eq!(stage.returned("a").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clocks_are_those_of_the_port() {
    let stage = Stage::with(&app("return [binding.now(), binding.hrtime(), Object.getPrototypeOf(binding)]"));
    stage.clock.advance(std::time::Duration::from_micros(1_500));
    assert_eq!(stage.returned("a").await, json!([1_672_531_200_001_i64, 1.5, null]));
}
