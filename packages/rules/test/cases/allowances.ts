import { exported } from '../../src/names.ts'
import { quiet, rising, type Series } from '../series.ts'
import { type AlertCase, ETH0, ETH1, labelsOf, minutes, NODE } from './case.ts'

const EXCEEDED = exported('ena.allowance.exceeded')
const THROTTLED = exported('ena.allowance.throttled.time')

/** Not a multiple of 15, nor of the rules' 30 s. */
const BURST = minutes(10) + 8
const UNTIL = minutes(30)

/** Both series of a limit on one ENI: packets and seconds. */
function limit(name: string, eni: typeof ETH0, perSecond: number, seconds: number, before = 0): readonly Series[] {
  const labels = labelsOf(NODE, eni, { ena_allowance_name: name })
  return [
    quiet(EXCEEDED, labels, rising(BURST, perSecond, seconds, before), { until: UNTIL }),
    quiet(THROTTLED, labels, rising(BURST, perSecond === 0 ? 0 : 1, seconds, before === 0 ? 0 : 100), { until: UNTIL }),
  ]
}

interface InstanceLimit {
  readonly alert: string
  readonly name: string
  /** Two ENIs together are above the warning's threshold with this much each, one alone isn't. */
  readonly half: number
  /** `increase` of both: it extrapolates to the part of the window before the first sample. */
  readonly both: number
  /** Seconds of throttling, when that is critical, and what the annotations say then. */
  readonly lasting: { readonly seconds: number; readonly at: number; readonly packets: number; readonly value: number }
}

const SHAPED = { seconds: minutes(18), at: BURST + minutes(17), packets: 2 * 200 * 300, value: 300 }

const INSTANCE_LIMITS: readonly InstanceLimit[] = [
  { alert: 'BWINAllowanceExceeded', name: 'bw_in', half: 800, both: 1619, lasting: SHAPED },
  { alert: 'BWOutAllowanceExceeded', name: 'bw_out', half: 800, both: 1619, lasting: SHAPED },
  {
    alert: 'PPSAllowanceExceeded',
    name: 'pps',
    half: 80,
    both: 162,
    lasting: { seconds: 80, at: BURST + 300, packets: 2 * 200 * 80, value: 80 },
  },
]

/** Bandwidth is shaped, and TCP adapts to it. */
const SHAPED_LIMITS = INSTANCE_LIMITS.filter(({ name }) => name.startsWith('bw'))

const CONNTRACK = { alert: 'ConntrackAllowanceExceeded', name: 'conntrack' }
const LINK_LOCAL = { alert: 'LinkLocalAllowanceExceeded', name: 'linklocal' }

export const ALLOWANCE_CASES: readonly AlertCase[] = [
  ...INSTANCE_LIMITS.flatMap(({ alert, name, half, both, lasting }): readonly AlertCase[] => [
    {
      alert,
      title: 'warns of a burst of one second on two ENIs, whose limit is one',
      series: [...limit(name, ETH0, half, 1, 11_072), ...limit(name, ETH1, half, 1)],
      at: BURST + 120,
      firing: [{ severity: 'warning', labels: NODE, value: both }],
    },
    {
      alert,
      title: 'is silent about the same burst on one of them',
      series: [...limit(name, ETH0, half, 1, 11_072), ...limit(name, ETH1, 0, 0)],
      at: BURST + 120,
      firing: [],
    },
    {
      alert,
      title: 'is critical when throttling lasts, and counts a second in which both ENIs are throttled once',
      series: [...limit(name, ETH0, 200, lasting.seconds), ...limit(name, ETH1, 200, lasting.seconds)],
      at: lasting.at,
      firing: [
        { severity: 'warning', labels: NODE, value: lasting.packets },
        { severity: 'critical', labels: NODE, value: lasting.value },
      ],
    },
  ]),
  ...SHAPED_LIMITS.flatMap(({ alert, name }): readonly AlertCase[] => [
    {
      alert,
      title: 'only warns when traffic is shaped in every second of 5 minutes, as by one large transfer',
      series: limit(name, ETH0, 200, 300),
      at: BURST + 300,
      firing: [{ severity: 'warning', labels: NODE, value: 58_600 }],
    },
    {
      alert,
      title: 'warns of few packets in more than half of 5 minutes',
      series: limit(name, ETH0, 3, 200),
      at: BURST + 300,
      firing: [{ severity: 'warning', labels: NODE, value: 600 }],
    },
  ]),
  {
    ...CONNTRACK,
    title: 'warns of a single packet',
    series: [...limit('conntrack', ETH0, 1, 1, 700)],
    at: BURST + 120,
    firing: [{ severity: 'warning', labels: NODE, value: 1 }],
  },
  {
    ...CONNTRACK,
    title: 'is critical when connections fail for 20 seconds',
    series: [...limit('conntrack', ETH0, 3, 20, 700)],
    at: BURST + 180,
    firing: [
      { severity: 'warning', labels: NODE, value: 61 },
      { severity: 'critical', labels: NODE, value: 20 },
    ],
  },
  {
    ...CONNTRACK,
    title: 'is silent about what was counted before the agent of a busy node began',
    series: [
      quiet(EXCEEDED, labelsOf(NODE, ETH0, { ena_allowance_name: 'conntrack' }), () => 4_711, {
        from: minutes(9),
        until: UNTIL,
      }),
    ],
    at: minutes(11),
    firing: [],
  },
  {
    ...LINK_LOCAL,
    title: 'warns of 31 packets in one second, between two exports',
    series: limit('linklocal', ETH1, 31, 1, 1_763),
    at: BURST + 90,
    firing: [{ severity: 'warning', labels: { ...NODE, ...ETH1 }, value: 32 }],
  },
  {
    ...LINK_LOCAL,
    title: 'warns at the next evaluation, 22 seconds after the packets, though samples may still arrive',
    series: limit('linklocal', ETH1, 31, 1, 1_763),
    at: BURST + 22,
    firing: [{ severity: 'warning', labels: { ...NODE, ...ETH1 }, value: 32 }],
  },
  {
    ...LINK_LOCAL,
    title: 'goes on for 10 minutes when nothing follows',
    series: limit('linklocal', ETH1, 31, 1),
    at: BURST + minutes(15),
    firing: [{ severity: 'warning', labels: { ...NODE, ...ETH1 }, value: 31 }],
  },
  {
    ...LINK_LOCAL,
    title: 'ends after that',
    series: limit('linklocal', ETH1, 31, 1),
    at: BURST + minutes(17),
    firing: [],
  },
  {
    ...LINK_LOCAL,
    title: 'names each ENI by itself, as each has its own limit, and is silent about what two lost together',
    series: [...limit('linklocal', ETH0, 8, 1), ...limit('linklocal', ETH1, 8, 1)],
    at: BURST + 120,
    firing: [],
  },
  {
    ...LINK_LOCAL,
    title: 'is critical after 40 seconds of 20 packets',
    series: limit('linklocal', ETH1, 20, 40),
    at: BURST + 180,
    firing: [
      { severity: 'warning', labels: { ...NODE, ...ETH1 }, value: 800 },
      { severity: 'critical', labels: { ...NODE, ...ETH1 }, value: 40 },
    ],
  },
  {
    ...LINK_LOCAL,
    title: 'is silent when a driver reset takes the counter to 0',
    series: [
      quiet(
        EXCEEDED,
        labelsOf(NODE, ETH1, { ena_allowance_name: 'linklocal' }),
        (second) => (second < BURST ? 1_763 : 0),
        {
          until: UNTIL,
        },
      ),
    ],
    at: BURST + 120,
    firing: [],
  },
  {
    ...LINK_LOCAL,
    title: 'warns of what an ENI counted before the first reading after it was attached, as its series begins at 0',
    series: [
      quiet(
        EXCEEDED,
        labelsOf(NODE, ETH1, { ena_allowance_name: 'linklocal' }),
        (second) => (second < BURST + 1 ? 0 : 400),
        { from: BURST, until: UNTIL },
      ),
    ],
    at: BURST + 240,
    firing: [{ severity: 'warning', labels: { ...NODE, ...ETH1 }, value: 412 }],
  },
]
