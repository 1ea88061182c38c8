export function processEvent(event, { config }) {
    event.properties.b_config = config.stamp
    return event
}

export async function onEvent(event, { cache, config }) {
    if (config.mode === 'fail') {
        throw new Error('broken on purpose')
    }
    await cache.incr(`delivered/${event.uuid}`)
}
