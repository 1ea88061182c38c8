// Finds what an app exports (behaviour.md a.5): exports, then exports.default, then module.exports; the global object only if
// none of them has a key of its own.
({ module: original }) => (names) => {
  const isObject = (value) => typeof value === 'object' && value !== null
  const exported = globalThis.exports
  const moduleObject = globalThis.module === undefined ? original : globalThis.module
  const candidates = [exported, isObject(exported) ? exported.default : undefined, isObject(moduleObject) ? moduleObject.exports : undefined]
  const places = candidates.filter(isObject)
  if (!places.some((place) => Object.keys(place).length > 0) && !(typeof exported === 'function' && Object.keys(exported).length > 0)) {
    places.push(globalThis)
  }
  const find = (name) => {
    for (const place of places) if (place[name]) return place[name]
    return undefined
  }
  const functions = { __proto__: null }
  for (const name of names) {
    const found = find(name)
    if (!found) continue
    functions[name] = typeof found === 'function' ? found : () => { throw new TypeError(`${name} is not a function`) }
  }
  if (!functions.processEvent) {
    const batch = find('processEventBatch')
    if (typeof batch === 'function') {
      functions.processEvent = async (event, meta) => (await batch([event], meta))[0]
    }
  }
  const tasks = { __proto__: null }
  const jobs = { __proto__: null }
  for (const place of [...places].reverse()) {
    for (const key of Object.keys(place)) {
      if (key.startsWith('runEvery') && typeof place[key] === 'function') tasks[key] = place[key]
    }
    if (isObject(place.jobs)) {
      for (const key of Object.keys(place.jobs)) if (typeof place.jobs[key] === 'function') jobs[key] = place.jobs[key]
    }
  }
  return { functions, tasks, jobs, metrics: find('metrics') }
}
