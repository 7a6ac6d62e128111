// Runs in a network namespace, with an address of it: listens there, hands the listening socket to the parent process, and ends when the
// parent has it. A socket stays in the namespace in which it was created, whichever process holds it.
import { createServer } from 'node:net'

process.once('disconnect', () => process.exit())
const server = createServer()
server.listen(0, process.argv[2], () => {
  process.send?.('listening', server, {}, (error) => {
    if (error) throw error
    server.close() // this process's half of it
  })
})
