// Puts the parts together into `meta`, the last argument of every call (behaviour.md a.6).
({ cache, storage, cursor, jobs, geoip, metrics, config, attachments }) => {
  // Writes to config and deletes from it are ignored and never throw, in strict code too (design decision 2).
  const unchanging = (value) => {
    if (typeof value !== 'object' || value === null) return value
    return new Proxy(value, {
      get: (target, key, receiver) => unchanging(Reflect.get(target, key, receiver)),
      set: () => true,
      deleteProperty: () => true,
      defineProperty: () => true,
      setPrototypeOf: () => true,
    })
  }
  return { attachments, cache, config: unchanging(config), geoip, global: {}, jobs, metrics, storage, utils: { cursor } }
}
