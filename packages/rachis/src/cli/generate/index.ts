import type { Command as Program } from 'commander'
import type { Command, Project } from '../project'
import { UsageError } from './draft'
import { FIELD_TYPES } from './field-types'
import type { ResourceOptions } from './resource'
import { generateResource } from './resource'

const TYPES = Object.entries(FIELD_TYPES).map(([name, { argument, isArgumentNeeded }]) => {
  if (!argument) return name
  return isArgumentNeeded ? `${name}:${argument}` : `${name}[:${argument}]`
})

const HELP = `
Fields are typed as name:type, with what the type asks for and modifiers behind it:
  number:text:unique  total:money  customer_id:belongsTo:users  status:state:draft,sent,paid  note:text:nullable

Types: ${TYPES.join(', ')}
Modifiers: unique, nullable, index, immutable, readOnly, writeOnly, lower, upper, default=…

Examples:
  npm run generate -- resource invoices number:text:unique total:money customer_id:belongsTo:users --owner customer_id
  npm run generate -- resource --from-table invoices
  npm run generate -- resource invoices --from-json invoices.json
  npm run generate -- resource --from-service gadgets`

const addResource = (program: Program, project: Project): void => {
  program
    .command('resource [name] [fields...]')
    .description('writes a declaration, its registration, its test and its migration; asks for what is left out')
    .option('--owner <field>', 'the field that names the owner, who alone reads and writes the record')
    .option('--read <who>', 'who reads: anyone, signed-in, owner, or roles such as admin,manager')
    .option('--write <who>', 'who creates, changes and removes, by the same words')
    .option('--from-table <table>', 'from a table of the database, which is taken over with its rows')
    .option('--from-json <file>', 'from a sample: an object or a list of them')
    .option('--from-service <path>', 'from what npx feathers generate service wrote, which it replaces')
    .option('--force', 'replaces files of the service that are not committed')
    .addHelpText('after', HELP)
    .action((name: string | undefined, fields: string[], options: ResourceOptions) =>
      generateResource(project, name, fields, options)
    )
} // prettier-ignore

/** What commander says, in the form of all other mistakes. */
const usageOf = ({ code, message }: { code: string; message: string }): UsageError | undefined =>
  ['commander.help', 'commander.helpDisplayed'].includes(code)
    ? undefined
    : new UsageError(message.replace(/^error: /, '').replace(/^./, (first) => first.toUpperCase()), 'Type npm run generate -- resource --help to see what there is.') // prettier-ignore

/** `generate resource`: writes what a person would write by hand. */
export const generateCommand: Command = async (project, args) => {
  const { Command: Commander, CommanderError } = await import('commander')
  const program = new Commander('generate').exitOverride().configureOutput({ writeErr: () => undefined })
  addResource(program, project)
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => undefined }) // prettier-ignore
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const usage = usageOf(error)
    if (usage) throw usage
  }
}
