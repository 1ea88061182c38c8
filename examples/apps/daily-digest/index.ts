import { PluginMeta, ProcessedPluginEvent } from '@posthog/plugin-scaffold'

interface Digest {
    day: string
    total: number
    change: number | null
}

const DAY = 24 * 60 * 60
const DIGEST = 'daily digest'

const dayOf = (time: Date) => time.toISOString().slice(0, 10)

export async function onEvent(event: ProcessedPluginEvent, { cache }: PluginMeta): Promise<void> {
    if (event.event === DIGEST) {
        // Our own digest comes by here too.
        return
    }
    const key = `events/${dayOf(new Date(event.timestamp!))}`
    await cache.incr(key)
    await cache.expire(key, 3 * DAY)
}

// Runs at midnight, UTC: events of yesterday may still be on their way, so the digest is left to a job.
export async function runEveryDay({ config, jobs }: PluginMeta): Promise<void> {
    const day = dayOf(new Date(Date.now() - DAY * 1000))
    await jobs.digest({ day }).runIn(Number(config.delayMinutes), 'minutes')
}

async function digest({ day }: { day: string }, { cache, config, jobs, storage }: PluginMeta): Promise<void> {
    const total = Number(await cache.get(`events/${day}`, 0))
    const before = (await storage.get('latest', null)) as Digest | null
    if (before?.day === day) {
        console.warn('the digest of', day, 'was made already')
        return
    }
    const made: Digest = { day, total, change: before ? total - before.total : null }
    await posthog.capture(DIGEST, { ...made })
    await storage.set('latest', made)
    if (config.chatUrl) {
        await jobs.tell(made).runNow()
    }
}

async function tell({ day, total, change }: Digest, { config }: PluginMeta): Promise<void> {
    const trend = change === null ? '' : ` (${change < 0 ? '' : '+'}${change})`
    const response = await fetch(config.chatUrl, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ text: `${day}: ${total} events${trend}` }),
    })
    if (!response.ok) {
        throw new Error(`the chat answered ${response.status}: ${await response.text()}`)
    }
}

export const jobs = { digest, tell }
