const { createPool } = require('generic-pool')

async function step(name, work) {
    try {
        console.log(`${name}: ${JSON.stringify(await work())}`)
    } catch (error) {
        console.log(`${name} failed: ${error.name} ${error.message}`)
    }
}

function workshop() {
    const log = []
    let made = 0
    return {
        log,
        isBroken: false,
        stale: undefined,
        async create() {
            if (this.isBroken) throw new Error('the factory is broken')
            made += 1
            log.push(`create ${made}`)
            return { number: made }
        },
        async destroy(client) {
            log.push(`destroy ${client.number}`)
        },
        async validate({ number }) {
            return number !== this.stale
        },
    }
}

const state = (pool) => ({ size: pool.size, available: pool.available, borrowed: pool.borrowed, pending: pool.pending, spare: pool.spareResourceCapacity })

async function setupPlugin({ global }) {
    const factory = workshop()
    const pool = createPool(factory, { min: 1, max: 2, testOnBorrow: true, autostart: false })
    Object.assign(global, { factory, pool })
    await step('before its start', () => state(pool))
    pool.start()
    await step('ready', async () => {
        await pool.ready()
        return state(pool)
    })
    const [one, two] = [await pool.acquire(), await pool.acquire()]
    await step('two acquired', () => [one.number, two.number, state(pool)])
    const order = []
    const low = pool.acquire().then((client) => order.push('low', client.number) && client)
    await step('a third waits', () => state(pool))
    await pool.release(one)
    await low
    await step('until one is released', () => [order, pool.isBorrowedResource(one), state(pool)])
    await pool.destroy(two)
    await pool.release(one)
    await step('used', () => pool.use(async (client) => `used ${client.number}`))
    await step('used and failed', () => pool.use(async () => { throw new Error('in use') }))
    await step('released twice', () => pool.release(one))
}

async function runEveryMinute({ global, jobs }) {
    const { factory, pool } = global
    await step('one that is no longer valid is replaced', async () => {
        const before = await pool.use(async ({ number }) => number)
        factory.stale = before
        return [before, await pool.use(async ({ number }) => number), state(pool)]
    })
    const short = createPool(workshop(), { max: 1, acquireTimeoutMillis: 30, maxWaitingClients: 1 })
    const only = await short.acquire()
    const waiting = step('a wait that is too long', () => short.acquire())
    await step('a queue that is full', () => short.acquire())
    await waiting
    await short.release(only)
    const broken = Object.assign(workshop(), { isBroken: true })
    const failing = createPool(broken, { max: 1 })
    const told = new Promise((resolve) => failing.once('factoryCreateError', (error) => resolve(error.message)))
    const recovered = failing.acquire()
    await step('a broken factory', () => told)
    broken.isBroken = false
    await step('when it is mended', async () => (await recovered).number)
    const priorities = createPool(workshop(), { max: 1, priorityRange: 2 })
    const first = await priorities.acquire()
    const order = []
    const take = (name, priority) => priorities.acquire(priority).then((client) => order.push(name) && priorities.release(client))
    const later = [take('low', 1), take('high', 0)]
    await priorities.release(first)
    await Promise.all(later)
    await step('priorities', () => order)
    await jobs.end({ of: 'it' }).runNow()
}

const jobs = {
    end: async (_, { global }) => {
        const { factory, pool } = global
        const destroyed = new Promise((resolve) => {
            global.idle = createPool({ create: async () => ({}), destroy: async () => resolve() }, { max: 1, idleTimeoutMillis: 1, evictionRunIntervalMillis: 10 })
        })
        await global.idle.release(await global.idle.acquire())
        await destroyed
        await step('idle ones are destroyed', () => global.idle.size)
        await global.idle.drain()
        await pool.drain()
        await step('drained', () => pool.acquire())
        await pool.clear()
        await step('cleared', () => [state(pool), factory.log])
    },
}

module.exports = { setupPlugin, runEveryMinute, jobs }
