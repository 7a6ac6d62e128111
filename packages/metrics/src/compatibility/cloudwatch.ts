// The names of the CloudWatch agent's `metrics_collected.ethtool`. Source: aws/amazon-cloudwatch-agent ab55b8d (1.300071),
// internal/metric/metric.go (DecorateMetricName), plugins/processors/ec2tagger; aws/telegraf a2dfaa4, plugins/inputs/ethtool.
import { type Exporter, gauge } from './exporter.ts'

/**
 * `ethtool_*` with the dimensions InstanceId, driver and interface, for every ethtool statistic that was read. The value is the
 * driver's raw counter, as there. `ethtool_interface_up` is ENA's counter: AWS's telegraf is older than the renaming (see telegraf.ts).
 * Without an instance ID (not on EC2, or not known yet) the dimension is missing.
 *
 * Left out: `aggregate_{bw_in,bw_out,pps}_allowance_exceeded` (receiver/systemmetricsreceiver) and `net_*`. They are gauges of the
 * increase in the agent's own interval, so a lost export would make their sum wrong. Also left out: the boolean
 * `ethtool_interface_up` of drivers without such a counter, because ENA uses that name for a counter.
 */
export const CLOUDWATCH: Exporter = {
  title: 'the CloudWatch agent',
  source: 'aws/amazon-cloudwatch-agent translator/translate/metrics/metrics_collect/ethtool 1.300071',
  interface: ({ name, driver, ethtool }, { instanceId }) => {
    const attributes = { ...(instanceId !== undefined && { InstanceId: instanceId }), driver, interface: name }
    return Array.from(ethtool, ([key, series]) => gauge(`ethtool_${key}`, attributes, series))
  },
}
