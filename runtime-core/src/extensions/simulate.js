// The time and the randomness of a test: Date reads the clock it is given, Math.random the seed. Everything else of Date is the
// engine's own.
({ now, random }) => {
  const RealDate = Date
  function SimulatedDate(...args) {
    if (!new.target) return new RealDate(now()).toString()
    return Reflect.construct(RealDate, args.length === 0 ? [now()] : args, new.target)
  }
  Object.defineProperty(SimulatedDate, 'name', { value: 'Date', configurable: true })
  Object.defineProperty(SimulatedDate, 'length', { value: 7, configurable: true })
  Object.defineProperty(SimulatedDate, 'prototype', { value: RealDate.prototype, writable: false, enumerable: false, configurable: false })
  for (const name of ['parse', 'UTC']) {
    Object.defineProperty(SimulatedDate, name, { value: RealDate[name], writable: true, configurable: true })
  }
  Object.defineProperty(SimulatedDate, 'now', { value: () => now(), writable: true, configurable: true })
  Object.defineProperty(RealDate.prototype, 'constructor', { value: SimulatedDate, writable: true, configurable: true })
  Object.defineProperty(globalThis, 'Date', { value: SimulatedDate, writable: true, configurable: true })
  Object.defineProperty(Math, 'random', { value: () => random(), writable: true, configurable: true })
}
