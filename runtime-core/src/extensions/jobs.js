// meta.jobs.NAME(payload) -> {runNow, runIn, runAt}. Any name works here; unknown ones fail when they run.
({ host, record }) => {
  const SECOND = 1000
  const DAY = 24 * 60 * 60 * SECOND
  const UNITS = {
    __proto__: null,
    millisecond: 1,
    second: SECOND,
    minute: 60 * SECOND,
    hour: 60 * 60 * SECOND,
    day: DAY,
    week: 7 * DAY,
    month: 30 * DAY,
    quarter: 13 * 7 * DAY,
    year: 365 * DAY,
  }
  const milliseconds = (amount, unit) => {
    const text = String(unit)
    const singular = text.endsWith('s') ? text.slice(0, -1) : text
    if (!(singular in UNITS)) throw new Error(`Unknown time unit: ${singular}s`)
    return Number(amount) * UNITS[singular]
  }
  const enqueue = async (name, payload, due, method, args) => {
    record('jobs', [name, payload, method, ...args])
    const time = Object.values(due)[0]
    if (!Number.isFinite(time)) throw new Error(`jobs.${name}: the time of the job is not a number`)
    await host({ call: 'jobEnqueue', name, payload, due })
  }
  const job = (name) => (payload) => ({
    runNow: async () => enqueue(name, payload, { in: 0 }, 'runNow', []),
    runIn: async (amount, unit) => enqueue(name, payload, { in: milliseconds(amount, unit) }, 'runIn', [amount, unit]),
    runAt: async (date) => enqueue(name, payload, { at: Number(date.valueOf()) }, 'runAt', [date]),
  })
  return new Proxy({}, { get: (_, name) => (typeof name === 'string' ? job(name) : undefined) })
}
