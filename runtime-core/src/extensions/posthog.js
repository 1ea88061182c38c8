// posthog.capture and posthog.api (behaviour.md b.6, b.7).
({ host, record, stringify, access, fetch }) => {
  // As URLSearchParams writes a pair.
  const formEncoded = (value) =>
    encodeURIComponent(String(value))
      .replace(/%20/g, '+')
      .replace(/[!'()~]/g, (character) => '%' + character.charCodeAt(0).toString(16).toUpperCase())
  const trim = (text, pattern) => text.replace(pattern, '')
  const call = async (method, path, options = {}) => {
    const { data, headers = {} } = options
    if (Boolean(options.projectApiKey) !== Boolean(options.personalApiKey)) {
      throw new Error('You must specify a personalApiKey if you specify a projectApiKey and vice-versa!')
    }
    const token = options.projectApiKey || access.projectToken
    const key = options.personalApiKey || access.personalApiKey
    const origin = options.host || access.host
    if (!token || !key) {
      throw new Error('posthog.api needs a project token and a personal API key: give them to hedgerow (--posthog-token, --posthog-key) or in the call (projectApiKey, personalApiKey)')
    }
    if (!origin) throw new Error('posthog.api needs the address of a PostHog instance: give it to hedgerow (--posthog-host) or in the call (host)')
    const inQuery = method === 'GET' || method === 'DELETE'
    const query = Object.entries({ ...(inQuery ? data : {}), token }).map((pair) => pair.map(formEncoded).join('=')).join('&')
    const cleanPath = trim(trim(String(path), /^\//), /\/$/).replace('@current', String(access.team))
    const url = `${trim(origin, /\/$/)}/${cleanPath}`
    const target = url + (url.includes('?') ? '&' : '?') + query
    const sent = { method, headers: { ...(method === 'POST' || method === 'PATCH' ? { 'Content-Type': 'application/json' } : {}), ...headers, Authorization: `Bearer ${key}` } }
    if (!inQuery) sent.body = stringify(data || {})
    return fetch(target, sent)
  }
  return {
    async capture(event, properties) {
      record('captures', properties === undefined ? [event] : [event, properties])
      await host({ call: 'capture', event: String(event), properties: properties || {} })
    },
    api: {
      get: (path, options) => call('GET', path, options),
      post: (path, options) => call('POST', path, options),
      put: (path, options) => call('PUT', path, options),
      patch: (path, options) => call('PATCH', path, options),
      delete: (path, options) => call('DELETE', path, options),
    },
  }
}
