import type { PluginMeta, PostHogEvent, Webhook } from '@posthog/plugin-scaffold'

export function setupPlugin({ config, global }: PluginMeta): void {
    if (!/^https?:\/\//.test(config.url)) {
        throw new Error(`"${config.url}" is no web address`)
    }
    const names = (config.events ?? '').split(',').map((name: string) => name.trim())
    global.events = new Set(names.filter(Boolean))
}

// Only says what to send. Returning null sends nothing.
export function composeWebhook(event: PostHogEvent, { config, global }: PluginMeta): Webhook | null {
    if (global.events.size && !global.events.has(event.event)) {
        return null
    }
    const headers: Record<string, string> = { 'Content-Type': 'application/json' }
    if (config.bearer) {
        headers.Authorization = `Bearer ${config.bearer}`
    }
    return {
        url: config.url.replace('{team}', String(event.team_id)),
        method: config.method,
        headers,
        body: JSON.stringify({
            id: event.uuid,
            what: event.event,
            who: event.distinct_id,
            when: event.timestamp.toISOString(),
            day: event.timestamp.getUTCDay(),
            details: event.properties,
        }),
    }
}
