import { RetryError } from '@posthog/plugin-scaffold'

// With `fails` nothing of it ends today; without, everything does, and says so.
function finish(config, what) {
    if (config.fails === 'yes') throw new RetryError(`${what} later`)
    console.log('finished', what)
}

export async function setupPlugin({ storage, cache }) {
    await storage.set('set up', { by: 'the release before' })
    await cache.set('set up', ['once'])
}

export const jobs = {
    later: (payload, { config }) => console.log('finished', payload.what, payload.from),
    retried: (payload, { config }) => finish(config, payload.what),
    /* gone: () => {}, */ // make.sh takes the words out, so that the release before knows this job and the next one does not
}

export async function processEvent(event, { jobs, cache, utils, storage, global, config }) {
    if (event.event === 'chain') finish(config, 'chain')
    if (event.event === 'job') await jobs.later({ what: 'job', from: event.distinct_id }).runIn(6, 'hours')
    if (event.event === 'retried job') await jobs.retried({ what: 'retried job' }).runNow()
    if (event.event === 'gone job') await jobs.gone({}).runIn(...event.properties.in)
    if (event.event === 'look') {
        event.properties = {
            counter: await cache.get('counter'), list: await cache.lrange('list', 0, -1), ends: await cache.get('ends', 'ended'),
            stored: await storage.get('an event'), setUp: await storage.get('set up'), global: global.events,
            cursor: await utils.cursor.increment('cursor', 0),
        }
        return event
    }
    global.events = (global.events ?? 0) + 1
    await cache.incr('counter')
    await utils.cursor.increment('cursor', 10)
    await cache.lpush('list', [event.event])
    await cache.set('ends', 'soon', 3600)
    await storage.set('an event', { name: event.event, text: 'ä 🌿 "quoted"', number: 1.5, nothing: null })
    return event
}

export function onEvent(event, { config }) {
    if (event.event === 'on_event') finish(config, 'on_event')
    if (event.event === 'exhausted') finish(config, 'exhausted')
    if (event.event === 'failed' && config.fails === 'yes') throw new Error('no such plan')
    if (event.event === 'failed') console.log('finished', 'failed')
}

export function composeWebhook(event, { config }) {
    if (event.event === 'webhook') finish(config, 'webhook')
    return null
}

export function exportEvents(events, { config }) {
    if (events.some((event) => event.event === 'export')) finish(config, 'export')
}

export function runEveryMinute({ config }) {
    finish(config, 'minute')
}
