// The import `@posthog/plugin-scaffold`: what the package holds besides types.
(function (builtins) {
  'use strict';
  const { Error, Object } = builtins;

  /** What an app throws to ask for another attempt. The host sets the two fields before it shows the error (behaviour.md a.7). */
  class RetryError extends Error {
    _attempt;
    _maxAttempts;

    constructor(message) {
      super(message);
      this.name = 'RetryError';
    }

    get nameWithAttempts() {
      return this._attempt && this._maxAttempts ? `${this.name} (attempt ${this._attempt}/${this._maxAttempts})` : this.name;
    }

    toString() {
      return this.message ? `${this.nameWithAttempts}: ${this.message}` : this.nameWithAttempts;
    }
  }

  // Frozen, as the host finds its own class here to tell what an app threw.
  return Object.freeze({ RetryError, MetricsOperation: Object.freeze({ Sum: 'sum', Min: 'min', Max: 'max' }) });
})
