// meta.geoip (behaviour.md b.5): null for what no place is known of, a rejection where there is no database.
({ host }) => ({
  async locate(address) {
    return host({ call: 'geoipLocate', address: String(address) })
  },
})
