import { createHash, createHmac } from 'crypto'
import { PluginMeta, ProcessedPluginEvent, RetryError } from '@posthog/plugin-scaffold'
import { gzipSync } from 'zlib'

type Meta = PluginMeta & { config: { collectorUrl: string; signingKey: string; compression: 'none' | 'gzip' } }

// One JSON object a line: a collector can store the body as it is.
const lines = (events: ProcessedPluginEvent[]) =>
    events.map(({ uuid, event, distinct_id, timestamp, properties }) =>
        JSON.stringify({ uuid, event, distinct_id, timestamp, properties })
    )

class Batch {
    readonly body: string

    constructor(readonly events: ProcessedPluginEvent[]) {
        this.body = lines(events).join('\n') + '\n'
    }

    // The same events give the same name, so a collector can tell that it has a batch already.
    get id(): string {
        const hash = createHash('sha256')
        this.events.forEach((event) => hash.update(event.uuid!))
        return hash.digest('hex').slice(0, 16)
    }

    signature(key: string): string {
        return createHmac('sha256', key).update(this.body).digest('base64')
    }
}

export async function exportEvents(events: ProcessedPluginEvent[], { config }: Meta): Promise<void> {
    const batch = new Batch(events)
    const headers: Record<string, string> = {
        'Content-Type': 'application/x-ndjson',
        'X-Batch-Id': batch.id,
        'X-Signature': batch.signature(config.signingKey),
    }
    let body: string | Buffer = batch.body
    if (config.compression === 'gzip') {
        headers['Content-Encoding'] = 'gzip'
        body = gzipSync(Buffer.from(batch.body, 'utf8'))
    }
    let status: number
    try {
        status = (await fetch(config.collectorUrl, { method: 'POST', headers, body })).status
    } catch (error) {
        throw new RetryError(`the collector is out of reach: ${(error as Error).message}`)
    }
    if (status === 409) {
        console.info('the collector has batch', batch.id, 'already')
    } else if (status >= 500) {
        throw new RetryError(`the collector answered ${status}`)
    } else if (status >= 400) {
        throw new Error(`the collector refused batch ${batch.id} with ${status}`)
    } else {
        console.log(`exported ${events.length} events as ${config.compression}`)
    }
}
