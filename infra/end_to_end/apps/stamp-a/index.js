export function setupPlugin({ config, global }) {
    global.stamp = config.stamp
}

// Twice: the config of this moment, and what the set-up kept of it. They differ if a change reaches one without the other.
export function processEvent(event, { config, global }) {
    event.properties.a_config = config.stamp
    event.properties.a_global = global.stamp
    return event
}

export async function onEvent(event, { cache, config }) {
    if (config.mode === 'fail') {
        throw new Error('broken on purpose')
    }
    await cache.incr(`delivered/${event.uuid}`)
}
