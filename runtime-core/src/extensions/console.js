// console: five levels, each usable on its own (`const log = console.log`); messages as behaviour.md b.9 forms them.
({ log, stringify }) => {
  const isPlain = (value) => {
    const prototype = Object.getPrototypeOf(value)
    return prototype === Object.prototype || prototype === null || Array.isArray(value)
  }
  const format = (value) => (typeof value === 'object' && value !== null && isPlain(value) ? stringify(value) : String(value))
  const method = (level) => (...args) => {
    try {
      log(level, args.map(format).join(' '))
      return Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
  }
  return { log: method('log'), info: method('info'), debug: method('debug'), warn: method('warn'), error: method('error') }
}
