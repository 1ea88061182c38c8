async function processEvent(event, { config }) {
  if (event.properties) {
    event.properties.greeting = config.greeting
    event.properties.greeted = true
  }
  return event
}

module.exports = { processEvent }
