const ANNOTATIONS = '/api/projects/@current/annotations/'
const REMEMBERED = 20

async function fetchReleases({ feedUrl }) {
    const response = await fetch(feedUrl, { headers: { Accept: 'application/json' } })
    if (response.status !== 200) {
        throw new Error(`the list of releases answered ${response.status}`)
    }
    return response.json()
}

async function isAnnotated(name) {
    const response = await posthog.api.get(ANNOTATIONS, { data: { search: name } })
    const { results } = await response.json()
    return results.some(({ content }) => content === name)
}

async function annotate({ name, released_at }) {
    const response = await posthog.api.post(ANNOTATIONS, {
        data: { content: name, date_marker: released_at, scope: 'project' },
    })
    if (response.status !== 201) {
        throw new Error(`PostHog answered ${response.status} to the annotation of ${name}`)
    }
}

export async function runEveryHour({ cache, config }) {
    const releases = await fetchReleases(config)
    const known = await cache.lrange('releases', 0, REMEMBERED - 1)
    // The oldest first, so that the newest ends up at the head of what is remembered.
    for (const release of releases.slice(0, REMEMBERED).reverse()) {
        if (known.includes(release.name)) {
            continue
        }
        // The cache may have forgotten what PostHog still knows.
        if (!(await isAnnotated(release.name))) {
            await annotate(release)
            console.log('annotated', release.name)
        }
        await cache.lpush('releases', [release.name])
    }
}
