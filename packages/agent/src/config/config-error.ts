/** A configuration that can't be used. Each line says what, where and what to do; nothing has been started. Exit code 2. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  readonly lines: readonly string[]

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join('\n'), options)
    this.lines = lines
  }
}
