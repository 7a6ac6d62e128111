import { expect, test } from 'vitest'
import { publish } from './publish.ts'

const good = {
  Action: 'Publish',
  Version: '2010-03-31',
  TopicArn: 'arn:aws:sns:eu-central-1:111122223333:pages',
  Subject: 'Drops on node-1',
  Message: 'eth0: ünder\nattack',
}
const changed = (fields: Record<string, string>): string => new URLSearchParams({ ...good, ...fields }).toString()

test('reads a form with its attributes', () => {
  const attributes = {
    'MessageAttributes.entry.1.Name': 'severity',
    'MessageAttributes.entry.1.Value.DataType': 'String',
    'MessageAttributes.entry.1.Value.StringValue': 'page',
  }
  expect(publish(changed(attributes))).toEqual({
    message: {
      topicArn: good.TopicArn,
      subject: good.Subject,
      message: good.Message,
      attributes: { severity: 'page' },
    },
  })
})

test('accepts a subject of 100 characters and a message of 256 KB', () => {
  expect(publish(changed({ Subject: 'x'.repeat(100), Message: 'x'.repeat(262_144) }))).toHaveProperty('message')
})

test.for([
  ['a subject of 101 characters', { Subject: 'x'.repeat(101) }, 'Invalid parameter: Subject'],
  ['a subject that is not ASCII', { Subject: 'Tröpfe' }, 'Invalid parameter: Subject'],
  ['a subject with a newline', { Subject: 'one\ntwo' }, 'Invalid parameter: Subject'],
  ['an empty subject', { Subject: '' }, 'Invalid parameter: Subject'],
  ['a message of more than 256 KB', { Message: `${'x'.repeat(262_143)}ü` }, 'Invalid parameter: Message too long'],
  ['no message', { Message: '' }, 'Invalid parameter: Empty message'],
  ['a topic that is no ARN', { TopicArn: 'pages' }, 'Invalid parameter: TopicArn'],
  ['another action', { Action: 'Subscribe' }, 'Subscribe is not a valid action'],
  ['another version', { Version: '2012' }, '2012 is not a valid version'],
] as const)('refuses %s', ([, fields, refused]) => {
  expect(publish(changed(fields))).toEqual({ refused })
})
