// meta.cache: Redis semantics over the cache port (behaviour.md b.1). Text and lists live in the port; JSON lives here.
({ host, parse, stringify }) => {
  const parseOrNull = (text) => {
    try {
      return parse(text)
    } catch {
      return null
    }
  }
  const illegal = (message) => {
    const error = new Error(message)
    error.name = 'IllegalOperationError'
    return error
  }
  return {
    async set(key, value, ttlSeconds, { jsonSerialize = true } = {}) {
      const text = jsonSerialize ? stringify(value) : value
      await host({ call: 'cacheSet', key: String(key), value: text === undefined ? '' : String(text), ttl: ttlSeconds ? Number(ttlSeconds) : null })
    },
    async get(key, defaultValue, { jsonSerialize = true } = {}) {
      const text = await host({ call: 'cacheGet', key: String(key) })
      if (text === null) return defaultValue
      if (text === '') return null
      return jsonSerialize ? parseOrNull(text) : text
    },
    async incr(key) {
      return host({ call: 'cacheIncr', key: String(key) })
    },
    async expire(key, ttlSeconds) {
      return host({ call: 'cacheExpire', key: String(key), ttl: Number(ttlSeconds) })
    },
    async lpush(key, elements) {
      if (typeof elements !== 'string' && !Array.isArray(elements)) {
        throw new Error('cache.lpush expects a string value or an array of strings')
      }
      if (elements.length > 1000 && Array.isArray(elements)) {
        throw illegal('Too many elements in array for cache.lpush. Maximum: 1000')
      }
      return host({ call: 'cacheLpush', key: String(key), elements: [].concat(elements).map(String) })
    },
    async lrange(key, start, end) {
      if (typeof start !== 'number' || typeof end !== 'number') {
        throw new Error('cache.lrange expects a number for the start and end indexes')
      }
      return host({ call: 'cacheLrange', key: String(key), start, end })
    },
    async llen(key) {
      return host({ call: 'cacheLlen', key: String(key) })
    },
    async lpop(key, count) {
      if (typeof count !== 'number') throw new Error('cache.lpop expects a number for the "count" argument')
      return host({ call: 'cacheLpop', key: String(key), count })
    },
    async lrem(key, count, element) {
      if (typeof count !== 'number') throw new Error('cache.lrem expects a number for the "count" argument')
      return host({ call: 'cacheLrem', key: String(key), count, element: String(element) })
    },
  }
}
