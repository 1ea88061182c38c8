const { Storage } = require('@google-cloud/storage')
const { createHash } = require('crypto')
const { gzipSync } = require('zlib')

const BUCKET = 'hedgerow-exports'

async function step(name, work) {
    try {
        const value = await work()
        console.log(`${name}: ${value === undefined ? 'undefined' : JSON.stringify(value)}`)
    } catch (error) {
        const reasons = error.errors?.map(({ reason }) => reason)
        console.log(`${name} failed: ${error.name} ${error.code} ${error.message} ${JSON.stringify(reasons)}`)
    }
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

const connect = ({ config }, more = {}) => {
    const key = JSON.parse(config.key)
    return new Storage({ projectId: key.project_id, credentials: { client_email: key.client_email, private_key: key.private_key }, autoRetry: false, ...more })
}

async function buckets(storage) {
    await step('no bucket yet', async () => (await storage.bucket(BUCKET).exists())[0])
    await step('metadata of no bucket', () => storage.bucket(BUCKET).getMetadata())
    await step('make a bucket', async () => (await storage.createBucket(BUCKET))[0].name)
    await step('make it again', () => storage.createBucket(BUCKET))
    await step('get it', async () => (await storage.bucket(BUCKET).get())[1].kind)
    await step('buckets', async () => (await storage.getBuckets())[0].map(({ name }) => name))
}

async function files(storage) {
    const bucket = storage.bucket(BUCKET)
    await step('save', async () => bucket.file('events/one.json').save(JSON.stringify({ text: 'naïve 🦔' }), { resumable: false, contentType: 'application/json', metadata: { metadata: { from: 'app' } } }))
    await step('metadata', async () => {
        const { name, size, contentType, md5Hash, crc32c, metadata } = (await bucket.file('events/one.json').getMetadata())[0]
        return { name, size, contentType, md5Hash, crc32c, metadata }
    })
    await step('download', async () => {
        const [content] = await bucket.file('events/one.json').download()
        return [content instanceof Buffer, content.toString()]
    })
    await step('save, called back', () => new Promise((resolve, reject) =>
        bucket.file('events/two with space & Ümlaut').save(Buffer.from([0, 255]), { resumable: false }, (error) => (error ? reject(error) : resolve('saved')))))
    await step('download it', async () => (await bucket.file('events/two with space & Ümlaut').download())[0].toString('hex'))
    await step('a part', async () => (await bucket.file('events/one.json').download({ start: 2, end: 5, validation: false }))[0].toString())
    await step('gzip', async () => {
        const content = 'line\n'.repeat(1000)
        await bucket.file('lines').save(content, { resumable: false, gzip: true })
        const [metadata] = await bucket.file('lines').getMetadata()
        return [metadata.contentEncoding, (await bucket.file('lines').download())[0].toString() === content]
    })
    await step('gzip made by the app', async () => {
        await bucket.file('app.gz').save(gzipSync('by the app'), { resumable: false, metadata: { contentType: 'application/gzip' } })
        return (await bucket.file('app.gz').download())[0].slice(0, 2).toString('hex')
    })
    await step('wrong hash', () => bucket.file('bad').save('x', { resumable: false, validation: false, metadata: { md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' } }))
    await step('set metadata', async () => {
        const file = bucket.file('events/one.json')
        await file.setMetadata({ metadata: { more: 'yes' }, cacheControl: 'no-cache' })
        const [{ metadata, cacheControl }] = await file.getMetadata()
        return { metadata, cacheControl }
    })
    await step('copy', async () => {
        await bucket.file('events/one.json').copy(bucket.file('copy'))
        return (await bucket.file('copy').download())[0].length
    })
    await step('move', async () => {
        await bucket.file('copy').move('moved')
        return [(await bucket.file('copy').exists())[0], (await bucket.file('moved').exists())[0]]
    })
}

async function large(storage) {
    const bucket = storage.bucket(BUCKET)
    const content = Buffer.alloc(3 * 1024 * 1024 + 17, 'hedgerow ')
    await step('resumable', async () => {
        await bucket.file('resumable').save(content, { contentType: 'text/plain' })
        const [downloaded] = await bucket.file('resumable').download()
        return [downloaded.length, sha256(downloaded) === sha256(content), (await bucket.file('resumable').getMetadata())[0].contentType]
    })
    await step('write stream', () => new Promise((resolve, reject) => {
        const stream = bucket.file('streamed').createWriteStream({ resumable: false, gzip: true })
        stream.on('error', reject)
        stream.on('finish', () => resolve('finished'))
        for (let at = 0; at < content.length; at += 100000) stream.write(content.slice(at, at + 100000))
        stream.end()
    }))
    await step('write stream, resumable', () => new Promise((resolve, reject) => {
        const stream = bucket.file('streamed in sessions').createWriteStream()
        stream.on('error', reject)
        stream.on('finish', () => resolve('finished'))
        stream.write(content.slice(0, 1000))
        stream.end(content.slice(1000, 2000))
    }))
    await step('read stream', () => new Promise((resolve, reject) => {
        const digest = createHash('sha256')
        let length = 0
        bucket.file('streamed').createReadStream().on('error', reject)
            .on('data', (chunk) => { digest.update(chunk); length += chunk.length })
            .on('end', () => resolve([length, digest.digest('hex').slice(0, 16) === sha256(content)]))
    }))
}

async function listing(storage) {
    const bucket = storage.bucket(BUCKET)
    await step('files', async () => (await bucket.getFiles())[0].map(({ name }) => name))
    await step('files of a folder', async () => (await bucket.getFiles({ prefix: 'events/' }))[0].map(({ name }) => name))
    await step('a page', async () => {
        const [page, next] = await bucket.getFiles({ maxResults: 2, autoPaginate: false })
        return [page.map(({ name }) => name), next.maxResults]
    })
    await step('by pages', async () => (await bucket.getFiles({ maxResults: 3 }))[0].length)
    await step('folders', async () => (await bucket.getFiles({ delimiter: '/', autoPaginate: false }))[2].prefixes)
    await step('delete', async () => Object.keys((await bucket.file('moved').delete())[0]?.body ?? {}))
    await step('delete it again', () => bucket.file('moved').delete())
    await step('download nothing', () => bucket.file('moved').download())
    await step('read nothing', () => new Promise((resolve, reject) => bucket.file('moved').createReadStream().on('error', reject).on('data', resolve)))
    await step('delete the bucket', () => bucket.delete())
    await step('empty it', async () => {
        await bucket.deleteFiles({ force: true })
        await bucket.delete()
        return (await bucket.exists())[0]
    })
}

async function signing(storage, { config }) {
    await step('signed address', async () => {
        const [text] = await storage.bucket(BUCKET).file('a b').getSignedUrl({ action: 'read', version: 'v4', expires: Date.now() + 60000 })
        const url = new URL(text)
        return [url.host, url.pathname, [...url.searchParams.keys()].sort(), url.searchParams.get('X-Goog-Signature').length]
    })
    await step('signed address, version 2', async () => {
        const [text] = await storage.bucket(BUCKET).file('a').getSignedUrl({ action: 'read', version: 'v2', expires: 4102444800000 })
        return sha256(text)
    })
    const key = JSON.parse(config.key)
    const stranger = new Storage({ projectId: key.project_id, credentials: { client_email: 'else@hedgerow-test.iam.gserviceaccount.com', private_key: key.private_key }, autoRetry: false })
    await step('no such account', async () => stranger.bucket(BUCKET).getMetadata().catch((error) => [error.code, error.response?.data?.error, error.response?.data?.error_description]))
    await step('a key that is none', async () => {
        const broken = new Storage({ projectId: key.project_id, credentials: { client_email: key.client_email, private_key: 'nonsense' }, autoRetry: false })
        return broken.bucket(BUCKET).getMetadata().then(() => 'let in', () => 'refused')
    })
}

async function setupPlugin(meta) {
    meta.global.storage = connect(meta)
    await buckets(meta.global.storage)
    await files(meta.global.storage)
}

async function runEveryMinute(meta) {
    await large(meta.global.storage)
    await signing(meta.global.storage, meta)
    await step('another endpoint, with credentials', async () => {
        const storage = connect(meta, { apiEndpoint: meta.config.endpoint, useAuthWithCustomEndpoint: true })
        return (await storage.bucket(BUCKET).file('lines').download())[0].length
    })
    await meta.jobs.clean({ up: true }).runNow()
}

const jobs = { clean: (_, { global }) => listing(global.storage) }

module.exports = { setupPlugin, runEveryMinute, jobs }
