const snowflake = require('snowflake-sdk')
const { createPool } = require('generic-pool')

async function step(name, work) {
    try {
        const value = await work()
        console.log(`${name}: ${value === undefined ? 'undefined' : JSON.stringify(value)}`)
    } catch (error) {
        console.log(`${name} failed: ${error.name} ${error.code} ${error.sqlState} ${error.message}`)
    }
}

const connection = ({ config }, more = {}) =>
    snowflake.createConnection({ account: config.account, username: config.username, password: config.password, database: 'db', schema: 'public', warehouse: 'wh', accessUrl: config.endpoint, ...more })

const connected = (options) =>
    new Promise((resolve, reject) => options.connect((error, made) => (error ? reject(error) : resolve(made))))

const ended = (made) => new Promise((resolve, reject) => made.destroy((error) => (error ? reject(error) : resolve('ended'))))

const execute = (made, sqlText, binds) =>
    new Promise((resolve, reject) => {
        made.execute({ sqlText, binds, complete: (error, statement, rows) => (error ? reject(error) : resolve({ statement, rows })) })
    })

const rowsOf = async (...query) => (await execute(...query)).rows

async function signIn(meta) {
    await step('connect', async () => {
        const made = await connected(connection(meta))
        const state = [made.isUp(), made.getId().length]
        return [...state, await ended(made), made.isUp()]
    })
    await step('a wrong password', () => connected(connection(meta, { password: 'wrong' })))
    await step('no password', () => connected(connection(meta, { password: undefined })))
    await step('before it is connected', () => execute(connection(meta), 'SELECT 1'))
    await step('connect again', async () => {
        const made = await connected(connection(meta))
        await connected(made)
    })
}

async function statements(made) {
    await step('create', () => rowsOf(made, 'CREATE TABLE events (id NUMBER, name STRING, share FLOAT, is_new BOOLEAN, properties VARIANT, at TIMESTAMP_NTZ)'))
    await step('insert', () => rowsOf(made, 'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)', [1, "it's naïve 🦔", 0.5, true, JSON.stringify({ a: [1] }), '1672531200.000000000']))
    await step('insert null', () => rowsOf(made, 'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)', [2, null, null, false, null, null]))
    await step('insert many', () => rowsOf(made, 'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)', [[3, 'three', 1.5, true, '{}', '0.0'], [4, 'four', 2.5, false, '[]', '1.5']]))
    await step('select', async () => (await rowsOf(made, 'SELECT * FROM events')).map((row) => ({ ...row, AT: row.AT === null ? null : row.AT.toISOString() })))
    await step('columns', async () => {
        const { statement } = await execute(made, 'SELECT id, name FROM events')
        return [statement.getColumns().map((column) => [column.getName(), column.getType(), column.isString()]), statement.getNumRows(), statement.getSqlText()]
    })
    await step('rows one by one', async () => {
        const { statement } = await execute(made, 'SELECT id FROM events')
        return new Promise((resolve, reject) => {
            const ids = []
            statement.streamRows().on('error', reject).on('data', (row) => ids.push(row.ID)).on('end', () => resolve(ids))
        })
    })
    await step('no such column', () => rowsOf(made, 'SELECT nope FROM events'))
    await step('no such table', () => rowsOf(made, 'SELECT * FROM nothing'))
    await step('syntax', () => rowsOf(made, 'SELEC 1'))
    await step('slow', () => rowsOf(made, 'CALL SYSTEM$WAIT(1)'))
    await step('the session is renewed', async () => {
        const results = []
        for (let number = 0; number < 12; number += 1) results.push((await rowsOf(made, `SELECT ${number}`))[0][String(number)])
        return results
    })
}

async function manyRows(made) {
    await execute(made, 'CREATE TABLE many (id NUMBER, name STRING)')
    const rows = Array.from({ length: 1700 }, (_, number) => [number, `row ${number}`])
    await step('insert 1700 rows', () => rowsOf(made, 'INSERT INTO many VALUES (?, ?)', rows))
    await step('1700 rows in chunks', async () => {
        const found = await rowsOf(made, 'SELECT * FROM many')
        return [found.length, found[1699], found.reduce((sum, { ID }) => sum + ID, 0)]
    })
}

async function setupPlugin(meta) {
    await step('settings', () => snowflake.configure({ insecureConnect: true }))
    await signIn(meta)
    meta.global.connection = await connected(connection(meta))
    await statements(meta.global.connection)
}

async function runEveryMinute(meta) {
    await manyRows(meta.global.connection)
    await step('a pool of the driver', async () => {
        const { account, username, password, endpoint } = meta.config
        const pool = snowflake.createPool({ account, username, password, accessUrl: endpoint }, { max: 2, min: 0 })
        const results = await Promise.all([1, 2, 3].map((number) => pool.use(async (made) => (await rowsOf(made, `SELECT ${number}`))[0])))
        await pool.drain()
        await pool.clear()
        return results
    })
    await step('a pool of the app', async () => {
        const pool = createPool({ create: () => connected(connection(meta)), destroy: ended }, { max: 1 })
        const found = await pool.use((made) => rowsOf(made, 'SELECT 7'))
        await pool.drain()
        await pool.clear()
        return found
    })
    await step('over TLS', async () => {
        const made = await connected(connection(meta, { accessUrl: undefined }))
        const found = await rowsOf(made, 'SELECT 8')
        await ended(made)
        return found
    })
    await meta.jobs.end({ of: 'it' }).runNow()
}

const jobs = {
    end: async (_, { global }) => {
        await step('kept for a job', () => rowsOf(global.connection, 'SELECT 9'))
        await step('ended', () => ended(global.connection))
        await step('after its end', () => rowsOf(global.connection, 'SELECT 10'))
    },
}

module.exports = { setupPlugin, runEveryMinute, jobs }
