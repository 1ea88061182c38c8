import { RetryError } from '@posthog/plugin-scaffold'

export function setupPlugin({ config }) {
    if (config.set_up === 'later') throw new RetryError('not yet')
    if (config.set_up === 'wrong') throw new Error('never')
}

export const jobs = {
    parked: (payload) => console.log('finished', 'parked', payload.what),
}

export async function onEvent(event, { jobs }) {
    console.log('finished', 'parked', event.event)
    if (event.event === 'job') await jobs.parked({ what: 'job' }).runIn(1, 'hours')
}
