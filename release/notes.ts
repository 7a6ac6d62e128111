// `node release/notes.ts`: the notes of this version's release, from CHANGELOG.md.
import { section } from './changelog.ts'
import { read, ROOT, version } from './repository.ts'

const text = section(read(ROOT, 'CHANGELOG.md'), version(ROOT))
if (text === undefined) throw new Error(`CHANGELOG.md has no section ${version(ROOT)}`)
process.stdout.write(`${text}\n`)
