// meta.metrics: one object per metric that the app declares (behaviour.md e).
({ declared, metric }) => {
  const OPERATIONS = { __proto__: null, sum: 'increment', max: 'max', min: 'min' }
  const metrics = {}
  for (const [name, kind] of Object.entries(declared || {})) {
    const operation = OPERATIONS[String(kind).toLowerCase()]
    if (!operation) throw new Error(`Invalid metric type ${String(kind)} for metric ${name}: it must be sum, max or min`)
    metrics[name] = {
      [operation](value) {
        if (typeof value !== 'number') throw new Error('Only numbers are allowed for operations on metrics')
        metric(name, operation, value)
      },
    }
  }
  return new Proxy(metrics, {
    get(target, name) {
      if (typeof name !== 'string' || Object.hasOwn(target, name)) return target[name]
      throw new Error('Invalid metric name')
    },
  })
}
