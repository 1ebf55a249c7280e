import { DEPTH } from '../helpers/depth'

describe('protection', protection(true))
if (DEPTH > 1) describe('protection, without the fast path', protection(false))
