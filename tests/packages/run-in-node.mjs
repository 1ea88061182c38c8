// Runs an app of this folder in Node, over the real npm packages, and prints its console lines: what our engine has to print, too.
//
//   node run-in-node.mjs APP-FOLDER < SETTINGS
//
// SETTINGS is JSON: `config`, the app's config; and `ports`, from a host name to the port of 127.0.0.1 that connections to it are
// led to (in TLS the name stays the one that was asked for). HEDGEROW_TEST_NODE_MODULES is the node_modules folder with the
// packages; certificates beside Node's own are trusted by NODE_EXTRA_CA_CERTS.
//
// The life of an app is played once: setupPlugin, runEveryMinute, the jobs in the order in which they were asked for, teardownPlugin.

import fs from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import path from 'node:path'
import process from 'node:process'
import tls from 'node:tls'
import vm from 'node:vm'

/** What an app may import (behaviour.md a.3), and what of it. */
const IMPORTS = {
    '@google-cloud/bigquery': (module) => module,
    '@google-cloud/pubsub': (module) => module,
    '@google-cloud/storage': (module) => module,
    '@posthog/plugin-contrib': (module) => module,
    '@posthog/plugin-scaffold': (module) => module,
    'aws-sdk': (module) => module,
    crypto: (module) => module,
    faker: (module) => module,
    'generic-pool': (module) => module,
    jsonwebtoken: (module) => module,
    'node-fetch': (module) => module,
    pg: (module) => module,
    'snowflake-sdk': (module) => module,
    stream: ({ PassThrough }) => ({ PassThrough }),
    url: (module) => module,
    zlib: (module) => module,
}

/** Globals of Node that an app does not see (behaviour.md a.2). */
const HIDDEN = [
    'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask', 'process',
    'URLSearchParams', 'TextEncoder', 'TextDecoder', 'atob', 'btoa', 'Headers', 'Request', 'Response', 'AbortController',
    'AbortSignal', 'crypto', 'performance', 'structuredClone', '__dirname', '__filename',
]

function fail(message) {
    process.stderr.write(`${message}\n`)
    process.exit(1)
}

/** Leads connections to these hosts to ports of this machine. Packages connect through these two functions. */
function redirect(ports) {
    for (const module of [net, tls]) {
        for (const name of ['connect', 'createConnection']) {
            const original = module[name]
            if (original === undefined) continue
            module[name] = function (options, ...rest) {
                const port = typeof options === 'object' ? ports[options.host ?? options.hostname] : undefined
                if (port === undefined) return original.call(this, options, ...rest)
                return original.call(this, { ...options, servername: options.servername ?? options.host, host: '127.0.0.1', port }, ...rest)
            }
        }
    }
}

function appConsole() {
    const print = (...values) => {
        if (!values.every((value) => typeof value === 'string')) {
            throw new TypeError('these apps print text only: how values are shown is another test')
        }
        process.stdout.write(`${values.join(' ')}\n`)
    }
    return { log: print, info: print, warn: print, error: print, debug: print }
}

function load(folder, require) {
    const source = fs.readFileSync(path.join(folder, 'index.js'), 'utf8')
    const names = ['module', 'exports', 'require', 'console', 'fetch', ...HIDDEN]
    // In this realm, so that its values are those of the packages.
    const run = vm.compileFunction(source, names, { filename: path.join(folder, 'index.js') })
    const module = { exports: {} }
    const appRequire = (name) => {
        if (!(name in IMPORTS)) throw new Error(`Cannot import '${name}'! This package is not provided`)
        return IMPORTS[name](require(name))
    }
    run.call(globalThis, module, module.exports, appRequire, appConsole(), require('node-fetch'))
    return module.exports
}

/** `meta`, with what these apps use of it; `queue` takes the jobs asked for. */
function makeMeta(app, config, queue) {
    const jobs = {}
    for (const name of Object.keys(app.jobs ?? {})) {
        const later = async (payload) => void queue.push({ name, payload: JSON.parse(JSON.stringify(payload)) })
        jobs[name] = (payload) => ({ runNow: () => later(payload), runIn: () => later(payload), runAt: () => later(payload) })
    }
    return { config, global: {}, attachments: {}, jobs }
}

async function main() {
    const folder = process.argv[2] ?? fail('usage: node run-in-node.mjs APP-FOLDER < SETTINGS')
    const modules = process.env.HEDGEROW_TEST_NODE_MODULES ?? fail('HEDGEROW_TEST_NODE_MODULES is not set')
    // Not at once from descriptor 0, which fails where there is more than a pipe holds.
    let text = ''
    for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
    const settings = JSON.parse(text)
    redirect(settings.ports ?? {})
    // node_modules/.. is where Node looks from.
    const require = createRequire(path.join(path.resolve(modules), '..', 'app.js'))
    // A call that waits for a timer which would not keep Node up (`unref`) is still a call under way.
    setInterval(() => {}, 1000)
    const app = load(folder, require)
    const queue = []
    const meta = makeMeta(app, settings.config ?? {}, queue)
    await app.setupPlugin?.(meta)
    await app.runEveryMinute?.(meta)
    for (const { name, payload } of queue) await app.jobs[name](payload, meta)
    await app.teardownPlugin?.(meta)
    // What the app left open does not keep a server up either.
    process.stdout.write('', () => process.exit(0))
}

process.on('uncaughtException', (error) => fail(`not caught: ${error.stack}`))
main().catch((error) => fail(error.stack ?? String(error)))
