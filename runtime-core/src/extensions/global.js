// Reads `meta.global` as JSON where all of it is plain data, and puts kept keys back (design decision 14). Runs no code
// of the app: `classOf` tells a Proxy from what it stands for, and everything else was taken before the app could replace it.
({ classOf, parse, stringify, longest }) => {
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, isExtensible, ownKeys } = Reflect
  const { isFinite } = Number
  const Seen = Set
  const hasSeen = Function.prototype.call.bind(Set.prototype.has)
  const see = Function.prototype.call.bind(Set.prototype.add)
  const isWellFormed = Function.prototype.call.bind(String.prototype.isWellFormed)
  const OBJECT = 1
  const ARRAY = 2
  const PROTOTYPES = { __proto__: null, [OBJECT]: Object.prototype, [ARRAY]: Array.prototype }
  const PLAIN = 0
  const NOT_PLAIN = 1
  const TOO_LARGE = 2
  const DEEPEST = 200

  // The own property, if reading and writing it is all that there is to it.
  const member = (object, key) => {
    const property = getOwnPropertyDescriptor(object, key)
    return property !== undefined && property.writable && property.enumerable && property.configurable ? property : undefined
  }
  const globalOf = (meta) => {
    const property = getOwnPropertyDescriptor(meta, 'global')
    return property !== undefined && classOf(property.value) === OBJECT ? property.value : undefined
  }

  // What is wrong with a value. An object met twice cannot be put back as one, so it is not plain either.
  const faultOf = (value, seen, depth) => {
    seen.size += typeof value === 'string' ? value.length + 2 : 2
    if (seen.size > longest) return TOO_LARGE
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return PLAIN
    if (typeof value === 'number') return isFinite(value) ? PLAIN : NOT_PLAIN
    const kind = classOf(value)
    if (kind !== OBJECT && kind !== ARRAY) return NOT_PLAIN
    if (getPrototypeOf(value) !== PROTOTYPES[kind] || !isExtensible(value)) return NOT_PLAIN
    if (depth === DEEPEST || hasSeen(seen.objects, value)) return NOT_PLAIN
    see(seen.objects, value)
    const keys = ownKeys(value)
    // An array's last key is `length`; holes and other members show in the number or the names of the keys.
    const count = kind === ARRAY ? keys.length - 1 : keys.length
    if (kind === ARRAY && value.length !== count) return NOT_PLAIN
    for (let index = 0; index < count; index++) {
      const key = keys[index]
      if (typeof key !== 'string' || (kind === ARRAY && key !== `${index}`)) return NOT_PLAIN
      if (kind === OBJECT) seen.size += key.length + 2
      const property = member(value, key)
      if (property === undefined) return NOT_PLAIN
      const fault = faultOf(property.value, seen, depth + 1)
      if (fault !== PLAIN) return fault
    }
    return PLAIN
  }

  return {
    // `[fault, key, text, key, text, ...]` of every key that is plain; the fault is of the whole.
    read(meta) {
      const target = globalOf(meta)
      if (target === undefined) return [`${NOT_PLAIN}`]
      const keys = ownKeys(target)
      const isUsual = getPrototypeOf(target) === PROTOTYPES[OBJECT] && isExtensible(target)
      const found = ['']
      const seen = { size: 0, objects: new Seen() }
      let whole = !isUsual || 'toJSON' in PROTOTYPES[OBJECT] || 'toJSON' in PROTOTYPES[ARRAY] ? NOT_PLAIN : PLAIN
      see(seen.objects, target)
      for (let index = 0; index < keys.length && whole !== TOO_LARGE; index++) {
        const key = keys[index]
        const property = typeof key === 'string' && isWellFormed(key) ? member(target, key) : undefined
        if (property !== undefined) seen.size += key.length + 2
        const fault = property === undefined ? NOT_PLAIN : faultOf(property.value, seen, 0)
        if (fault > whole) whole = fault
        if (fault !== PLAIN) continue
        found[found.length] = key
        found[found.length] = stringify(property.value)
      }
      found[0] = `${whole}`
      return found
    },
    // Puts back the keys that are not there, of `[key, text, ...]`. What cannot be extended stays as it is.
    restore(meta, pairs) {
      const target = globalOf(meta)
      if (target === undefined) return
      for (let index = 0; index < pairs.length; index += 2) {
        if (getOwnPropertyDescriptor(target, pairs[index]) !== undefined) continue
        const value = parse(pairs[index + 1])
        if (!defineProperty(target, pairs[index], { __proto__: null, value, writable: true, enumerable: true, configurable: true })) return
      }
    },
  }
}
