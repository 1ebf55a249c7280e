import type { ParseArgsConfig } from 'util'
import { parseArgs } from 'util'

type Options = NonNullable<ParseArgsConfig['options']>

/** The values of the options, and the other words. */
export type Arguments<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>
>

/**
 * The words behind a command, read by its options.
 *
 * @param usage how the command is typed
 * @param hintOf what to write in place of an option that there is not
 * @throws {Error} that says which option is not known, or has no value
 */
export const argumentsOf = <O extends Options>(
  args: readonly string[],
  options: O,
  usage: string,
  hintOf?: (name: string) => string
): Arguments<O> => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'(--?[^']+)'/.exec(message)?.[1] : undefined
    const lines = unknown
      ? [`There is no option ${unknown}`, ...(hintOf ? [hintOf(unknown)] : [])]
      : [message]
    throw new Error([...lines, `Usage: ${usage}`].join('\n'), { cause: error })
  }
}

/**
 * The options of a command that takes no other words.
 *
 * @throws {Error} that says which word it does not take
 */
export const optionsOf = <O extends Options>(
  args: readonly string[],
  options: O,
  usage: string
): Arguments<O>['values'] => {
  const { values, positionals } = argumentsOf(args, options, usage)
  if (positionals.length > 0) throw new Error(`${positionals[0]} stands for nothing here\nUsage: ${usage}`)

  return values
}
