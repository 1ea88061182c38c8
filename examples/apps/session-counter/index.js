// The cache counts what may be forgotten: the events of a session that is still going on.
// The storage keeps what must last: how many sessions there have been.
export async function processEvent(event, { cache, config, storage, utils }) {
    const session = event.properties.$session_id
    if (!session) {
        return event
    }
    const key = `events/${session}`
    const number = await cache.incr(key)
    // Every event puts off the end of its session.
    await cache.expire(key, Number(config.idleMinutes) * 60)
    event.properties.session_event_number = number
    if (number === 1) {
        event.properties.session_number = await utils.cursor.increment('sessions')
        await storage.set('latest', { session, started_at: event.timestamp })
    }
    return event
}
