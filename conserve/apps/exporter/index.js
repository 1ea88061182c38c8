import { RetryError } from '@posthog/plugin-scaffold'

export async function exportEvents(events, { cache, config }) {
    let fails = false
    for (const { uuid, properties } of events) {
        // Each such event counts for itself, so that the batch fails as often as the worst of them wants.
        if (properties.export_failures && (await cache.incr(`exports/${uuid}`)) <= properties.export_failures) {
            fails = true
        }
    }
    if (fails) {
        throw new RetryError('this batch is meant to fail')
    }
    const uuids = events.map((event) => event.uuid)
    const incomplete = events.filter(({ properties }) => properties.kept !== properties.number).map((event) => event.uuid)
    let status
    try {
        const body = JSON.stringify({ app: 'exporter', what: 'exported', uuids, incomplete })
        status = (await fetch(config.endpoint, { method: 'POST', body })).status
    } catch (error) {
        throw new RetryError(`the endpoint is out of reach: ${error.message}`)
    }
    if (status !== 200) {
        throw new RetryError(`the endpoint answered ${status}`)
    }
}
