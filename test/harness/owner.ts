// Names of temporary files and namespaces, with the process id of the test in them: `ena-otel-4711-1`. A later run recognises by it
// what was left behind.

/** Whether a name that begins so is of a process that is no more. */
export function isStale(name: string, prefix: string): boolean {
  const pid = name.startsWith(prefix) ? /^\d+(?=-)/.exec(name.slice(prefix.length)) : null
  return pid !== null && !lives(Number(pid[0]))
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.code !== 'ESRCH'
    throw error
  }
}
