import type { PluginEvent, PluginMeta } from '@posthog/plugin-scaffold'

enum Origin {
    Visitor,
    Bot,
    Staff,
}

interface Rules {
    bots: string[]
    staff: string[]
}

namespace Rule {
    export function read(text: string): Rules {
        const rules = JSON.parse(text) as Partial<Rules>
        for (const key of ['bots', 'staff'] as const) {
            if (!Array.isArray(rules[key])) {
                throw new Error(`the rules lack a list "${key}"`)
            }
        }
        return { bots: rules.bots!.map((part) => part.toLowerCase()), staff: rules.staff! }
    }
}

export function setupPlugin({ attachments, global }: PluginMeta): void {
    const file = attachments.rules
    if (!file) {
        throw new Error('upload a file with rules')
    }
    global.rules = Rule.read(file.contents.toString())
    console.info(`${global.rules.bots.length + global.rules.staff.length} rules from ${file.file_name}`)
}

function originOf(event: PluginEvent, rules: Rules): Origin {
    const userAgent = String(event.properties?.$raw_user_agent ?? '').toLowerCase()
    if (rules.bots.some((part) => userAgent.includes(part))) {
        return Origin.Bot
    }
    const address = String(event.properties?.$ip ?? event.ip ?? '')
    return rules.staff.some((start) => address.startsWith(start)) ? Origin.Staff : Origin.Visitor
}

export function processEvent(event: PluginEvent, { config, global }: PluginMeta): PluginEvent | null {
    const origin = originOf(event, global.rules)
    if (origin === Origin.Visitor) {
        return event
    }
    if (config.action === 'drop') {
        console.debug('dropped an event of a', Origin[origin].toLowerCase())
        return null
    }
    // A copy is as good as the event itself.
    return { ...event, properties: { ...event.properties, origin: Origin[origin].toLowerCase() } }
}
