// Runs once before anything else of the app. What it puts on `global` is there in every later call.
async function setupPlugin({ config, global }) {
    const greeting = (config.greeting || '').trim()
    if (!greeting) {
        throw new Error('the greeting is empty')
    }
    global.greeting = greeting
    global.greeted = 0
    console.log('greeting with', greeting)
}

// Sees every event. What it returns goes on to the next app; returning nothing drops the event.
async function processEvent(event, { global }) {
    global.greeted += 1
    event.properties.greeting = `${global.greeting}, ${event.distinct_id}!`
    event.properties.greeting_number = global.greeted
    return event
}

module.exports = { setupPlugin, processEvent }
