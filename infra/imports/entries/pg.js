// `pg`, with connections that hold a call's end only while they have something to do: an idle pool holds nothing.

const pg = require('pg');

const { Client } = pg;
const pulse = Client.prototype._pulseQueryQueue;

Client.prototype._pulseQueryQueue = function () {
  pulse.call(this);
  const isBusy = this.activeQuery || this.queryQueue.length > 0 || !this.readyForQuery;
  if (isBusy) this.connection.ref();
  else this.connection.unref();
};

module.exports = pg;
