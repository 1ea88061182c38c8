const { PubSub, v1 } = require('@google-cloud/pubsub')

async function step(name, work) {
    try {
        const value = await work()
        console.log(`${name}: ${value === undefined ? 'undefined' : JSON.stringify(value)}`)
    } catch (error) {
        // Without what gRPC adds, and hedgerow with it: over REST in Node what exists already is ABORTED, and no message names its status.
        const code = error.code === 6 ? 10 : error.code
        console.log(`${name} failed: ${code} ${error.message.replace(/^\d+ [A-Z_]+: /, '')}`)
    }
}

const connect = ({ config }) => {
    const key = JSON.parse(config.key)
    return { projectId: key.project_id, credentials: { client_email: key.client_email, private_key: key.private_key }, fallback: 'rest' }
}

async function topics(pubsub) {
    await step('no topic yet', async () => (await pubsub.topic('events').exists())[0])
    await step('get no topic', () => pubsub.topic('events').get())
    await step('make a topic', async () => (await pubsub.createTopic('events'))[0].name)
    await step('make it again', () => pubsub.createTopic('events'))
    await step('get it', async () => (await pubsub.topic('events').get())[0].name)
    await step('get or make another', async () => (await pubsub.topic('other').get({ autoCreate: true }))[0].name)
    await step('topics', async () => (await pubsub.getTopics())[0].map(({ name }) => name).sort())
}

async function publishing(pubsub) {
    const topic = pubsub.topic('events')
    await step('publish', async () => topic.publish(Buffer.from(JSON.stringify({ text: 'naïve 🦔' }))))
    await step('publish a message', async () => topic.publishMessage({ data: Buffer.from([0, 255]), attributes: { kind: 'raw' } }))
    await step('publish JSON', async () => topic.publishMessage({ json: { a: 1 } }))
    await step('publish, called back', () => new Promise((resolve, reject) => topic.publishMessage({ data: Buffer.from('x') }, (error, id) => (error ? reject(error) : resolve(id)))))
    await step('publish text', async () => topic.publishMessage({ data: 'text' }))
    await step('publish a bad attribute', async () => topic.publishMessage({ data: Buffer.from('x'), attributes: { number: 1 } }))
    await step('publish to nothing', async () => pubsub.topic('nothing').publishMessage({ data: Buffer.from('x') }))
    await step('publish many', async () => {
        const batching = pubsub.topic('events', { batching: { maxMessages: 10, maxMilliseconds: 20 } })
        const ids = await Promise.all(Array.from({ length: 25 }, (_, number) => batching.publishMessage({ data: Buffer.from(`many ${number}`) })))
        return [ids.length, new Set(ids).size]
    })
}

async function subscribing(pubsub, options) {
    await step('make a subscription', async () => (await pubsub.topic('events').createSubscription('reader'))[0].name)
    await step('make one of nothing', () => pubsub.topic('nothing').createSubscription('never'))
    const ids = await Promise.all(['one', 'two'].map((text) => pubsub.topic('events').publishMessage({ data: Buffer.from(text), attributes: { text } })))
    await step('published', () => ids.length)
    const client = new v1.SubscriberClient(options)
    const subscription = client.subscriptionPath(options.projectId, 'reader')
    await step('pull and acknowledge', async () => {
        const [{ receivedMessages }] = await client.pull({ subscription, maxMessages: 10 })
        await client.acknowledge({ subscription, ackIds: receivedMessages.map(({ ackId }) => ackId) })
        return receivedMessages.map(({ message }) => [Buffer.from(message.data).toString(), message.attributes]).sort()
    })
    await step('nothing is left', async () => (await client.pull({ subscription, maxMessages: 10 }))[0].receivedMessages)
    await step('pull from nothing', () => client.pull({ subscription: client.subscriptionPath(options.projectId, 'nothing'), maxMessages: 1 }))
    await client.close()
}

async function setupPlugin(meta) {
    meta.global.pubsub = new PubSub(connect(meta))
    await topics(meta.global.pubsub)
}

async function runEveryMinute(meta) {
    await publishing(meta.global.pubsub)
    await meta.jobs.read({ all: true }).runNow()
}

const jobs = {
    read: async (_, meta) => {
        await subscribing(meta.global.pubsub, connect(meta))
        await step('delete', async () => {
            await meta.global.pubsub.topic('events').delete()
            return (await meta.global.pubsub.topic('events').exists())[0]
        })
        await meta.global.pubsub.close()
    },
}

module.exports = { setupPlugin, runEveryMinute, jobs }
