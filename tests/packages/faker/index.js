const faker = require('faker')

const print = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`)
const SINCE = '2022-01-01T00:00:00.000Z'
const UNTIL = '2023-01-01T00:00:00.000Z'

/** Every generator of the group whose results do not depend on the time of day. */
const GROUPS = {
    address: ['city', 'country', 'countryCode', 'latitude', 'longitude', 'state', 'streetAddress', 'timeZone', 'zipCode'],
    commerce: ['color', 'department', 'price', 'product', 'productName'],
    company: ['bs', 'catchPhrase', 'companyName'],
    database: ['collation', 'column', 'engine', 'type'],
    datatype: ['array', 'boolean', 'float', 'hexaDecimal', 'json', 'number', 'string', 'uuid'],
    finance: ['account', 'amount', 'bic', 'bitcoinAddress', 'creditCardNumber', 'currencyCode', 'ethereumAddress', 'iban'],
    git: ['branch', 'commitMessage', 'commitSha', 'shortSha'],
    hacker: ['phrase'],
    image: ['avatar', 'imageUrl'],
    internet: ['color', 'domainName', 'email', 'ip', 'ipv6', 'mac', 'password', 'url', 'userAgent', 'userName'],
    lorem: ['paragraph', 'sentence', 'slug', 'word', 'words'],
    music: ['genre'],
    name: ['findName', 'firstName', 'gender', 'jobTitle', 'lastName', 'prefix'],
    phone: ['phoneNumber', 'phoneNumberFormat'],
    random: ['alpha', 'alphaNumeric', 'arrayElement', 'locale', 'words'],
    system: ['commonFileName', 'fileName', 'filePath', 'mimeType', 'semver'],
    vehicle: ['manufacturer', 'model', 'vin'],
}

async function setupPlugin() {
    faker.seed(39)
    for (const [group, names] of Object.entries(GROUPS)) {
        print(group, Object.fromEntries(names.map((name) => [name, faker[group][name]()])))
    }
    print('between', faker.date.between(SINCE, UNTIL).toISOString())
    print('template', faker.fake('{{name.lastName}}, {{name.firstName}} {{name.suffix}} of {{address.city}}'))
    print('unique', new Set(Array.from({ length: 50 }, () => faker.unique(faker.name.firstName))).size)
    print('shuffled', faker.helpers.shuffle([1, 2, 3, 4, 5]))
}

async function runEveryMinute({ jobs }) {
    faker.seed(7)
    const once = faker.name.findName()
    faker.seed(7)
    print('the same seed', faker.name.findName() === once)
    for (const locale of ['de', 'fr', 'ja', 'pt_BR', 'ru', 'zh_CN']) {
        faker.locale = locale
        print(locale, [faker.name.findName(), faker.address.city(), faker.phone.phoneNumber()])
    }
    faker.locale = 'en'
    await jobs.events({ count: 3 }).runNow()
}

const jobs = {
    events: async ({ count }) => {
        faker.seed(2023)
        for (let number = 0; number < count; number += 1) {
            print('event', { distinct_id: faker.datatype.uuid(), event: faker.hacker.verb(), $ip: faker.internet.ip(), card: faker.helpers.createCard().name })
        }
        const fixed = faker.helpers.mustache('Hello {{name}}', { name: () => faker.name.firstName() })
        print('mustache', fixed)
    },
}

module.exports = { setupPlugin, runEveryMinute, jobs }
