const fetched = require('node-fetch')

const print = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`)

async function step(name, work) {
    try {
        print(name, await work())
    } catch (error) {
        console.log(`${name} failed: ${error.name} ${error.type} ${error.code} ${error.message.replace(/127\.0\.0\.1:\d{4,}/g, 'SITE')}`)
    }
}

async function requests(site) {
    const echo = async (path, options) => (await fetched(`${site}/echo${path}`, options)).json()
    await step('GET', () => echo('?a=1&b=naïve', { headers: { 'User-Agent': 'app', 'X-App': 'yes' } }))
    await step('POST text', () => echo('', { method: 'POST', body: 'naïve 🦔', headers: { 'user-agent': 'app' } }))
    await step('POST JSON', () => echo('', { method: 'POST', body: JSON.stringify({ a: [1] }), headers: { 'Content-Type': 'application/json', 'user-agent': 'app' } }))
    await step('POST bytes', () => echo('', { method: 'POST', body: Buffer.from('raw'), headers: { 'user-agent': 'app' } }))
    await step('POST a form', () => echo('', { method: 'POST', body: new URL('http://x/?b=1+2&c=%26').searchParams, headers: { 'user-agent': 'app' } }))
    await step('PUT', async () => (await echo('', { method: 'put', body: 'x' })).method)
    await step('DELETE', async () => (await echo('', { method: 'DELETE' })).method)
    await step('PATCH', async () => (await echo('', { method: 'PATCH', body: '' })).method)
    await step('own headers', async () => (await echo('', { headers: { 'User-Agent': 'me', Accept: 'text/plain', Authorization: 'Bearer x' } })).headers)
    await step('GET with a body', () => echo('', { body: 'not allowed' }))
}

async function responses(site) {
    await step('a response', async () => {
        const response = await fetched(`${site}/status/201`)
        const { status, statusText, ok, redirected, size, timeout } = response
        return { status, statusText, ok, redirected, size, timeout, type: response.headers.get('Content-Type'), url: response.url === `${site}/status/201`, body: await response.text() }
    })
    await step('not ok', async () => {
        const response = await fetched(`${site}/status/404`)
        return [response.ok, response.status, response.statusText, await response.json()]
    })
    await step('headers', async () => {
        const { headers } = await fetched(`${site}/echo`)
        return [headers.has('x-twice'), headers.get('x-twice'), headers.raw()['x-twice'], headers.get('nothing'), [...headers.keys()].includes('x-twice')]
    })
    await step('bytes', async () => (await (await fetched(`${site}/bytes/1000000`)).buffer()).length)
    await step('array buffer', async () => (await (await fetched(`${site}/bytes/10`)).arrayBuffer()).byteLength)
    await step('gzip', async () => {
        const response = await fetched(`${site}/gzip`)
        return [response.headers.get('content-encoding'), (await response.text()).length]
    })
    await step('deflate', async () => (await (await fetched(`${site}/deflate`)).text()).length)
    await step('gzip as it is', async () => (await (await fetched(`${site}/gzip`, { compress: false })).buffer()).slice(0, 2).toString('hex'))
    await step('not gzip', async () => (await fetched(`${site}/not-gzip`)).text())
    await step('not JSON', async () => (await fetched(`${site}/bytes/3`)).json().catch((error) => [error.name, error.type]))
    await step('read twice', async () => {
        const response = await fetched(`${site}/bytes/3`)
        await response.text()
        return response.text()
    })
    await step('a clone', async () => {
        const response = await fetched(`${site}/bytes/3`)
        const copy = response.clone()
        return [await response.text(), await copy.text()]
    })
}

async function redirects(site) {
    const go = (path, options) => fetched(`${site}${path}`, options)
    await step('redirected', async () => {
        const response = await go('/redirect/302/status/200')
        return [response.status, response.redirected, response.url === `${site}/status/200`]
    })
    await step('303 after POST', async () => (await (await go('/redirect/303/echo', { method: 'POST', body: 'x' })).json()).method)
    await step('307 after POST', async () => {
        const { method, body } = await (await go('/redirect/307/echo', { method: 'POST', body: 'again' })).json()
        return [method, body]
    })
    await step('by hand', async () => {
        const response = await go('/redirect/301/echo', { redirect: 'manual' })
        return [response.status, response.headers.get('location').endsWith('/echo')]
    })
    await step('as an error', () => go('/redirect/301/echo', { redirect: 'error' }))
    await step('for ever', () => go('/loop'))
    await step('too often', () => go('/redirect/302/redirect/302/echo', { follow: 1 }))
}

async function failures(site) {
    await step('nobody listens', () => fetched('http://127.0.0.1:1/'))
    await step('too slow', () => fetched(`${site}/never`, { timeout: 50 }))
    await step('too large', async () => (await fetched(`${site}/bytes/1000`, { size: 10 })).text())
    // What is no address of the web is refused before node-fetch sees it, in words of its own (behaviour.md b.8).
}

async function setupPlugin({ config }) {
    print('members', [typeof fetched, typeof fetched.isRedirect, typeof fetched.FetchError])
    await requests(config.site)
    await responses(config.site)
}

async function runEveryMinute({ config, jobs }) {
    await redirects(config.site)
    await failures(config.site)
    await step('at once', async () => {
        const all = await Promise.all(Array.from({ length: 20 }, (_, number) => fetched(`${config.site}/bytes/${number}`).then((response) => response.text())))
        return all.map((text) => text.length)
    })
    await jobs.send({ times: 3 }).runNow()
}

const jobs = {
    send: async ({ times }, { config }) => {
        for (let number = 0; number < times; number += 1) {
            await step('by the global', async () => (await (await fetch(`${config.site}/echo`, { method: 'POST', body: String(number) })).json()).body)
        }
    },
}

module.exports = { setupPlugin, runEveryMinute, jobs }
