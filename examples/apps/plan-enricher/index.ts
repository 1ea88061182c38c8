import { PluginEvent, PluginMeta, ProcessedPluginEvent, RetryError } from '@posthog/plugin-scaffold'

interface Config {
    apiUrl: string
    apiKey: string
    rememberSeconds: string
}

type Meta = PluginMeta & { config: Config; global: { headers: Record<string, string>; rememberSeconds: number } }

// What the cache holds for a customer whom the API does not know, so that it is not asked about them on every event.
const UNKNOWN = 'unknown'

export function setupPlugin({ config, global }: Meta): void {
    const seconds = Number(config.rememberSeconds)
    if (!Number.isInteger(seconds) || seconds < 1) {
        throw new Error(`rememberSeconds must be a whole number of seconds, not "${config.rememberSeconds}"`)
    }
    global.rememberSeconds = seconds
    global.headers = { Authorization: `Bearer ${config.apiKey}` }
}

async function findPlan(customer: string, { cache, config, global }: Meta): Promise<string> {
    const key = `plan/${customer}`
    const remembered = (await cache.get(key, null)) as string | null
    if (remembered !== null) {
        return remembered
    }
    const response = await fetch(`${config.apiUrl}/customers/${encodeURIComponent(customer)}`, { headers: global.headers })
    if (!response.ok && response.status !== 404) {
        throw new Error(`the billing API answered ${response.status}`)
    }
    const plan: string = response.ok ? (await response.json()).plan : UNKNOWN
    await cache.set(key, plan, global.rememberSeconds)
    return plan
}

export async function processEvent(event: PluginEvent, meta: Meta): Promise<PluginEvent> {
    try {
        const plan = await findPlan(event.distinct_id, meta)
        if (plan !== UNKNOWN) {
            event.properties!.plan = plan
            event.$set = { ...event.$set, plan }
        }
    } catch (error) {
        // An event without its plan is worth more than none.
        console.warn('no plan for', event.distinct_id, error)
    }
    return event
}

export async function onEvent(event: ProcessedPluginEvent, { config, global }: Meta): Promise<void> {
    if (event.event !== 'report created') {
        return
    }
    let status: number
    try {
        const response = await fetch(`${config.apiUrl}/usage`, {
            method: 'POST',
            headers: { ...global.headers, 'Content-Type': 'application/json', 'Idempotency-Key': event.uuid! },
            body: JSON.stringify({ customer: event.distinct_id, unit: 'report' }),
        })
        status = response.status
    } catch (error) {
        throw new RetryError(`the billing API is out of reach: ${(error as Error).message}`)
    }
    if (status >= 500 || status === 429) {
        throw new RetryError(`the billing API answered ${status}`)
    }
    if (status >= 400) {
        // Asking again would not help.
        console.error('usage of', event.distinct_id, 'was refused with', status)
    }
}
