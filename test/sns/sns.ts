// A stand-in for Amazon SNS on the loopback, for Alertmanager's `sns_configs`. It keeps every published message.
import { randomUUID } from 'node:crypto'
import { faultReply, faults, type Fault } from '../amp/faults.ts'
import { journal } from '../amp/journal.ts'
import { loopbackServer, type Reply } from '../amp/loopback-server.ts'
import { signatureFault, type Credentials, type SigningScope } from '../amp/signature.ts'
import { publish, type Message } from './publish.ts'

export interface Received extends Message {
  /** When it came, in ms since the epoch. */
  readonly at: number
}

export interface Refused {
  readonly status: number
  /** AWS's name of the error. */
  readonly code: string
  readonly reason: string
}

export interface Sns extends AsyncDisposable {
  /** For `api_url`. */
  readonly url: string
  /** For `topic_arn`. */
  readonly topicArn: string
  /** For `sigv4`: the only key that it accepts. */
  readonly scope: SigningScope
  /** The messages so far, in order. */
  received(): readonly Received[]
  /** The messages as soon as `enough` says so. @throws what `signal` gives when it aborts; after 20 s by default. */
  receivedWhen(enough: (messages: readonly Received[]) => boolean, signal?: AbortSignal): Promise<readonly Received[]>
  /** The refusals so far, in order. */
  refused(): readonly Refused[]
  /** The refusals as soon as `enough` says so. @throws what `signal` gives when it aborts; after 20 s by default. */
  refusedWhen(enough: (refusals: readonly Refused[]) => boolean, signal?: AbortSignal): Promise<readonly Refused[]>
  /** Answers the next calls with this, unread: `times` times, or until `recover`. */
  fail(fault: Fault, times?: number): void
  /** Ends all faults. Closes the connections of requests that hang. */
  recover(): Promise<void>
  stop(): Promise<void>
}

/** The example key of AWS's documentation. */
const credentials: Credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const xmlns = 'http://sns.amazonaws.com/doc/2010-03-31/'

/** Starts it on a free port, for the region `eu-central-1` by default. */
export async function sns({ region = 'eu-central-1' }: { readonly region?: string } = {}): Promise<Sns> {
  const scope: SigningScope = { service: 'sns', region, credentials }
  const received = journal<Received>()
  const refused = journal<Refused>()
  const told = faults()
  const refuse = (status: number, code: string, reason: string): Reply => {
    refused.add({ status, code, reason })
    const sentence = reason.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${sentence}</Message></Error>`
    return xml(status, `<ErrorResponse xmlns="${xmlns}">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`)
  }
  const server = await loopbackServer(async (request) => {
    const at = Date.now()
    const fault = told.next()
    if (fault !== undefined) return faultReply(fault)
    const denied = await signatureFault(request, scope, at)
    if (denied !== undefined) return refuse(403, denied.code, denied.message)
    const published = publish(request.body.toString())
    if ('refused' in published) return refuse(400, 'InvalidParameter', published.refused)
    received.add({ at, ...published.message })
    const result = `<PublishResult><MessageId>${randomUUID()}</MessageId></PublishResult>`
    const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`
    return xml(200, `<PublishResponse xmlns="${xmlns}">${result}${metadata}</PublishResponse>`)
  })
  return {
    url: server.url,
    topicArn: `arn:aws:sns:${region}:111122223333:ena-otel`,
    scope,
    received: received.list,
    receivedWhen: received.when,
    refused: refused.list,
    refusedWhen: refused.when,
    fail: told.set,
    async recover() {
      told.clear()
      await server.comeBack()
    },
    stop: server.stop,
    [Symbol.asyncDispose]: server.stop,
  }
}

function xml(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/xml' }, body }
}
