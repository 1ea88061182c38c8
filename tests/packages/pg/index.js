const { Client, Pool, types } = require('pg')
const { createHash } = require('crypto')

const ROWS = 20000

function show(value) {
    if (value instanceof Buffer) return `Buffer ${value.toString('hex')}`
    if (value instanceof Date) return `Date ${value.toISOString()}`
    if (value === undefined) return 'undefined'
    return JSON.stringify(value)
}

/** Prints what the work came to, or how it failed. */
async function step(name, work) {
    try {
        console.log(`${name}: ${show(await work())}`)
    } catch (error) {
        console.log(`${name} failed: ${error.code} ${error.message}`)
    }
}

/** For failures whose words are the TLS library's. */
async function stepOfCode(name, work) {
    try {
        console.log(`${name}: ${show(await work())}`)
    } catch (error) {
        console.log(`${name} failed: ${error.code}`)
    }
}

async function withClient(options, work) {
    const client = new Client(options)
    await client.connect()
    try {
        return await work(client)
    } finally {
        await client.end()
    }
}

const first = async (client, ...query) => Object.values((await client.query(...query)).rows[0])[0]

const parts = (address) => {
    const [, user, password, host, port, database] = /^postgres:\/\/([^:]+):([^@]+)@([^:]+):(\d+)\/(.+)$/.exec(address)
    return { user, password: decodeURIComponent(password), host, port: Number(port), database }
}

async function signIn({ config }) {
    const known = parts(config.address)
    await step('an address', () => withClient({ connectionString: config.address }, (client) => first(client, 'SELECT current_user')))
    await step('fields', () => withClient(known, (client) => first(client, 'SELECT current_database()')))
    await step('a name of the app', () =>
        withClient({ ...known, application_name: 'an app' }, (client) => first(client, 'SHOW application_name')))
    await step('a wrong password', () => withClient({ ...known, password: 'wrong' }, () => 'let in'))
    await step('no such user', () => withClient({ ...known, user: 'nobody_here' }, () => 'let in'))
    await step('no such database', () => withClient({ ...known, database: 'nothing_here' }, () => 'let in'))
    await step('nobody listens', () => withClient({ ...known, port: 1 }, () => 'connected'))
    await step('asynchronous password', () =>
        withClient({ ...known, password: async () => known.password }, (client) => first(client, 'SELECT 1')))
}

async function secureSignIn({ config }) {
    const known = parts(config.address)
    const ca = config.authority
    const encryption = (client) => first(client, 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
    const secure = (ssl, more = {}) => withClient({ ...known, ...more, ssl }, encryption)
    await step('without TLS', () => secure(undefined))
    await step('TLS with the authority', () => secure({ ca }))
    await step('TLS to a name', () => secure({ ca }, { host: 'localhost' }))
    await step('TLS without a check', () => secure({ rejectUnauthorized: false }))
    await stepOfCode('TLS without the authority', () => secure(true))
    await step('TLS with the authorities of RDS and this one', () => secure({ ca: [...config.rds, ca] }))
    await step('TLS with all of them in one text', () => secure({ ca: [...config.rds, ca].join('\n') }))
    await stepOfCode('TLS with those of RDS alone', () => secure({ ca: config.rds }))
    await stepOfCode('TLS for another name', () => secure({ ca, servername: 'other.test', host: 'localhost' }))
    await step('a user of TLS only', () => secure({ ca }, { user: 'hedgerow_tls' }))
    await step('a user of TLS only, without', () => secure(false, { user: 'hedgerow_tls' }))
}

async function values(client) {
    const samples = {
        bool: 'true',
        int2: '32767',
        int4: '2147483647',
        int8: '9223372036854775807',
        numeric: '12345678901234567890.123456789',
        float4: '0.1',
        float8: '0.30000000000000004',
        text: "'naïve 🦔 ''quoted'''",
        'varchar(3)': "'abc'",
        json: `'{"a": [1, null, {"b": "c"}]}'`,
        jsonb: `'{"b": 1, "a": [true]}'`,
        bytea: `'\\x00ff10'`,
        uuid: "'01890000-0000-7000-8000-000000000001'",
        timestamptz: "'2023-01-01T12:00:00.123456+02'",
        date: "'2023-01-01'",
        time: "'12:34:56.789'",
        interval: "'1 day 02:03:04'",
        'int4[]': "'{1,2,NULL}'",
        'text[]': `'{"a,b","c\\"d",NULL}'`,
        'int4[][]': "'{{1,2},{3,4}}'",
        'timestamptz[]': "'{2023-01-01T00:00:00Z}'",
        inet: "'127.0.0.1/8'",
        point: "'(1,2)'",
    }
    for (const [type, literal] of Object.entries(samples)) {
        await step(type, () => (type === 'date' ? first(client, `SELECT (${literal}::date)::text`) : first(client, `SELECT ${literal}::${type}`)))
    }
    await step('null', () => first(client, 'SELECT NULL::int4'))
    const count = types.getTypeParser(20)
    await step('a parser of int8', async () => [count('1'), BigInt(await first(client, 'SELECT 2::int8 ^ 62')).toString()])
}

async function parameters(client) {
    const back = (type, value) => first(client, `SELECT $1::${type} AS value`, [value])
    await step('int parameters', () => first(client, 'SELECT $1::int + $2::int', [40, 2]))
    await step('text parameter', () => back('text', `it's "quoted" \\ ${'é'.repeat(3)} 🦔`))
    await step('null parameter', () => back('text', null))
    await step('undefined parameter', () => back('text', undefined))
    await step('boolean parameter', () => back('bool', false))
    await step('object parameter', () => back('jsonb', { b: [1, 2], a: { c: null } }))
    await step('array parameter', () => back('text[]', ['a', null, 'b"c', 'd,e']))
    await step('number array parameter', () => back('int4[]', [[1, 2], [3, 4]]))
    await step('Buffer parameter', () => back('bytea', Buffer.from([0, 1, 254, 255])))
    await step('Date parameter', () => back('timestamptz', new Date(1672531200123)))
    await step('too few parameters', () => first(client, 'SELECT $1::int + $2::int', [1]))
    await step('rowMode array', async () => (await client.query({ text: 'SELECT 1 AS a, 2 AS a', rowMode: 'array' })).rows)
    await step('fields', async () => (await client.query('SELECT 1 AS a, now() AS b')).fields.map(({ name, dataTypeID }) => [name, dataTypeID]))
}

async function failures(client) {
    const failed = (query, values) =>
        client.query(query, values).then(
            () => 'no error',
            ({ name, severity, code, position, constraint, table, detail, message }) =>
                ({ name, severity, code, position, constraint, table, detail, message })
        )
    await step('no such table', () => failed('SELECT * FROM nothing_here'))
    await step('syntax', () => failed('SELEC 1'))
    await step('division', () => failed('SELECT 1 / $1::int', [0]))
    await client.query('CREATE TABLE single (id int PRIMARY KEY)')
    await step('twice the same key', () => failed('INSERT INTO single VALUES (1), (1)'))
    await client.query('SET statement_timeout = 50')
    await step('too slow', () => failed('SELECT pg_sleep(10)'))
    await client.query('SET statement_timeout = 0')
    await step('after failures', () => first(client, 'SELECT 1'))
}

async function statements(client) {
    await client.query('CREATE TABLE item (id serial PRIMARY KEY, name text, payload jsonb)')
    const insert = { name: 'insert-item', text: 'INSERT INTO item (name, payload) VALUES ($1, $2) RETURNING id' }
    for (const name of ['one', 'two', 'three']) {
        await step(`prepared ${name}`, () => first(client, { ...insert, values: [name, { name }] }))
    }
    await step('prepared statements', () => first(client, 'SELECT count(*)::int FROM pg_prepared_statements'))
    await step('update', async () => {
        const { command, rowCount } = await client.query("UPDATE item SET name = upper(name) WHERE name LIKE 't%'")
        return [command, rowCount]
    })
    await client.query('BEGIN')
    await client.query('DELETE FROM item')
    await step('within a transaction', () => first(client, 'SELECT count(*)::int FROM item'))
    await client.query('ROLLBACK')
    await step('rolled back', () => first(client, 'SELECT count(*)::int FROM item'))
    await client.query('BEGIN')
    await client.query('SELEC').catch(() => {})
    await step('in a failed transaction', () => first(client, 'SELECT 1'))
    await client.query('ROLLBACK')
    await client.query("BEGIN; DELETE FROM item WHERE name = 'one'; COMMIT")
    await step('committed', async () => (await client.query('SELECT id, name, payload FROM item ORDER BY id')).rows)
    await step('several results', async () => (await client.query('SELECT 1 AS a; SELECT 2 AS a')).map((result) => result.rows))
    await step('queued queries', () => Promise.all([1, 2, 3].map((number) => first(client, 'SELECT $1::int', [number]))))
    await step('a callback', () =>
        new Promise((resolve, reject) => {
            client.query('SELECT $1::text AS value', ['called back'], (error, result) => (error ? reject(error) : resolve(result.rows)))
        }))
}

async function messages(client) {
    const notices = []
    client.on('notice', (notice) => notices.push(notice.message))
    await client.query("DO $$ BEGIN RAISE NOTICE 'a notice'; END $$")
    await step('notices', () => notices)
    const heard = new Promise((resolve) => client.once('notification', ({ channel, payload }) => resolve([channel, payload])))
    await client.query('LISTEN news')
    await client.query("NOTIFY news, 'read all about it'")
    await step('notification', () => heard)
}

async function pools({ config }) {
    const pool = new Pool({ connectionString: config.address, max: 3, idleTimeoutMillis: 5000, connectionTimeoutMillis: 3000 })
    await step('ten queries', async () => {
        const numbers = Array.from({ length: 10 }, (_, number) => number)
        const results = await Promise.all(numbers.map((number) => pool.query('SELECT $1::int * 2 AS twice, pg_backend_pid() AS id', [number])))
        const clients = new Set(results.map(({ rows }) => rows[0].id)).size
        return { twice: results.map(({ rows }) => rows[0].twice), atMostThree: clients <= 3, total: pool.totalCount, idle: pool.idleCount }
    })
    await step('a failing query of a pool', () => pool.query('SELECT * FROM nothing_here'))
    const [one, other] = [await pool.connect(), await pool.connect()]
    await step('clients of a pool', async () => [await first(one, 'SELECT 1'), pool.idleCount, pool.waitingCount])
    const id = await first(one, 'SELECT pg_backend_pid()')
    one.release()
    const broken = new Promise((resolve) => pool.once('error', (error) => resolve([error.code, error.message])))
    await first(other, 'SELECT pg_terminate_backend($1)', [id])
    await step('an idle client ended', async () => [await broken, pool.totalCount])
    other.release()
    await step('the pool goes on', async () => (await pool.query('SELECT 1 AS a')).rows)
    await pool.end()
    await step('after its end', () => pool.query('SELECT 1'))
    const small = new Pool({ connectionString: config.address, max: 1, connectionTimeoutMillis: 1000 })
    const only = await small.connect()
    await step('no client is free', () => small.query('SELECT 1'))
    only.release()
    await small.end()
    const wrong = new Pool({ ...parts(config.address), password: 'wrong' })
    await step('a pool with a wrong password', () => wrong.query('SELECT 1'))
    await wrong.end()
}

async function manyRows(client) {
    await step(`${ROWS} rows`, async () => {
        const { rows } = await client.query(
            "SELECT i AS id, md5(i::text) AS hash, jsonb_build_object('n', i, 's', repeat('x', i % 50)) AS properties, " +
                "timestamptz '2023-01-01Z' + i * interval '1 second' AS at FROM generate_series(1, $1::int) AS i", [ROWS])
        const digest = createHash('sha256')
        let sum = 0
        for (const { id, hash, properties, at } of rows) {
            sum += id
            digest.update(`${hash} ${properties.n} ${properties.s.length} ${at.toISOString()}\n`)
        }
        return { rows: rows.length, sum, digest: digest.digest('hex') }
    })
    await step('a value of a megabyte', async () => {
        const text = 'hedgerow '.repeat(116509)
        return (await first(client, 'SELECT $1::text', [text])) === text
    })
}

async function inSchema({ config }, work) {
    return withClient({ connectionString: config.address }, async (client) => {
        await client.query(`SET search_path TO ${config.schema}`)
        return work(client)
    })
}

async function setupPlugin(meta) {
    await signIn(meta)
    await secureSignIn(meta)
    await withClient({ connectionString: meta.config.address }, (client) => client.query(`CREATE SCHEMA ${meta.config.schema}`))
    await inSchema(meta, async (client) => {
        await values(client)
        await parameters(client)
        await failures(client)
        await statements(client)
        await messages(client)
    })
    meta.global.pool = new Pool({ connectionString: meta.config.address, max: 2 })
    await step('kept for later', async () => (await meta.global.pool.query('SELECT 1 AS a')).rows)
}

async function runEveryMinute(meta) {
    await step('a pool of an earlier call', async () => (await meta.global.pool.query('SELECT 2 AS a')).rows)
    await pools(meta)
    await inSchema(meta, manyRows)
    await meta.jobs.upload({ batch: [['a', 1], ['b', 2]] }).runNow()
}

async function teardownPlugin(meta) {
    await meta.global.pool.end()
    await withClient({ connectionString: meta.config.address }, (client) => client.query(`DROP SCHEMA ${meta.config.schema} CASCADE`))
    console.log('the end')
}

const jobs = {
    upload: async ({ batch }, meta) =>
        inSchema(meta, async (client) => {
            await client.query('CREATE TABLE event (name text, number int)')
            const places = batch.map((_, row) => `($${row * 2 + 1}, $${row * 2 + 2})`).join(', ')
            await step('a batch in a job', async () => (await client.query(`INSERT INTO event VALUES ${places}`, batch.flat())).rowCount)
            await step('what it left', async () => (await client.query('SELECT * FROM event ORDER BY name')).rows)
        }),
}

module.exports = { setupPlugin, runEveryMinute, teardownPlugin, jobs }
