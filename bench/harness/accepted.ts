import { readFileSync } from 'fs'
import path from 'path'
import type { Answer } from './question'
import { compared } from './report'

/** By question and contender: the part of the contender's CPU that Rachis needs. */
type Ratios = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Ratios differ by about a tenth from run to run; beyond this something has become slower. */
const SLACK = 1.25

const accepted = JSON.parse(readFileSync(path.join(__dirname, '../accepted.json'), 'utf8')) as Ratios

/** What has become slower than bench/accepted.json says, by more than a quarter. Whoever makes something faster writes it there. */
export const worseThanAccepted = ({ name, results }: Answer): string[] =>
  Object.entries(accepted[name] ?? {})
    .map(([other, ratio]) => ({ other, ratio, now: compared(results, other, 'cpu') }))
    .filter(({ ratio, now }) => now > ratio * SLACK)
    .map(
      ({ other, ratio, now }) =>
        `rachis needs × ${now.toFixed(2)} of the CPU of ${other}, and × ${ratio.toFixed(2)} was accepted`
    )
