const AWS = require('aws-sdk')
const { createHash } = require('crypto')
const { gunzipSync, gzipSync } = require('zlib')

const MEBIBYTE = 1024 * 1024

async function step(name, work) {
    try {
        const value = await work()
        console.log(`${name}: ${value === undefined ? 'undefined' : JSON.stringify(value)}`)
    } catch (error) {
        console.log(`${name} failed: ${error.code} ${error.statusCode} ${error.message}`)
    }
}

const called = (service, operation, parameters) =>
    new Promise((resolve, reject) => {
        service[operation](parameters, (error, data) => (error ? reject(error) : resolve(data)))
    })

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

const options = ({ config }) => ({
    endpoint: config.endpoint,
    region: 'us-east-1',
    accessKeyId: config.account,
    // The one with which the emulator checks the signatures of addresses.
    secretAccessKey: 'test',
})

/** Elsewhere than the rest: for an endpoint of its own the client names the region as a bucket's place, which us-east-1 is not. */
const ofObjects = (meta) => ({ ...options(meta), region: 'eu-central-1', s3ForcePathStyle: true })
const objects = (meta) => new AWS.S3(ofObjects(meta))
const bucketOf = ({ config }) => `packages-${config.account}`
/** Names carry the account, which is another in each run. */
const plain = ({ config }, text) => text.split(config.account).join('ACCOUNT')

async function simpleObjects(meta) {
    const s3 = objects(meta)
    const Bucket = bucketOf(meta)
    await step('make a bucket', async () => plain(meta, (await s3.createBucket({ Bucket }).promise()).Location))
    await step('put', async () => (await s3.putObject({ Bucket, Key: 'text', Body: 'naïve 🦔', ContentType: 'text/plain', Metadata: { from: 'app' } }).promise()).ETag)
    await step('put, called back', async () => (await called(s3, 'putObject', { Bucket, Key: 'folder/a b+c', Body: Buffer.from([0, 255]) })).ETag)
    await step('put gzip', async () => {
        const Body = gzipSync(Buffer.from('line\n'.repeat(1000)))
        await s3.putObject({ Bucket, Key: 'folder/lines.gz', Body, ContentEncoding: 'gzip' }).promise()
        const back = await s3.getObject({ Bucket, Key: 'folder/lines.gz' }).promise()
        return [back.ContentEncoding, back.Body.equals(Body), gunzipSync(back.Body).length]
    })
    await step('get', async () => {
        const { Body, ContentType, ContentLength, Metadata, ETag } = await s3.getObject({ Bucket, Key: 'text' }).promise()
        return { isBuffer: Body instanceof Buffer, text: Body.toString('utf-8'), ContentType, ContentLength, Metadata, ETag }
    })
    await step('get a range', async () => (await s3.getObject({ Bucket, Key: 'text', Range: 'bytes=0-1' }).promise()).Body.toString())
    await step('head', async () => (await called(s3, 'headObject', { Bucket, Key: 'text' })).ContentLength)
    await step('list', async () => {
        const { Contents, KeyCount, IsTruncated } = await s3.listObjectsV2({ Bucket }).promise()
        // How small the compressed one is, is up to the compressor.
        return { keys: Contents.map(({ Key, Size }) => (Key.endsWith('.gz') ? Key : [Key, Size])), KeyCount, IsTruncated }
    })
    await step('list by page', async () => {
        const keys = []
        let ContinuationToken
        do {
            const page = await s3.listObjectsV2({ Bucket, MaxKeys: 1, ContinuationToken }).promise()
            keys.push(...page.Contents.map(({ Key }) => Key))
            ContinuationToken = page.NextContinuationToken
        } while (ContinuationToken)
        return keys
    })
    await step('list folders', async () => (await s3.listObjectsV2({ Bucket, Delimiter: '/' }).promise()).CommonPrefixes)
    await step('copy', async () => {
        await s3.copyObject({ Bucket, Key: 'copy', CopySource: `${Bucket}/text` }).promise()
        return (await s3.getObject({ Bucket, Key: 'copy' }).promise()).Body.toString()
    })
}

async function objectFailures(meta) {
    const s3 = objects(meta)
    const Bucket = bucketOf(meta)
    await step('no such key', () => s3.getObject({ Bucket, Key: 'nothing' }).promise())
    await step('no such key, called back', () => called(s3, 'getObject', { Bucket, Key: 'nothing' }))
    await step('head of nothing', () => s3.headObject({ Bucket, Key: 'nothing' }).promise())
    await step('no such bucket', () => s3.listObjectsV2({ Bucket: 'there-is-no-such-bucket' }).promise())
    await step('a missing parameter', () => s3.getObject({ Bucket }).promise())
    await step('nobody listens', () =>
        new AWS.S3({ ...options(meta), endpoint: 'http://127.0.0.1:1', s3ForcePathStyle: true, maxRetries: 0 }).listBuckets().promise())
}

async function largeObjects(meta) {
    const s3 = objects(meta)
    const Bucket = bucketOf(meta)
    const Body = Buffer.alloc(11 * MEBIBYTE, 'hedgerow ')
    await step('multipart upload', async () => {
        const progress = []
        const upload = s3.upload({ Bucket, Key: 'large', Body }, { partSize: 5 * MEBIBYTE, queueSize: 2 })
        upload.on('httpUploadProgress', ({ total }) => progress.push(total))
        const { Key, ETag } = await upload.promise()
        return { Key, parts: ETag.replace(/"/g, '').split('-')[1], toldOfProgress: progress.length > 0 && progress.every((total) => total === Body.length) }
    })
    await step('what was uploaded', async () => {
        const back = await s3.getObject({ Bucket, Key: 'large' }).promise()
        return [back.Body.length, sha256(back.Body) === sha256(Body)]
    })
    await step('a small upload', async () => (await new Promise((resolve, reject) =>
        s3.upload({ Bucket, Key: 'small', Body: 'small' }, (error, data) => (error ? reject(error) : resolve(data))))).Key)
    await step('multipart by hand', async () => {
        const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: 'parts' }).promise()
        const Parts = []
        for (const PartNumber of [1, 2]) {
            const { ETag } = await s3.uploadPart({ Bucket, Key: 'parts', UploadId, PartNumber, Body: Buffer.alloc(PartNumber === 1 ? 5 * MEBIBYTE : 3, 'x') }).promise()
            Parts.push({ PartNumber, ETag })
        }
        await s3.completeMultipartUpload({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } }).promise()
        return (await s3.headObject({ Bucket, Key: 'parts' }).promise()).ContentLength
    })
}

async function signedAddresses(meta) {
    const s3 = objects(meta)
    const Bucket = bucketOf(meta)
    await step('signed address', async () => {
        const url = new URL(s3.getSignedUrl('getObject', { Bucket, Key: 'text', Expires: 60 }))
        const response = await fetch(url.href)
        return [plain(meta, url.pathname), [...url.searchParams.keys()].sort(), response.status, await response.text()]
    })
    await step('signed address, version 4', async () => {
        const v4 = new AWS.S3({ ...ofObjects(meta), signatureVersion: 'v4' })
        const url = new URL(await v4.getSignedUrlPromise('putObject', { Bucket, Key: 'signed', ContentType: 'text/plain' }))
        const response = await fetch(url.href, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'by anyone' })
        return [[...url.searchParams.keys()].sort(), response.status, (await s3.getObject({ Bucket, Key: 'signed' }).promise()).Body.toString()]
    })
    await step('delete', async () => Object.keys(await s3.deleteObject({ Bucket, Key: 'signed' }).promise()))
    await step('delete many', async () => {
        const { Contents } = await s3.listObjectsV2({ Bucket }).promise()
        const { Deleted, Errors } = await s3.deleteObjects({ Bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }).promise()
        return [Deleted.length, Errors.length, (await s3.listObjectsV2({ Bucket }).promise()).KeyCount]
    })
    await step('remove the bucket', async () => Object.keys(await s3.deleteBucket({ Bucket }).promise()))
}

async function retries({ config }) {
    const s3 = new AWS.S3({ ...options({ config }), endpoint: config.failing, s3ForcePathStyle: true, maxRetries: 2, retryDelayOptions: { base: 5 } })
    const request = s3.listBuckets()
    await step('tried again', async () => {
        const { Buckets, $response } = await request.promise()
        return [Buckets.length, $response.retryCount]
    })
    await step('given up', () => s3.listBuckets().promise())
}

async function streams(meta) {
    const kinesis = new AWS.Kinesis(options(meta))
    const StreamName = 'events'
    await step('Kinesis: make a stream', () => kinesis.createStream({ StreamName, ShardCount: 1 }).promise())
    await step('Kinesis: wait', async () => (await kinesis.waitFor('streamExists', { StreamName, $waiter: { delay: 0.1, maxAttempts: 50 } }).promise()).StreamDescription.StreamStatus)
    await step('Kinesis: put', async () => (await kinesis.putRecord({ StreamName, PartitionKey: 'a', Data: JSON.stringify({ event: 'one' }) }).promise()).ShardId)
    await step('Kinesis: put many', async () => {
        const Records = ['two', 'three'].map((event) => ({ Data: Buffer.from(JSON.stringify({ event })), PartitionKey: event }))
        return (await called(kinesis, 'putRecords', { StreamName, Records })).FailedRecordCount
    })
    await step('Kinesis: read', async () => {
        const { Shards } = (await kinesis.describeStream({ StreamName }).promise()).StreamDescription
        const { ShardIterator } = await kinesis.getShardIterator({ StreamName, ShardId: Shards[0].ShardId, ShardIteratorType: 'TRIM_HORIZON' }).promise()
        return (await kinesis.getRecords({ ShardIterator }).promise()).Records.map(({ Data }) => JSON.parse(Data.toString()).event)
    })
    await step('Kinesis: no such stream', async () =>
        (await kinesis.putRecord({ StreamName: 'nothing', PartitionKey: 'a', Data: 'x' }).promise().catch((error) => error)).code)
    await step('Kinesis: remove', async () => Object.keys(await kinesis.deleteStream({ StreamName }).promise()))
}

async function queues(meta) {
    const sqs = new AWS.SQS(options(meta))
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'events', Attributes: { VisibilityTimeout: '60' } }).promise()
    await step('SQS: address', () => plain(meta, new URL(QueueUrl).pathname))
    await step('SQS: send', async () => (await sqs.sendMessage({ QueueUrl, MessageBody: 'naïve 🦔', MessageAttributes: { kind: { DataType: 'String', StringValue: 'x' } } }).promise()).MD5OfMessageBody)
    await step('SQS: send many', async () => {
        const { Successful, Failed } = await called(sqs, 'sendMessageBatch', { QueueUrl, Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: `body ${Id}` })) })
        return [Successful.map(({ Id }) => Id), (Failed ?? []).length]
    })
    await step('SQS: receive and delete', async () => {
        const bodies = []
        while (bodies.length < 3) {
            const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageAttributeNames: ['All'] }).promise()
            for (const { Body, ReceiptHandle, MessageAttributes } of Messages) {
                bodies.push(MessageAttributes ? `${Body} (${MessageAttributes.kind.StringValue})` : Body)
                await sqs.deleteMessage({ QueueUrl, ReceiptHandle }).promise()
            }
        }
        return bodies.sort()
    })
    await step('SQS: no such queue', async () => (await sqs.getQueueUrl({ QueueName: 'nothing' }).promise().catch((error) => error)).code)
    await step('SQS: remove', async () => Object.keys(await sqs.deleteQueue({ QueueUrl }).promise()))
}

async function topics(meta) {
    const sns = new AWS.SNS(options(meta))
    const sqs = new AWS.SQS(options(meta))
    const { TopicArn } = await sns.createTopic({ Name: 'news' }).promise()
    await step('SNS: topic', () => plain(meta, TopicArn))
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'news' }).promise()
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] }).promise()
    const letIn = { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: Attributes.QueueArn, Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } } }
    await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [letIn] }) } }).promise()
    await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: Attributes.QueueArn, Attributes: { RawMessageDelivery: 'true' } }).promise()
    await step('SNS: publish', async () => typeof (await called(sns, 'publish', { TopicArn, Message: 'read all about it', Subject: 'News' })).MessageId)
    await step('SNS: delivered', async () => (await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 2 }).promise()).Messages.map(({ Body }) => Body))
    await step('SNS: no such topic', async () => (await sns.publish({ TopicArn: `${TopicArn}-not`, Message: 'x' }).promise().catch((error) => error)).code)
}

async function tables(meta) {
    const dynamo = new AWS.DynamoDB(options(meta))
    const documents = new AWS.DynamoDB.DocumentClient({ service: dynamo, convertEmptyValues: true })
    const TableName = 'people'
    await step('DynamoDB: make a table', async () => (await dynamo.createTable({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }, { AttributeName: 'at', AttributeType: 'N' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }, { AttributeName: 'at', KeyType: 'RANGE' }],
        BillingMode: 'PAY_PER_REQUEST',
    }).promise()).TableDescription.KeySchema.length)
    await step('DynamoDB: put', () => dynamo.putItem({ TableName, Item: { id: { S: 'a' }, at: { N: '1' }, tags: { SS: ['x', 'y'] } } }).promise())
    await step('DynamoDB: get', async () => (await called(dynamo, 'getItem', { TableName, Key: { id: { S: 'a' }, at: { N: '1' } } })).Item.tags)
    await step('documents: put', () => documents.put({ TableName, Item: { id: 'b', at: 2, nested: { list: [1, 'two', null, true], bytes: Buffer.from('raw') } } }).promise())
    await step('documents: get', async () => {
        const { Item } = await documents.get({ TableName, Key: { id: 'b', at: 2 } }).promise()
        return [Item.at, Item.nested.list, Item.nested.bytes.toString()]
    })
    await step('documents: update', async () => (await documents.update({
        TableName, Key: { id: 'b', at: 2 }, UpdateExpression: 'SET #c = if_not_exists(#c, :zero) + :one',
        ExpressionAttributeNames: { '#c': 'count' }, ExpressionAttributeValues: { ':zero': 0, ':one': 1 }, ReturnValues: 'UPDATED_NEW',
    }).promise()).Attributes)
    await step('documents: condition', () => documents.put({ TableName, Item: { id: 'b', at: 2 }, ConditionExpression: 'attribute_not_exists(id)' }).promise())
    await step('documents: write many', async () => {
        const RequestItems = { [TableName]: [3, 4, 5].map((at) => ({ PutRequest: { Item: { id: 'c', at } } })) }
        return (await documents.batchWrite({ RequestItems }).promise()).UnprocessedItems
    })
    await step('documents: query', async () => {
        const { Items, Count } = await documents.query({ TableName, KeyConditionExpression: 'id = :id AND #at > :at', ExpressionAttributeNames: { '#at': 'at' }, ExpressionAttributeValues: { ':id': 'c', ':at': 3 }, ScanIndexForward: false }).promise()
        return [Items.map(({ at }) => at), Count]
    })
    await step('documents: scan', async () => (await called(documents, 'scan', { TableName })).Count)
    await step('documents: transaction', async () => {
        await documents.transactWrite({ TransactItems: [{ Delete: { TableName, Key: { id: 'a', at: 1 } } }, { Put: { TableName, Item: { id: 'd', at: 6 } } }] }).promise()
        return (await documents.scan({ TableName }).promise()).Items.map(({ id }) => id).sort()
    })
    await step('documents: a set', () => documents.createSet(['a', 'b']).values)
    await step('converter', () => AWS.DynamoDB.Converter.unmarshall(AWS.DynamoDB.Converter.marshall({ a: 1, b: ['c', { d: null }] })))
    await step('DynamoDB: no such table', async () => (await dynamo.describeTable({ TableName: 'nothing' }).promise().catch((error) => error)).code)
}

async function others(meta) {
    const sts = new AWS.STS(options(meta))
    await step('STS: who', async () => {
        const { Account, Arn } = await sts.getCallerIdentity().promise()
        return [plain(meta, Account), plain(meta, Arn)]
    })
    await step('STS: a role', async () => {
        const trusts = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${meta.config.account}:root` }, Action: 'sts:AssumeRole' }
        const { Role } = await new AWS.IAM(options(meta)).createRole({ RoleName: 'app', AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trusts] }) }).promise()
        const { Credentials } = await called(sts, 'assumeRole', { RoleArn: Role.Arn, RoleSessionName: 'app' })
        return [Object.keys(Credentials).sort(), Credentials.Expiration instanceof Date]
    })
    const s3 = objects(meta)
    const Bucket = `${bucketOf(meta)}-fire`
    await s3.createBucket({ Bucket }).promise()
    const firehose = new AWS.Firehose(options(meta))
    const DeliveryStreamName = 'hose'
    await step('Firehose: make', async () => plain(meta, (await firehose.createDeliveryStream({
        DeliveryStreamName,
        ExtendedS3DestinationConfiguration: { BucketARN: `arn:aws:s3:::${Bucket}`, RoleARN: `arn:aws:iam::${meta.config.account}:role/fire` },
    }).promise()).DeliveryStreamARN))
    await step('Firehose: put', async () => typeof (await firehose.putRecord({ DeliveryStreamName, Record: { Data: 'one\n' } }).promise()).RecordId)
    await step('Firehose: put many', async () => {
        const { FailedPutCount, RequestResponses } = await firehose.putRecordBatch({ DeliveryStreamName, Records: [{ Data: 'two\n' }, { Data: Buffer.from('three\n') }] }).promise()
        return [FailedPutCount, RequestResponses.length]
    })
    await step('Firehose: no such stream', async () => (await firehose.putRecord({ DeliveryStreamName: 'nothing', Record: { Data: 'x' } }).promise().catch((error) => error)).code)
}

async function setupPlugin(meta) {
    AWS.config.update({ region: 'us-east-1' })
    meta.global.s3 = objects(meta)
    await step('settings', () => [AWS.config.region, meta.global.s3.config.s3ForcePathStyle, typeof AWS.VERSION])
    await simpleObjects(meta)
    await objectFailures(meta)
    await largeObjects(meta)
    await signedAddresses(meta)
    await retries(meta)
}

async function runEveryMinute(meta) {
    await step('a client of an earlier call', async () => (await meta.global.s3.listBuckets().promise()).Buckets.length)
    await streams(meta)
    await queues(meta)
    await topics(meta)
    await meta.jobs.more({ of: 'it' }).runNow()
}

const jobs = {
    more: async (_, meta) => {
        await tables(meta)
        await others(meta)
    },
}

module.exports = { setupPlugin, runEveryMinute, jobs }
