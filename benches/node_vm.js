// What hedgerow is compared with: one app, in a context of Node's `vm`, over events one a line.
//
//   node benches/node_vm.js APP_FOLDER EVENTS_FILE
//
// It does the least that running an app takes: config from the manifest's defaults, JSON.parse, processEvent, JSON.stringify.
// It has no limits, no checks of the events, no order of several apps, no logs: everything that it leaves out speaks for it.
'use strict'
const fs = require('fs')
const path = require('path')
const vm = require('vm')

const CHUNK_BYTES = 1 << 16

function load(folder) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'plugin.json'), 'utf8'))
  const source = fs.readFileSync(path.join(folder, manifest.main || 'index.js'), 'utf8')
  const module = { exports: {} }
  const context = vm.createContext({ module, exports: module.exports, console })
  new vm.Script(source, { filename: 'index.js' }).runInContext(context)
  const config = {}
  for (const field of manifest.config || []) if (field.key) config[field.key] = field.default
  return { processEvent: module.exports.processEvent, meta: { config, attachments: {}, global: {} } }
}

function* linesOf(file) {
  const descriptor = fs.openSync(file, 'r')
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let rest = Buffer.alloc(0)
  for (let size = fs.readSync(descriptor, chunk); size > 0; size = fs.readSync(descriptor, chunk)) {
    rest = Buffer.concat([rest, chunk.subarray(0, size)])
    let start = 0
    for (let end = rest.indexOf(10, start); end >= 0; end = rest.indexOf(10, start)) {
      yield rest.toString('utf8', start, end)
      start = end + 1
    }
    rest = rest.subarray(start)
  }
  if (rest.length > 0) yield rest.toString('utf8')
}

async function main([folder, file]) {
  const { processEvent, meta } = load(folder)
  let written = ''
  const flush = () => {
    if (written) fs.writeSync(1, written)
    written = ''
  }
  for (const line of linesOf(file)) {
    const event = await processEvent(JSON.parse(line), meta)
    if (!event) continue
    written += JSON.stringify(event) + '\n'
    if (written.length >= CHUNK_BYTES) flush()
  }
  flush()
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
