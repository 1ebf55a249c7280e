import path from 'node:path'
import { run } from 'rachis/cli'

const project = {
  root: path.join(__dirname, '../..'),
  load: () => import('../../src/app'),
  loadResources: async () => ({
    ...(await import('../../src/services/resources')),
    ...(await import('../../src/modules'))
  })
}

/** Runs commands one after the other in this process, which loads the project once; says of each how it ended and what it said. */
const main = async (commands: readonly (readonly string[])[]) => {
  const write = process.stdout.write.bind(process.stdout)
  const ended: { code: number; said: string }[] = []
  let said = ''
  process.stdout.write = process.stderr.write = (text: string | Uint8Array) => {
    said += String(text)
    return true
  }
  for (const command of commands) {
    said = ''
    process.exitCode = 0
    await run(project, command)
    ended.push({ code: Number(process.exitCode), said })
  }
  process.exitCode = 0
  write(JSON.stringify(ended))
}

void main(JSON.parse(process.argv[2]!) as string[][])
