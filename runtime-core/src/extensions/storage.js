// meta.storage and meta.utils.cursor: one space of keys per installation (behaviour.md b.2, b.3).
({ host, parse, stringify }) => ({
  storage: {
    async get(key, defaultValue) {
      const text = await host({ call: 'storageGet', key: String(key) })
      return text === null ? defaultValue : parse(text)
    },
    async set(key, value) {
      const text = stringify(value)
      await host(text === undefined ? { call: 'storageDel', key: String(key) } : { call: 'storageSet', key: String(key), value: text })
    },
    async del(key) {
      await host({ call: 'storageDel', key: String(key) })
    },
  },
  cursor: {
    async init(key, value) {
      if (value && typeof value !== 'number') throw new Error("The cursor's initial value must be a number!")
      await host({ call: 'cursorInit', key: String(key), value: value || 0 })
    },
    async increment(key, incrementBy) {
      if (incrementBy && typeof incrementBy !== 'number') throw new Error('The incrementBy value must be a number!')
      return host({ call: 'cursorIncrement', key: String(key), by: incrementBy || 1 })
    },
  },
})
