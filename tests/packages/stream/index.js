const { PassThrough } = require('stream')
const zlib = require('zlib')
const { createHash } = require('crypto')

const print = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`)

const finished = (stream, event = 'end') =>
    new Promise((resolve, reject) => {
        stream.once(event, resolve)
        stream.once('error', reject)
    })

async function collect(stream) {
    const chunks = []
    for await (const chunk of stream) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
}

async function basics() {
    const stream = new PassThrough()
    const events = []
    for (const event of ['pipe', 'end', 'finish', 'close']) stream.on(event, () => events.push(event))
    stream.write('naïve ')
    stream.end(Buffer.from('🦔'))
    print('written', [stream.readableLength, stream.writableEnded, stream.writableFinished])
    print('collected', (await collect(stream)).toString())
    await null
    print('events', events)
    const text = new PassThrough({ encoding: 'utf8' })
    const hedgehog = Buffer.from('🦔')
    text.write(hedgehog.slice(0, 2))
    text.end(hedgehog.slice(2))
    const pieces = []
    for await (const piece of text) pieces.push(piece)
    print('whole characters', pieces)
    const objects = new PassThrough({ objectMode: true })
    objects.write({ a: 1 })
    objects.end([2])
    const seen = []
    for await (const item of objects) seen.push(item)
    print('objects', seen)
}

async function pressure() {
    const stream = new PassThrough({ highWaterMark: 4 })
    print('marks', [stream.readableHighWaterMark, stream.writableHighWaterMark])
    print('room', [stream.write('ab'), stream.write('cdef'), stream.writableNeedDrain])
    const drained = finished(stream, 'drain')
    print('read', [String(stream.read(2)), String(stream.read())])
    stream.resume()
    await drained
    print('drained', stream.write('g'))
    stream.end()
    await finished(stream)
    const paused = new PassThrough()
    const data = []
    paused.on('data', (chunk) => data.push(String(chunk)))
    paused.write('one')
    await null
    paused.pause()
    paused.write('two')
    print('paused', [paused.isPaused(), paused.readableFlowing])
    const end = finished(paused)
    paused.resume()
    paused.end()
    await end
    print('flowed', data.join('+'))
}

async function failures() {
    const stream = new PassThrough()
    const failed = new Promise((resolve) => stream.once('error', resolve))
    stream.destroy(new Error('out of order'))
    print('destroyed', [(await failed).message, stream.destroyed])
    const late = new PassThrough()
    late.end('x')
    const told = new Promise((resolve) => late.once('error', resolve))
    late.write('y')
    const error = await told
    print('written too late', [error.code, error.message])
    const unpiped = new PassThrough()
    const target = new PassThrough()
    unpiped.pipe(target)
    unpiped.unpipe(target)
    unpiped.end('lost')
    target.end('kept')
    print('unpiped', (await collect(target)).toString())
    try {
        await collect(new PassThrough().destroy(new Error('while read')))
    } catch (caught) {
        print('while read', caught.message)
    }
}

const material = (lines) => Buffer.from(Array.from({ length: lines }, (_, line) => `line ${line} ${createHash('md5').update(String(line)).digest('hex')}\n`).join(''))

async function compression() {
    const input = material(5000)
    const pairs = [
        ['gzip', zlib.createGzip(), zlib.createGunzip()],
        ['deflate', zlib.createDeflate({ level: 1 }), zlib.createInflate()],
        ['raw', zlib.createDeflateRaw(), zlib.createInflateRaw()],
        ['unzip', zlib.createGzip({ level: 9 }), zlib.createUnzip()],
        ['brotli', zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }), zlib.createBrotliDecompress()],
    ]
    for (const [name, pack, unpack] of pairs) {
        const source = new PassThrough()
        const output = source.pipe(pack).pipe(unpack).pipe(new PassThrough())
        for (let at = 0; at < input.length; at += 10007) source.write(input.slice(at, at + 10007))
        source.end()
        const result = await collect(output)
        print(name, [result.equals(input), result.length, pack.bytesWritten])
    }
    const broken = zlib.createGunzip()
    const failed = new Promise((resolve) => broken.once('error', resolve))
    broken.end('this is not gzip')
    const { code, errno, message } = await failed
    print('not gzip', [code, errno, message])
    const cut = zlib.createGunzip()
    const cutFailed = new Promise((resolve) => cut.once('error', resolve))
    cut.on('data', () => {})
    cut.end(zlib.gzipSync(input).slice(0, 100))
    print('cut off', [(await cutFailed).code, (await cutFailed).message])
    const flushed = zlib.createGzip()
    const first = new Promise((resolve) => flushed.once('data', resolve))
    flushed.write('soon')
    flushed.flush()
    print('flushed', (await first).length > 0)
    flushed.end()
}

async function setupPlugin({ global }) {
    await basics()
    await pressure()
    await failures()
    global.open = new PassThrough()
    global.open.write('begun, ')
}

async function runEveryMinute({ global, jobs }) {
    global.open.end('and ended in a later call')
    print('across calls', (await collect(global.open)).toString())
    await jobs.pack({}).runNow()
}

const jobs = { pack: compression }

module.exports = { setupPlugin, runEveryMinute, jobs }
