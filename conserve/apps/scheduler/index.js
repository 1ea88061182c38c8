async function isTold(row, { config }) {
    try {
        const response = await fetch(config.endpoint, { method: 'POST', body: JSON.stringify({ app: 'scheduler', ...row }) })
        return response.status === 200
    } catch (error) {
        return false
    }
}

export async function onEvent({ uuid, properties }, { cache, jobs }) {
    // One number an event: the checker looks for numbers that two events share, and for gaps.
    const count = await cache.incr('events')
    const incomplete = properties.kept === properties.number ? [] : [uuid]
    const job = jobs.tell({ uuid, incomplete, count, attempt: 1 })
    if (properties.patient) {
        // Longer than a queue can hold a message back.
        await job.runIn(16, 'minutes')
    } else if (properties.number % 2) {
        await job.runNow()
    } else {
        await job.runIn(1 + (properties.number % 4), 'seconds')
    }
}

// The runtime runs a job once: an app that wants it again orders it again.
async function tell({ uuid, incomplete, count, attempt }, meta) {
    if (!(await isTold({ what: 'job', uuids: [uuid], incomplete, count }, meta))) {
        await meta.jobs.tell({ uuid, incomplete, count, attempt: attempt + 1 }).runIn(Math.min(2 ** attempt, 30), 'seconds')
    }
}

export async function runEveryMinute(meta) {
    await isTold({ what: 'tick', uuids: [], incomplete: [] }, meta)
}

export const jobs = { tell }
