//! `node/zlib_stream`, which the stream classes of the Node layer are made of.

use crate::node::testing::{show, with_node};
use rquickjs::Ctx;

/// `open` is a global in the script.
fn shown(script: &str) -> String {
    with_node(|ctx: &Ctx<'_>| {
        let module: rquickjs::Object<'_> = crate::node::load(ctx, "node/zlib_stream").unwrap().get().unwrap();
        ctx.globals().set("open", module.get::<_, rquickjs::Value<'_>>("open").unwrap()).unwrap();
        show(ctx, script)
    })
}

#[test]
fn what_was_flushed_can_be_read_before_the_end() {
    for (pack, unpack) in [
        ("gzip", "gunzip"),
        ("deflate", "inflate"),
        ("deflateRaw", "inflateRaw"),
        ("brotliCompress", "brotliDecompress"),
    ] {
        let script = format!(
            "(() => {{ const [to, back] = [open('{pack}'), open('{unpack}')]; const text = (piece, flush) => \
             Buffer.from(back.push(to.push(Buffer.from(piece), flush))).toString(); \
             return [text('one', 'sync'), text('two', 'full'), text('', 'finish'), to.isFinished(), back.isFinished()] }})()"
        );
        assert_eq!(shown(&script), "[\"one\", \"two\", \"\", true, true]", "{pack}");
    }
}

#[test]
fn input_may_come_byte_by_byte() {
    let script = "(() => { const packed = open('gzip', {level: 9}).push(Buffer.from('a'.repeat(1000)), 'finish'); \
                  const back = open('unzip'); let length = 0; \
                  for (const byte of packed) length += back.push(Buffer.from([byte])).length; \
                  return [packed.length < 60, length, back.isFinished(), back.push(Buffer.alloc(0), 'finish').length] })()";
    assert_eq!(shown(script), "[true, 1000, true, 0]");
}

#[test]
fn members_of_gzip_may_follow_in_later_pieces() {
    let script = "(() => { const one = open('gzip').push(Buffer.from('x'), 'finish'); const back = open('gunzip'); \
                  const text = () => Buffer.from(back.push(one)).toString(); return [text(), text(), back.isFinished()] })()";
    assert_eq!(shown(script), "[\"x\", \"x\", true]");
}

#[test]
fn a_stream_that_ends_too_early_or_is_none_fails_as_in_node() {
    let failing = |script: &str| {
        shown(&format!("(() => {{ try {{ {script} }} catch (e) {{ return [e.message, e.code, e.errno] }} }})()"))
    };
    assert_eq!(
        failing("open('inflate').push(Buffer.from([0x78]), 'finish')"),
        "[\"unexpected end of file\", \"Z_BUF_ERROR\", -5]"
    );
    assert_eq!(
        failing("open('inflate').push(Buffer.from('no'))"),
        "[\"incorrect header check\", \"Z_DATA_ERROR\", -3]"
    );
    assert_eq!(
        failing("open('gzip', {level: 10})"),
        "[\"The value of \\\"options.level\\\" is out of range. It must be >= -1 and <= 9. Received 10\", \
         \"ERR_OUT_OF_RANGE\", undefined]"
    );
    assert_eq!(
        failing("open('inflate', {maxOutputLength: 3}).push(open('deflate').push(Buffer.from('abcd'), 'finish'))"),
        "[\"Cannot create a Buffer larger than 3 bytes\", \"ERR_BUFFER_TOO_LARGE\", undefined]"
    );
}
