// What the kernel of a node says in /sys/class/net/NAME/statistics.

/** The command that prints every file of that folder. */
export function showStatistics(name: string): readonly string[] {
  return ['sh', '-c', 'cd /sys/class/net/$0/statistics && grep . *', name]
}

/** Its output, by the names of the files. */
export function statisticsIn(text: string): ReadonlyMap<string, number> {
  const lines = text.trim().split('\n')
  return new Map(lines.map((line) => line.split(':')).map(([name = '', value]) => [name, Number(value)]))
}
