import { ApiError } from './errors'

/** Seconds, over which those who are sent away come back. */
const SPREAD = 5

/** The error of whoever waited too long for its turn. Who is sent away at the same moment comes back at different ones. */
export const overloaded = (): ApiError =>
  new ApiError('OVERLOADED', {
    message: 'Too many others wait for their lists',
    headers: { 'Retry-After': String(1 + Math.floor(Math.random() * SPREAD)) }
  })
