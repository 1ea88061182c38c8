const { BigQuery } = require('@google-cloud/bigquery')

const DATASET = 'analytics'
const TABLE = 'events'
const SCHEMA = [
    { name: 'uuid', type: 'STRING', mode: 'REQUIRED' },
    { name: 'number', type: 'INTEGER' },
    { name: 'share', type: 'FLOAT' },
    { name: 'is_new', type: 'BOOLEAN' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    { name: 'timestamp', type: 'TIMESTAMP' },
]

function shown(value) {
    return JSON.stringify(value, (_, part) => part)
}

async function step(name, work) {
    try {
        const value = await work()
        console.log(`${name}: ${value === undefined ? 'undefined' : shown(value)}`)
    } catch (error) {
        const errors = error.errors?.map(({ reason, message, errors, row }) => ({ reason, message, errors, row }))
        console.log(`${name} failed: ${error.name} ${error.code} ${error.message} ${JSON.stringify(errors)}`)
    }
}

const row = (uuid, more = {}) => ({ uuid, number: 1, share: 0.5, is_new: true, tags: ['a', 'b'], timestamp: '2023-01-01T00:00:00.500Z', ...more })

async function datasets(client) {
    await step('no dataset yet', async () => (await client.dataset(DATASET).exists())[0])
    await step('get no dataset', () => client.dataset(DATASET).get())
    await step('make a dataset', async () => (await client.createDataset(DATASET))[0].id)
    await step('make it again', () => client.createDataset(DATASET))
    await step('datasets', async () => (await client.getDatasets())[0].map(({ id }) => id))
}

async function tables(client) {
    const dataset = client.dataset(DATASET)
    await step('no table yet', () => dataset.table(TABLE).getMetadata())
    await step('make a table', async () => (await dataset.createTable(TABLE, { schema: SCHEMA.slice(0, 5) }))[0].id)
    await step('make the table again', () => dataset.createTable(TABLE, { schema: SCHEMA }))
    await step('its schema', async () => (await dataset.table(TABLE).getMetadata())[0].schema.fields.map(({ name, type, mode }) => [name, type, mode]))
    await step('add a column', async () => {
        const table = dataset.table(TABLE)
        const [metadata] = await table.getMetadata()
        const fields = [...metadata.schema.fields, SCHEMA[5]]
        const [result] = await table.setMetadata({ schema: { fields } })
        return result.schema.fields.length
    })
    await step('lose a column', () => dataset.table(TABLE).setMetadata({ schema: { fields: SCHEMA.slice(1) } }))
    await step('tables', async () => (await dataset.getTables())[0].map(({ id }) => id))
}

async function rows(client) {
    const table = client.dataset(DATASET).table(TABLE)
    await step('insert', async () => (await table.insert([row('one'), row('two', { number: '9007199254740993', tags: [] })]))[0].kind)
    await step('insert one', async () => (await table.insert(row('three', { share: null })))[0].kind)
    await step('insert raw', async () => (await table.insert([{ insertId: 'same', json: row('four') }, { insertId: 'same', json: row('four') }], { raw: true }))[0].kind)
    await step('insert an unknown column', () => table.insert([row('bad', { nonsense: 1 }), row('good')]))
    await step('insert a bad value', () => table.insert([row('bad', { number: 'x' })], { skipInvalidRows: true }))
    await step('insert without what is required', () => table.insert([{ number: 1 }]))
    await step('insert, unknown ignored', async () => (await table.insert([row('five', { nonsense: 1 })], { ignoreUnknownValues: true, skipInvalidRows: true }))[0].kind)
    await step('insert nothing', () => table.insert([]))
    await step('insert into nothing', () => client.dataset(DATASET).table('nothing').insert([row('x')]))
    await step('insert, called back', () => new Promise((resolve, reject) => table.insert([row('six')], (error, response) => (error ? reject(error) : resolve(response.kind)))))
    await step('rows', async () => {
        const [found] = await table.getRows()
        return found.map(({ uuid, number, share, is_new, tags, timestamp }) => [uuid, number, share, is_new, tags, timestamp.value])
    })
}

async function queries(client) {
    await step('query', async () => {
        const [found] = await client.query(`SELECT * FROM \`${DATASET}.${TABLE}\``)
        return found.map(({ uuid, number }) => [uuid, number])
    })
    await step('query by pages', async () => (await client.query({ query: `SELECT * FROM \`${DATASET}.${TABLE}\``, maxResults: 2 }))[0].length)
    await step('query with parameters', async () => {
        const params = { text: 'naïve', whole: 42, part: 1.5, yes: true, list: ['a', 'b'], time: client.timestamp('2023-01-01T00:00:00Z') }
        const [found] = await client.query({ query: 'SELECT @text AS text, @whole AS whole, @part AS part, @yes AS yes, @list AS list', params })
        return found
    })
    await step('a job', async () => {
        const [job] = await client.createQueryJob({ query: `SELECT * FROM \`${DATASET}.${TABLE}\``, jobId: 'a-job' })
        const [metadata] = await job.getMetadata()
        const [found] = await job.getQueryResults()
        return [job.id, metadata.status.state, found.length]
    })
    await step('a syntax error', () => client.query('SELEC 1'))
    await step('a query of nothing', async () => client.query(`SELECT * FROM \`${DATASET}.nothing\``).catch((error) => [error.errors?.[0]?.reason, error.message]))
}

async function setupPlugin(meta) {
    const key = JSON.parse(meta.config.key)
    meta.global.client = new BigQuery({ projectId: key.project_id, credentials: { client_email: key.client_email, private_key: key.private_key }, autoRetry: false })
    await datasets(meta.global.client)
    await tables(meta.global.client)
}

async function runEveryMinute({ global, jobs }) {
    await rows(global.client)
    await queries(global.client)
    await step('values', () => {
        const { client } = global
        return [client.date('2023-01-01').value, client.datetime('2023-01-01T01:02:03').value, client.time('1:2:3').value, BigQuery.timestamp(new Date(0)).value, BigQuery.int('9007199254740993').value]
    })
    await step('fifty inserts', async () => {
        const table = global.client.dataset(DATASET).table(TABLE)
        await Promise.all(Array.from({ length: 50 }, (_, number) => table.insert([row(`many ${number}`)])))
        return (await table.getRows())[0].length
    })
    await jobs.clean({ up: true }).runNow()
}

const jobs = {
    clean: async (_, { global }) => {
        const dataset = global.client.dataset(DATASET)
        await step('delete the dataset', () => dataset.delete())
        await step('delete the table', async () => {
            await dataset.table(TABLE).delete()
            return (await dataset.table(TABLE).exists())[0]
        })
        await step('delete it all', async () => {
            await dataset.delete({ force: true })
            return (await dataset.exists())[0]
        })
    },
}

module.exports = { setupPlugin, runEveryMinute, jobs }
