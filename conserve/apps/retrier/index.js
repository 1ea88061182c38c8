import { RetryError } from '@posthog/plugin-scaffold'

async function tell(what, event, attempts, { config }) {
    const { uuid, properties } = event
    const incomplete = properties.kept === properties.number ? [] : [uuid]
    const body = JSON.stringify({ app: 'retrier', what, uuids: [uuid], incomplete, attempts })
    let status
    try {
        status = (await fetch(config.endpoint, { method: 'POST', body })).status
    } catch (error) {
        throw new RetryError(`the endpoint is out of reach: ${error.message}`)
    }
    if (status !== 200) {
        throw new RetryError(`the endpoint answered ${status}`)
    }
}

export async function onEvent(event, meta) {
    const attempts = await meta.cache.incr(`attempts/${event.uuid}`)
    if (event.properties.hopeless) {
        await tell('failed', event, attempts, meta)
    }
    if (event.properties.hopeless || attempts <= event.properties.failures) {
        throw new RetryError(`attempt ${attempts} is meant to fail`)
    }
    await tell('handled', event, attempts, meta)
}
