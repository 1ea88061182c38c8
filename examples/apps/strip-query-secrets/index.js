import { URLSearchParams } from 'url'

const BLANK = 'REDACTED'

const list = (text) =>
    (text || '')
        .split(',')
        .map((word) => word.trim())
        .filter(Boolean)

export function setupPlugin({ config, global }) {
    global.parameters = new Set(list(config.parameters).map((name) => name.toLowerCase()))
    global.properties = list(config.properties)
}

// Returns how many values were blanked.
function blank(searchParams, names) {
    const secret = [...new Set(searchParams.keys())].filter((name) => names.has(name.toLowerCase()))
    secret.forEach((name) => searchParams.set(name, BLANK))
    return secret.length
}

function strip(address, names) {
    let url
    try {
        url = new URL(address)
    } catch {
        // `$direct` and the like: nothing to strip.
        return address
    }
    let blanked = blank(url.searchParams, names)
    // Some sign-in pages hand over their token behind the #.
    const fragment = new URLSearchParams(url.hash.slice(1))
    if (blank(fragment, names)) {
        url.hash = fragment.toString()
        blanked += 1
    }
    if (url.username || url.password) {
        url.username = ''
        url.password = ''
        blanked += 1
    }
    // An address without a secret stays as it was, to the letter.
    return blanked ? url.toString() : address
}

export function processEvent(event, { global }) {
    for (const name of global.properties) {
        const address = event.properties[name]
        if (typeof address === 'string') {
            event.properties[name] = strip(address, global.parameters)
        }
    }
    return event
}
