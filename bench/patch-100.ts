import { httpQuestion } from './harness/http-question'
import { patch } from './patch'

/** The same at a hundred a second: what a write costs where others do not share its wake, its look at the feed and its NOTIFY. */
export default httpQuestion({ ...patch, name: 'patch-100', target: undefined, rate: 100, connections: 10 })
