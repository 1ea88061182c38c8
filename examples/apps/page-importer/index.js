const MAX_ATTEMPTS = 5

async function setupPlugin({ config, global, jobs, utils }) {
    global.orders = new URL('/orders', config.shopUrl)
    // `init` leaves a number alone that is there already: a new version of the app goes on counting.
    await utils.cursor.init('pages', 0)
    await jobs['import page']({ page: 1, attempt: 1 }).runNow()
}

async function read(url) {
    const response = await fetch(url.toString())
    if (!response.ok) {
        throw new Error(`${response.status} ${response.statusText}`)
    }
    return response.json()
}

async function importPage({ page, attempt }, { global, jobs, metrics, storage, utils }) {
    const url = new URL(global.orders)
    url.searchParams.set('page', page)
    let orders
    try {
        orders = await read(url)
    } catch (error) {
        // The runtime does not repeat a job that failed: an app that wants that orders it.
        if (attempt === MAX_ATTEMPTS) {
            await storage.set('gave_up', { page, reason: error.message })
            throw error
        }
        const seconds = 2 ** attempt
        console.warn(`page ${page} failed, again in ${seconds} s:`, error.message)
        await jobs['import page']({ page, attempt: attempt + 1 }).runIn(seconds, 'seconds')
        return
    }
    for (const order of orders) {
        const { customer: distinct_id, placed_at: timestamp, ...rest } = order
        await posthog.capture('order imported', { distinct_id, timestamp, ...rest })
    }
    metrics.orders.increment(orders.length)
    metrics.largest_page.max(orders.length)
    await utils.cursor.increment('pages')
    if (orders.length) {
        await jobs['import page']({ page: page + 1, attempt: 1 }).runNow()
    } else {
        await jobs['import page']({ page, attempt: 1 }).runAt(new Date(Date.now() + 60 * 60 * 1000))
    }
}

async function teardownPlugin({ storage }) {
    await storage.set('stopped_at', new Date().toISOString())
    console.info('stopped')
}

module.exports = {
    setupPlugin,
    teardownPlugin,
    jobs: { 'import page': importPage },
    metrics: { orders: 'sum', largest_page: 'max' },
}
