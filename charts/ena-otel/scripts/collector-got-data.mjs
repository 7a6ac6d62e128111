// helm test: whether numbers from the agents have come to the collector and have been taken by the workspace and CloudWatch, as the
// collector's own metrics count them. Behind the Service each request may come to another replica, so it asks until one has some.
const url = process.env.METRICS_URL
/** By their exporters in the collector. */
const destinations = { prometheusremotewrite: 'the workspace', 'otlphttp/cloudwatch': 'CloudWatch' }
const exporters = process.env.EXPORTERS.split(',')
const patience = 60_000
const deadline = Date.now() + patience

for (;;) {
  const seen = await ask().catch((error) => `${error.message} (${error.cause?.code ?? error.cause ?? 'no cause given'})`)
  if (typeof seen !== 'string' && seen.accepted > 0 && seen.taken.every(({ sent }) => sent > 0)) {
    const taken = seen.taken.map(({ by, sent }) => `${by} took ${sent} series' samples or points`).join(', ')
    console.log(`${url}: the collector got ${seen.accepted} points from agents, and ${taken}`)
    break
  }
  if (Date.now() > deadline) {
    console.error(`${url}: ${typeof seen === 'string' ? seen : why(seen)}`)
    process.exit(1)
  }
  await new Promise((resolve) => setTimeout(resolve, 1000))
}

async function ask() {
  const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5000) })
  if (!response.ok) return `answered ${response.status}`
  const text = await response.text()
  const sum = (name, label = '') =>
    text
      .split('\n')
      .filter((line) => line.startsWith(name) && line.includes(label))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  return {
    accepted: sum('otelcol_receiver_accepted_metric_points'),
    taken: exporters.map((exporter) => ({
      by: destinations[exporter],
      sent: sum('otelcol_exporter_sent_metric_points', `exporter="${exporter}"`),
      failed: sum('otelcol_exporter_send_failed_metric_points', `exporter="${exporter}"`),
    })),
  }
}

function why({ accepted, taken }) {
  if (accepted === 0) return `in ${patience / 1000} s nothing has come to the collector: see the agents' log`
  const details = taken.map(({ by, sent, failed }) => `${by} has taken ${sent} and refused ${failed}`).join(', ')
  return `the collector got ${accepted} points, but ${details}: see the collector's log`
}
