const jwt = require('jsonwebtoken')
const { createHash } = require('crypto')

function step(name, work) {
    try {
        console.log(`${name}: ${JSON.stringify(work())}`)
    } catch (error) {
        const more = error.expiredAt ? ` ${error.expiredAt.toISOString()}` : error.date ? ` ${error.date.toISOString()}` : ''
        console.log(`${name} failed: ${error.name}: ${error.message}${more}`)
    }
}

const NOW = 1672531200
const SECRET = 'not a secret'
const claims = { sub: 'app', scope: ['a', 'b'], iat: NOW, name: 'naïve 🦔' }
const at = { clockTimestamp: NOW + 10 }
const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16)

function symmetric() {
    const token = jwt.sign(claims, SECRET, { expiresIn: '1h', issuer: 'hedgerow', audience: ['x', 'y'] })
    step('HS256', () => token)
    step('HS256 verified', () => jwt.verify(token, SECRET, { ...at, issuer: 'hedgerow', audience: 'y' }))
    step('HS384', () => jwt.sign(claims, Buffer.from(SECRET), { algorithm: 'HS384' }))
    step('HS512', () => jwt.sign('just text', SECRET, { algorithm: 'HS512' }))
    step('decoded', () => jwt.decode(token, { complete: true }).header)
    step('not a token', () => jwt.decode('nonsense'))
    step('HS256, another secret', () => jwt.verify(token, 'another', at))
    step('HS256, expired', () => jwt.verify(token, SECRET, { clockTimestamp: NOW + 3601 }))
    step('HS256, expired but ignored', () => jwt.verify(token, SECRET, { clockTimestamp: NOW + 3601, ignoreExpiration: true }).exp)
    step('HS256, another audience', () => jwt.verify(token, SECRET, { ...at, audience: 'z' }))
    step('HS256, another issuer', () => jwt.verify(token, SECRET, { ...at, issuer: 'else' }))
    step('HS256, not yet', () => jwt.verify(jwt.sign(claims, SECRET, { notBefore: 60 }), SECRET, at))
    step('HS256, another algorithm', () => jwt.verify(token, SECRET, { ...at, algorithms: ['HS512'] }))
    step('malformed', () => jwt.verify('a.b', SECRET))
    step('changed', () => jwt.verify(`${token.slice(0, -2)}AA`, SECRET, at))
    step('no secret', () => jwt.sign(claims, ''))
    step('a bad option', () => jwt.sign(claims, SECRET, { expiresIn: 'never' }))
    step('errors', () => {
        try {
            jwt.verify(token, SECRET, { clockTimestamp: NOW + 3601 })
            return 'none'
        } catch (error) {
            return [error instanceof jwt.TokenExpiredError, error instanceof jwt.JsonWebTokenError, error instanceof Error]
        }
    })
}

function asymmetric({ config }) {
    const rsa = jwt.sign(claims, config.rsa_private, { algorithm: 'RS256', keyid: 'one', expiresIn: 3600 })
    step('RS256', () => [digest(rsa), rsa.length])
    step('RS256 verified', () => jwt.verify(rsa, config.rsa_public, { ...at, algorithms: ['RS256'], complete: true }).header)
    step('RS256 verified, algorithm not named', () => jwt.verify(rsa, config.rsa_public, at).sub)
    step('RS512', () => digest(jwt.sign(claims, config.rsa_private, { algorithm: 'RS512' })))
    step('PS256', () => jwt.verify(jwt.sign(claims, config.rsa_private, { algorithm: 'PS256' }), config.rsa_public, { ...at, algorithms: ['PS256'] }).sub)
    const ec = jwt.sign(claims, config.ec_private, { algorithm: 'ES256', expiresIn: 3600 })
    step('ES256', () => [ec.split('.')[0], ec.split('.')[2].length])
    step('ES256 verified', () => jwt.verify(ec, config.ec_public, { ...at, algorithms: ['ES256'] }).sub)
    step('RS256, another key', () => jwt.verify(rsa, config.ec_public, at))
    step('ES256, another key', () => jwt.verify(ec, config.rsa_public, at))
    step('ES256, expired', () => jwt.verify(ec, config.ec_public, { clockTimestamp: NOW + 3601 }))
    step('RS256 changed', () => jwt.verify(rsa.replace(/\.[^.]+$/, `.${'A'.repeat(342)}`), config.rsa_public, at))
    step('a public key as a secret', () => jwt.verify(jwt.sign(claims, SECRET), config.rsa_public, at))
    step('a secret as a key', () => jwt.sign(claims, SECRET, { algorithm: 'RS256' }))
    step('a key of another kind', () => jwt.sign(claims, config.ec_private, { algorithm: 'RS256' }))
}

async function setupPlugin(meta) {
    symmetric()
    asymmetric(meta)
}

async function runEveryMinute({ config, jobs }) {
    const token = await new Promise((resolve, reject) =>
        jwt.sign(claims, config.rsa_private, { algorithm: 'RS256' }, (error, token) => (error ? reject(error) : resolve(token))))
    console.log(`called back: ${digest(token)}`)
    await jobs.verify({ token }).runNow()
}

const jobs = {
    verify: async ({ token }, { config }) => {
        const key = (header, done) => done(null, header.alg === 'RS256' ? config.rsa_public : null)
        const verified = await new Promise((resolve, reject) => jwt.verify(token, key, at, (error, claims) => (error ? reject(error) : resolve(claims))))
        console.log(`verified in a job: ${JSON.stringify(verified)}`)
        const error = await new Promise((resolve) => jwt.verify(token, 'wrong', at, resolve))
        console.log(`wrong key in a job: ${error.name}: ${error.message}`)
    },
}

module.exports = { setupPlugin, runEveryMinute, jobs }
