// The checker knows by the number alone which events end here.
export function processEvent(event) {
    const { number } = event.properties
    if (number % 3 === 0) {
        return null
    }
    // Whoever sees the event later can tell that it has come by here.
    event.properties.kept = number
    return event
}
