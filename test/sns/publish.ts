// The Publish call of Amazon SNS' Query API: the fields of a request, and whether SNS would accept it.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

export interface Message {
  readonly topicArn: string
  readonly subject: string | undefined
  readonly message: string
  /** The message attributes, by name. */
  readonly attributes: Readonly<Record<string, string>>
}

/** An accepted message, or SNS' reason for the refusal. */
export type Published = { readonly message: Message } | { readonly refused: string }

/** Facts.md, section E: "subject ≤100 ASCII chars no newlines; message ≤256 KB". */
const maxSubject = 100
const maxMessageBytes = 256 * 1024

/** Reads the body of a request, `Action=Publish&Version=2010-03-31&TopicArn=…`. */
export function publish(body: string): Published {
  const form = new URLSearchParams(body)
  const topicArn = form.get('TopicArn') ?? ''
  const subject = form.get('Subject') ?? undefined
  const message = form.get('Message') ?? ''
  if (form.get('Action') !== 'Publish') return { refused: `${form.get('Action')} is not a valid action` }
  if (form.get('Version') !== '2010-03-31') return { refused: `${form.get('Version')} is not a valid version` }
  if (!/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(topicArn)) return invalid('TopicArn')
  if (subject !== undefined && !isSubject(subject)) return invalid('Subject')
  if (message === '') return invalid('Empty message')
  if (Buffer.byteLength(message) > maxMessageBytes) return invalid('Message too long')
  return { message: { topicArn, subject, message, attributes: attributes(form) } }
}

function isSubject(subject: string): boolean {
  return subject.length <= maxSubject && /^[!-~][ -~]*$/.test(subject)
}

/** `MessageAttributes.entry.1.Name`, `….1.Value.StringValue` and so on. */
function attributes(form: URLSearchParams): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [key, name] of form) {
    const entry = /^(MessageAttributes\.entry\.\d+)\.Name$/.exec(key)?.[1]
    if (entry !== undefined) found[name] = form.get(`${entry}.Value.StringValue`) ?? ''
  }
  return found
}

function invalid(what: string): Published {
  return { refused: `Invalid parameter: ${what}` }
}
